import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeAll, portOf, post, simulate } from '../simulator/running';
import { assertAccounted } from '../support/accounting';
import { fastClock } from '../support/clock';
import { eventually } from '../support/eventually';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';

/** Sends a message every two milliseconds until `ended` is true; our ids and texts of all. */
async function traffic(run: PoolRun, ended: () => boolean): Promise<Map<string, string>> {
  const sent = new Map<string, string>();
  while (!ended()) {
    const text = `alarm ${String(sent.size)}`;
    sent.set(run.send('919812345678', { text }), text);
    await sleep(2);
  }
  return sent;
}

describe('a pool through the maintenance of its platform', function () {
  this.timeout(20_000);

  afterEach(async () => {
    await closePools();
    await closeAll();
  });

  /** One server after the other is taken out and put back, while messages flow. */
  async function rolling(how: 'drain' | 'stop', rounds: number) {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)], { window: 5 }, { binds: 2 }), {
      clock: fastClock(30),
    });
    await eventually('bound', () => run.pool.snapshot().state === 'up');
    let ended = false;
    const sending = traffic(run, () => ended);
    for (let round = 0; round < rounds; round++) {
      const number = (round % 2) + 1;
      await post(simulator, `/servers/${String(number)}/${how}`);
      await eventually('gone', () => run.pool.snapshot().servers[number - 1]!.state === 'down');
      await sleep(50);
      await post(simulator, `/servers/${String(number)}/start`);
      await eventually('bound again', () => run.pool.snapshot().state === 'up');
    }
    ended = true;
    const sent = await sending;
    await eventually('an outcome for each', () => run.outcomes.all.length >= sent.size);
    return { simulator, run, sent };
  }

  it('loses nothing and doubles nothing when servers ask it to leave, one after the other', async () => {
    const { simulator, run, sent } = await rolling('drain', 6);
    assertAccounted(run, simulator, sent);
    assert.ok(run.outcomes.all.every(({ kind, possibleDuplicate }) => kind === 'accepted' && !possibleDuplicate));
    assert.equal(simulator.messages().length, sent.size);
    await eventually('a report for each', () => run.reports.all.length >= sent.size);
    assert.deepEqual(new Set(run.reports.all.map((report) => report.sent?.id)), new Set(sent.keys()));
    assert.equal(run.reports.all.length, sent.size);
    assert.ok(run.events.all.some(({ event, code }) => event === 'bind.down' && code === 'maintenance'));
  });

  it('loses nothing, and marks what may come twice, when servers just go', async () => {
    const { simulator, run, sent } = await rolling('stop', 6);
    assertAccounted(run, simulator, sent);
    assert.ok(run.outcomes.all.every(({ kind }) => kind === 'accepted'));
  });

  it('settles its window before it leaves, without an error to a flow', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)]), { clock: fastClock(30) });
    await run.events.one(({ event }) => event === 'pool.up');
    await post(simulator, '/servers/1/faults', { delayMs: 100 });
    for (let n = 0; n < 10; n++) run.send('919812345678', { text: String(n) });
    await eventually('submitted', () => run.pool.snapshot().queue.inFlight === 10);
    await post(simulator, '/servers/1/drain');
    await run.outcomes.many(10);
    assert.ok(run.outcomes.all.every(({ kind, possibleDuplicate }) => kind === 'accepted' && !possibleDuplicate));
    await run.events.one(({ event }) => event === 'pool.down');
    assert.equal(simulator.messages().length, 10);
  });

  it('tells every change of a server, and of itself, once', async () => {
    const { run } = await rolling('drain', 4);
    const counts = new Map<string, number>();
    for (const { event, server } of run.events.all) {
      const key = `${event} ${server ?? ''}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const { server } of run.pool.snapshot().servers) {
      assert.equal(counts.get(`server.up ${server}`), 3);
      assert.equal(counts.get(`server.down ${server}`), 2);
    }
    assert.equal(counts.get('pool.up '), 5);
    const pool = run.events.all.filter(({ event }) => event.startsWith('pool.')).map(({ event }) => event);
    assert.ok(pool.every((event, index) => event !== pool[index - 1]));
  });

  it('waits for a platform of which nothing is up, and goes on when it is back', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)]), { clock: fastClock(30) });
    await run.events.one(({ event }) => event === 'pool.up');
    await Promise.all([post(simulator, '/servers/1/stop'), post(simulator, '/servers/2/drain')]);
    await run.events.one(({ event }) => event === 'pool.down');
    for (let n = 0; n < 30; n++) run.send('919812345678', { text: String(n) });
    await eventually('waiting', () => run.pool.snapshot().queue.waiting === 30);
    await post(simulator, '/servers/2/start');
    await run.outcomes.many(30);
    assert.equal(simulator.messages().length, 30);
  });
});
