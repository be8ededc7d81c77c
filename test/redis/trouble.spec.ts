import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { OutboxMessage } from '../../src/store/store';
import { ids } from '../store/contract';
import { outboxMessage, outcomeOf, sentMessage } from '../store/messages';
import { eventually } from '../support/eventually';
import { RedisServer, stopRedisServers } from './redis-server';
import { closeStores, openStore, type OpenStore } from './stores';

const clients: Redis[] = [];

function clientOf(url: string): Redis {
  const client = new Redis(url);
  clients.push(client);
  return client;
}

describe('a redis store in trouble', () => {
  afterEach(async () => {
    await closeStores();
    for (const client of clients.splice(0)) client.disconnect();
  });
  after(stopRedisServers);

  describe('a Redis that is there and cannot', () => {
    it('refuses what is new while its memory is full, and loses nothing of what it has', async () => {
      const server = await RedisServer.start();
      const { store, log } = await openStore(server.url);
      const redis = clientOf(server.url);
      const expiresAt = Date.now() + 60_000;
      await store.enqueue(outboxMessage('a', { expiresAt }));
      const [message] = await store.lease(1);
      await redis.config('SET', 'maxmemory', '1');
      await assert.rejects(store.enqueue(outboxMessage('b', { expiresAt })), {
        name: 'SmppError',
        code: 'SMPP_STORE_FULL',
        message: /memory of Redis is full/,
      });
      assert.equal(store.counts().waiting, 0);
      const settled = store.settle(outcomeOf(message!), sentMessage('a'));
      const calls = async (): Promise<number> =>
        Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))![1]);
      const before = await calls();
      await sleep(1500);
      assert.ok((await calls()) - before < 50, 'it is asked now and then, not all the time');
      const said = log.filter((line) => line.includes('memory of Redis is full'));
      assert.equal(said.length, 1, log.join('\n'));
      await redis.config('SET', 'maxmemory', '0');
      await settled;
      assert.deepEqual(ids(await store.untold()), ['a']);
      assert.deepEqual(ids(await store.findSent(['ida'])), ['a']);
      await store.enqueue(outboxMessage('c', { expiresAt }));
      assert.deepEqual(ids(await store.lease(9)), ['c']);
    }).timeout(20_000);

    it('is opened although its memory is full, and takes up what it has', async () => {
      const server = await RedisServer.start();
      const before = await openStore(server.url);
      await before.store.enqueue(outboxMessage('a'));
      await before.store.close();
      const redis = clientOf(server.url);
      await redis.config('SET', 'maxmemory', '1');
      const { store } = await openStore(server.url);
      await redis.config('SET', 'maxmemory', '0');
      assert.deepEqual(ids(await store.lease(1)), ['a']);
    }).timeout(20_000);

    it('may refuse to tell news: then what waits is found by looking for it', async () => {
      const server = await RedisServer.start();
      const [a, b] = [await openStore(server.url), await openStore(server.url)];
      const redis = clientOf(server.url);
      await redis.acl('SETUSER', 'default', '-subscribe');
      await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      const refused = async (): Promise<number> => ((await redis.acl('LOG')) as unknown[]).length;
      while ((await refused()) < 1) await sleep(20);
      const lease = a.store.lease(1);
      await b.store.enqueue(outboxMessage('a'));
      assert.deepEqual(ids(await lease), ['a']);
    });

    it('is away, once, while it is a replica', async () => {
      const [server, other] = [await RedisServer.start(), await RedisServer.start()];
      const { store, log } = await openStore(server.url);
      const redis = clientOf(server.url);
      await redis.replicaof('127.0.0.1', other.port);
      const stored = store.enqueue(outboxMessage('a', { expiresAt: Date.now() + 60_000 }));
      await eventually('it is away', () => store.trouble !== null);
      await sleep(1500);
      assert.match(store.trouble ?? '', /READONLY/);
      assert.equal(log.length, 1, log.join('\n'));
      await redis.replicaof('NO', 'ONE');
      await stored;
      await eventually('it is back', () => store.trouble === null);
    }).timeout(20_000);
  });

  describe('a lease that ended', () => {
    /** A message that is leased, and how its entry goes to another consumer. */
    async function leased(): Promise<{
      a: OpenStore;
      redis: Redis;
      message: OutboxMessage;
      giveTo: (consumer: string) => Promise<string>;
    }> {
      const server = await RedisServer.start();
      const a = await openStore(server.url);
      await a.store.enqueue(outboxMessage('a'));
      const [message] = await a.store.lease(1);
      const redis = clientOf(server.url);
      const lane = a.store.connection.key('normal');
      const giveTo = async (consumer: string): Promise<string> => {
        const [entry] = (await redis.xpending(lane, 'pool', '-', '+', 1)) as [[string]];
        await redis.xclaim(lane, 'pool', consumer, 0, entry[0], 'JUSTID');
        return entry[0];
      };
      return { a, redis, message: message!, giveTo };
    }

    it('makes no second outcome once the other instance has told its own', async () => {
      const { a, redis, message, giveTo } = await leased();
      const key = (name: string): string => a.store.connection.key(name);
      // As if another one had leased, sent and told it.
      const entry = await giveTo('another');
      await eventually('it is noticed', () => a.lost.length > 0, 10_000);
      await redis.xack(key('normal'), 'pool', entry);
      await redis.xdel(key('normal'), entry);
      await redis.del(key('entries'));
      assert.equal(await a.store.settle(outcomeOf(message), sentMessage('a')), 'elsewhere');
      assert.deepEqual(await a.store.untold(), []);
      assert.deepEqual(ids(await a.store.findSent(['ida'])), ['a']);
    }).timeout(20_000);

    it('leaves the outcome to the instance that has the lease now, which sends it and says so', async () => {
      const { a, redis, message, giveTo } = await leased();
      await giveTo('another');
      assert.equal(await a.store.settle(outcomeOf(message)), 'elsewhere');
      assert.deepEqual(await a.store.untold(), []);
      assert.equal(await redis.xlen(a.store.connection.key('normal')), 1);
    });

    it('does not send a message again that was ended while it waited for another instance', async () => {
      const { a, message, giveTo } = await leased();
      await giveTo('-orphaned');
      assert.equal(await a.store.settle(outcomeOf(message)), undefined);
      assert.deepEqual(ids(await a.store.untold()), ['a']);
      await a.store.enqueue(outboxMessage('b'));
      assert.deepEqual(ids(await a.store.lease(9)), ['b']);
    });
  });

  describe('what somebody has deleted or overwritten', () => {
    async function ten(): Promise<{ a: OpenStore; redis: Redis; key: (name: string) => string }> {
      const server = await RedisServer.start();
      const a = await openStore(server.url);
      const names = Array.from({ length: 10 }, (_, index) => `m${String(index)}`);
      await Promise.all(names.map((id) => a.store.enqueue(outboxMessage(id))));
      return { a, redis: clientOf(server.url), key: (name) => a.store.connection.key(name) };
    }

    it('costs one message where it is one entry, which is named, and none of the others', async () => {
      const { a, redis, key } = await ten();
      const entries = await redis.xrange(key('normal'), '-', '+');
      await redis.xdel(key('normal'), entries[3]![0]);
      assert.equal((await a.store.lease(20)).length, 9);
      await eventually('it is named', () => a.log.some((line) => line.includes('1 message is')), 10_000);
      assert.match(a.log.at(-1)!, /lane "normal" gone from Redis.*: m3$/);
    }).timeout(20_000);

    it('is a lane: that is an error with its name and count; it is made anew and takes messages', async () => {
      const { a, redis, key } = await ten();
      await redis.del(key('normal'));
      await a.store.enqueue(outboxMessage('new'));
      assert.match(a.log.join('\n'), /lane "normal" was gone from Redis.*10 messages with it: m\d/);
      assert.deepEqual(ids(await a.store.lease(20)), ['new']);
    });

    it('is a group: what is leased goes on, and the others wait until it is known which those are', async () => {
      const { a, redis, key } = await ten();
      const leased = await a.store.lease(4);
      await redis.xgroup('DESTROY', key('normal'), 'pool');
      const outcomes = await Promise.all(leased.map((message) => a.store.settle(outcomeOf(message))));
      assert.deepEqual(outcomes, [undefined, undefined, undefined, undefined]);
      assert.match(a.log.join('\n'), /consumer group of the lane "normal" was gone.*10 messages are there/);
      const rest: OutboxMessage[] = [];
      while (rest.length < 6) rest.push(...(await a.store.lease(20)));
      assert.ok(rest.every(({ leased: before }) => before));
    }).timeout(40_000);

    it('is many keys at once: each is named and set aside, and the pool goes on', async () => {
      const { a, redis, key } = await ten();
      for (const name of ['normal', 'expiry', 'entries', 'sent']) {
        await redis.del(key(name));
        await redis.set(key(name), 'spoilt');
      }
      await a.store.enqueue(outboxMessage('new'));
      const [message] = await a.store.lease(1);
      assert.equal(message!.id, 'new');
      assert.equal(await a.store.settle(outcomeOf(message!), sentMessage('new')), undefined);
      assert.deepEqual(ids(await a.store.findSent(['idnew'])), ['new']);
      const log = a.log.join('\n');
      for (const name of ['normal', 'expiry', 'entries', 'sent'])
        assert.match(log, new RegExp(`${name} \\(now spoilt:`));
    });
  });

  describe('a redis store that is closed', () => {
    it('has noted what was told until then', async () => {
      const server = await RedisServer.start();
      const { store } = await openStore(server.url);
      const names = Array.from({ length: 990 }, (_, index) => `m${String(index)}`);
      await Promise.all(names.map((id) => store.enqueue(outboxMessage(id))));
      const settled: Promise<unknown>[] = [];
      while (settled.length < names.length) {
        settled.push(...(await store.lease(200)).map((message) => store.settle(outcomeOf(message))));
      }
      await Promise.all(settled);
      void store.told(names[0]!);
      // Its call is under way; the others need several more.
      await new Promise((resolve) => setImmediate(resolve));
      for (const id of names.slice(1)) void store.told(id);
      await store.close();
      const next = await openStore(server.url);
      assert.deepEqual(ids(await next.store.untold()), []);
    });
  });
});
