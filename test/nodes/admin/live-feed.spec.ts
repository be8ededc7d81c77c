import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import helper from 'node-red-node-test-helper';
import { feedSnapshot, LiveFeed, redact } from '../../../nodes/admin/live-feed';
import type { FeedSnapshot } from '../../../nodes/admin/feed-snapshot';
import { PoolHandle, type PoolOwner } from '../../../nodes/pool-lifetime/pool-handle';
import type { Simulator } from '../../../src/simulator/simulator';
import { HandClock } from '../../support/clock';
import {
  bound,
  cleanUp,
  control,
  deploy,
  flow,
  give,
  load,
  messages,
  pool,
  poolNode,
  portsOf,
  send,
  simulate,
  until,
} from '../runtime';

interface Told {
  readonly topic: string;
  readonly data: any;
  readonly retain: boolean;
}

/** A pool whose snapshot the test makes up; only what a feed looks at. */
function fakePool(id: string, snapshot: Record<string, unknown> = {}, secrets: readonly string[] = []): any {
  return {
    id,
    owner: { id, name: `pool ${id}`, plan: { problem: null }, inUse: () => true },
    secrets,
    failure: null,
    trouble: null,
    snapshot: () => ({ state: 'up', servers: [], ...snapshot }),
  };
}

function feed(pools: unknown[]): { feed: LiveFeed; clock: HandClock; told: Told[] } {
  const told: Told[] = [];
  const clock = new HandClock();
  const made = new LiveFeed(
    () => pools as PoolHandle[],
    (topic, data, retain) => told.push({ topic, data, retain }),
    clock,
  );
  return { feed: made, clock, told };
}

describe('the live feed', () => {
  it('tells an editor that opens at once, and leaves it for those that open later', () => {
    const { feed: live, told } = feed([fakePool('a'), fakePool('b')]);
    live.watch('editor');
    assert.deepEqual(
      told.map(({ topic, retain }) => [topic, retain]),
      [
        ['smpp-pool/live/a', true],
        ['smpp-pool/live/b', true],
      ],
    );
    assert.equal(told[0]!.data.name, 'pool a');
  });

  it('tells nothing more while nothing changes', () => {
    const { feed: live, clock, told } = feed([fakePool('a')]);
    live.watch('editor');
    clock.turn(60_000);
    assert.equal(told.length, 1);
  });

  it('tells of a pool once a second at most, however often it changes and however many watch', () => {
    let bound = 0;
    const changing = { ...fakePool('a'), snapshot: () => ({ state: 'up', servers: [], bound: bound++ }) };
    const { feed: live, clock, told } = feed([changing]);
    live.watch('one');
    live.watch('two');
    clock.turn(10_000);
    assert.equal(told.length, 11);
  });

  it('looks at nothing and has no timer while no editor is open', () => {
    let looks = 0;
    const counted = { ...fakePool('a'), snapshot: () => ({ state: 'up', servers: [], looks: looks++ }) };
    const { feed: live, clock } = feed([counted]);
    clock.turn(5000);
    assert.equal(looks, 0);
    live.watch('one');
    live.watch('two');
    live.unwatch('one');
    clock.turn(1000);
    const before = looks;
    assert.ok(before > 0);
    live.unwatch('two');
    clock.turn(5000);
    assert.equal(looks, before);
    assert.equal(clock.timers, 0);
  });

  it('retains nothing once the last editor is closed, so that the next one sees nothing old', () => {
    const { feed: live, told } = feed([fakePool('a')]);
    live.watch('one');
    live.unwatch('one');
    assert.deepEqual(told.at(-1), { topic: 'smpp-pool/live/a', data: { id: 'a', gone: true }, retain: false });
    live.watch('two');
    assert.equal(told.at(-1)!.data.state ?? told.at(-1)!.data.snapshot.state, 'up');
  });

  it('is not stopped by editors that never watched', () => {
    const { feed: live, clock, told } = feed([fakePool('a')]);
    live.watch('one');
    live.unwatch('another');
    assert.equal(clock.timers, 1);
    assert.equal(told.length, 1);
  });

  it('clears what is retained of a pool that is removed', () => {
    const pools = [fakePool('a'), fakePool('b')];
    const { feed: live, clock, told } = feed(pools);
    live.watch('one');
    pools.shift();
    clock.turn(1000);
    assert.deepEqual(told.slice(2), [{ topic: 'smpp-pool/live/a', data: { id: 'a', gone: true }, retain: false }]);
  });

  it('keeps a pool in view by its name while a deploy replaces its node, and clears it when none comes', () => {
    const one = fakePool('a');
    const { owner } = one;
    const { feed: live, clock, told } = feed([one]);
    live.watch('one');
    one.owner = null;
    clock.turn(8000);
    assert.equal(told.at(-1)!.data.name, 'pool a');
    one.owner = owner;
    clock.turn(8000);
    one.owner = null;
    clock.turn(14_000);
    assert.ok(!told.some(({ data }) => data.gone));
    clock.turn(2000);
    assert.deepEqual(told.at(-1)!.data, { id: 'a', gone: true });
  });

  it('hides passwords and telephone numbers in the words of errors, wherever they stand', () => {
    const secret = 'pa55-word';
    const words = `login ${secret} for +447700900123 at redis://me:${secret}@10.0.0.1:6379 failed`;
    const snapshot = {
      servers: [
        {
          server: '127.0.0.1:2775',
          lastError: { time: '2030-01-31T09:00:00.000Z', reason: words },
          binds: [{ bind: 'trx1', since: '2030-01-31T09:00:00.000Z', lastError: words }],
        },
      ],
    };
    const one = fakePool('a', snapshot, [secret, '']);
    one.failure = new Error(words);
    one.trouble = words;
    const { feed: live, told } = feed([one]);
    live.watch('editor');
    const text = JSON.stringify(told);
    assert.ok(!text.includes(secret));
    assert.ok(!text.includes('7700900123'));
    const data = told[0]!.data as FeedSnapshot;
    assert.equal(data.snapshot.servers[0]!.binds[0]!.lastError, data.problem);
    assert.equal(data.snapshot.servers[0]!.lastError!.reason, data.problem);
    assert.equal(data.trouble, data.problem);
    assert.equal(data.problem, 'login ••• for ••• at redis://•••@10.0.0.1:6379 failed');
    assert.equal(data.snapshot.servers[0]!.binds[0]!.since, '2030-01-31T09:00:00.000Z');
  });

  it('hides them from a pool whose node a deploy is replacing, too', async () => {
    const shared = new PoolHandle('a', new Map());
    const plan = { problem: new Error('no pa55-word accepted') };
    const owner = { ...fakePool('a').owner, plan, secrets: ['pa55-word'], log: null };
    shared.adopt(owner as unknown as PoolOwner);
    assert.equal(feedSnapshot(shared, 'a').problem, 'no ••• accepted');
    shared.release();
    assert.deepEqual(shared.secrets, ['pa55-word']);
  });

  it('leaves words that hold nothing of the kind as they are, and cuts what is endless', () => {
    const words = 'connection refused: nothing listens there (127.0.0.1:2775, 0x0A000086)';
    assert.equal(redact(words, ['secret']), words);
    assert.equal(redact('x'.repeat(1000), []).length, 241);
  });
});

