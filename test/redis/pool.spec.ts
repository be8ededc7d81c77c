import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock';
import { RedisAccount } from '../../src/account/redis-account';
import { RedisStore } from '../../src/store/redis/redis-store';
import { closeAll, portOf, simulate } from '../simulator/running';
import { eventually } from '../support/eventually';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';
import { RedisServer, stopRedisServers } from './redis-server';

const COUNT = 900;

let redis: RedisServer;

/** One of several instances of a pool. */
async function instance(poolId: string, port: number): Promise<PoolRun> {
  const quiet = (): void => undefined;
  const log = { info: quiet, warn: quiet, error: quiet };
  const redisOptions = { url: redis.url, user: '', password: '', prefix: 'smpp', poolId, userDir: '.', log };
  const store = new RedisStore({ ...redisOptions, queueLimit: 100_000 });
  return runPool(poolSettings([port], { window: 50 }, { binds: 3, throughput: 600 }), {
    store,
    account: new RedisAccount(store.connection, systemClock),
  });
}

async function three(poolId: string, port: number): Promise<readonly PoolRun[]> {
  const runs = await Promise.all([1, 2, 3].map(() => instance(poolId, port)));
  await eventually('each has a bind', () => runs.every(({ pool }) => pool.snapshot().bound === 1));
  return runs;
}

/** Sends by all of them in turn; returns whose message each is. */
function sendAll(runs: readonly PoolRun[]): ReadonlyMap<string, PoolRun> {
  const owners = new Map<string, PoolRun>();
  for (let index = 0; index < COUNT; index++) {
    const run = runs[index % runs.length]!;
    // Every tenth is a long one.
    const text = index % 10 === 0 ? 'Pump 3 alarm '.repeat(20) : `Pump 3 alarm ${String(index)}`;
    owners.set(run.send(`9198${String(10_000_000 + index)}`, { text }), run);
  }
  return owners;
}

async function assertAccounted(runs: readonly PoolRun[], owners: ReadonlyMap<string, PoolRun>): Promise<void> {
  const sum = (count: (run: PoolRun) => number): number => runs.reduce((total, run) => total + count(run), 0);
  await eventually('outcomes', () => sum(({ outcomes }) => outcomes.all.length) >= COUNT, 40_000);
  await eventually('results', () => sum(({ reports }) => reports.all.length) >= COUNT, 40_000);
  await sleep(500);
  for (const run of runs) {
    for (const { id, kind } of run.outcomes.all) {
      assert.equal(kind, 'accepted');
      assert.equal(owners.get(id), run);
    }
  }
  assert.equal(
    sum(({ outcomes }) => outcomes.all.length),
    COUNT,
  );
  const reports = runs.flatMap((run) => run.reports.all);
  assert.equal(reports.filter(({ matched }) => !matched).length, 0);
  assert.deepEqual(reports.map(({ sent }) => sent!.id).sort(), [...owners.keys()].sort());
}

describe('three pools with one account in Redis', () => {
  before(async () => {
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    await closePools();
    await closeAll();
  });
  after(stopRedisServers);

  it('send each message once, tell each outcome where it was taken, and each result once', async () => {
    const simulator = await simulate({ servers: 1, throughput: 600, binds: 3, dlrDelay: 20 });
    const runs = await three('once', portOf(simulator));
    const owners = sendAll(runs);
    await assertAccounted(runs, owners);
    assert.equal(simulator.messages().length, COUNT);
    assert.equal(simulator.state().servers[0]!.throttled, 0);
  }).timeout(90_000);

  it('pause while Redis restarts, say so, and lose nothing', async () => {
    const simulator = await simulate({ servers: 1, throughput: 600, binds: 3, dlrDelay: 20 });
    const runs = await three('restart', portOf(simulator));
    const owners = sendAll(runs);
    await eventually('some are sent', () => simulator.messages().length > COUNT / 4);
    await redis.stop();
    await eventually('they are away', () => runs.every(({ pool }) => pool.trouble !== null));
    const before = simulator.messages().length;
    await sleep(1500);
    assert.ok(simulator.messages().length - before <= 150, 'only what was in flight');
    assert.match(runs[0]!.pool.trouble!, /^Redis is away: /);
    assert.equal(runs[0]!.events.all.filter(({ event }) => event === 'store.away').length, 1);
    await redis.start();
    await assertAccounted(runs, owners);
    for (const { events } of runs) assert.equal(events.all.filter(({ event }) => event === 'store.back').length, 1);
  }).timeout(120_000);

  it('open without Redis, and bind and send once it is there', async () => {
    const own = await RedisServer.start();
    const simulator = await simulate({ servers: 1, throughput: 600, binds: 3 });
    await own.stop();
    const shared = redis;
    redis = own;
    const run = await instance('opening', portOf(simulator));
    redis = shared;
    run.send('919812345678');
    await sleep(200);
    assert.equal(simulator.messages().length, 0);
    await own.start();
    assert.equal((await run.outcomes.one()).kind, 'accepted');
  }).timeout(40_000);

  it('close in time while Redis is away', async () => {
    const own = await RedisServer.start();
    const shared = redis;
    redis = own;
    const simulator = await simulate({ servers: 1, throughput: 600, binds: 3 });
    const run = await instance('closing', portOf(simulator));
    redis = shared;
    await eventually('it is bound', () => run.pool.snapshot().bound > 0);
    own.pause();
    for (let index = 0; index < 20; index++) run.send('919812345678');
    const began = performance.now();
    await run.pool.close(3000);
    assert.ok(performance.now() - began < 8000, `${String(performance.now() - began)} ms`);
  }).timeout(30_000);
});
