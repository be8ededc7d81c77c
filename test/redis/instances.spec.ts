import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { ids } from '../store/contract';
import { outboxMessage, outcomeOf, sentMessage } from '../store/messages';
import { TOLD_BEFORE } from '../../src/store/store';
import { eventually } from '../support/eventually';
import { closeProxies, FaultProxy } from '../support/fault-proxy';
import { RedisServer, stopRedisServers } from './redis-server';
import { closeStores, openStore, type OpenStore } from './stores';

let server: RedisServer;
let pools = 0;

/** Two instances of one pool. */
async function two(): Promise<readonly [OpenStore, OpenStore]> {
  const poolId = `pool-${String(pools++)}`;
  return [await openStore(server.url, { poolId }), await openStore(server.url, { poolId })];
}

/** Two instances, of which the first loses Redis without a word when its proxy is told to. */
async function oneBehindProxy(): Promise<readonly [OpenStore, OpenStore, FaultProxy]> {
  const poolId = `pool-${String(pools++)}`;
  const proxy = await FaultProxy.to(server.port);
  const behind = await openStore(`redis://127.0.0.1:${String(proxy.port)}`, { poolId });
  return [behind, await openStore(server.url, { poolId }), proxy];
}

async function contents(store: OpenStore): Promise<string[]> {
  const redis = new Redis(server.url);
  const keys = await redis.keys(`${store.store.connection.base}:*`);
  redis.disconnect();
  return keys.map((key) => key.slice(store.store.connection.base.length + 1));
}

/** As if this instance had been silent for so many milliseconds. */
async function silentFor({ store: { connection } }: OpenStore, milliseconds: number): Promise<void> {
  const redis = new Redis(server.url);
  await redis.zadd(connection.key('instances'), Date.now() - milliseconds, connection.instance);
  redis.disconnect();
}

