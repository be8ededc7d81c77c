import assert from 'node:assert/strict';
import {
  bound,
  cleanUp,
  control,
  deploy,
  flow,
  give,
  inbox,
  load,
  logged,
  messages,
  pool,
  portsOf,
  send,
  simulate,
  until,
  type FlowNode,
} from './runtime';
import type { Simulator } from '../../src/simulator/simulator';
import { Esme } from '../support/esme';

const NUMBER = '447700900001';
/** The simulator's receipts for these: DLT error 780, intermediate then final, the same twice. */
const DLT_ERROR = '447700000780';
const INTERMEDIATE = '447700200005';
const TWICE = '447700200004';
const LONG = 'A text that needs more than one segment. '.repeat(8);

function dlrIn(more: Record<string, unknown> = {}): FlowNode {
  return { id: 'dlr', type: 'smpp-dlr-in', pool: 'pool', wires: [['out'], ['failed']], ...more };
}

describe('smpp-dlr-in', () => {
  let simulator: Simulator;

  async function start(node: Record<string, unknown> = {}, sender: Record<string, unknown> = {}): Promise<void> {
    await load(flow(pool(portsOf(simulator)), send({ wires: [[]], ...sender }), dlrIn(node)));
    await bound();
  }

  beforeEach(async () => {
    simulator = await simulate();
  });
  afterEach(cleanUp);

  it('emits what became of a message, with what was sent', async () => {
    await start();
    give('send', { _msgid: 'm1', payload: 'Hello', topic: NUMBER, reference: { order: 7 } });
    const [msg] = await messages('out', 1);
    const { payload, smpp, sent } = msg!;
    assert.equal(msg!._msgid, 'm1');
    assert.equal(msg!.topic, NUMBER);
    const { submittedAt, doneAt, messageId, ...fate } = payload;
    assert.deepEqual(fate, {
      state: 'DELIVERED',
      final: true,
      delivered: true,
      status: 'DELIVRD',
      error: '000',
      description: fate.description,
      group: 'delivered',
      retryable: false,
      to: NUMBER,
      from: '',
      segments: { total: 1, delivered: 1, failed: 0, pending: 0 },
    });
    for (const time of [submittedAt, doneAt]) assert.equal(new Date(time).toISOString(), time);
    assert.equal(messageId, simulator.messages()[0]!.messageIds[0]);
    assert.equal(smpp.matched, true);
    assert.equal(smpp.server, `127.0.0.1:${portsOf(simulator)[0]!}`);
    assert.match(smpp.raw, /stat:DELIVRD/);
    assert.deepEqual([sent._msgid, sent.to, sent.node, sent.segments], ['m1', NUMBER, 'send', 1]);
    assert.deepEqual(sent.reference, { order: 7 });
  });

  it('emits the platform’s words for a failure', async () => {
    await start();
    give('send', { payload: 'Hello', topic: DLT_ERROR });
    const [msg] = await messages('out', 1);
    const { status, error, description, group, delivered, final } = msg!.payload;
    assert.deepEqual(
      { status, error, group, delivered, final },
      { status: 'DLT-INV-TMID', error: '780', group: 'dlt', delivered: false, final: true },
    );
    assert.match(description, /telemarketer/i);
  });

  it('emits one result for all segments of a long message', async () => {
    await start();
    give('send', { payload: LONG, topic: NUMBER });
    const [msg] = await messages('out', 1);
    assert.deepEqual(msg!.payload.segments, { total: 3, delivered: 3, failed: 0, pending: 0 });
    await until(() => simulator.state().servers[0]!.receipts === 3);
    assert.equal(inbox('out').length, 1);
  });

  it('emits every segment by itself if it is to', async () => {
    await start({ emit: 'segment' });
    give('send', { payload: LONG, topic: NUMBER });
    const all = await messages('out', 3);
    assert.deepEqual(all.map(({ smpp }) => smpp.segment).sort(), [1, 2, 3]);
    assert.ok(all.every(({ payload }) => !('segments' in payload)));
  });

  it('emits final receipts only, unless it is to emit the others', async () => {
    await load(
      flow(
        pool(portsOf(simulator)),
        send({ wires: [[]], receipt: 'intermediate' }),
        dlrIn(),
        dlrIn({ id: 'all', intermediate: true, wires: [['failed']] }),
      ),
    );
    await bound();
    give('send', { payload: 'Hello', topic: INTERMEDIATE });
    const all = await messages('failed', 2);
    assert.deepEqual(
      all.map(({ payload }) => payload.final),
      [false, true],
    );
    await messages('out', 1);
    assert.deepEqual(
      inbox('out').map(({ payload }) => payload.final),
      [true],
    );
  });

  it('emits a repeated receipt once', async () => {
    await start();
    give('send', { payload: 'Hello', topic: TWICE });
    await until(() => simulator.state().servers[0]!.receipts === 2);
    give('send', { payload: 'Hello', topic: NUMBER });
    await messages('out', 2);
    assert.deepEqual(
      inbox('out').map(({ topic }) => topic),
      [TWICE, NUMBER],
    );
  });

  it('gives each of two nodes its own message', async () => {
    await load(
      flow(pool(portsOf(simulator)), send({ wires: [[]] }), dlrIn(), dlrIn({ id: 'second', wires: [['failed']] })),
    );
    await bound();
    give('send', { payload: 'Hello', topic: NUMBER, reference: { order: 7 } });
    const [one] = await messages('out', 1);
    const [other] = await messages('failed', 1);
    assert.deepEqual(one, other);
    assert.notEqual(one!.sent.reference, other!.sent.reference);
    assert.notEqual(one!.payload, other!.payload);
  });

  it('emits receipts of messages that were never sent from here, unless it is not to', async () => {
    await load(
      flow(
        pool(portsOf(simulator)),
        dlrIn(),
        dlrIn({ id: 'matched-only', unmatched: false, incoming: true, wires: [['caught'], ['completed']] }),
      ),
    );
    await bound();
    const stranger = await Esme.bound(portsOf(simulator)[0]!, { command: 'bind_transmitter' });
    await stranger.submit(NUMBER, { registered_delivery: 1 });
    await stranger.close();
    const [msg] = await messages('out', 1);
    assert.equal(msg!.smpp.matched, false);
    assert.equal(msg!.payload.to, NUMBER);
    assert.equal(msg!.sent, undefined);
    await control(simulator, '/incoming', { to: '12345', from: NUMBER, text: 'Reply' });
    await messages('completed', 1);
    assert.deepEqual(inbox('caught'), []);
  });

  it('emits incoming messages at its second output if it is to', async () => {
    await start({ incoming: true });
    await control(simulator, '/incoming', { to: '12345', from: NUMBER, text: 'Grüße' });
    const [msg] = await messages('failed', 1);
    assert.equal(msg!.payload, 'Grüße');
    assert.equal(msg!.topic, NUMBER);
    const { to, from, segments, server } = msg!.smpp;
    assert.deepEqual(
      { to, from, segments, server },
      { to: '12345', from: NUMBER, segments: 1, server: `127.0.0.1:${portsOf(simulator)[0]!}` },
    );
    assert.deepEqual(inbox('out'), []);
  });

  it('takes the words true and false for what they say, as an environment variable brings them', async () => {
    const off = { intermediate: 'false', incoming: 'false', emit: '' };
    await load(
      flow(
        pool(portsOf(simulator)),
        send({ wires: [[]] }),
        dlrIn(off),
        dlrIn({ id: 'none', unmatched: 'false', wires: [['caught']] }),
      ),
    );
    await bound();
    give('send', { payload: 'Hello', topic: INTERMEDIATE, sms: { receipt: 'intermediate' } });
    assert.equal((await messages('out', 1))[0]!.payload.final, true);
    await messages('caught', 1);
    const stranger = await Esme.bound(portsOf(simulator)[0]!, { command: 'bind_transmitter' });
    await stranger.submit(NUMBER, { registered_delivery: 1 });
    await stranger.close();
    assert.equal((await messages('out', 2))[1]!.smpp.matched, false);
    await control(simulator, '/incoming', { to: '12345', from: NUMBER, text: 'Reply' });
    give('send', { payload: 'Hello', topic: NUMBER });
    await messages('out', 3);
    await messages('caught', 2);
    assert.equal(inbox('caught').length, 2);
    assert.equal(inbox('failed').length, 0);
  });

  describe('with a scope', () => {
    const OTHER = { id: 'other', type: 'tab', label: 'other' } as FlowNode;
    /** Where the reports came out, with the recipients of their messages. */
    const heard = (): Record<string, readonly unknown[]> =>
      Object.fromEntries(['out', 'failed', 'caught'].map((id) => [id, inbox(id).map(({ topic }) => topic)]));
    /** Three in `tab`: one for this flow, one for all, one for the node `away` of the other flow. */
    const listeners = (): FlowNode[] => [
      dlrIn({ id: 'here', scope: 'flow', wires: [['out']] }),
      dlrIn({ id: 'everywhere', scope: 'all', wires: [['failed']] }),
      dlrIn({ id: 'chosen', scope: ['away'], wires: [['caught']] }),
    ];
    const here = (): FlowNode => send({ wires: [[]] });
    const away = (z = 'other'): FlowNode => send({ id: 'away', z, wires: [[]] });
    const FIRST = '447700900001';
    const SECOND = '447700900002';

    async function startFlows(...more: FlowNode[]): Promise<void> {
      await load([OTHER, ...flow(pool(portsOf(simulator)), ...more)]);
      await bound();
    }

    it('hears the messages of its flow, of chosen nodes, or all', async () => {
      await startFlows(here(), away(), ...listeners());
      give('send', { payload: 'Hello', topic: FIRST });
      await messages('failed', 1);
      give('away', { payload: 'Hello', topic: SECOND });
      await messages('failed', 2);
      assert.deepEqual(heard(), { out: [FIRST], failed: [FIRST, SECOND], caught: [SECOND] });
    });

    it('leaves receipts that match no message to those for all', async () => {
      await startFlows(here(), ...listeners());
      const stranger = await Esme.bound(portsOf(simulator)[0]!, { command: 'bind_transmitter' });
      await stranger.submit(NUMBER, { registered_delivery: 1 });
      await messages('failed', 1);
      await stranger.close();
      assert.deepEqual(heard(), { out: [], failed: [NUMBER], caught: [] });
    });

    it('follows a node that a deploy has moved to another flow', async () => {
      simulator = await simulate({ dlrDelay: 400 });
      await startFlows(here(), away(), ...listeners());
      give('away', { payload: 'Hello', topic: SECOND });
      await until(() => simulator.messages().length === 1);
      await deploy([OTHER, ...flow(pool(portsOf(simulator)), here(), away('tab'), ...listeners())], 'full');
      await messages('failed', 1);
      assert.deepEqual(heard(), { out: [SECOND], failed: [SECOND], caught: [SECOND] });
    });

    it('gives the reports of a node that is gone to its old flow', async () => {
      simulator = await simulate({ dlrDelay: 400 });
      await startFlows(here(), away(), ...listeners());
      give('send', { payload: 'Hello', topic: FIRST });
      await until(() => simulator.messages().length === 1);
      await deploy([OTHER, ...flow(pool(portsOf(simulator)), away(), ...listeners())], 'full');
      await messages('failed', 1);
      assert.deepEqual(heard(), { out: [FIRST], failed: [FIRST], caught: [FIRST] });
    });

    it('reads the flow of a message back from the disk', async () => {
      simulator = await simulate({ dlrDelay: 400 });
      const onDisk = (window: number, ...more: FlowNode[]) => [
        OTHER,
        ...flow(pool(portsOf(simulator), { store: 'disk', window }), ...more),
      ];
      await load(onDisk(10, here(), away(), ...listeners()));
      await bound();
      give('send', { payload: 'Hello', topic: FIRST });
      await until(() => simulator.messages().length === 1);
      // Another setting makes another pool, which opens the store anew.
      await deploy(onDisk(5, away(), ...listeners()), 'full');
      await messages('failed', 1);
      assert.deepEqual(heard(), { out: [FIRST], failed: [FIRST], caught: [FIRST] });
    });

    it('says in the log, with a count, what nobody hears', async () => {
      await startFlows(here(), dlrIn({ scope: ['away'] }));
      give('send', { payload: 'Hello', topic: FIRST });
      await until(() => logged().includes('delivery reports that no flow took: 1;'));
      assert.deepEqual(heard(), { out: [], failed: [], caught: [] });
    });

    it('means, in a subflow, the nodes of the same instance', async () => {
      const inner = { z: 'sub', x: 0, y: 0, pool: 'pool' };
      const subflow = (scope: unknown): FlowNode[] => [
        { id: 'sub', type: 'subflow', name: 'sub', in: [], out: [{ wires: [{ id: 'inner-dlr', port: 0 }] }] } as never,
        send({ id: 'inner-send', ...inner, wires: [[]] }),
        dlrIn({ id: 'inner-dlr', ...inner, scope, wires: [[]] }),
      ];
      const instances = [
        { id: 'one', type: 'subflow:sub', wires: [['out']] },
        { id: 'two', type: 'subflow:sub', wires: [['failed']] },
      ] as FlowNode[];
      for (const [index, scope] of [['inner-send'], ['inner-send', 'another'], 'flow'].entries()) {
        const flows = [...subflow(scope), ...flow(pool(portsOf(simulator)), ...instances)];
        if (index === 0) await load(flows);
        else await deploy(flows, 'full');
        await bound();
        give('one-inner-send', { payload: 'Hello', topic: FIRST });
        give('two-inner-send', { payload: 'Hello', topic: SECOND });
        await messages('out', index + 1);
        await messages('failed', index + 1);
      }
      assert.deepEqual(heard(), { out: [FIRST, FIRST, FIRST], failed: [SECOND, SECOND, SECOND], caught: [] });
    });
  });

  it('shows how many it has received', async () => {
    await start();
    give('send', { payload: 'Hello', topic: NUMBER });
    await until(() => inbox('statuses').some(({ status }) => status.text === 'smpp-dlr-in.status.received'));
  });

  it('shows that it has no pool', async () => {
    await load(flow(dlrIn({ pool: 'gone' })));
    const [msg] = await messages('statuses', 1);
    assert.deepEqual([msg!.status.fill, msg!.status.text], ['grey', 'smpp-dlr-in.status.noPool']);
  });
});
