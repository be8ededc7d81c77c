import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from '../../src/pool/pool';
import { MemoryStore } from '../../src/store/memory';
import { closeAll, portOf, post, simulate } from '../simulator/running';
import { assertAccounted } from '../support/accounting';
import { fastClock, HandClock } from '../support/clock';
import { eventually } from '../support/eventually';
import { closePlatforms, FakePlatform } from '../support/fake-platform';
import { closePools, poolSettings, runPool } from '../support/pool-run';

describe('a pool from opening to closing', function () {
  this.timeout(15_000);

  afterEach(async () => {
    await closePlatforms();
    await closePools();
    await closeAll();
  });

  it('leaves no timer and no socket behind', async () => {
    const simulator = await simulate({ servers: 2 });
    const clock = new HandClock();
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)], {}, { binds: 2 }), { clock });
    clock.turn(1000);
    await run.events.one(({ event }) => event === 'pool.up');
    for (let n = 0; n < 20; n++) run.send('919812345678');
    run.send('919800100008');
    await run.outcomes.many(20);
    await run.pool.close(5000);
    assert.equal(clock.timers, 0);
    await eventually('gone', () => simulator.state().servers.every(({ binds }) => binds === 0));
  });

  it('closes while it connects', async () => {
    const platform = await FakePlatform.listen();
    const clock = new HandClock();
    const run = await runPool(poolSettings([platform.port], {}, { binds: 3 }), { clock });
    clock.turn(0);
    const link = await platform.link();
    await link.next();
    await run.pool.close(5000);
    await link.closed;
    assert.equal(clock.timers, 0);
  });

  it('closes while it opens, and starts nothing', async () => {
    const platform = await FakePlatform.listen();
    const clock = new HandClock();
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const pool = new Pool(poolSettings([platform.port]), { store: new MemoryStore({ queueLimit: 10 }), log, clock });
    const opening = pool.open();
    await Promise.all([pool.close(1000), pool.close(1000)]);
    await opening;
    assert.equal(clock.timers, 0);
    assert.equal(platform.links.all.length, 0);
  });

  it('closes in time when the platform answers nothing any more, and gives back what it did not settle', async () => {
    const simulator = await simulate({ servers: 1 });
    const store = new MemoryStore({ queueLimit: 1000 });
    const run = await runPool(poolSettings([portOf(simulator)]), { store });
    await run.events.one(({ event }) => event === 'pool.up');
    await post(simulator, '/servers/1/faults', { silent: true });
    const sent = new Map<string, string>();
    for (let n = 0; n < 30; n++)
      sent.set(run.send('919812345678', { text: `alarm ${String(n)}` }), `alarm ${String(n)}`);
    await eventually('submitted', () => run.pool.snapshot().queue.inFlight === 10);
    await run.pool.close(1500);
    assert.equal(store.counts().waiting, 30);
    await post(simulator, '/servers/1/faults', {});
    const next = await runPool(poolSettings([portOf(simulator)]), { store });
    await next.outcomes.many(30);
    assertAccounted(next, simulator, sent);
    assert.equal(next.outcomes.all.filter(({ possibleDuplicate }) => possibleDuplicate).length, 10);
    assert.deepEqual(
      next.outcomes.all.map(({ id }) => id),
      [...sent.keys()],
    );
  });

  it('settles its windows when it closes', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)]));
    await run.events.one(({ event }) => event === 'pool.up');
    await post(simulator, '/servers/1/faults', { delayMs: 100 });
    for (let n = 0; n < 10; n++) run.send('919812345678');
    await eventually('submitted', () => run.pool.snapshot().queue.inFlight === 10);
    await run.pool.close(5000);
    assert.equal(simulator.messages().length, 10);
    assert.equal(run.pool.snapshot().totals.accepted, 10);
  });

  it('obeys connect and disconnect in quick succession', async () => {
    const simulator = await simulate({ servers: 2, binds: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)], {}, { binds: 2 }), {
      clock: fastClock(10),
    });
    const sent = new Map<string, string>();
    for (let n = 0; n < 60; n++) {
      const text = `alarm ${String(n)}`;
      sent.set(run.send('919812345678', { text }), text);
      if (n % 3 === 1) void run.pool.disconnect();
      if (n % 3 === 2) run.pool.connect();
      if (n % 7 === 0) await sleep(n);
    }
    run.pool.connect();
    await run.outcomes.many(60);
    assertAccounted(run, simulator, sent);
    assert.ok(run.outcomes.all.every(({ kind, possibleDuplicate }) => kind === 'accepted' && !possibleDuplicate));
    await eventually('bound', () => run.pool.snapshot().state === 'up');
    assert.deepEqual(
      simulator.state().servers.map(({ binds }) => binds),
      [2, 2],
    );
    assert.ok(run.events.all.every(({ event }) => event !== 'bind.refused'));
  });

  it('disconnects one server by its name, and goes on with the other', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)]));
    await run.events.one(({ event }) => event === 'pool.up');
    const name = `127.0.0.1:${String(portOf(simulator, 1))}`;
    await run.pool.disconnect(name);
    assert.equal(run.pool.snapshot().servers[0]!.state, 'stopped');
    assert.equal(run.events.all.filter(({ event }) => event === 'server.down').length, 1);
    for (let n = 0; n < 20; n++) run.send('919812345678');
    await run.outcomes.many(20);
    assert.equal(simulator.state().servers[1]!.accepted, 20);
    run.pool.connect(name);
    await eventually('bound', () => run.pool.snapshot().state === 'up');
    assert.throws(() => {
      run.pool.connect('elsewhere:1');
    }, /no server "elsewhere:1".*127\.0\.0\.1/);
    await assert.rejects(run.pool.disconnect('elsewhere:1'), { code: 'SMPP_UNKNOWN_SERVER' });
  });

  it('sends everything before it stops when it drains', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)], {}, { throughput: 200 }));
    for (let n = 0; n < 50; n++) run.send('919812345678');
    await run.pool.drain();
    assert.equal(run.outcomes.all.length, 50);
    assert.equal(run.pool.snapshot().state, 'stopped');
    run.send('919812345678');
    await sleep(50);
    assert.equal(run.pool.snapshot().queue.waiting, 1);
    assert.equal(simulator.messages().length, 50);
    assert.equal(simulator.state().servers[0]!.binds, 0);
  });

  it('survives flows that fail', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)]));
    const fail = () => {
      throw new Error('flow failed');
    };
    run.pool.onEvent(fail);
    run.pool.attachSender('bad', fail);
    run.pool.attachReceipts({
      emit: 'segment',
      intermediate: true,
      unmatched: true,
      incoming: true,
      handle: fail,
    });
    run.pool.send({ node: 'bad', message: { to: '919812345678', text: 'a' }, msg: {} });
    run.send('919812345678');
    await run.outcomes.one();
    await run.reports.many(2);
    await post(simulator, '/incoming', { to: '56767', from: '919812345678', text: 'STOP' });
    await run.incoming.one();
    assert.equal(run.pool.snapshot().state, 'up');
    assert.equal(run.pool.snapshot().totals.accepted, 2);
  });

  it('tells the outcome of a message whose node is gone', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)]));
    const id = run.pool.send({ node: 'gone', message: { to: '919812345678', text: 'a' }, msg: {} });
    const { outcome } = await run.events.one(({ event }) => event === 'outcome.orphaned');
    assert.equal(outcome?.id, id);
  });

  it('dates the state of a server by when it came into it, whatever its binds have done since', async () => {
    const simulator = await simulate({ servers: 1 });
    const clock = new HandClock();
    const run = await runPool(poolSettings([portOf(simulator)], {}, { binds: 2 }), { clock });
    const server = () => run.pool.snapshot().servers[0]!;
    clock.turn(1000);
    await run.events.one(({ event }) => event === 'pool.up');
    clock.turn(5000);
    const down = new Date(clock.now()).toISOString();
    await post(simulator, '/servers/1/stop');
    await run.events.one(({ event }) => event === 'server.down');
    await eventually('tries again', () => {
      clock.turn(1000);
      return server().binds.every(({ lastError }) => lastError?.includes('refused'));
    });
    assert.deepEqual([server().state, server().since], ['down', down]);
    await run.pool.disconnect();
    assert.deepEqual([server().state, server().since], ['stopped', new Date(clock.now()).toISOString()]);
  });

  it('shows what it does', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)], {}, { throughput: 100 }));
    await run.events.one(({ event }) => event === 'pool.up');
    for (let n = 0; n < 40; n++) run.send('919812345678');
    await run.outcomes.many(40);
    await run.reports.many(40);
    const snapshot = run.pool.snapshot();
    assert.deepEqual([snapshot.state, snapshot.bound, snapshot.binds], ['up', 2, 2]);
    assert.deepEqual(snapshot.queue, { waiting: 0, urgent: 0, inFlight: 0, limit: 100_000, oldestSeconds: 0 });
    assert.deepEqual([snapshot.totals.accepted, snapshot.totals.receipts], [40, 40]);
    for (const { throughput, allowed, latencyMs, binds, state } of snapshot.servers) {
      assert.deepEqual([state, throughput, allowed], ['up', 100, 100]);
      assert.ok(latencyMs.p50! > 0 && latencyMs.p99! >= latencyMs.p50!);
      assert.deepEqual([binds[0]!.state, binds[0]!.lastError], ['bound', null]);
    }
    assert.ok(snapshot.servers.every(({ rate }) => rate <= 40));
  });
});
