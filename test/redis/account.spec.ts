import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock';
import type { ServerSettings } from '../../src/pool/settings';
import type { Simulator } from '../../src/simulator/simulator';
import { PERMIT_KEPT, UNHEARD, type Permit, type PermitUse } from '../../src/account/account';
import { RedisAccount } from '../../src/account/redis-account';
import { RedisConnection } from '../../src/redis/connection';
import { closeAll, portOf, post, simulate } from '../simulator/running';
import { eventually } from '../support/eventually';
import { closeProxies, FaultProxy } from '../support/fault-proxy';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';
import { RedisServer, stopRedisServers } from './redis-server';

const connections: RedisConnection[] = [];
let redis: RedisServer;

async function open(port = redis.port): Promise<RedisConnection> {
  const quiet = (): void => undefined;
  const connection = new RedisConnection({
    url: `redis://127.0.0.1:${String(port)}`,
    user: '',
    password: '',
    prefix: 'test',
    poolId: 'pool',
    userDir: '.',
    log: { info: quiet, warn: quiet, error: quiet },
  });
  await connection.open();
  connections.push(connection);
  return connection;
}

/** A pool with a store of its own, which shares nothing but the account. */
async function instance(
  simulator: Simulator,
  server: Partial<ServerSettings>,
  port = redis.port,
  window = 100,
): Promise<PoolRun> {
  const connection = await open(port);
  return runPool(poolSettings([portOf(simulator)], { window }, server), {
    account: new RedisAccount(connection, systemClock),
  });
}

/** Keeps so many messages waiting in this pool. */
function supply({ pool, send }: PoolRun, outstanding: number): void {
  pool.attachSender('sender', () => {
    send('919812345678', { receipt: 'none' });
    return undefined;
  });
  for (let count = 0; count < outstanding; count++) send('919812345678', { receipt: 'none' });
}

const server = (simulator: Simulator) => simulator.state().servers[0]!;
const boundBy = (runs: readonly PoolRun[]): number[] => runs.map(({ pool }) => pool.snapshot().bound);

/** Waits until each instance has so many binds, in any order. */
async function bound(runs: readonly PoolRun[], expected: readonly number[], limit = 15_000): Promise<void> {
  const wanted = expected.toSorted().join();
  await eventually(`binds ${wanted}`, () => boundBy(runs).toSorted().join() === wanted, limit);
}

/** The most binds the platform has had at once. */
function watchBinds(simulator: Simulator): { most: number } {
  const seen = { most: 0 };
  const timer = setInterval(() => {
    seen.most = Math.max(seen.most, server(simulator).binds);
  }, 5);
  timer.unref();
  return seen;
}

const refusals = (runs: readonly PoolRun[]): number =>
  runs.flatMap(({ events }) => events.all.filter(({ event }) => event === 'bind.refused')).length;

