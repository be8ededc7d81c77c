import assert from 'node:assert/strict';
import { metrics as openTelemetry, type Meter } from '@opentelemetry/api';
import helper from 'node-red-node-test-helper';
import { observeByOpenTelemetry } from '../../../nodes/admin/metrics';
import type { Simulator } from '../../../src/simulator/simulator';
import { bound, cleanUp, flow, give, inbox, load, pool, poolNode, portsOf, send, simulate, until } from '../runtime';

interface Read {
  readonly types: ReadonlyMap<string, string>;
  /** By name and labels, as in the text. */
  readonly samples: ReadonlyMap<string, number>;
}

/** Reads OpenMetrics text by its grammar, as far as it matters here, and fails on anything else. */
function read(text: string): Read {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  const lines = text.split('\n');
  assert.equal(lines.pop(), '');
  assert.equal(lines.pop(), '# EOF');
  let family = '';
  for (const line of lines) {
    const head = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line);
    if (head?.[1] === 'TYPE') types.set(head[2]!, head[3]!);
    if (head) {
      family = head[2]!;
      continue;
    }
    const sample = /^([a-z_]+)(\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/.exec(line);
    assert.ok(sample, line);
    const [, name, labels = '', value] = sample;
    const suffix = name!.slice(family.length);
    assert.ok(name!.startsWith(family), line);
    const allowed = { counter: ['_total'], gauge: [''], histogram: ['_bucket', '_sum', '_count'] }[types.get(family)!];
    assert.ok(allowed?.includes(suffix), line);
    assert.ok(!samples.has(name! + labels), `twice: ${line}`);
    samples.set(name! + labels, Number(value));
  }
  return { types, samples };
}

function sum({ samples }: Read, name: string, ...parts: string[]): number {
  return [...samples]
    .filter(([key]) => key.startsWith(`${name}{`) && parts.every((part) => key.includes(part)))
    .reduce((total, [, value]) => total + value, 0);
}

describe('The metrics of all pools', () => {
  let simulator: Simulator;

  async function scrape(): Promise<Read> {
    const { text, headers } = await helper.request().get('/smpp-pool/metrics').expect(200);
    assert.match(headers['content-type']!, /^application\/openmetrics-text;(?=.*version=1\.0\.0)(?=.*charset=utf-8)/);
    return read(text);
  }

  beforeEach(async () => {
    simulator = await simulate({ servers: 2, dlrDelay: 0 });
    const status = { id: 'status', type: 'smpp-status', pool: 'pool', events: ['pool.up'], wires: [['out']] };
    await load(flow(pool(portsOf(simulator), { name: 'a "b" \\ c' }), send({}), status));
    await bound(2);
  });
  afterEach(cleanUp);

  it('are text that a scraper reads: what was sent, answered and reported, and how long it took', async () => {
    for (const to of ['919876543210', '919876000780', '919876101035']) give('send', { topic: to, payload: 'x' });
    await until(() => poolNode().handle.snapshot().totals.receipts === 2);
    const metrics = await scrape();
    assert.equal(sum(metrics, 'smpp_messages_total', 'outcome="accepted"'), 2);
    assert.equal(sum(metrics, 'smpp_messages_total', 'outcome="refused"'), 1);
    assert.equal(sum(metrics, 'smpp_submit_answers_total', 'status="ESME_ROK"'), 2);
    assert.equal(sum(metrics, 'smpp_submit_answers_total', 'status="ESME_RINVBALANCE"', 'bind="trx1"'), 1);
    assert.equal(sum(metrics, 'smpp_receipts_total', 'state="DELIVERED"', 'group="delivered"'), 1);
    assert.equal(sum(metrics, 'smpp_receipts_total', 'group="dlt"'), 1);
    assert.equal(sum(metrics, 'smpp_answer_seconds_count'), 3);
    assert.equal(sum(metrics, 'smpp_answer_seconds_bucket', 'le="+Inf"'), 3);
    assert.equal(sum(metrics, 'smpp_report_seconds_count'), 2);
    assert.equal(sum(metrics, 'smpp_bind_bound'), 2);
    assert.equal(sum(metrics, 'smpp_pool_state'), 1);
    assert.equal(sum(metrics, 'smpp_pool_state', 'state="up"', 'name="a \\"b\\" \\\\ c"'), 1);
    assert.equal(metrics.types.get('smpp_answer_seconds'), 'histogram');
  });

  it('are what the action of smpp-status emits, for a flow of one’s own', async () => {
    give('status', { action: 'metrics', req: 'kept' });
    await until(() => inbox('out').some(({ topic }) => topic === 'metrics'));
    const answer = inbox('out').find(({ topic }) => topic === 'metrics') as unknown as Record<string, any>;
    assert.equal(read(answer.payload).types.size, (await scrape()).types.size);
    assert.match(answer.headers['Content-Type'], /openmetrics/);
    assert.equal(answer.req, 'kept');
  });

  it('are what an OpenTelemetry SDK sees that has come since, in one look at the pools', async () => {
    let look: (result: { observe(instrument: string, value: number, labels: object): void }) => void = () => undefined;
    const create = (name: string): string => name;
    const meter = {
      createObservableCounter: create,
      createObservableGauge: create,
      addBatchObservableCallback: (call: typeof look) => (look = call),
    };
    openTelemetry.disable();
    openTelemetry.setGlobalMeterProvider({ getMeter: () => meter as unknown as Meter });
    try {
      observeByOpenTelemetry();
      give('send', { topic: '919876543210', payload: 'x' });
      await until(() => poolNode().handle.snapshot().totals.accepted === 1);
      const snapshot = poolNode().handle.snapshot.bind(poolNode().handle);
      let looks = 0;
      poolNode().handle.snapshot = () => {
        looks += 1;
        return snapshot();
      };
      const seen: [string, number, object][] = [];
      look({ observe: (...observed) => seen.push(observed) });
      assert.equal(looks, 1);
      const accepted = seen.filter(([name, , labels]) => name === 'smpp_messages' && 'outcome' in labels);
      assert.equal(accepted.find(([, , labels]) => (labels as { outcome: string }).outcome === 'accepted')?.[1], 1);
    } finally {
      openTelemetry.disable();
    }
  });

  it('hold nothing of a message, nor of an account', async () => {
    give('send', { topic: '919876543210', payload: 'S3cretText', reference: 'ref-1' });
    await until(() => poolNode().handle.snapshot().totals.accepted === 1);
    const { text } = await helper.request().get('/smpp-pool/metrics');
    assert.doesNotMatch(text, /919876543210|S3cretText|ref-1|demo/);
  });
});
