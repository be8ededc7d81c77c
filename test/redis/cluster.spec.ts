import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { closeProxies, FaultProxy } from '../support/fault-proxy';
import { newUserDir, removeUserDir, type NodeRed } from '../support/node-red';
import { atPlatform, control, Ledger, setRate, startTraffic, trafficFlow, type Entry } from '../support/traffic';
import { RedisServer, stopRedisServers } from './redis-server';

const MESSAGES = 20_000;
/** Messages a second that each of three instances is given: together a little more than the contract lets through. */
const RATE = 210;
/** PDUs a second, and binds, on each of two servers. */
const THROUGHPUT = 300;
const BINDS = 4;
/** Milliseconds the platform takes for an answer, so that submits are in flight when something happens. */
const DELAY = 15;
/** What was given to a process longer ago than this is stored, and what its flow was told is noted as told; milliseconds. */
const STORED = 1500;
/** Milliseconds after the last message within which everything is settled. */
const FINISH_LIMIT = 90_000;

interface Instance {
  readonly run: number;
  readonly nodeRed: NodeRed;
  readonly ledger: Ledger;
  readonly userDir: string;
  killedAt: number;
}

describe('three Node-REDs with one account', function () {
  this.timeout(240_000);
  let redis: RedisServer;
  let simulator: Simulator;
  let instances: Instance[];
  let mostBinds: readonly number[];
  let watch: NodeJS.Timeout;

  beforeEach(async () => {
    redis = await RedisServer.start();
    simulator = await createSimulator({ servers: 2, throughput: THROUGHPUT, binds: BINDS, dlrDelay: 100 });
    for (const server of [1, 2]) await control(simulator, `/servers/${String(server)}/faults`, { delayMs: DELAY });
    instances = [];
    mostBinds = [0, 0];
    watch = setInterval(() => {
      const { servers } = simulator.state();
      mostBinds = mostBinds.map((most, index) => Math.max(most, servers[index]!.binds));
    }, 20);
  });
  afterEach(async () => {
    clearInterval(watch);
    await Promise.all(instances.map(({ nodeRed }) => nodeRed.kill()));
    await simulator.close();
    await closeProxies();
    await stopRedisServers();
    await Promise.all(instances.map(({ userDir }) => removeUserDir(userDir)));
  });

  /** @param port of Redis, or of what stands before it */
  async function start(port = redis.port): Promise<Instance> {
    const run = instances.length;
    const userDir = await newUserDir();
    const flows = trafficFlow(
      simulator.servers.map((server) => server.port),
      {
        store: 'redis',
        redisUrl: `redis://127.0.0.1:${String(port)}`,
        throughput: THROUGHPUT,
        binds: BINDS,
        window: 20,
      },
    );
    const instance = { run, userDir, ledger: new Ledger(userDir), killedAt: Infinity };
    const started = { ...instance, nodeRed: await startTraffic({ userDir, flows, run, rate: RATE }) };
    instances.push(started);
    return started;
  }

  async function kill(instance: Instance): Promise<void> {
    await instance.nodeRed.kill();
    instance.killedAt = Date.now();
  }

  const living = (): Instance[] => instances.filter(({ killedAt }) => killedAt === Infinity);

  function assertNoneDied(): void {
    for (const { run, nodeRed } of living()) {
      assert.ok(nodeRed.isRunning, `instance ${String(run)} ended by itself:\n${nodeRed.output.slice(-4000)}`);
    }
  }

  const entries = (...lines: Entry['line'][]): Entry[] => instances.flatMap(({ ledger }) => ledger.of(...lines));
  const count = (...lines: Entry['line'][]): number => entries(...lines).length;

  function byTag(...lines: Entry['line'][]): Map<string, Entry[]> {
    const tags = new Map<string, Entry[]>();
    for (const entry of entries(...lines)) {
      const tag = entry.tag ?? entry.sent?.reference.tag;
      if (tag === undefined) continue;
      const all = tags.get(tag);
      if (all) all.push(entry);
      else tags.set(tag, [entry]);
    }
    return tags;
  }

  async function until(what: string, condition: () => boolean, limit = 90_000): Promise<void> {
    const end = Date.now() + limit;
    while (!condition()) {
      assertNoneDied();
      assert.ok(Date.now() < end, `${what}: not after ${String(limit)} ms`);
      await pause(200);
    }
  }

  /** Goes on until so many messages were given to the instances. */
  async function given(messages: number): Promise<void> {
    await until(`${String(messages)} messages given`, () => count('given') >= messages);
  }

  /** No more messages; waits until nothing is open any more. */
  async function finish(): Promise<void> {
    await Promise.all(living().map(({ nodeRed }) => setRate(nodeRed, 0)));
    const end = Date.now() + FINISH_LIMIT;
    for (let open = openNow(); open.length > 0; open = openNow()) {
      assertNoneDied();
      assert.ok(Date.now() < end, `${String(open.length)} still open: ${open.slice(0, 5).join(', ')}`);
      // Not more often: the platform is in this process.
      await pause(1000);
    }
  }

  /** True where its process lived long enough after that moment for it to be on record. */
  const onRecord = ({ run, at }: Entry): boolean => instances[run]!.killedAt - at > STORED;

  function openNow(): string[] {
    const outcomes = byTag('accepted', 'failed');
    const receipts = byTag('receipt');
    const untold = entries('given').filter((entry) => onRecord(entry) && !outcomes.has(entry.tag));
    const accepted = [...outcomes.keys()].filter((tag) => outcomes.get(tag)![0]!.line === 'accepted');
    return [
      ...untold.map(({ tag }) => `outcome of ${tag}`),
      ...accepted.filter((tag) => !receipts.has(tag)).map((tag) => `receipt of ${tag}`),
    ];
  }

  const bound = (): number => simulator.state().servers.reduce((sum, { binds }) => sum + binds, 0);

  /** Binds that stand, as its flow heard of them. */
  function bindsOf({ ledger }: Instance): number {
    const events = ledger.of('event').map(({ payload }) => payload.event);
    const all = (name: string): number => events.filter((event) => event === name).length;
    return all('bind.up') - all('bind.down');
  }

  function assertAccounted(): void {
    const platform = atPlatform(simulator);
    assert.deepEqual(
      entries('failed').map(({ tag, error }) => `${tag} ${error.code}`),
      [],
    );
    for (const [name, all] of [
      ['outcomes', byTag('accepted')],
      ['reports', byTag('receipt')],
    ] as const) {
      for (const [tag, told] of all) {
        const again = told.filter(onRecord);
        assert.ok(again.length <= 1, `${String(again.length)} ${name} of ${tag}`);
        assert.equal(new Set(told.map(({ run }) => run)).size, told.length, `two ${name} of ${tag} in one process`);
      }
    }
    for (const [tag, told] of byTag('accepted')) {
      const { copies, whole } = platform.get(tag)!;
      assert.ok(whole, `${tag} is at the platform`);
      if (copies > 1) {
        assert.ok(
          told.every(({ smpp }) => smpp.possibleDuplicate),
          `${tag} is there ${String(copies)} times without a word`,
        );
      }
    }
    // Unmatched is only what the platform took of an instance that was gone before it had heard of it.
    const known = new Set(entries('accepted').flatMap(({ smpp }) => smpp.messageIds));
    for (const { smpp, payload } of entries('receipt')) {
      assert.ok(smpp.matched || !known.has(payload.messageId), `receipt ${payload.messageId}`);
      assert.equal(payload.state, 'DELIVERED');
    }
  }

  /** Nobody died: every message given has its outcome, and every receipt its message. */
  function assertNothingUnmatched(): void {
    assert.equal(byTag('accepted').size, count('given'));
    assert.ok(entries('receipt').every(({ smpp }) => smpp.matched));
  }

  function assertWithinContract(): void {
    assert.deepEqual(
      simulator.state().servers.map(({ throttled }) => throttled),
      [0, 0],
    );
    assert.ok(Math.max(...mostBinds) <= BINDS, `binds: ${mostBinds.join()}`);
    const refused = entries('event').filter(({ payload }) => payload.event === 'bind.refused');
    assert.equal(refused.length, 0, 'binds refused');
  }

  it('send 20,000 messages as if they were one', async () => {
    for (let count = 0; count < 3; count++) await start();
    await given(MESSAGES);
    await finish();
    assertAccounted();
    assertWithinContract();
    assert.deepEqual(mostBinds, [BINDS, BINDS]);
    assert.equal(byTag('accepted').size, entries('given').length);
    for (const { ledger } of instances) assert.ok(ledger.of('receipt').length > MESSAGES / 10, 'each has its part');
    assert.ok([...atPlatform(simulator).values()].every(({ copies }) => copies === 1));
  });

  it('go on while instances are killed and added', async () => {
    for (let count = 0; count < 3; count++) await start();
    for (const victim of [0, 1, 2]) {
      await given(((victim + 1) * MESSAGES) / 4);
      await kill(instances[victim]!);
      await start();
    }
    await given(MESSAGES);
    await finish();
    assertAccounted();
    assertWithinContract();
    assert.deepEqual(mostBinds, [BINDS, BINDS]);
  });

  it('go on while Redis restarts', async () => {
    for (let count = 0; count < 3; count++) await start();
    for (const [turn, end] of (['stop', 'kill', 'kill'] as const).entries()) {
      await given(((turn + 1) * MESSAGES) / 4);
      await redis[end]();
      await pause(1000);
      await redis.start();
    }
    await given(MESSAGES);
    await finish();
    assertAccounted();
    assertWithinContract();
    assertNothingUnmatched();
  });

  it('go on while the way of one to Redis hangs, and have it back afterwards', async () => {
    const proxy = await FaultProxy.to(redis.port);
    await start();
    await start();
    const cut = await start(proxy.port);
    await given(MESSAGES / 4);
    proxy.trouble = { blackHole: true };
    await until('the one that is cut off has unbound', () => bindsOf(cut) === 0);
    await until('the others have its binds', () => bound() === 2 * BINDS);
    proxy.trouble = {};
    proxy.reset();
    await until('it has binds again', () => bindsOf(cut) > 0);
    await given(MESSAGES);
    await finish();
    assertAccounted();
    assertWithinContract();
    assertNothingUnmatched();
  });
});