describe('the live view of a pool that runs', () => {
  let simulator: Simulator;
  let told: Told[] = [];
  const events = (): EventEmitter => (helper as unknown as { _events: EventEmitter })._events;
  const hear = (event: Told): void => {
    if (event.topic.startsWith('smpp-pool/live/')) told.push(event);
  };
  const session = { session: 'test' };
  const last = (): any => told.at(-1)!.data;

  beforeEach(async () => {
    told = [];
    events().on('comms', hear);
    simulator = await simulate({ servers: 2 });
  });
  afterEach(async () => {
    events().emit('comms:connection-removed', session);
    events().off('comms', hear);
    await cleanUp();
  });

  async function start(more: Record<string, unknown> = {}): Promise<void> {
    await load(flow(pool(portsOf(simulator), more), send({ wires: [['failed']] })));
  }

  it('tells nothing before an editor watches, and all of it then', async () => {
    await start();
    await bound(2);
    assert.deepEqual(told, []);
    events().emit('comms:message:smpp-pool/live', session);
    assert.equal(told.length, 1);
    assert.equal(last().name, 'main');
    assert.equal(last().snapshot.bound, 2);
  });

  it('holds neither message, number nor login, whatever happens to the messages', async () => {
    await start({ throughput: 0 });
    await bound(2);
    events().emit('comms:message:smpp-pool/live', session);
    give('send', { payload: 'Swordfish at dawn', topic: '447700900001, 447700101035' });
    await messages('failed', 1);
    await control(simulator, '/servers/2/stop');
    await until(() => told.length > 1 && last().snapshot.bound === 1);
    assert.equal(last().snapshot.totals.accepted, 1);
    assert.ok(last().snapshot.servers[1].lastError.reason.length > 0);
    const text = JSON.stringify(told);
    for (const hidden of ['Swordfish', '7700900001', '101035', 'demo']) assert.ok(!text.includes(hidden), hidden);
  });

  it('shows why a pool cannot start, and that nobody uses one', async () => {
    await load(flow(pool([1], { servers: [] }), send()));
    events().emit('comms:message:smpp-pool/live', session);
    assert.match(last().problem, /noServers/);
    await deploy(flow(pool(portsOf(simulator))), 'full');
    await until(() => last().problem === null && !last().inUse);
  });

  it('takes a pool that is removed out of view', async () => {
    await start();
    await bound(2);
    events().emit('comms:message:smpp-pool/live', session);
    await deploy(flow(), 'full');
    await until(() => told.some(({ data, retain }) => data.gone && !retain));
  });

  it('notes the last trouble of a server, and keeps it when the server is back', async () => {
    await start();
    await bound(2);
    await control(simulator, '/servers/1/stop');
    await until(() => poolNode().handle.snapshot().bound === 1);
    await control(simulator, '/servers/1/start');
    await bound(2);
    const [first, second] = poolNode().handle.snapshot().servers;
    assert.ok(first!.lastError!.reason.length > 0);
    assert.equal(new Date(first!.lastError!.time).toISOString(), first!.lastError!.time);
    assert.equal(second!.lastError, null);
  });
});
