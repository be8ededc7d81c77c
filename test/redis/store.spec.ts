import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { LANES } from '../../src/store/redis/keys';
import { ids, storeContract } from '../store/contract';
import { outboxMessage, outcomeOf, sentMessage } from '../store/messages';
import { RedisServer, stopRedisServers } from './redis-server';
import { closeStores, openStore } from './stores';

let server: RedisServer;
let pools = 0;

const newPool = (): string => `pool-${String(pools++)}`;

describe('one redis store', () => {
  before(async () => {
    server = await RedisServer.start();
  });
  afterEach(closeStores);
  after(stopRedisServers);

  storeContract('Redis store', async (queueLimit) => {
    const { store } = await openStore(server.url, { queueLimit, poolId: newPool() });
    return store;
  });

  describe('Redis store', () => {
    it('has after a restart what waited, what was sent and what was parked', async () => {
      const poolId = newPool();
      const before = (await openStore(server.url, { poolId })).store;
      const sent = sentMessage('s', { dueAt: 7, receipts: [null] });
      const message = outboxMessage('a', {
        msg: { when: new Date(0), octets: Buffer.of(1), $b: 'not octets', $$: [{ $d: 1 }] },
      });
      await before.enqueue(message);
      await before.saveSent(sent);
      await before.park({ kind: 'incoming', data: { text: 'hello' } });
      await before.close();
      const { store } = await openStore(server.url, { poolId });
      assert.deepEqual(await store.lease(9), [message]);
      assert.deepEqual(await store.findDue(7), [sent]);
      assert.deepEqual(
        (await store.parked()).map(({ data }) => data),
        [{ text: 'hello' }],
      );
    });

    it('keeps pools and prefixes apart', async () => {
      const poolId = newPool();
      await (await openStore(server.url, { poolId })).store.enqueue(outboxMessage('a'));
      assert.equal((await openStore(server.url, { poolId: newPool() })).store.counts().waiting, 0);
      assert.equal((await openStore(server.url, { poolId, prefix: 'other' })).store.counts().waiting, 0);
      assert.equal((await openStore(server.url, { poolId })).store.counts().waiting, 1);
    });

    for (const [what, spoil] of [
      ['a layout of another version', (redis: Redis, base: string) => redis.set(`${base}:layout`, 'smpp-nodes 9')],
      ['something else than a layout', (redis: Redis, base: string) => redis.hset(`${base}:layout`, 'a', 'b')],
      ['a queue of another program', (redis: Redis, base: string) => redis.hset(`${base}:outbox:meta`, 'version', 'x')],
    ] as const) {
      it(`refuses ${what}, in words, and leaves it alone`, async () => {
        const poolId = newPool();
        const redis = new Redis(server.url);
        try {
          await spoil(redis, `{smpp:${poolId}}`);
          const keys = await redis.keys(`*${poolId}*`);
          await assert.rejects(openStore(server.url, { poolId }), {
            name: 'SmppError',
            code: 'SMPP_STORE_VERSION',
            message: /under the prefix "smpp".*Choose another key prefix/,
          });
          assert.deepEqual(await redis.keys(`*${poolId}*`), keys);
        } finally {
          redis.disconnect();
        }
      });
    }

    it('leaves nothing of a message in Redis once its outcome was told', async () => {
      const poolId = newPool();
      const { store } = await openStore(server.url, { poolId });
      await store.enqueue(outboxMessage('a', { msg: { payload: 'the secret of the pump' }, receipt: false }));
      const [message] = await store.lease(1);
      await store.progress(Object.assign(message!, { attempts: 2 }));
      await store.settle(outcomeOf(message!));
      await store.told('a');
      const redis = new Redis(server.url);
      const left = (await redis.keys(`*${poolId}*`)).map((key) => key.slice(key.indexOf('}') + 2));
      const waiting = await Promise.all(LANES.map((lane) => redis.xlen(`{smpp:${poolId}}:${lane}`)));
      redis.disconnect();
      const known = new RegExp(`^(instances|layout|${LANES.join('|')}|enqueued:.*)$`);
      assert.deepEqual(
        left.filter((key) => !known.test(key)),
        [],
      );
      assert.deepEqual(waiting, [0, 0, 0]);
    });

    it('says where Redis does not keep what it has, or not at once, or may throw it away', async () => {
      const careless = await RedisServer.start({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' });
      const { log } = await openStore(careless.url);
      assert.match(log.join('\n'), /keeps nothing on disk.*appendonly yes/);
      assert.match(log.join('\n'), /maxmemory-policy allkeys-lru/);
      const half = await RedisServer.start({ appendonly: 'no', save: '900 1' });
      assert.match((await openStore(half.url)).log.join('\n'), /only now and then.*appendonly yes/);
      const hasty = await RedisServer.start({ appendfsync: 'everysec' });
      assert.match((await openStore(hasty.url)).log.join('\n'), /appendfsync everysec.*appendfsync always/);
      assert.deepEqual((await openStore(server.url, { poolId: newPool() })).log, []);
    });

    it('logs in with user and password, and says nothing of them where they are wrong', async () => {
      const guarded = await RedisServer.start({ requirepass: 'pump-secret' });
      const { store } = await openStore(guarded.url, { password: 'pump-secret' });
      await store.enqueue(outboxMessage('a'));
      const inUrl = await openStore(guarded.url.replace('//', '//default:pump-secret@'));
      assert.deepEqual(ids(await inUrl.store.lease(1)), ['a']);
      for (const attempt of [
        { url: guarded.url, password: 'wrong-secret' },
        { url: guarded.url.replace('//', '//somebody:wrong-secret@') },
        { url: guarded.url },
      ]) {
        await assert.rejects(openStore(attempt.url, attempt), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'SMPP_STORE_UNAVAILABLE');
          assert.match(error.message, /refuses the login/);
          assert.doesNotMatch(JSON.stringify(error) + String(error) + String(error.stack), /secret|somebody/);
          return true;
        });
      }
    });
  });
});
