import assert from 'node:assert/strict';
import { closeAll, portOf, post, simulate } from '../simulator/running';
import { fastClock, HandClock } from '../support/clock';
import { eventually } from '../support/eventually';
import { closePlatforms, FakePlatform, type Link } from '../support/fake-platform';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';

function statesOf(run: PoolRun): string[] {
  return run.pool.snapshot().servers.flatMap(({ binds }) => binds.map(({ state }) => state));
}

function receipt(id: number) {
  return {
    source_addr: '919812345678',
    destination_addr: 'ALERTS',
    esm_class: 4,
    short_message: Buffer.from(`id:${String(id)} sub:001 dlvrd:001 stat:DELIVRD err:000 text:`),
  };
}

/** Sends so many receipts and waits until the last is answered. */
async function receipts(link: Link, count: number): Promise<void> {
  for (let n = 0; n < count; n++) link.send('deliver_sm', receipt(n));
  for (let n = 0; n < count; n++) await link.nextOf('deliver_sm_resp');
}

describe('the binds of a pool', function () {
  this.timeout(15_000);

  afterEach(async () => {
    // First, so that nobody waits for a platform that answers by hand.
    await closePlatforms();
    await closePools();
    await closeAll();
  });

  it('keep what stands when the quota is reached, and ask again later than the platform forgets', async () => {
    const platform = await FakePlatform.listen();
    const clock = new HandClock();
    const run = await runPool(poolSettings([platform.port], { enquireLink: 3600 }, { binds: 3 }), { clock });
    clock.turn(0);
    await platform.boundLink();
    await eventually('bound', () => run.pool.snapshot().bound === 1);
    clock.turn(400);
    const second = await platform.link();
    second.answer(await second.next(), {}, 0x05);
    const { reason, code } = await run.events.one(({ event }) => event === 'bind.refused');
    assert.match(reason!, /no more binds/);
    assert.equal(code, 'ESME_RALYBND');
    const third = platform.links.all[2];
    if (third) {
      third.answer(await third.next(), {}, 0x05);
      await third.closed;
    }
    await eventually('resting', () => statesOf(run).join() === 'bound,quota,quota');
    const before = platform.links.all.length;
    await pass(clock, 300_000);
    assert.equal(platform.links.all.length, before);
    assert.equal(run.pool.snapshot().state, 'degraded');
    await pass(clock, 120_000);
    await eventually('asked again', () => platform.links.all.length > before);
  });

  it('work with what a real quota leaves them', async () => {
    const simulator = await simulate({ servers: 1, binds: 1 });
    const run = await runPool(poolSettings([portOf(simulator)], {}, { binds: 3 }));
    await eventually('resting', () => statesOf(run).join() === 'bound,quota,quota');
    for (let n = 0; n < 20; n++) run.send('919812345678');
    await run.outcomes.many(20);
    assert.equal(simulator.state().servers[0]!.binds, 1);
    assert.equal(run.events.all.filter(({ event }) => event === 'bind.refused').length, 1);
  });

  for (const [status, field] of [
    [0x0e, 'password'],
    [0x0f, 'system id'],
    [0x53, 'system type'],
    [0x0d, 'system id, password or system type'],
    [0x40b, 'the platform refused the bind: The account has not enough credits'],
  ] as const) {
    it(`rest for minutes after a refused login, and say what is wrong: ${field}`, async () => {
      const platform = await FakePlatform.listen();
      const clock = new HandClock();
      const run = await runPool(poolSettings([platform.port], { password: 'S3cretS3' }, { binds: 3 }), { clock });
      void refuseAll(platform, status);
      clock.turn(0);
      const { reason } = await run.events.one(({ event }) => event === 'bind.refused');
      assert.ok(reason!.startsWith(field), reason);
      assert.deepEqual(statesOf(run), ['refused', 'refused', 'refused']);
      await pass(clock, 200_000);
      assert.equal(platform.links.all.length, 1);
      await pass(clock, 900_000);
      const tries = platform.links.all.length;
      assert.ok(tries >= 3 && tries <= 12, `${String(tries)} tries in a quarter of an hour`);
      assert.deepEqual(statesOf(run), ['refused', 'refused', 'refused']);
      assert.equal(run.events.all.filter(({ event }) => event === 'bind.refused').length, 1);
      // The pool's node reports a refusal to the flows, and so in the log: a line of the pool's own would be a second one.
      assert.deepEqual(
        run.log.filter((line) => line.startsWith('error')),
        [],
      );
      assert.ok(!JSON.stringify([run.events.all, run.log]).includes('S3cretS3'));
    });
  }

  it('are all let in once one is', async () => {
    const platform = await FakePlatform.listen();
    const clock = new HandClock();
    const run = await runPool(poolSettings([platform.port], {}, { binds: 2 }), { clock });
    clock.turn(0);
    const link = await platform.link();
    link.answer(await link.next(), {}, 0x0e);
    await run.events.one(({ event }) => event === 'bind.refused');
    void pass(clock, 300_000);
    await platform.boundLink();
    await eventually('bound', () => run.pool.snapshot().bound >= 1);
    clock.turn(1000);
    const other = platform.links.all[2] ?? (await platform.link());
    other.answer(await other.next());
    await eventually('bound', () => run.pool.snapshot().state === 'up');
  });

  it('come back apart, each by its own backoff, and say once why they are gone', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)], {}, { binds: 3 }), { clock: fastClock(20) });
    await run.events.one(({ event }) => event === 'pool.up');
    await post(simulator, '/servers/1/stop');
    await run.events.one(({ event }) => event === 'pool.down');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const refused = run.events.all.filter(({ code }) => code === 'connect-refused');
    assert.ok(refused.length <= 4, `told ${String(refused.length)} times`);
    await post(simulator, '/servers/1/start');
    await eventually('bound again', () => run.pool.snapshot().state === 'up');
    assert.equal(run.pool.snapshot().totals.reconnects, 3);
  });

  it('each say in words what keeps them from being bound', async () => {
    const silent = await FakePlatform.listen();
    const rude = await FakePlatform.listen();
    const gone = await FakePlatform.listen();
    const { port } = gone;
    await gone.close();
    const settings = poolSettings([silent.port, rude.port, port, 9], { responseTimeout: 3 });
    const servers = settings.servers.map((server, index) =>
      index === 3 ? { ...server, host: 'no-such-host.invalid' } : server,
    );
    const run = await runPool({ ...settings, servers }, { clock: fastClock(10) });
    const link = await rude.link();
    link.socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const codeOf = async (name: string) =>
      (await run.events.one(({ event, server }) => event === 'bind.down' && server === name)).code;
    assert.equal(await codeOf(`127.0.0.1:${String(silent.port)}`), 'bind-timeout');
    assert.equal(await codeOf(`127.0.0.1:${String(rude.port)}`), 'framing');
    assert.equal(await codeOf(`127.0.0.1:${String(port)}`), 'connect-refused');
    assert.equal(await codeOf('no-such-host.invalid:9'), 'dns');
    for (const { binds } of run.pool.snapshot().servers) assert.ok(binds[0]!.lastError);
    assert.equal(run.pool.snapshot().state, 'down');
  });

  it('are bound anew where one brings no receipts any more while another does', async () => {
    const platform = await FakePlatform.listen();
    const clock = new HandClock();
    const run = await runPool(poolSettings([platform.port], { enquireLink: 3600 }, { binds: 2 }), { clock });
    clock.turn(0);
    const deaf = await platform.boundLink();
    clock.turn(400);
    const other = await platform.boundLink();
    await eventually('bound', () => run.pool.snapshot().state === 'up');
    await receipts(deaf, 1);
    await receipts(other, 100);
    clock.turn(50_000);
    await receipts(other, 1);
    assert.ok(run.events.all.every(({ event }) => event !== 'bind.deaf'));
    clock.turn(11_000);
    const { bind } = await run.events.one(({ event }) => event === 'bind.deaf');
    assert.equal(bind, 'trx1');
    deaf.answer(await deaf.nextOf('unbind'));
    await deaf.closed;
    await eventually('on its way back', () => statesOf(run)[0] === 'connecting');
    clock.turn(0);
    await platform.boundLink();
    await eventually('bound', () => run.pool.snapshot().state === 'up');
    // It must have heard something before it can be called deaf again.
    await receipts(other, 100);
    clock.turn(61_000);
    assert.equal(run.events.all.filter(({ event }) => event === 'bind.deaf').length, 1);
    assert.equal(other.socket.destroyed, false);
  });

  it('are not bound anew where this process did not listen for a while', async () => {
    const platform = await FakePlatform.listen();
    const clock = new HandClock();
    const run = await runPool(poolSettings([platform.port], { enquireLink: 3600 }, { binds: 2 }), { clock });
    clock.turn(0);
    const one = await platform.boundLink();
    clock.turn(400);
    const other = await platform.boundLink();
    await eventually('bound', () => run.pool.snapshot().state === 'up');
    await receipts(one, 1);
    await receipts(other, 100);
    clock.turn(35_000);
    await receipts(other, 1);
    clock.stall(40_000);
    await receipts(other, 100);
    clock.turn(5000);
    await receipts(one, 1);
    clock.turn(50_000);
    assert.ok(run.events.all.every(({ event }) => event !== 'bind.deaf'));
    assert.equal(run.pool.snapshot().state, 'up');
  });

  it('are counted in pairs where one sends and one receives', async () => {
    const simulator = await simulate({ servers: 1, binds: 4 });
    const run = await runPool(poolSettings([portOf(simulator)], { bindMode: 'transmitter-receiver' }, { binds: 2 }));
    await run.events.one(({ event }) => event === 'pool.up');
    const { sessions } = simulator.state().servers[0]!;
    assert.deepEqual(sessions.map(({ mode }) => mode).sort(), ['receiver', 'receiver', 'transmitter', 'transmitter']);
    for (let n = 0; n < 50; n++) run.send('919812345678');
    await run.outcomes.many(50);
    await run.reports.many(50);
    assert.ok(run.outcomes.all.every(({ kind }) => kind === 'accepted'));
    const { binds } = run.pool.snapshot().servers[0]!;
    assert.deepEqual(
      binds.map(({ bind, window }) => [bind, window]),
      [
        ['tx1', 10],
        ['rx1', 0],
        ['tx2', 10],
        ['rx2', 0],
      ],
    );
  });

  it('submit nothing where they only receive', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)], { bindMode: 'receiver' }));
    await run.events.one(({ event }) => event === 'pool.up');
    run.send('919812345678');
    await post(simulator, '/incoming', { to: '56767', from: '919812345678', text: 'STOP' });
    assert.equal((await run.incoming.one()).text, 'STOP');
    assert.equal((await run.outcomes.one()).error?.code, 'SMPP_POOL_RECEIVE_ONLY');
    assert.equal(simulator.state().servers[0]!.submits, 0);
  });

  it('speak SMPP 3.3, without optional parameters', async () => {
    const simulator = await simulate({ servers: 1 });
    const { profile } = poolSettings([]);
    const run = await runPool(
      poolSettings([portOf(simulator)], {
        bindMode: 'transmitter-receiver',
        profile: { ...profile, version: '3.3' },
      }),
    );
    await run.events.one(({ event }) => event === 'pool.up');
    assert.ok(simulator.state().servers[0]!.sessions.every(({ version }) => version === '3.3'));
    run.send('919812345678', { text: 'long '.repeat(50) });
    run.send('919812345678', { peId: '1101172974420810001' });
    await run.outcomes.many(2);
    assert.deepEqual(run.outcomes.all.map(({ kind }) => kind).sort(), ['accepted', 'invalid']);
    assert.equal((await run.reports.one()).state, 'DELIVERED');
  });

  it('do not fill the log when a platform sends nothing but nonsense', async () => {
    const platform = await FakePlatform.listen();
    const run = await runPool(poolSettings([platform.port]));
    const link = await platform.boundLink();
    for (let n = 0; n < 500; n++) link.send('query_sm');
    for (let n = 0; n < 500; n++) await link.nextOf('generic_nack');
    assert.equal(run.log.filter((line) => line.startsWith('warn')).length, 1);
    assert.equal(run.pool.snapshot().state, 'up');
  });
});

/** Refuses every bind from now on. */
async function refuseAll(platform: FakePlatform, status: number): Promise<never> {
  for (;;) {
    const link = await platform.link();
    link.answer(await link.next(), {}, status);
  }
}

/** Lets so many milliseconds pass, sockets included. */
async function pass(clock: HandClock, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 10_000) {
    clock.turn(10_000);
    await aMoment();
  }
}

/** Gives sockets a moment in which something wrong could happen. */
function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
