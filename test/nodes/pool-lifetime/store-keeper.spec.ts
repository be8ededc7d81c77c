import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PoolPlan } from '../../../nodes/pool-lifetime/pool-plan';
import { StoreKeeper } from '../../../nodes/pool-lifetime/store-keeper';
import { notSent } from '../../../src/store/outcome';
import type { DiskStore } from '../../../src/store/disk/disk-store';
import { MemoryStore } from '../../../src/store/memory';
import { outboxMessage, outcomeOf } from '../../store/messages';
import { poolSettings } from '../../support/pool-run';
import {
  bound,
  cleanUp,
  deploy,
  flow,
  give,
  inbox,
  load,
  logged,
  messages,
  pool,
  poolNode,
  portsOf,
  send,
  simulate,
  stop,
  until,
} from '../runtime';

describe('StoreKeeper', () => {
  let folder: string;
  let lines: string[];
  let keeper: StoreKeeper;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'smpp-nodes-'));
    lines = [];
    const say = (text: string): void => {
      lines.push(text);
    };
    keeper = new StoreKeeper('pool', { info: say, warn: say, error: say });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function plan(store: PoolPlan['store']): PoolPlan {
    const settings = poolSettings([1]);
    return { settings, store, folder, redis: null, userDir: folder, keepOnDeploy: true, problem: null };
  }

  /** A disk store that was open and holds an outcome for the node "sender". */
  async function holding(): Promise<DiskStore> {
    const store = (await keeper.storeFor(plan('disk'))) as DiskStore;
    await store.open();
    keeper.opened(store);
    const about = { id: 'm1', node: 'sender', msg: {}, to: '447700900001', queuedAt: 0 };
    await store.settle(notSent(about, { code: 'SMPP_INVALID_INPUT', message: 'wrong' }));
    await store.close();
    return store;
  }

  it('closes the store also where a handler throws while what is left is told', async () => {
    const store = await holding();
    const failing = (): undefined => {
      throw new Error('the flow is broken');
    };
    await keeper.tellLeft(
      new Map([['sender', failing]]),
      () => true,
      () => true,
    );
    assert.match(lines.join('\n'), /the flow is broken/);
    await store.open();
    assert.deepEqual(await store.untold(), []);
    await store.close();
  });

  it('closes the store also where it cannot be read', async () => {
    const store = await holding();
    store.untold = () => Promise.reject(new Error('read error'));
    const told = keeper.tellLeft(
      new Map(),
      () => true,
      () => true,
    );
    await assert.rejects(told, /read error/);
    Reflect.deleteProperty(store, 'untold');
    await store.open();
    assert.equal((await store.untold()).length, 1);
    await store.close();
  });

  it('does not keep a pool from another store where the one before cannot be opened any more', async () => {
    const store = await holding();
    store.open = () => Promise.reject(new Error('it is locked'));
    assert.ok((await keeper.storeFor(plan('memory'))) instanceof MemoryStore);
    assert.match(lines.join('\n'), /stays there: it is locked/);
  });

  it('names what only memory has by count and ids, without texts or numbers, and keeps it', async () => {
    const store = (await keeper.storeFor(plan('memory'))) as MemoryStore;
    keeper.opened(store);
    await keeper.nameKeptInMemory();
    assert.deepEqual(lines, []);
    for (let count = 0; count < 150; count++) await store.enqueue(outboxMessage(`id${String(count)}`));
    const [first] = await store.lease(1);
    await store.settle(outcomeOf(first!));
    await keeper.nameKeptInMemory();
    const [waiting, untold, ...others] = lines;
    assert.match(waiting!, /^149 messages wait in memory .*: id1, id2, .*, id100 …$/);
    assert.match(untold!, /^the outcomes of 1 messages, .*: id0$/);
    assert.deepEqual(others, []);
    assert.ok(!lines.join().includes(first!.to) && !lines.join().includes('Hello'));
    const all = await store.lease(999);
    assert.deepEqual([all.length, all[0]!.id], [149, 'id1']);
  });

  it('takes a store that was never open for none', async () => {
    await rm(folder, { recursive: true });
    await writeFile(folder, 'no folder');
    const store = await keeper.storeFor(plan('disk'));
    await assert.rejects(store.open());
    assert.ok((await keeper.storeFor(plan('memory'))) instanceof MemoryStore);
    assert.ok(keeper.isEmpty);
  });
});

