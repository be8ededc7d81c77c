import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmppError } from '../../src/base/errors';
import { MemoryStore } from '../../src/store/memory';
import { closeAll, portOf, post, simulate } from '../simulator/running';
import { fastClock, HandClock } from '../support/clock';
import { eventually } from '../support/eventually';
import { closePlatforms, FakePlatform } from '../support/fake-platform';
import { closePools, poolSettings, runPool } from '../support/pool-run';

describe('what a pool submits', function () {
  this.timeout(20_000);

  afterEach(async () => {
    // First, so that nobody waits for a platform that answers by hand.
    await closePlatforms();
    await closePools();
    await closeAll();
  });

  describe('when the platform says "too fast"', () => {
    it('sends less and less to a server that takes nothing, then as before, while the other one keeps its pace', async () => {
      const simulator = await simulate({ servers: 2 });
      const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)], {}, { throughput: 40 }), {
        clock: fastClock(5),
      });
      await run.events.one(({ event }) => event === 'pool.up');
      const slow = `127.0.0.1:${String(portOf(simulator, 1))}`;
      await post(simulator, '/servers/1/faults', { throttle: true });
      for (let n = 0; n < 1000; n++) run.send('919812345678', { text: String(n) });
      const { snapshot } = await run.events.one(({ event }) => event === 'server.throttled');
      await eventually('slower again', () => run.pool.snapshot().servers[0]!.allowed < 15);
      assert.ok(snapshot.servers[0]!.allowed < 20, String(snapshot.servers[0]!.allowed));
      assert.equal(snapshot.servers[1]!.allowed, 40);
      assert.equal(run.pool.snapshot().servers[1]!.allowed, 40);
      await post(simulator, '/servers/1/faults', {});
      await run.events.one(({ event, server }) => event === 'server.recovered' && server === slow);
      assert.equal(run.pool.snapshot().servers[0]!.allowed, 40);
      await run.outcomes.many(1000);
      assert.ok(run.outcomes.all.every(({ kind, attempts }) => kind === 'accepted' && attempts === 1));
      assert.equal(simulator.messages().length, 1000);
      assert.equal(run.events.all.filter(({ event }) => event === 'server.throttled').length, 1);
      assert.equal(run.pool.snapshot().totals.throttled, simulator.state().servers[0]!.throttled);
    });

    it('adapts to a contract lower than its own, losing nothing', async () => {
      const simulator = await simulate({ servers: 1, throughput: 20 });
      const run = await runPool(poolSettings([portOf(simulator)], {}, { throughput: 100 }));
      for (let n = 0; n < 60; n++) run.send('919812345678', { text: String(n) });
      await run.outcomes.many(60);
      assert.ok(run.outcomes.all.every(({ kind, attempts }) => kind === 'accepted' && attempts === 1));
      assert.equal(simulator.messages().length, 60);
    });

    it('keeps the place of what was refused', async () => {
      const simulator = await simulate({ servers: 1 });
      const run = await runPool(poolSettings([portOf(simulator)]), { clock: fastClock(10) });
      await run.events.one(({ event }) => event === 'pool.up');
      await post(simulator, '/servers/1/faults', { throttle: true });
      for (let n = 0; n < 200; n++) run.send('919812345678', { text: String(n).padStart(3, '0') });
      await run.events.one(({ event }) => event === 'server.throttled');
      await post(simulator, '/servers/1/faults', {});
      await run.outcomes.many(200);
      const texts = simulator.messages().map(({ text }) => text);
      assert.deepEqual(texts, [...texts].sort());
    });
  });

  describe('in which order', () => {
    it('lets the urgent overtake a backlog of thousands', async () => {
      const platform = await FakePlatform.listen();
      const run = await runPool(poolSettings([platform.port], { window: 2 }));
      const link = await platform.boundLink();
      for (let n = 0; n < 5000; n++) run.send('919812345678', { text: 'slow' });
      const first = [await link.next(), await link.next()];
      run.send('919812345678', { text: 'now', priority: 'urgent' });
      await eventually('queued', () => run.pool.snapshot().queue.urgent === 1);
      const texts: unknown[] = [];
      for (const pdu of first) link.answer(pdu, { message_id: '1' });
      for (let n = 0; n < 4; n++) {
        const submit = await link.next();
        texts.push((submit.fields.short_message as { message: unknown }).message);
        link.answer(submit, { message_id: String(n) });
      }
      assert.ok(texts.slice(0, 3).includes('now'), texts.join());
    });

    it('fills the windows of all binds, the least loaded first', async () => {
      const platform = await FakePlatform.listen();
      const run = await runPool(poolSettings([platform.port], { window: 3 }, { binds: 2 }));
      const links = [await platform.boundLink(), await platform.boundLink()];
      await run.events.one(({ event }) => event === 'pool.up');
      for (let n = 0; n < 10; n++) run.send('919812345678');
      for (const link of links) for (let n = 0; n < 3; n++) assert.equal((await link.next()).command, 'submit_sm');
      assert.equal(run.pool.snapshot().queue.inFlight, 6);
      assert.equal(run.pool.snapshot().queue.waiting, 4);
    });
  });

  describe('and what it does not', () => {
    it('expires what has waited too long, wherever it waits', async () => {
      const clock = new HandClock();
      const run = await runPool(poolSettings([1], { messageExpiry: 60 }), { clock });
      run.send('919812345678');
      run.send('919812345678', { validity: 120 });
      await eventually('queued', () => run.pool.snapshot().queue.waiting === 2);
      clock.turn(59_000);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(run.outcomes.all.length, 0);
      clock.turn(2000);
      const outcome = await run.outcomes.one();
      assert.deepEqual([outcome.kind, outcome.error?.code], ['expired', 'SMPP_EXPIRED']);
      clock.turn(60_000);
      await run.outcomes.many(2);
      assert.equal(run.pool.snapshot().totals.expired, 2);
      assert.equal(run.pool.snapshot().queue.waiting, 0);
    });

    it('expires what the platform throttles for too long', async () => {
      const simulator = await simulate({ servers: 1 });
      const run = await runPool(poolSettings([portOf(simulator)], { messageExpiry: 5 }), { clock: fastClock(20) });
      await post(simulator, '/servers/1/faults', { throttle: true });
      run.send('919812345678');
      const outcome = await run.outcomes.one();
      assert.deepEqual([outcome.kind, outcome.attempts], ['expired', 0]);
      assert.equal(simulator.messages().length, 0);
    });

    it('takes no more than its queue holds', async () => {
      const run = await runPool(poolSettings([1], { queueLimit: 10 }));
      for (let n = 0; n < 12; n++) run.send('919812345678');
      await run.outcomes.many(2);
      assert.ok(run.outcomes.all.every(({ kind, error }) => kind === 'overflow' && error?.code === 'SMPP_QUEUE_FULL'));
      assert.equal(run.pool.snapshot().queue.waiting, 10);
      const high = await run.events.one(({ event }) => event === 'queue.high');
      assert.equal(high.reason, '10 of 10');
    });

    it('fails what the store does not take, and says why', async () => {
      const store = new MemoryStore({ queueLimit: 10 });
      store.enqueue = () => Promise.reject(new SmppError('SMPP_STORE_FULL', 'The disk is full'));
      const run = await runPool(poolSettings([1]), { store });
      run.send('919812345678');
      const { kind, error } = await run.outcomes.one();
      assert.deepEqual([kind, error], ['failed', { code: 'SMPP_STORE_FULL', message: 'The disk is full' }]);
      assert.equal(run.pool.snapshot().totals.failed, 1);
    });

    it('fails at once what a pool of binds that only receive is given', async () => {
      const run = await runPool(poolSettings([1], { bindMode: 'receiver' }));
      run.send('919812345678');
      const { kind, error, to } = await run.outcomes.one();
      assert.deepEqual([kind, error?.code, to], ['failed', 'SMPP_POOL_RECEIVE_ONLY', '919812345678']);
      assert.match(error!.message, /only receive/);
      const { totals, queue } = run.pool.snapshot();
      assert.deepEqual([totals.failed, queue.waiting], [1, 0]);
    });
  });

  describe('again', () => {
    for (const status of [0x08, 0x45, 0x64, 0xfe]) {
      const to = `9198${`10${String(status).padStart(4, '0')}`}`;
      it(`tries the other server, five times in all: status 0x${status.toString(16)}`, async () => {
        const simulator = await simulate({ servers: 2 });
        const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)]), { clock: fastClock(50) });
        await run.events.one(({ event }) => event === 'pool.up');
        run.send(to);
        const outcome = await run.outcomes.one();
        assert.equal(outcome.kind, 'refused');
        assert.equal(outcome.attempts, 5);
        assert.equal(outcome.error?.cause?.commandStatus, status);
        assert.equal(outcome.error?.cause?.retryable, true);
        const refused = simulator.state().servers.map((server) => server.refused);
        assert.equal(refused[0]! + refused[1]!, 5);
        assert.ok(
          refused.every((count) => count >= 2),
          refused.join(),
        );
      });
    }

    it('does not hold up others behind what the platform has trouble with', async () => {
      const simulator = await simulate({ servers: 1 });
      const run = await runPool(poolSettings([portOf(simulator)], { window: 2 }));
      const good: string[] = [];
      for (let n = 0; n < 50; n++) {
        run.send('919800100008');
        good.push(run.send('919812345678'));
      }
      await run.outcomes.many(50);
      assert.deepEqual(new Set(run.outcomes.all.map(({ id }) => id)), new Set(good));
    });

    it('never tries what is the fault of the message or the account', async () => {
      const simulator = await simulate({ servers: 2 });
      const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)]));
      for (const to of ['919800100011', '919800101035', '919800100001']) run.send(to);
      await run.outcomes.many(3);
      assert.ok(run.outcomes.all.every(({ kind, attempts }) => kind === 'refused' && attempts === 1));
      const [one, two] = simulator.state().servers;
      assert.equal(one!.submits + two!.submits, 3);
    });

    it('does not believe in chance for ever: a submit that breaks five links ends', async () => {
      const platform = await FakePlatform.listen();
      const run = await runPool(poolSettings([platform.port]), { clock: fastClock(50) });
      run.send('919812345678');
      for (let n = 0; n < 5; n++) {
        const link = await platform.boundLink();
        await link.nextOf('submit_sm');
        link.socket.destroy();
      }
      const outcome = await run.outcomes.one();
      assert.deepEqual([outcome.kind, outcome.possibleDuplicate], ['unknown', true]);
      assert.equal(outcome.error?.code, 'SMPP_OUTCOME_UNKNOWN');
    });
  });

  describe('whose answer comes late', () => {
    it('is accepted by it, while it waits to be submitted again', async () => {
      const platform = await FakePlatform.listen();
      const run = await runPool(poolSettings([platform.port], { window: 1, responseTimeout: 3 }), {
        clock: fastClock(10),
      });
      const link = await platform.boundLink();
      run.send('919812345678', { text: 'long '.repeat(50) });
      const first = await link.nextOf('submit_sm');
      const second = await link.nextOf('submit_sm');
      link.answer(first, { message_id: 'late' });
      link.answer(second, { message_id: 'two' });
      const again = await link.nextOf('submit_sm');
      link.answer(again, { message_id: 'again' });
      const outcome = await run.outcomes.one();
      assert.equal(outcome.kind, 'accepted');
      assert.ok(outcome.messageIds.includes('late'));
      assert.equal(run.outcomes.all.length, 1);
    });

    it('was told as unknown; its receipt finds it all the same', async () => {
      const platform = await FakePlatform.listen();
      const run = await runPool(poolSettings([platform.port], { responseTimeout: 3, onLinkLoss: 'fail' }), {
        clock: fastClock(10),
      });
      const link = await platform.boundLink();
      const id = run.send('919812345678');
      const submit = await link.nextOf('submit_sm');
      assert.equal((await run.outcomes.one()).kind, 'unknown');
      link.answer(submit, { message_id: 'abc1' });
      link.send('deliver_sm', {
        source_addr: '919812345678',
        destination_addr: 'ALERTS',
        esm_class: 4,
        short_message: Buffer.from('id:abc1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:'),
      });
      const report = await run.reports.one();
      assert.equal(report.sent?.id, id);
      assert.equal(run.outcomes.all.length, 1);
    });

    it('ends a long message of which another part was refused', async () => {
      const platform = await FakePlatform.listen();
      const run = await runPool(poolSettings([platform.port], { window: 2, responseTimeout: 3 }), {
        clock: fastClock(10),
      });
      const link = await platform.boundLink();
      run.send('919812345678', { text: 'long '.repeat(80) });
      const first = await link.nextOf('submit_sm');
      const second = await link.nextOf('submit_sm');
      // The third is on its way later than the first, so that it is not late yet when the first is sent again.
      await sleep(200);
      link.answer(second, { message_id: 'two' });
      const third = await link.nextOf('submit_sm');
      const again = await link.nextOf('submit_sm');
      link.answer(third, {}, 0x0b);
      link.answer(first, { message_id: 'late' });
      link.answer(again, { message_id: 'again' });
      const outcome = await run.outcomes.one();
      assert.equal(outcome.kind, 'refused');
      await eventually('over', () => run.pool.snapshot().queue.inFlight === 0);
      assert.equal(run.outcomes.all.length, 1);
      assert.equal(run.pool.snapshot().queue.waiting, 0);
    });
  });
});
