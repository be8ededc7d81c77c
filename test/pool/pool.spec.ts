import assert from 'node:assert/strict';
import { closeAll, portOf, post, simulate } from '../simulator/running';
import { closePlatforms, FakePlatform } from '../support/fake-platform';
import { closePools, poolSettings, runPool } from '../support/pool-run';

describe('a pool', () => {
  afterEach(async () => {
    // First, so that nobody waits for a platform that answers by hand.
    await closePlatforms();
    await closePools();
    await closeAll();
  });

  it('sends a message and hears of its fate', async () => {
    const simulator = await simulate({ servers: 2 });
    const { outcomes, reports, events, send } = await runPool(
      poolSettings([portOf(simulator, 1), portOf(simulator, 2)]),
    );
    await events.one(({ event }) => event === 'pool.up');
    const id = send('+919812345678');
    const outcome = await outcomes.one();
    assert.equal(outcome.kind, 'accepted');
    assert.equal(outcome.id, id);
    assert.equal(outcome.to, '919812345678');
    assert.equal(outcome.messageIds.length, 1);
    const report = await reports.one();
    assert.equal(report.state, 'DELIVERED');
    assert.equal(report.messageId, outcome.messageIds[0]);
    assert.equal(report.sent?.id, id);
    assert.deepEqual(report.segments, { total: 1, delivered: 1, failed: 0, pending: 0 });
    const [message] = simulator.messages();
    assert.equal(message?.text, 'Pump 3 alarm');
  });

  it('spreads a thousand messages over two servers, each with one outcome and one report', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)]));
    for (let n = 0; n < 1000; n++)
      run.send(`91980${String(n).padStart(7, '0')}`.replace(/\d{6}$/, (d) => `9${d.slice(1)}`));
    await run.outcomes.many(1000);
    await run.reports.many(1000);
    assert.equal(new Set(run.outcomes.all.map(({ id }) => id)).size, 1000);
    assert.ok(run.outcomes.all.every(({ kind }) => kind === 'accepted'));
    const [one, two] = simulator.state().servers;
    assert.equal(one!.accepted + two!.accepted, 1000);
    assert.ok(one!.accepted > 200 && two!.accepted > 200, `${one!.accepted} and ${two!.accepted}`);
    assert.equal(run.pool.snapshot().queue.waiting, 0);
  });

  it('goes on through the other server when one is stopped, and comes back to it', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)]));
    await run.events.one(({ event }) => event === 'pool.up');
    await post(simulator, '/servers/1/stop');
    await run.events.one(({ event }) => event === 'pool.degraded');
    for (let n = 0; n < 20; n++) run.send('919812345678');
    await run.outcomes.many(20);
    assert.ok(
      run.outcomes.all.every(
        ({ kind, server }) => kind === 'accepted' && server === `127.0.0.1:${portOf(simulator, 2)}`,
      ),
    );
    const count = run.events.all.length;
    await post(simulator, '/servers/1/start');
    await run.events.one((event) => event.event === 'pool.up' && run.events.all.indexOf(event) >= count);
  });

  it('tells a refused message by the name of its status', async () => {
    const simulator = await simulate();
    const run = await runPool(poolSettings([portOf(simulator)]));
    run.send('91980101035');
    const outcome = await run.outcomes.one();
    assert.equal(outcome.kind, 'refused');
    assert.equal(outcome.error?.cause?.commandStatus, 0x40b);
    assert.equal(outcome.error?.code, outcome.error?.cause?.name);
  });

  it('has one result for a long message, over all its segments', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)]));
    run.send('919812345678', { text: 'नमस्ते '.repeat(40) });
    const outcome = await run.outcomes.one();
    assert.equal(outcome.segments, 5);
    assert.equal(outcome.messageIds.length, 5);
    const report = await run.reports.one();
    assert.deepEqual(report.segments, { total: 5, delivered: 5, failed: 0, pending: 0 });
    assert.equal(simulator.messages()[0]?.text, 'नमस्ते '.repeat(40));
  });

  it('matches a receipt that comes before the answer, once its outcome was told', async () => {
    const simulator = await simulate();
    const run = await runPool(poolSettings([portOf(simulator)]));
    run.send('919800200003');
    const report = await run.reports.one();
    assert.equal(report.matched, true);
    assert.equal(run.outcomes.all.length, 1);
    assert.equal(run.pool.snapshot().totals.unmatched, 0);
  });

  it('emits a receipt that comes twice only once', async () => {
    const simulator = await simulate();
    const run = await runPool(poolSettings([portOf(simulator)]));
    run.send('919800200004');
    run.send('919812345678');
    await run.reports.many(2);
    while (run.pool.snapshot().totals.receipts < 3) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(run.reports.all.length, 2);
  });

  it('tells an intermediate report, then the final one', async () => {
    const simulator = await simulate();
    const run = await runPool(poolSettings([portOf(simulator)]));
    run.send('919800200005', { receipt: 'intermediate' });
    const [first, second] = await run.reports.many(2);
    assert.deepEqual([first!.final, second!.final], [false, true]);
  });

  it('learns that receipts name ids in the other radix', async () => {
    const simulator = await simulate();
    const run = await runPool(poolSettings([portOf(simulator)]));
    run.send('919800200007');
    const report = await run.reports.one();
    assert.equal(report.matched, true);
    assert.ok(run.log.some((line) => line.includes('learnt')));
  });

  for (const [where, address, matched] of [
    ['where the receipt names no number', '', true],
    ['but not where the receipt is of another number', '447700900123', false],
  ] as const) {
    it(`takes an id in the other radix for ours, ${where}`, async () => {
      const platform = await FakePlatform.listen();
      const run = await runPool(poolSettings([platform.port]));
      const link = await platform.boundLink();
      run.send('919812345678');
      link.answer(await link.nextOf('submit_sm'), { message_id: '26F0C4A1' });
      await run.outcomes.one();
      const short_message = Buffer.from('id:653313185 stat:DELIVRD err:000');
      link.send('deliver_sm', { source_addr: address, esm_class: 4, short_message });
      assert.equal((await run.reports.one()).matched, matched);
    });
  }

  it('submits again what a lost link left unanswered, and says that it may come twice', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)]));
    run.send('919800200001');
    const outcome = await run.outcomes.one();
    assert.equal(outcome.possibleDuplicate, true);
    assert.equal(outcome.attempts, 2);
  });

  it('says "unknown" instead where the pool shall not resend', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)], { onLinkLoss: 'fail' }));
    run.send('919800200001');
    const outcome = await run.outcomes.one();
    assert.equal(outcome.kind, 'unknown');
    assert.equal(outcome.error?.code, 'SMPP_OUTCOME_UNKNOWN');
    assert.equal(outcome.attempts, 1);
  });

  it('refuses an invalid message with the name of the field, and sends nothing', async () => {
    const simulator = await simulate();
    const run = await runPool(poolSettings([portOf(simulator)]));
    run.send('nobody');
    const outcome = await run.outcomes.one();
    assert.equal(outcome.kind, 'invalid');
    assert.equal(outcome.error?.code, 'SMPP_INVALID_INPUT');
    assert.equal(simulator.state().servers[0]!.submits, 0);
  });

  it('lets a refused password rest: one attempt a server, the reason in words, the password nowhere', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(
      poolSettings([portOf(simulator, 1), portOf(simulator, 2)], { password: 'S3cretS3' }, { binds: 3 }),
    );
    await run.events.one(
      ({ event, server }) => event === 'bind.refused' && server!.endsWith(String(portOf(simulator, 2))),
    );
    await run.events.one(
      ({ event, server }) => event === 'bind.refused' && server!.endsWith(String(portOf(simulator, 1))),
    );
    assert.equal(run.events.all.filter(({ event }) => event === 'bind.refused').length, 2);
    assert.ok(run.events.all.some(({ reason }) => reason?.includes('password')));
    const states = run.pool.snapshot().servers.flatMap(({ binds }) => binds.map(({ state }) => state));
    assert.deepEqual(new Set(states), new Set(['refused']));
    assert.ok(!JSON.stringify([run.events.all, run.log]).includes('S3cretS3'));
  });

  it('keeps messages while it is disconnected and sends them once connected', async () => {
    const simulator = await simulate();
    const run = await runPool(poolSettings([portOf(simulator)]));
    await run.events.one(({ event }) => event === 'pool.up');
    await run.pool.disconnect();
    assert.equal(run.pool.snapshot().state, 'stopped');
    run.send('919812345678');
    run.send('919812345679');
    assert.equal(run.pool.snapshot().queue.waiting, 2);
    run.pool.connect();
    await run.outcomes.many(2);
  });

  it('keeps receipts for flows that are being deployed', async () => {
    const simulator = await simulate();
    const run = await runPool(poolSettings([portOf(simulator)]));
    run.pool.pause();
    run.send('919812345678');
    while (run.pool.snapshot().totals.receipts < 1) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([run.outcomes.all.length, run.reports.all.length], [0, 0]);
    run.pool.resume();
    await run.outcomes.one();
    await run.reports.one();
  });
});
