import assert from 'node:assert/strict';
import {
  bound,
  cleanUp,
  control,
  flow,
  give,
  inbox,
  load,
  messages,
  pool,
  poolNode,
  portsOf,
  send,
  simulate,
  until,
  type FlowNode,
} from './runtime';
import type { Simulator } from '../../src/simulator/simulator';

function statusNode(more: Record<string, unknown> = {}): FlowNode {
  return { id: 'status', type: 'smpp-status', pool: 'pool', events: [], interval: 0, wires: [['out']], ...more };
}

function events(): string[] {
  return inbox('out').map(({ topic }) => topic!);
}

describe('smpp-status', () => {
  let simulator: Simulator;

  async function start(node: Record<string, unknown> = {}): Promise<void> {
    await load(flow(pool(portsOf(simulator)), statusNode(node)));
    await bound(portsOf(simulator).length);
  }

  beforeEach(async () => {
    simulator = await simulate({ servers: 2 });
  });
  afterEach(cleanUp);

  it('tells how the pool is when flows start, and how it comes up', async () => {
    await start();
    await until(() => events().includes('pool.up'));
    assert.deepEqual(events(), [
      'pool.down',
      'bind.up',
      'server.up',
      'pool.degraded',
      'bind.up',
      'server.up',
      'pool.up',
    ]);
    const { event, time, server, bind, snapshot } = inbox('out')[1]!.payload;
    assert.equal(event, 'bind.up');
    assert.equal(new Date(time).toISOString(), time);
    assert.ok(portsOf(simulator).some((port) => server === `127.0.0.1:${port}`));
    assert.equal(bind, 'trx1');
    assert.equal(snapshot.servers.length, 2);
  });

  it('tells of a server that goes and comes back', async () => {
    await start({ events: ['server.down', 'server.up', 'pool.degraded', 'pool.up'] });
    await until(() => events().includes('pool.up'));
    const before = inbox('out').length;
    await control(simulator, '/servers/2/stop');
    await until(() => events().slice(before).includes('pool.degraded'));
    await control(simulator, '/servers/2/start');
    await until(() => events().slice(before).includes('pool.up'));
    assert.deepEqual(events().slice(before), ['server.down', 'pool.degraded', 'server.up', 'pool.up']);
    const down = inbox('out')[before]!.payload;
    assert.equal(down.server, `127.0.0.1:${portsOf(simulator)[1]!}`);
    assert.ok(down.reason.length > 0);
  });

  it('tells of the events it is to tell of, and no others', async () => {
    await start({ events: ['pool.up'] });
    await until(() => events().includes('pool.up'));
    assert.deepEqual(events(), ['pool.up']);
  });

  it('emits snapshots in its interval', async () => {
    await start({ interval: '0.05', events: ['snapshot'] });
    const all = await messages('out', 2);
    assert.equal(all[0]!.topic, 'snapshot');
    await until(() => inbox('out').at(-1)!.payload.snapshot.bound === 2);
  });

  it('takes an interval longer than a timer can be for the longest', async () => {
    await start({ interval: 10_000_000, events: ['snapshot'] });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(inbox('out'), []);
  });

  it('answers "status" with a snapshot in the message that asked', async () => {
    await start({ events: ['snapshot'] });
    give('status', { action: 'status', order: 7 });
    const [msg] = await messages('out', 1);
    assert.equal(msg!.order, 7);
    assert.equal(msg!.topic, 'snapshot');
    const { state, bound, binds, queue, totals } = msg!.payload.snapshot;
    assert.deepEqual({ state, bound, binds }, { state: 'up', bound: 2, binds: 2 });
    assert.equal(queue.limit, 100_000);
    assert.equal(totals.accepted, 0);
    await messages('completed', 1);
  });

  it('disconnects and connects one server', async () => {
    await start();
    const server = `127.0.0.1:${portsOf(simulator)[0]!}`;
    give('status', { action: 'disconnect', server });
    await messages('completed', 1);
    assert.deepEqual(
      simulator.state().servers.map(({ binds }) => binds),
      [0, 1],
    );
    give('status', { action: 'connect', server });
    await bound(2);
    assert.deepEqual(
      simulator.state().servers.map(({ binds }) => binds),
      [1, 1],
    );
  });

  it('disconnects all: messages wait until it connects', async () => {
    await load(flow(pool(portsOf(simulator)), send({ wires: [['failed']] }), statusNode()));
    await bound(2);
    give('status', { action: 'disconnect' });
    await messages('completed', 1);
    assert.equal(poolNode().handle.snapshot().state, 'stopped');
    give('send', { payload: 'Hello', topic: '447700900001' });
    await until(() => poolNode().handle.snapshot().queue.waiting === 1);
    give('status', { action: 'connect' });
    const [msg] = await messages('failed', 1);
    assert.equal(msg!.smpp.outcome, 'accepted');
  });

  it('drains: what waits is sent, then the binds go', async () => {
    await load(flow(pool(portsOf(simulator)), send({ wires: [['failed']] }), statusNode()));
    await bound(2);
    for (let count = 0; count < 20; count++) give('send', { payload: 'Hello', topic: '447700900001' });
    give('status', { action: 'drain' });
    await until(() => inbox('completed').some(({ action }) => action === 'drain'));
    assert.equal(inbox('failed').length, 20);
    assert.equal(poolNode().handle.snapshot().state, 'stopped');
  });

  it('says to Catch, once, that a stopped pool cannot be drained', async () => {
    await load(flow(pool(portsOf(simulator)), send(), statusNode()));
    await bound(2);
    give('status', { action: 'disconnect' });
    await messages('completed', 1);
    give('send', { payload: 'Hello', topic: '447700900001' });
    await until(() => poolNode().handle.snapshot().queue.waiting === 1);
    give('status', { action: 'drain' });
    const [caught] = await messages('caught', 1);
    assert.equal(caught!.error.code, 'SMPP_POOL_STOPPED');
    assert.equal(inbox('completed').length, 1);
  });

  it('discards what waits and fits; the flow hears of each', async () => {
    await load(flow(pool(portsOf(simulator)), send({ failures: 'output' }), statusNode({ events: ['pool.up'] })));
    await bound(2);
    // The pool in memory may have something left of the test before.
    await until(() => poolNode().handle.snapshot().queue.waiting === 0);
    give('status', { action: 'disconnect' });
    await until(() => poolNode().handle.snapshot().state === 'stopped');
    for (const topic of ['447700900001', '447700900002', '447700900003']) give('send', { payload: 'Never', topic });
    await until(() => poolNode().handle.snapshot().queue.waiting === 3);
    give('status', { action: 'discard', filter: { to: '00447700900002' }, own: 1 });
    await messages('failed', 1);
    await until(() => events().includes('discard'));
    const answer = inbox('out').find(({ topic }) => topic === 'discard')!;
    assert.deepEqual([answer.own, answer.payload.count, answer.payload.snapshot.queue.waiting], [1, 1, 2]);
    const [failed] = inbox('failed');
    assert.deepEqual(
      [failed!.topic, failed!.smpp.outcome, failed!.error.code],
      ['447700900002', 'cancelled', 'SMPP_CANCELLED'],
    );
    give('status', { action: 'discard', filter: {} });
    await messages('failed', 3);
    assert.ok(!simulator.messages().some(({ text }) => text === 'Never'));
  });

  it('finds what became of a message, and forgets it', async () => {
    await load(flow(pool(portsOf(simulator)), send({ wires: [['failed']] }), statusNode({ events: ['pool.up'] })));
    await bound(2);
    give('send', { payload: 'Hello', topic: '447700900001', reference: { order: 7 } });
    await messages('completed', 1);
    give('status', { action: 'find', filter: { to: '7700900001' }, own: 1 });
    await until(() => events().includes('find'));
    const answer = inbox('out').find(({ topic }) => topic === 'find')!;
    assert.equal(answer.own, 1);
    assert.equal(answer.payload.event, 'find');
    assert.equal(answer.payload.snapshot.state, 'up');
    const [found] = answer.payload.messages;
    assert.deepEqual(
      [found.to, found.outcome, found.node, found.reference],
      ['447700900001', 'accepted', 'send', { order: 7 }],
    );
    assert.equal(new Date(found.queuedAt).toISOString(), found.queuedAt);
    give('status', { action: 'forget', filter: { id: found.id } });
    await until(() => events().includes('forget'));
    assert.equal(inbox('out').find(({ topic }) => topic === 'forget')!.payload.count, 1);
  });

  for (const [what, msg, code] of [
    ['an unknown action', { action: 'explode' }, 'SMPP_INVALID_INPUT'],
    ['a filter with an unknown key', { action: 'find', filter: { number: '447700900001' } }, 'SMPP_INVALID_INPUT'],
    ['a search without a filter', { action: 'find' }, 'SMPP_INVALID_INPUT'],
    ['a discard without a filter', { action: 'discard' }, 'SMPP_INVALID_INPUT'],
    ['forgetting everything', { action: 'forget', filter: {} }, 'SMPP_INVALID_INPUT'],
    ['no action', { payload: 'x' }, 'SMPP_INVALID_INPUT'],
    ['a server that is not in the pool', { action: 'connect', server: 'example.com:1' }, 'SMPP_UNKNOWN_SERVER'],
    ['a server to disconnect that is not in the pool', { action: 'disconnect', server: 'a' }, 'SMPP_UNKNOWN_SERVER'],
    ['a server that is no text', { action: 'connect', server: 7 }, 'SMPP_UNKNOWN_SERVER'],
  ] as const) {
    it(`says to Catch that ${what} cannot be`, async () => {
      await start();
      give('status', { ...msg });
      const [caught] = await messages('caught', 1);
      assert.equal(caught!.error.code, code);
      assert.equal(caught!.error.source.id, 'status');
      assert.equal(poolNode().handle.snapshot().bound, 2);
    });
  }

  it('says to Catch that it has no pool', async () => {
    await load(flow(statusNode({ pool: '' })));
    give('status', { action: 'status' });
    const [caught] = await messages('caught', 1);
    assert.equal(caught!.error.code, 'SMPP_POOL_CONFIG');
  });

  it('emits no more events once it is closed', async () => {
    await start({ interval: 0.02, events: ['snapshot'] });
    await messages('out', 1);
    const { default: helper } = await import('node-red-node-test-helper');
    await helper.clearFlows();
    const before = inbox('out').length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(inbox('out').length, before);
  });
});