describe('redis stores', () => {
  before(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    await closeStores();
    await closeProxies();
  });
  after(stopRedisServers);

  describe('several instances of one redis store', () => {
    it('send what any of them has taken, each message once', async () => {
      const [a, b] = await two();
      const names = Array.from({ length: 60 }, (_, index) => `m${String(index).padStart(2, '0')}`);
      const leases = [a.store.lease(30), b.store.lease(30)];
      await Promise.all(names.map((id) => a.store.enqueue(outboxMessage(id))));
      const leased = (await Promise.all(leases)).flat();
      while (leased.length < 60) leased.push(...(await b.store.lease(30)));
      assert.deepEqual(ids(leased).sort(), names);
    });

    it('see what waits for all of them', async () => {
      const [a, b] = await two();
      await a.store.enqueue(outboxMessage('a', { queuedAt: 20 }));
      await eventually('the other sees it', () => b.store.counts().waiting === 1);
      assert.equal(b.store.counts().oldest, 20);
    });

    it('tell an outcome where the message was taken', async () => {
      const [a, b] = await two();
      const lease = b.store.lease(1);
      await a.store.enqueue(outboxMessage('a'));
      const [message] = await lease;
      assert.equal(await b.store.settle(outcomeOf(message!), sentMessage('a')), 'elsewhere');
      await eventually('it is told', () => a.outcomes.length === 1);
      assert.deepEqual(a.outcomes, [outcomeOf(outboxMessage('a'))]);
      await a.store.told('a');
      await sleep(1200);
      assert.equal(a.outcomes.length, 1);
      assert.deepEqual(b.outcomes, []);
      assert.deepEqual(ids(await a.store.findSent(['ida'])), ['a']);
      assert.deepEqual(
        (await contents(a)).filter((key) => /^(owned|telling)/.test(key)),
        [],
      );
    });

    it('tell it elsewhere where that instance was closed', async () => {
      const [a, b] = await two();
      await a.store.enqueue(outboxMessage('a'));
      await a.store.close();
      const [message] = await b.store.lease(1);
      assert.equal(await b.store.settle(outcomeOf(message!)), undefined);
      assert.deepEqual(ids(await b.store.untold()), ['a']);
    });

    it('tell it where its node is', async () => {
      const [a, b] = await two();
      for (const [id, node] of [
        ['a', 'send-1'],
        ['b', 'elsewhere'],
      ] as const) {
        await a.store.enqueue(outboxMessage(id, { node }));
        await a.store.settle(outcomeOf((await a.store.lease(1))[0]!));
      }
      await a.store.close();
      await eventually('it is told', () => b.outcomes.length > 0, 20_000);
      assert.deepEqual(ids(b.outcomes), ['a']);
    });

    it('judge a receipt by what the other has saved', async () => {
      const [a, b] = await two();
      await a.store.saveSent(sentMessage('s', { messageIds: ['1', '2'], receipts: [null, null] }));
      const [ofA] = await a.store.findSent(['1']);
      const [ofB] = await b.store.findSent(['2']);
      const park = [{ kind: 'report', data: 'result' }];
      const saved = await Promise.all([
        a.store.saveSent({ ...ofA!, dueAt: 5 }, { before: ofA!, park, handing: true }),
        b.store.saveSent({ ...ofB!, told: true }, { before: ofB!, park, handing: true }),
      ]);
      assert.equal(saved.filter((keys) => keys === null).length, 1);
      const [again] = await b.store.findSent(['1']);
      assert.equal((await b.store.saveSent({ ...again!, told: true, dueAt: 5 }, { before: again! }))?.length, 0);
      const [last] = await a.store.findSent(['2']);
      assert.deepEqual([last!.dueAt, last!.told], [5, true]);
    });

    it('keep a receipt that comes between two parts of a long message', async () => {
      const [a, b] = await two();
      const frames = [Buffer.of(1), Buffer.of(2)];
      await a.store.enqueue(outboxMessage('a', { frames, messageIds: [null, null] }));
      const [message] = await a.store.lease(1);
      message!.messageIds[0] = 'one';
      const sent = sentMessage('a', { messageIds: ['one', null], receipts: [null, null] });
      await a.store.progress(message!, sent);
      const [found] = await b.store.findSent(['one']);
      const receipt = { final: true, at: 1 } as never;
      await b.store.saveSent({ ...found!, receipts: [receipt, null], dueAt: 9 }, { before: found! });
      await a.store.settle(outcomeOf(message!, { messageIds: ['one', 'two'] }), {
        ...sent,
        messageIds: ['one', 'two'],
      });
      const [both] = await b.store.findSent(['two']);
      assert.deepEqual([both!.messageIds, both!.receipts, both!.dueAt], [['one', 'two'], [receipt, null], 9]);
    });

    it('keep what was sent of a message whose last part is answered before the first one is stored', async () => {
      const [a, b] = await two();
      const frames = [Buffer.of(1), Buffer.of(2)];
      await a.store.enqueue(outboxMessage('a', { frames, messageIds: [null, null] }));
      const [message] = await a.store.lease(1);
      const part = sentMessage('a', { messageIds: ['one', null], receipts: [null, null] });
      const whole = { ...part, messageIds: ['one', 'two'] };
      await Promise.all([
        a.store.progress(message!, part),
        a.store.settle(outcomeOf(message!, { messageIds: ['one', 'two'] }), whole),
      ]);
      await a.store.progress(message!, part);
      assert.deepEqual(await b.store.findSent(['two']), [whole]);
    });

    it('take over what an instance had that is gone: its messages, then its outcomes and events; and it finds them gone', async () => {
      const [a, b, proxy] = await oneBehindProxy();
      const frames = [Buffer.of(1), Buffer.of(2)];
      await a.store.enqueue(outboxMessage('sending', { frames, messageIds: [null, null] }));
      const [sending] = await a.store.lease(1);
      sending!.messageIds[0] = 'one';
      await a.store.progress(sending!);
      await a.store.enqueue(outboxMessage('settled'));
      await a.store.settle(outcomeOf((await a.store.lease(1))[0]!));
      await a.store.enqueue(outboxMessage('waiting'));
      await a.store.park({ kind: 'incoming', data: 'parked' });
      proxy.trouble = { blackHole: true };
      const [waiting] = await b.store.lease(1);
      assert.equal(await b.store.settle(outcomeOf(waiting!)), 'elsewhere');
      const [taken] = await b.store.lease(1);
      assert.deepEqual(
        { id: taken!.id, leased: taken!.leased, messageIds: taken!.messageIds },
        { id: 'sending', leased: true, messageIds: ['one', null] },
      );
      assert.match(a.store.trouble ?? '', /^Redis is away: no answer in 4 s/);
      await eventually('what it cannot have told is here', () => b.outcomes.length === 1, 30_000);
      assert.deepEqual(b.outcomes, [outcomeOf(outboxMessage('waiting'))]);
      await b.store.told('waiting');
      assert.equal(b.parkedCalls, 0);

      await silentFor(a, 61_000);
      await eventually('what it may have told is here', () => b.outcomes.length === 2, 10_000);
      assert.deepEqual(b.outcomes[1], outcomeOf(outboxMessage('settled', { warnings: [TOLD_BEFORE] })));
      assert.equal(b.parkedCalls, 1);
      assert.deepEqual(
        (await b.store.parked()).map(({ data, again }) => [data, again]),
        [['parked', true]],
      );

      proxy.trouble = {};
      proxy.reset();
      await eventually('it is back', () => a.lost.length > 0, 30_000);
      assert.deepEqual(a.lost, ['sending']);
      // Its sign of life goes out with that.
      await sleep(500);
      // Both have sent it: the outcome of the one that has the lease counts.
      assert.equal(await a.store.settle(outcomeOf(sending!, { messageIds: ['one', 'three'] })), 'elsewhere');
      assert.equal(await b.store.settle(outcomeOf(taken!, { messageIds: ['one', 'two'] })), 'elsewhere');
      await eventually('it is told', () => a.outcomes.length === 1);
      assert.deepEqual(a.outcomes[0]!.messageIds, ['one', 'two']);
      assert.equal(b.outcomes.length, 2);
    }).timeout(100_000);

    it('let one that was silent for a while note what it has told, and tell nothing of that again', async () => {
      const [a, b, proxy] = await oneBehindProxy();
      await a.store.enqueue(outboxMessage('a'));
      await a.store.settle(outcomeOf((await a.store.lease(1))[0]!));
      proxy.trouble = { blackHole: true };
      const told = a.store.told('a');
      await silentFor(a, 50_000);
      // The other looks for what is left every five seconds.
      await sleep(6000);
      assert.deepEqual(b.outcomes, []);
      proxy.trouble = {};
      proxy.reset();
      await told;
      assert.deepEqual(
        (await contents(b)).filter((key) => /^(owned|telling)/.test(key)),
        [],
      );
    }).timeout(30_000);

    it('do not store a message again whose end others have told before the one that took it knew that it was stored', async () => {
      const [a, b, proxy] = await oneBehindProxy();
      const names = ['a', 'b'];
      const lease = b.store.lease(1);
      proxy.trouble = { mute: true };
      const stored = names.map((id) => a.store.enqueue(outboxMessage(id, { expiresAt: Date.now() + 60_000 })));
      const leased = [...(await lease), ...(await b.store.lease(1))];
      await eventually('it is away', () => a.store.trouble !== null, 10_000);
      await silentFor(a, 16_000);
      for (const message of leased) await b.store.settle(outcomeOf(message));
      await eventually('the outcomes are here', () => b.outcomes.length === 2, 10_000);
      for (const id of names) await b.store.told(id);
      proxy.trouble = {};
      proxy.reset();
      await Promise.all(stored);
      assert.equal(a.store.counts().waiting, 0);
      assert.ok(!(await contents(b)).includes('entries'), 'nothing is in the outbox');
    }).timeout(30_000);
  });

  describe('a redis store without Redis', () => {
    it('holds what is new and what has ended until Redis is there again, and does everything once', async () => {
      const own = await RedisServer.start();
      const { store, log } = await openStore(own.url);
      await store.enqueue(outboxMessage('a'));
      const [message] = await store.lease(1);
      await own.stop();
      await eventually('it is away', () => store.trouble !== null);
      const waiting = [
        store.enqueue(outboxMessage('b', { expiresAt: Date.now() + 60_000 })),
        store.settle(outcomeOf(message!), sentMessage('a')),
      ];
      const lease = store.lease(1);
      await assert.rejects(store.findSent(['ida']), { code: 'SMPP_STORE_UNAVAILABLE', message: /^Redis is away: / });
      await assert.rejects(store.park({ kind: 'receipt', data: 1 }), { code: 'SMPP_STORE_UNAVAILABLE' });
      await assert.rejects(store.saveSent(sentMessage('c')), { code: 'SMPP_STORE_UNAVAILABLE' });
      assert.equal(store.counts().waiting, 1);
      await sleep(1500);
      await own.start();
      await Promise.all(waiting);
      assert.deepEqual(ids(await lease), ['b']);
      assert.deepEqual(ids(await store.untold()), ['a']);
      assert.deepEqual(ids(await store.findSent(['ida'])), ['a']);
      assert.equal(store.trouble, null);
      assert.equal(log.filter((line) => line.startsWith('Redis is away')).length, 1, log.join('\n'));
      assert.equal(log.at(-1), 'Redis is there again');
    }).timeout(30_000);

    it('says so of a message that expires meanwhile', async () => {
      const own = await RedisServer.start();
      const { store } = await openStore(own.url);
      await own.stop();
      await eventually('it is away', () => store.trouble !== null);
      await assert.rejects(store.enqueue(outboxMessage('a', { expiresAt: Date.now() + 500 })), {
        code: 'SMPP_STORE_UNAVAILABLE',
        message: /^Redis is away: .*expired meanwhile/,
      });
      assert.equal(store.counts().waiting, 0);
    });

    it('opens all the same, and goes on when Redis comes', async () => {
      const own = await RedisServer.start();
      await own.stop();
      const { store, log } = await openStore(own.url);
      assert.match(log[0] ?? '', /^Redis is away: connect ECONNREFUSED/);
      const stored = store.enqueue(outboxMessage('a', { expiresAt: Date.now() + 60_000 }));
      await own.start();
      await stored;
      assert.deepEqual(ids(await store.lease(1)), ['a']);
    }).timeout(30_000);

    it('cuts off none of the others when it comes back to a Redis that was started anew', async () => {
      const own = await RedisServer.start();
      const stores = [await openStore(own.url), await openStore(own.url), await openStore(own.url)];
      await own.kill();
      await eventually('they are away', () => stores.every(({ store }) => store.trouble !== null));
      await own.start();
      await eventually('they are back', () => stores.every(({ store }) => store.trouble === null));
      const redis = new Redis(own.url);
      const listening = async (): Promise<unknown> =>
        (await redis.pubsub('NUMSUB', stores[0]!.store.connection.key('news')))[1];
      while ((await listening()) !== stores.length) await sleep(20);
      const connections = /total_connections_received:(\d+)/.exec(await redis.info('stats'))![1];
      redis.disconnect();
      assert.equal(connections, String(2 * stores.length + 1));
    }).timeout(30_000);

    it('does not wait for an answer that never comes, and stores nothing twice for it', async () => {
      const proxy = await FaultProxy.to(server.port);
      const { store } = await openStore(`redis://127.0.0.1:${String(proxy.port)}`, {
        poolId: `pool-${String(pools++)}`,
      });
      const names = Array.from({ length: 40 }, (_, index) => `m${String(index).padStart(2, '0')}`);
      const expiresAt = Date.now() + 60_000;
      const first = names.slice(0, 20).map((id) => store.enqueue(outboxMessage(id, { expiresAt })));
      // The answers are lost, the messages are not.
      proxy.cutAfter(100);
      await sleep(20);
      const others = names.slice(20).map((id) => store.enqueue(outboxMessage(id, { expiresAt })));
      proxy.trouble = { blackHole: true };
      await eventually('it is away', () => store.trouble !== null, 10_000);
      proxy.trouble = {};
      proxy.reset();
      await Promise.all([...first, ...others]);
      assert.equal(store.counts().waiting, 40);
      const leased: string[] = [];
      while (leased.length < 40) leased.push(...ids(await store.lease(50)));
      assert.deepEqual(leased.sort(), names);
    }).timeout(30_000);

    it('is closed in time', async () => {
      const own = await RedisServer.start();
      const { store } = await openStore(own.url);
      const waiting = store.lease(1);
      own.pause();
      const stored = store.enqueue(outboxMessage('a'));
      const began = performance.now();
      await store.close();
      assert.ok(performance.now() - began < 4000);
      assert.deepEqual(await waiting, []);
      await assert.rejects(stored, { name: 'SmppError', code: 'SMPP_STORE_CLOSED' });
    });
  });
});
