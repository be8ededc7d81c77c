/**
 * What a platform takes, against what it is sent, over real sockets. A busy machine costs rate, so each row counts the
 * best of several spans; a rate that is far too low is so in all of them.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../../src/pool/events';
import { closeAll, portOf, post, simulate } from '../simulator/running';
import { eventually } from '../support/eventually';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';

const CONTRACT = 50;
/** Seconds of a span. */
const SPAN = 8;
const MINUTE = 60_000;

interface Paced extends PoolRun {
  /** Times of sending of the messages that were accepted, in the order of their answers; epoch milliseconds. */
  readonly times: number[];
  readonly faults: (faults: object) => Promise<unknown>;
  readonly server: () => Snapshot['servers'][number];
}

/** A pool of two binds that always has messages waiting, on a platform with these faults. */
async function paced(faults: object, window = 50): Promise<Paced> {
  const simulator = await simulate({ servers: 1, throughput: CONTRACT, dlrDelay: 1 });
  const set = (value: object): Promise<unknown> => post(simulator, '/servers/1/faults', value);
  await set(faults);
  const run = await runPool(poolSettings([portOf(simulator)], { window }, { binds: 2, throughput: CONTRACT }));
  const times: number[] = [];
  const send = (): void => {
    run.send('919812345678', { receipt: 'none' });
  };
  run.pool.attachSender('sender', ({ kind, submittedAt }) => {
    if (kind === 'accepted') times.push(submittedAt!);
    send();
    return undefined;
  });
  await eventually('both binds', () => run.pool.snapshot().bound === 2);
  for (let count = 0; count < 500; count++) send();
  return { ...run, times, faults: set, server: () => run.pool.snapshot().servers[0]! };
}

/** The highest rate of sending in any of these spans, PDUs a second. */
function best(times: readonly number[], from = 0, spans = Infinity): number {
  const sorted = times.toSorted((a, b) => a - b);
  const start = sorted[0]! + from * 1000;
  const counts: number[] = [];
  for (const time of sorted) {
    const span = Math.floor((time - start) / (SPAN * 1000));
    if (span >= 0 && span < spans) counts[span] = (counts[span] ?? 0) + 1;
  }
  return Math.max(0, ...counts.filter((count) => count > 0)) / SPAN;
}

describe('the pace, against a platform', () => {
  afterEach(async () => {
    await closePools();
    await closeAll();
  });

  for (const [delayMs, window] of [
    [20, 50],
    [[50, 500], 50],
    [[100, 900], 50],
    [[1000, 3000], 200],
  ] as const) {
    it(`uses the contract where answers take ${String(delayMs)} ms`, async () => {
      const { times } = await paced({ delayMs }, window);
      await sleep((3 * SPAN + 4) * 1000);
      const rate = best(times);
      // Counting from answers reached 72, 58 and less of a hundred here.
      assert.ok(rate >= 0.88 * CONTRACT && rate <= 1.02 * CONTRACT, String(rate));
    }).timeout(MINUTE);
  }

  for (const limit of [20, 30, 45, 5]) {
    it(`closes in on ${String(limit)} of ${String(CONTRACT)} a second`, async () => {
      const { times, server, pool } = await paced({ limit });
      await sleep(12_000);
      const before = { taken: times.length, throttled: pool.snapshot().totals.throttled };
      await sleep(2 * SPAN * 1000);
      const taken = times.length - before.taken;
      const throttled = pool.snapshot().totals.throttled - before.throttled;
      // Halving and growing again took 58 to 64 of a hundred.
      assert.ok(taken >= 0.8 * limit * 2 * SPAN, String(taken));
      assert.ok(throttled <= 0.08 * taken + 2, `${String(throttled)} beside ${String(taken)}`);
      assert.ok(server().allowed < CONTRACT);
    }).timeout(MINUTE);
  }

  it('follows a limit that changes, down and up', async () => {
    const { faults, server } = await paced({});
    await sleep(3000);
    await faults({ limit: 20 });
    await eventually('it is followed down', () => server().allowed < 22, 20_000);
    await faults({});
    await eventually('it is followed up', () => server().allowed === CONTRACT, 90_000);
  }).timeout(3 * MINUTE);

  it('keeps its pace where the platform stands still for 200 ms every 5 s', async () => {
    const { times, server } = await paced({ stall: { everyMs: 5000, forMs: 200 } });
    const allowed: number[] = [];
    for (let second = 0; second < 3 * SPAN; second++) {
      await sleep(1000);
      allowed.push(server().allowed);
    }
    assert.ok(best(times) >= 0.85 * CONTRACT, String(best(times)));
    assert.ok(allowed.filter((rate) => rate < 0.8 * CONTRACT).length <= SPAN, allowed.join());
  }).timeout(MINUTE);

  it('lets others pass a message that alone is throttled for good, names it, and says so when it expires', async () => {
    const { times, send, pool, server, outcomes } = await paced({});
    const held = send('919812200008', { receipt: 'none', validity: 25 });
    pool.attachSender('sender', (outcome) => {
      outcomes.add(outcome);
      if (outcome.kind === 'accepted') times.push(outcome.submittedAt!);
      if (outcome.id !== held && times.length < 20 * CONTRACT) send('919812345678', { receipt: 'none' });
      return undefined;
    });
    await sleep(SPAN * 1000);
    assert.ok(server().allowed >= 0.75 * CONTRACT, String(server().allowed));
    assert.ok(best(times) >= 0.8 * CONTRACT, String(best(times)));
    await eventually('nothing else waits', () => pool.snapshot().hindrance?.code === 'message-held', 90_000);
    assert.match(pool.snapshot().hindrance!.text, /1 message is held .*ESME_RTHROTTLED/);
    const { kind, error } = await outcomes.one(({ id }) => id === held);
    assert.equal(kind, 'expired');
    const { name, times: tries } = error!.cause!.last as { name: string; times: number };
    assert.equal(name, 'ESME_RTHROTTLED');
    assert.ok(tries >= 3 && tries <= 12, String(tries));
  }).timeout(3 * MINUTE);
});
