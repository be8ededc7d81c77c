import assert from 'node:assert/strict';
import {
  bound,
  cleanUp,
  control,
  CountingProxy,
  deploy,
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
  type Flow,
  type FlowNode,
} from '../runtime';
import type { Simulator } from '../../../src/simulator/simulator';

const NUMBER = '447700900001';
const DLR: FlowNode = { id: 'dlr', type: 'smpp-dlr-in', pool: 'pool', wires: [['failed']] };

describe('a deploy', () => {
  let simulator: Simulator;
  let proxy: CountingProxy;

  beforeEach(async () => {
    simulator = await simulate();
    proxy = await CountingProxy.before(portsOf(simulator)[0]!);
  });
  afterEach(cleanUp);

  function flowOf(settings: Record<string, unknown> = {}, sender: Record<string, unknown> = {}): Flow {
    return flow(pool([proxy.port], settings), send({ wires: [['out']], ...sender }), DLR);
  }

  async function submitted(count: number): Promise<void> {
    await until(() => simulator.state().servers[0]!.submits === count);
  }

  for (const [type, name] of [
    ['full', 'of everything'],
    ['flows', 'of the modified flow'],
    ['nodes', 'of the modified node'],
  ] as const) {
    it(`${name} keeps the bind; outcomes and receipts of before come once, from the new instances`, async () => {
      await load(flowOf());
      await bound();
      await control(simulator, '/servers/1/faults', { delayMs: 150 });
      for (let count = 0; count < 5; count++) give('send', { payload: `before ${count}`, topic: NUMBER, order: count });
      await submitted(5);
      await deploy(flowOf({}, { name: 'another name' }), type);
      give('send', { payload: 'after', topic: NUMBER, order: 5 });
      await messages('out', 6);
      await messages('failed', 6);
      const orders = inbox('out').map(({ order, smpp }) => [order, smpp.outcome]);
      assert.deepEqual(
        orders.sort(),
        [0, 1, 2, 3, 4, 5].map((order) => [order, 'accepted']),
      );
      assert.equal(new Set(inbox('failed').map(({ sent }) => sent.id)).size, 6);
      assert.deepEqual(inbox('caught'), []);
      assert.equal(proxy.total, 1);
      assert.equal(simulator.messages().length, 6);
    });
  }

  it('during which an outcome and a receipt come loses neither', async () => {
    await load(flowOf());
    await bound();
    give('send', { payload: 'Hello', topic: NUMBER });
    // Before the answer can come: the flows stop in the same turn.
    await deploy(flowOf(), 'full');
    await messages('out', 1);
    await messages('failed', 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([inbox('out').length, inbox('failed').length, inbox('caught').length], [1, 1, 0]);
    assert.equal(proxy.total, 1);
  });

  it('in whose moment a message is refused for want of a pool does not lose the refusal', async () => {
    const without = (name: string): Flow =>
      flow(send({ pool: '', name, failures: 'output', wires: [['out'], ['failed']] }));
    await load(without('one'));
    give('send', { payload: 'Hello', topic: NUMBER });
    await deploy(without('two'), 'full');
    const [msg] = await messages('failed', 1);
    assert.equal(msg!.error.code, 'SMPP_POOL_CONFIG');
  });

  it('that changes the pool does not lose the refusal of a message in that moment', async () => {
    const sender = { failures: 'output', wires: [['out'], ['failed']] };
    await load(flowOf({}, sender));
    await bound();
    give('send', { payload: 'Hello', topic: 'nobody' });
    await deploy(flowOf({ window: 7 }, sender), 'full');
    const [msg] = await messages('failed', 1);
    assert.equal(msg!.error.code, 'SMPP_INVALID_INPUT');
  });

  it('that disables the pool does not lose a message whose fields were still being worked out', async () => {
    const sender = { text: '"Hello"', textType: 'jsonata', failures: 'output', wires: [['out'], ['failed']] };
    await load(flowOf({}, sender));
    await bound();
    give('send', { topic: NUMBER });
    await deploy(flowOf({ d: true }, sender), 'full');
    // Refused for want of a pool, or waiting for it.
    await deploy(flowOf({}, sender), 'full');
    await until(() => inbox('out').length + inbox('failed').length > 0);
  });

  it('brings a failure of before to Catch, from the new instance', async () => {
    await load(flowOf());
    await bound();
    await control(simulator, '/servers/1/faults', { delayMs: 150 });
    give('send', { payload: 'Hello', topic: '447700101035', order: 7 });
    await submitted(1);
    await deploy(flowOf(), 'full');
    const [msg] = await messages('caught', 1);
    assert.deepEqual([msg!.error.code, msg!.order], ['ESME_RINVBALANCE', 7]);
  });

  it('that comes while the pool opens binds once; a node that it adds hears its outcomes', async () => {
    const added = send({ id: 'added', wires: [['out']] });
    await load(flow(pool([proxy.port], { store: 'disk' }), send({ wires: [['out']] })));
    await deploy(flow(pool([proxy.port], { store: 'disk' }), send({ wires: [['out']] }), added), 'full');
    give('added', { payload: 'Hello', topic: NUMBER });
    const [msg] = await messages('out', 1);
    assert.deepEqual([msg!.smpp.outcome, proxy.total], ['accepted', 1]);
  });

  it('that gives the pool a new name keeps its bind', async () => {
    await load(flowOf());
    await bound();
    await deploy(flowOf({ name: 'renamed' }), 'nodes');
    await deploy(flowOf({ name: 'again' }), 'full');
    assert.equal(poolNode().name, 'again');
    assert.equal(poolNode().handle.snapshot().bound, 1);
    assert.equal(proxy.total, 1);
  });

  it('many times over, under traffic, loses and doubles nothing', async () => {
    await load(flowOf());
    await bound();
    let given = 0;
    const traffic = setInterval(() => {
      if (helperHasSender()) give('send', { payload: 'Hello', topic: NUMBER, order: given++ });
    }, 3);
    for (let count = 0; count < 10; count++) {
      const before = given;
      await until(() => given > before + 5);
      await deploy(flowOf({}, { name: String(count) }), (['full', 'flows', 'nodes'] as const)[count % 3]!);
    }
    clearInterval(traffic);
    await until(() => inbox('out').length >= given && inbox('failed').length >= given);
    assert.deepEqual(
      inbox('out')
        .map(({ order }) => order as number)
        .sort((a, b) => a - b),
      Array.from({ length: given }, (_, index) => index),
    );
    assert.equal(inbox('failed').length, given);
    assert.equal(simulator.messages().length, given);
    assert.equal(proxy.total, 1);
  });

  it('that changes the pool settles it, unbinds it, and only then binds anew', async () => {
    await load(flowOf());
    await bound();
    await control(simulator, '/servers/1/faults', { delayMs: 50 });
    give('send', { payload: 'before', topic: NUMBER });
    await submitted(1);
    await deploy(flowOf({ window: 5 }), 'nodes');
    give('send', { payload: 'after', topic: NUMBER });
    await messages('out', 2);
    await messages('failed', 2);
    assert.deepEqual([proxy.total, proxy.most], [2, 1]);
    assert.deepEqual(
      inbox('out').map(({ payload, smpp }) => [payload, smpp.possibleDuplicate]),
      [
        ['before', false],
        ['after', false],
      ],
    );
  });

  it('that changes the password binds anew with it', async () => {
    await load(flowOf());
    await bound();
    await deploy(flowOf(), 'full', { pool: { systemId: 'demo', password: 'wrong' } });
    // Once for each node that uses the pool: so Node-RED has it.
    const [msg] = await messages('caught', 2);
    assert.equal(msg!.error.code, 'ESME_RINVPASWD');
    assert.deepEqual([proxy.total, proxy.most], [2, 1]);
  });

  it('that changes the value of an environment variable binds anew', async () => {
    process.env.SMPP_TEST_SENDER = 'ONE';
    await load(flowOf({ from: '${SMPP_TEST_SENDER}' }));
    await bound();
    process.env.SMPP_TEST_SENDER = 'TWO';
    await deploy(flowOf({ from: '${SMPP_TEST_SENDER}' }), 'full');
    Reflect.deleteProperty(process.env, 'SMPP_TEST_SENDER');
    give('send', { payload: 'Hello', topic: NUMBER });
    const [msg] = await messages('out', 1);
    assert.equal(msg!.smpp.from, 'TWO');
    assert.deepEqual([proxy.total, proxy.most], [2, 1]);
  });

  it('of a pool that is not to be kept binds anew', async () => {
    await load(flowOf({ keepOnDeploy: false }));
    await bound();
    await deploy(flowOf({ keepOnDeploy: false }), 'full');
    await bound();
    assert.deepEqual([proxy.total, proxy.most], [2, 1]);
  });

  it('moves what waits to the changed pool', async () => {
    await load(flowOf());
    await bound();
    await control(simulator, '/servers/1/stop');
    await until(() => poolNode().handle.snapshot().bound === 0);
    for (const order of [1, 2, 3]) give('send', { payload: 'Hello', topic: NUMBER, order });
    await deploy(flowOf({ window: 5, queueLimit: 50 }), 'full');
    await control(simulator, '/servers/1/start');
    const all = await messages('out', 3);
    assert.deepEqual(
      all.map(({ order }) => order),
      [1, 2, 3],
    );
    assert.equal(poolNode().handle.snapshot().queue.limit, 50);
  });

  for (const [from, to] of [
    ['memory', 'disk'],
    ['disk', 'memory'],
  ]) {
    it(`moves what waits in ${from!} to the ${to!} store`, async () => {
      await load(flowOf({ store: from }));
      await bound();
      await control(simulator, '/servers/1/stop');
      await until(() => poolNode().handle.snapshot().bound === 0);
      for (const order of [1, 2, 3]) give('send', { payload: 'Hello', topic: NUMBER, order });
      await until(() => poolNode().handle.snapshot().queue.waiting === 3);
      await deploy(flowOf({ store: to }), 'full');
      await control(simulator, '/servers/1/start');
      const all = await messages('out', 3);
      assert.deepEqual(
        all.map(({ order }) => order),
        [1, 2, 3],
      );
      assert.equal(simulator.messages().length, 3);
    });
  }

  it('that removes the pool unbinds it; the outcomes of before still come', async () => {
    await load(flowOf());
    await bound();
    await control(simulator, '/servers/1/faults', { delayMs: 100 });
    give('send', { payload: 'before', topic: NUMBER });
    await submitted(1);
    await deploy(flow(send({ wires: [['out']] }), DLR), 'full');
    const [msg] = await messages('out', 1);
    assert.deepEqual([msg!.payload, msg!.smpp.outcome], ['before', 'accepted']);
    await until(() => simulator.state().servers[0]!.binds === 0);
    give('send', { payload: 'after', topic: NUMBER });
    await until(() => inbox('caught').length === 1);
    assert.equal(inbox('caught')[0]!.error.code, 'SMPP_POOL_CONFIG');
  });

  it('that disables the pool unbinds it, and enabling it sends what waits', async () => {
    await load(flowOf());
    await bound();
    await control(simulator, '/servers/1/stop');
    await until(() => poolNode().handle.snapshot().bound === 0);
    give('send', { payload: 'Hello', topic: NUMBER });
    await until(() => poolNode().handle.snapshot().queue.waiting === 1);
    await deploy(flowOf({ d: true }), 'full');
    await control(simulator, '/servers/1/start');
    await deploy(flowOf(), 'full');
    const [msg] = await messages('out', 1);
    assert.equal(msg!.smpp.outcome, 'accepted');
  });

  it('that takes the last node from a pool unbinds it', async () => {
    await load(flowOf());
    await bound();
    await deploy(flow(pool([proxy.port])), 'nodes');
    await until(() => simulator.state().servers[0]!.binds === 0);
    await deploy(flowOf(), 'nodes');
    await bound();
    assert.equal(proxy.most, 1);
  });

  it('that gives the node another pool brings it the outcomes of the old one', async () => {
    const second = { ...pool(portsOf(simulator)), id: 'pool-2' };
    const credentials = {
      pool: { systemId: 'demo', password: 'demo' },
      'pool-2': { systemId: 'demo', password: 'demo' },
    };
    await load(flow(pool([proxy.port]), second, send({ receipt: 'none' })), credentials);
    await bound();
    await control(simulator, '/servers/1/faults', { delayMs: 100 });
    give('send', { payload: 'Hello', topic: NUMBER });
    await submitted(1);
    await deploy(flow(pool([proxy.port]), second, send({ receipt: 'none', pool: 'pool-2' })), 'nodes', credentials);
    const [msg] = await messages('out', 1);
    assert.equal(msg!.smpp.outcome, 'accepted');
    assert.equal(proxy.total, 1);
  });

  function helperHasSender(): boolean {
    return poolNode('send') !== null;
  }
});
