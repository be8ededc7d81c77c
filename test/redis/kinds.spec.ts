import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock';
import type { Simulator } from '../../src/simulator/simulator';
import { RedisAccount } from '../../src/account/redis-account';
import { RedisConnection, type RedisSettings } from '../../src/redis/connection';
import { RedisStore } from '../../src/store/redis/redis-store';
import { closeAll, portOf, simulate } from '../simulator/running';
import { ids, storeContract } from '../store/contract';
import { outboxMessage } from '../store/messages';
import { eventually } from '../support/eventually';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';
import {
  clusterDeployment,
  closeClients,
  PASSWORD,
  sentinelDeployment,
  singleDeployment,
  USER,
  type Deployment,
} from './deployments';
import { RedisServer, stopRedisServers } from './redis-server';
import { closeStores, openStore } from './stores';

const THROUGHPUT = 400;
/** The pool whose keys' server fails. */
const POOL = 'failing';

const kinds: Readonly<Record<string, () => Promise<Deployment>>> = {
  'one server': () => singleDeployment(true),
  Sentinel: () => sentinelDeployment(true),
  Cluster: () => clusterDeployment(`{smpp:${POOL}}`, true),
};

function settingsFor({ url, certificate }: Deployment): RedisSettings {
  const tls = certificate ? { ca: certificate.cert } : {};
  return { url, user: USER, password: PASSWORD, prefix: 'smpp', tls };
}

const quiet = (): void => undefined;

/** One of several instances of the pool. */
async function instance(deployment: Deployment, simulator: Simulator): Promise<PoolRun> {
  const store = new RedisStore({
    ...settingsFor(deployment),
    poolId: POOL,
    userDir: '.',
    queueLimit: 100_000,
    log: { info: quiet, warn: quiet, error: quiet },
  });
  return runPool(poolSettings([portOf(simulator)], { window: 20 }, { binds: 2, throughput: THROUGHPUT }), {
    store,
    account: new RedisAccount(store.connection, systemClock),
  });
}

for (const [kind, deploy] of Object.entries(kinds)) {
  describe(`Redis as ${kind}, with TLS and a user`, () => {
    let deployment: Deployment;
    let pools = 0;
    const newPool = (): string => `pool-${String(pools++)}`;

    before(async () => {
      deployment = await deploy();
    });
    afterEach(async () => {
      await closePools();
      await closeStores();
      await closeAll();
    });
    after(async () => {
      closeClients();
      await stopRedisServers();
    });

    storeContract(kind, async (queueLimit) => {
      const settings = settingsFor(deployment);
      const { store, log } = await openStore(deployment.url, { ...settings, queueLimit, poolId: newPool() });
      assert.deepEqual(log, []);
      return store;
    });

    it('refuses a wrong password in words', async () => {
      const settings = { ...settingsFor(deployment), password: 'wrong-secret' };
      await assert.rejects(openStore(deployment.url, settings), {
        code: 'SMPP_STORE_UNAVAILABLE',
        message: /^Redis refuses the login: check the Redis user and password of the pool \((?!.*secret)/,
      });
    });

    it('is away, in words, where nobody vouches for its certificate', async () => {
      const { store, log } = await openStore(deployment.url, { ...settingsFor(deployment), tls: {} });
      assert.match(store.trouble ?? '', /^Redis is away: TLS: the certificate is self-signed: give its CA/);
      assert.deepEqual(log, [store.trouble]);
    });

    it('may be left at any moment of that', async () => {
      for (let moment = 0; moment < 30; moment++) {
        const log = { info: quiet, warn: quiet, error: quiet };
        const options = { ...settingsFor(deployment), tls: {}, poolId: POOL, userDir: '.', log };
        const connection = new RedisConnection(options);
        const opening = connection.open();
        await sleep(moment / 4);
        await Promise.all([connection.close(), opening]);
      }
    });

    for (const [what, url, words] of [
      ['asked without TLS', (given: string) => given.replace('rediss', 'redis'), /does this port want TLS \(rediss:/],
      ['asked by another name', (given: string) => given.replaceAll('127.0.0.1', 'localhost'), null],
    ] as const) {
      it(`is ${words ? 'away, in words,' : 'found'} where it is ${what}`, async () => {
        const { store } = await openStore(url(deployment.url), {
          ...settingsFor(deployment),
          url: url(deployment.url),
          poolId: newPool(),
        });
        if (words) assert.match(store.trouble ?? '', words);
        else assert.equal(store.trouble, null);
      });
    }

    it('fails and is another while messages flow: nothing is lost, nothing comes twice without a mark', async () => {
      const simulator = await simulate({ servers: 1, throughput: THROUGHPUT, binds: 2, dlrDelay: 20 });
      const runs = [await instance(deployment, simulator), await instance(deployment, simulator)];
      await eventually('each has a bind', () => runs.every(({ pool }) => pool.snapshot().bound === 1));
      const sent: string[] = [];
      const timer = setInterval(() => {
        for (const run of runs) sent.push(run.send(`9198${String(10_000_000 + sent.length)}`));
      }, 7);
      const all = <T>(of: (run: PoolRun) => readonly T[]): readonly T[] => runs.flatMap(of);
      await eventually('messages flow', () => all(({ reports }) => reports.all).length > 200);
      await deployment.failOver();
      await eventually('it goes on', () => runs.every(({ pool }) => pool.trouble === null), 30_000);
      await sleep(500);
      clearInterval(timer);
      await eventually('outcomes', () => all(({ outcomes }) => outcomes.all).length >= sent.length, 30_000);
      await eventually('results', () => all(({ reports }) => reports.all).length >= sent.length, 30_000);
      await sleep(500);
      const outcomes = all((run) => run.outcomes.all);
      assert.deepEqual(ids(outcomes).sort(), sent.toSorted());
      assert.deepEqual(
        outcomes.filter(({ kind: outcome }) => outcome !== 'accepted'),
        [],
      );
      assert.deepEqual(all((run) => run.reports.all.map((report) => report.sent?.id)).toSorted(), sent.toSorted());
      const marked = new Set(outcomes.filter(({ possibleDuplicate }) => possibleDuplicate).map(({ to }) => to));
      const copies = new Map<string, number>();
      for (const { to } of simulator.messages()) copies.set(to, (copies.get(to) ?? 0) + 1);
      for (const [to, count] of copies) assert.ok(count === 1 || marked.has(to), `${String(count)} of ${to}`);
    }).timeout(120_000);
  });
}

describe('Redis with a replica', () => {
  afterEach(async () => {
    await closeStores();
    await stopRedisServers();
  });

  it('has given it what it has promised; one that hangs is waited for once', async () => {
    const server = await RedisServer.start();
    const replica = await RedisServer.start({ replicaof: `127.0.0.1 ${String(server.port)}` });
    const { store, log } = await openStore(server.url);
    const enqueue = async (id: string): Promise<number> => {
      const began = performance.now();
      await store.enqueue(outboxMessage(id));
      return performance.now() - began;
    };
    replica.pause();
    // It may be a while until Redis counts it among its replicas.
    while (log.length === 0) {
      await store.connection.lookForReplicas();
      if ((await enqueue('a')) > 400) break;
    }
    assert.match(log.join(), /^No replica of Redis has what was written last/);
    assert.ok((await enqueue('b')) < 400);
    assert.equal(log.length, 1);
    replica.resume();
  });
});