describe('an account that several instances share', () => {
  beforeEach(async () => {
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    await closePools();
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
    await closeAll();
    await closeProxies();
    await stopRedisServers();
  });

  for (const throughput of [200, 1000]) {
    it(`uses all of ${String(throughput)} PDUs a second, and never more`, async () => {
      const simulator = await simulate({ throughput, binds: 3, servers: 1 });
      const runs = await Promise.all([1, 2, 3].map(() => instance(simulator, { throughput, binds: 3 })));
      await bound(runs, [1, 1, 1]);
      for (const run of runs) supply(run, 300);
      await sleep(2500);
      let best = 0;
      for (let window = 0; window < 5; window++) {
        const before = server(simulator).accepted;
        const start = performance.now();
        await sleep(2000);
        const allowed = (throughput * (performance.now() - start)) / 1000;
        best = Math.max(best, (server(simulator).accepted - before) / allowed);
      }
      assert.equal(server(simulator).throttled, 0);
      // A busy machine stands still now and then, and what is missed is not caught up.
      assert.ok(best >= 0.98, String(best));
      for (const { pool } of runs) assert.ok(pool.snapshot().totals.accepted > throughput, 'no instance goes short');
    });
  }

  it('gives permits further ahead, and keeps them longer, where one of its instances is slow', async () => {
    const [quick, slow] = await Promise.all([open(), open()]).then((all) =>
      all.map((connection) => new RedisAccount(connection, systemClock)),
    );
    /** Takes what there is to take. */
    const ask = async (account: RedisAccount, slack: number) => {
      const request = { throughput: 1000, wanted: 500, slack, used: [] };
      for (let last: Permit | undefined; ;) {
        const answer = await account.permits('server', request);
        if (answer.permits.length === 0 && last) {
          return { slack: answer.slack, ahead: last.at - Date.now(), kept: last.until - last.at };
        }
        last = answer.permits.at(-1);
      }
    };
    await quick!.contract('server', 1000);
    // Nothing is known of the second before.
    await sleep(2000);
    const before = await ask(quick!, 0);
    assert.ok(before.ahead < 80 && before.kept <= 50, JSON.stringify(before));
    await sleep(200);
    const late = await ask(slow!, 150);
    assert.ok(late.ahead > 85 && late.kept > 150, JSON.stringify(late));
    await sleep(200);
    const beside = await ask(quick!, 0);
    assert.equal(beside.slack, 150);
    assert.ok(beside.ahead > 85, JSON.stringify(beside));
  });

  it('keeps a place that nothing is heard of for as long as a slow way there may take', async () => {
    const account = new RedisAccount(await open(), systemClock);
    const request = { throughput: 5, slack: 0 };
    /** Takes so many permits as they come. */
    const take = async (count: number, used: readonly PermitUse[] = []): Promise<Permit[]> => {
      const { permits } = await account.permits('server', { ...request, wanted: count, used });
      if (permits.length === count) return [...permits];
      await sleep(5);
      return [...permits, ...(await take(count - permits.length))];
    };
    await account.contract('server', request.throughput);
    const first = await take(5);
    const second = await take(
      5,
      first.map((permit) => ({ permit, freeAt: permit.at + 1000 })),
    );
    const [third] = await take(1);
    const [reported, unheard] = [first[0]!, second[0]!];
    assert.equal(unheard.place, reported.place);
    assert.ok(unheard.at - reported.at < 1000 + PERMIT_KEPT + UNHEARD);
    // What we report by our clock is kept by that of Redis.
    const ahead = unheard.freeSince / 1000 - (reported.at + 1000);
    const taken = unheard.takenUntil / 1000 - ahead - unheard.at;
    assert.ok(Math.abs(taken - (1000 + PERMIT_KEPT + UNHEARD)) < 20, String(taken));
    assert.equal(third!.freeSince, unheard.takenUntil);
    assert.ok(third!.at - unheard.at > taken - 20, String(third!.at - unheard.at));
  });

  it("spreads its binds, drains what is another's share, and has never more than the quota", async () => {
    const simulator = await simulate({ binds: 4, servers: 1 });
    const seen = watchBinds(simulator);
    const runs = [await instance(simulator, { binds: 4 })];
    await bound(runs, [4]);
    runs.push(await instance(simulator, { binds: 4 }));
    await bound(runs, [2, 2]);
    runs.push(await instance(simulator, { binds: 4 }));
    await bound(runs, [1, 1, 2]);
    await runs[0]!.pool.disconnect();
    await bound(runs, [0, 2, 2]);
    runs[0]!.pool.connect();
    await runs[1]!.pool.close(2000);
    await bound(runs, [2, 0, 2]);
    assert.equal(seen.most, 4);
    assert.equal(refusals(runs), 0);
  });

  it('gives the binds of an instance that lost Redis to the others, once it has unbound, and takes it back', async () => {
    const simulator = await simulate({ binds: 4, servers: 1 });
    const seen = watchBinds(simulator);
    const proxy = await FaultProxy.to(redis.port);
    const runs = [await instance(simulator, { binds: 4 }), await instance(simulator, { binds: 4 }, proxy.port)];
    await bound(runs, [2, 2]);
    proxy.trouble = { blackHole: true };
    await bound(runs, [4, 0], 20_000);
    assert.equal(runs[1]!.pool.snapshot().state, 'down');
    assert.equal(runs[0]!.pool.snapshot().instances!.length, 1);
    proxy.trouble = {};
    proxy.reset();
    await bound(runs, [2, 2], 20_000);
    assert.equal(seen.most, 4);
    assert.equal(refusals(runs), 0);
  });

  it('keeps its binds and its budget while Redis restarts', async () => {
    const throughput = 200;
    const simulator = await simulate({ binds: 3, servers: 1, throughput });
    const seen = watchBinds(simulator);
    const runs = await Promise.all([1, 2, 3].map(() => instance(simulator, { throughput, binds: 3 })));
    await bound(runs, [1, 1, 1]);
    for (const run of runs) supply(run, 300);
    for (const end of ['stop', 'kill'] as const) {
      await sleep(1000);
      await redis[end]();
      await sleep(500);
      const { submits } = server(simulator);
      await sleep(500);
      assert.equal(server(simulator).submits, submits, 'without Redis nothing is sent');
      await redis.start();
      await eventually('it goes on', () => server(simulator).submits > submits + throughput);
    }
    assert.equal(server(simulator).throttled, 0);
    assert.equal(seen.most, 3);
    assert.equal(runs.flatMap(({ events }) => events.all.filter(({ event }) => event === 'bind.down')).length, 0);
  });

  it('has one rate for all when the platform says it is too fast, with a contract and without', async () => {
    for (const throughput of [200, 0]) {
      const simulator = await simulate({ binds: 3, servers: 1 });
      const runs = await Promise.all(
        [1, 2, 3].map(() => instance(simulator, { throughput, binds: 3 }, redis.port, 10)),
      );
      await bound(runs, [1, 1, 1]);
      for (const run of runs) supply(run, 100);
      await eventually('each sends', () => runs.every(({ pool }) => pool.snapshot().servers[0]!.rate > 20));
      await post(simulator, '/servers/1/faults', { throttle: true });
      await Promise.all(runs.map(({ events }) => events.one(({ event }) => event === 'server.throttled')));
      await post(simulator, '/servers/1/faults', {});
      const allowed = (): number[] => runs.map(({ pool }) => pool.snapshot().servers[0]!.allowed);
      await eventually('one rate', () => new Set(allowed()).size === 1);
      if (throughput > 0) assert.ok(allowed()[0]! < throughput, allowed().join());
      const { throttled } = server(simulator);
      await Promise.all(runs.map(({ events }) => events.one(({ event }) => event === 'server.recovered')));
      assert.equal(server(simulator).throttled, throttled);
      await eventually('the contract for all', () => allowed().every((rate) => rate === throughput));
      await closePools();
    }
  });
});