describe('a pool whose disk store cannot be opened', () => {
  afterEach(cleanUp);

  it('works once another store is chosen and deployed', async () => {
    const simulator = await simulate();
    await load(flow(pool(portsOf(simulator), { store: 'disk' })));
    const parent = dirname(poolNode().handle.owner!.plan.folder);
    await mkdir(dirname(parent), { recursive: true });
    await writeFile(parent, 'no folder');
    await deploy(flow(pool(portsOf(simulator), { store: 'disk' }), send()), 'full');
    const [caught] = await messages('caught', 1);
    assert.match(caught!.error.code, /^SMPP_STORE_/);
    await deploy(flow(pool(portsOf(simulator)), send()), 'full');
    await bound();
    give('send', { payload: 'Hello', topic: '447700900001' });
    const [msg] = await messages('out', 1);
    assert.equal(msg!.smpp.outcome, 'accepted');
  });
});

describe('a Node-RED that stops', () => {
  afterEach(cleanUp);

  it('names in its log what waits in memory, by count and ids', async () => {
    const simulator = await simulate();
    await load(flow(pool(portsOf(simulator), { store: 'memory' }), send()));
    await bound();
    await poolNode().handle.disconnect();
    for (let count = 0; count < 3; count++) give('send', { payload: 'secret words', topic: '447700900001' });
    await until(() => poolNode().handle.snapshot().queue.waiting === 3);
    await stop();
    assert.match(logged(), /3 messages wait in memory and are lost if Node-RED ends: \S+, \S+, \S+/);
    assert.ok(!logged().includes('447700900001') && !logged().includes('secret words'));
  });

  it('does not say so on a deploy', async () => {
    const simulator = await simulate();
    await load(flow(pool(portsOf(simulator), { store: 'memory' }), send()));
    await bound();
    await poolNode().handle.disconnect();
    give('send', { payload: 'Hello', topic: '447700900001' });
    await until(() => poolNode().handle.snapshot().queue.waiting === 1);
    await deploy(flow(pool(portsOf(simulator), { store: 'memory', window: 7 }), send()), 'full');
    await until(() => inbox('out').some(({ payload }) => payload === 'Hello'));
    assert.doesNotMatch(logged(), /in memory/);
  });

  it('names what waits for a pool that never opened', async () => {
    const redisUrl = `redis://127.0.0.1:${String(await refusingPort())}`;
    await load(flow(pool([1], { store: 'redis', redisUrl }), send()));
    for (let count = 0; count < 2; count++) give('send', { payload: 'secret words', topic: '447700900001' });
    await stop();
    await until(() => /2 messages were not sent, and no flow was told: \S+, \S+/.test(logged()));
    assert.ok(!logged().includes('447700900001') && !logged().includes('secret words'));
  });
});

describe('a pool whose Redis cannot be used', () => {
  afterEach(cleanUp);

  it('works on disk once that is chosen and deployed, and sends what waited for it', async () => {
    const simulator = await simulate();
    const redisUrl = `redis://127.0.0.1:${String(await refusingPort())}`;
    await load(flow(pool(portsOf(simulator), { store: 'redis', redisUrl }), send()));
    give('send', { payload: 'one', topic: '447700900001' });
    await deploy(flow(pool(portsOf(simulator), { store: 'disk' }), send()), 'full');
    give('send', { payload: 'two', topic: '447700900001' });
    // A pool in memory still has what other tests have left.
    await until(() => ['one', 'two'].every((text) => inbox('out').some(({ payload }) => payload === text)));
  });
});

/** A port of something that takes no password. */
async function refusingPort(): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('-WRONGPASS invalid username-password pair\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return (server.address() as AddressInfo).port;
}
