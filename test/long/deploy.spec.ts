import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { newUserDir, removeUserDir, type DeployType, type Flow, type NodeRed } from '../support/node-red';
import {
  atPlatform,
  control,
  CREDENTIALS,
  Ledger,
  Proxy,
  setRate,
  SHORT,
  startTraffic,
  trafficFlow,
  type Entry,
} from '../support/traffic';

const RATE = 200;
/** Milliseconds the platform takes for an answer, so that every deploy finds submits in flight. */
const DELAY = 30;
/** A stop must be over before Node-RED's own limit for closing a node. */
const CLOSE_LIMIT = 15_000;

type Change = Readonly<Record<string, unknown>>;

describe('deploys of a real Node-RED under steady traffic', function () {
  this.timeout(120_000);
  let simulator: Simulator;
  let proxies: Proxy[];
  let userDir: string;
  let ledger: Ledger;
  let nodeRed: NodeRed | undefined;

  beforeEach(async () => {
    // One bind for each server: a second one, however briefly, would be refused.
    simulator = await createSimulator({
      ...{ servers: 2, throughput: 0, binds: 1, dlrDelay: 60 },
      account: ['demo:demo', 'other:word'],
    });
    for (const server of [1, 2]) await control(simulator, `/servers/${server}/faults`, { delayMs: DELAY });
    proxies = await Promise.all(simulator.servers.map(({ port }) => Proxy.before(port)));
    userDir = await newUserDir();
    ledger = new Ledger(userDir);
  });
  afterEach(async () => {
    await nodeRed?.kill();
    nodeRed = undefined;
    for (const proxy of proxies) proxy.close();
    await simulator.close();
    await removeUserDir(userDir);
  });

  function flow(pool: Change = {}, send: Change = {}): Flow[] {
    return trafficFlow(
      proxies.map(({ port }) => port),
      pool,
      send,
    );
  }

  async function start(pool: Change = {}, run = 0): Promise<NodeRed> {
    nodeRed = await startTraffic({ userDir, flows: flow(pool), run, rate: RATE });
    await some('accepted');
    return nodeRed;
  }

  /** Waits for the next entry of this kind. */
  async function some(line: Entry['line']): Promise<void> {
    const { length } = ledger.of(line);
    await ledger.until(() => (ledger.of(line).length > length ? null : `another ${line}`));
  }

  async function deploy(flows: readonly Flow[], type: DeployType): Promise<void> {
    await nodeRed!.deploy(flows, type);
  }

  /** Those whose receipts the platform can bring: none of an account that is not bound any more. */
  function reportable(account: string): ReadonlySet<string> {
    const messages = simulator.messages().filter(({ systemId }) => systemId === account);
    return new Set(messages.flatMap(({ messageIds }) => messageIds));
  }

  /** Ends the traffic and waits until every message has its outcome, and every accepted one its receipt. */
  async function settled(account = 'demo'): Promise<void> {
    await setRate(nodeRed!, 0);
    await ledger.until(() => {
      const outcomes = ledger.byTag('accepted', 'failed');
      const receipts = ledger.byTag('receipt');
      const open = ledger.of('given').find(({ tag }) => !outcomes.has(tag));
      if (open) return `outcome of ${open.tag}`;
      const bring = reportable(account);
      const unreported = ledger
        .of('accepted')
        .find(({ tag, smpp }) => !receipts.has(tag) && bring.has(smpp.messageIds[0]!));
      return unreported ? `receipt of ${unreported.tag}` : null;
    }, 30_000);
    // What is told twice would come about now.
    await pause(300);
  }

  /** One outcome for each message, one copy of each accepted one at the platform, one receipt; nothing said twice. */
  function assertOnce(failures: readonly string[] = [], account = 'demo'): void {
    const bring = reportable(account);
    const platform = atPlatform(simulator);
    const given = ledger.of('given').map(({ tag }) => tag);
    const outcomes = ledger.byTag('accepted', 'failed');
    assert.ok(given.length > 30, `${given.length} messages are traffic`);
    for (const tag of given) assert.equal(outcomes.get(tag)?.length, 1, `outcomes of ${tag}`);
    for (const { tag, error } of ledger.of('failed')) {
      assert.ok(failures.includes(error.code), `${tag}: ${error.code} ${error.message}`);
      assert.ok(!platform.has(tag), `${tag} failed (${error.code}) and is at the platform`);
    }
    const receipts = ledger.byTag('receipt');
    for (const { tag, smpp } of ledger.of('accepted')) {
      const { copies, whole } = platform.get(tag)!;
      assert.deepEqual([copies, whole, smpp.possibleDuplicate], [1, true, false], `${tag} at the platform`);
      const reports = receipts.get(tag)?.length ?? 0;
      assert.ok(reports === 1 || (reports === 0 && !bring.has(smpp.messageIds[0]!)), `${reports} receipts of ${tag}`);
    }
    assert.ok(ledger.of('receipt').every(({ smpp }) => smpp.matched));
    assert.equal(platform.size, ledger.of('accepted').length);
  }

  function assertBinds(total: number): void {
    assert.deepEqual(
      proxies.map(({ total: all, most }) => [all, most]),
      proxies.map(() => [total, 1]),
      'connections of each server: all, and the most at a time',
    );
    assertQuota();
  }

  function assertQuota(): void {
    assert.ok(!nodeRed!.output.includes('RALYBND'), nodeRed!.output);
    assert.ok(proxies.every(({ most }) => most === 1));
  }

  const again = SHORT ? 6 : 20;
  for (const [type, words] of [
    ['full', 'full deploys'],
    ['flows', 'deploys of modified flows'],
    ['nodes', 'deploys of modified nodes'],
  ] as const) {
    it(`${again} ${words} of an unchanged pool lose, double and rebind nothing`, async () => {
      await start();
      for (let count = 0; count < again; count++) {
        await deploy(flow({}, { name: `send ${count}` }), type);
        await pause(Math.random() * 200);
      }
      await settled();
      assertOnce();
      assertBinds(1);
    });
  }

  it('a new name of the pool rebinds nothing', async () => {
    await start();
    for (const [count, type] of (['nodes', 'flows', 'full'] as const).entries()) {
      await deploy(flow({ name: `name ${count}` }), type);
      await pause(150);
    }
    await settled();
    assertOnce();
    assertBinds(1);
  });

  it('changes of the pool unbind first, bind anew, and lose nothing', async () => {
    await start();
    const changes: Change[] = [{ throughput: 500 }, { throughput: 80 }, { window: 4 }, { queueLimit: 5000 }, {}];
    for (const [count, change] of changes.entries()) {
      await deploy(flow(change), count % 2 === 0 ? 'nodes' : 'full');
      await some('accepted');
    }
    await settled();
    assertOnce();
    assertBinds(1 + changes.length);
  });

  it('other credentials bind anew as the other account; what waited goes out there', async () => {
    await start();
    await deploy(flow({ credentials: { systemId: 'other', password: 'word' } }), 'full');
    await some('accepted');
    await settled('other');
    assertOnce([], 'other');
    assertBinds(2);
    assert.deepEqual([...new Set(simulator.messages().map(({ systemId }) => systemId))], ['demo', 'other']);
  });

  it('a pool that is not to be kept is bound anew at every full deploy, without a second bind at a time', async () => {
    await start({ keepOnDeploy: false });
    for (let count = 0; count < 3; count++) {
      await deploy(flow({ keepOnDeploy: false }), 'full');
      await some('accepted');
    }
    await settled();
    assertOnce();
    assertBinds(4);
  });

  it('a pool that is disabled, then enabled, has lost nothing; in the meantime messages fail with words', async () => {
    await start({ throughput: 40 });
    await deploy(flow({ throughput: 40, d: true }), 'full');
    await some('failed');
    await deploy(flow({ throughput: 0 }), 'full');
    await some('accepted');
    await settled();
    assertOnce(['SMPP_POOL_CONFIG']);
    assertBinds(2);
  });

  it('a pool that is removed, then brought back, has lost nothing', async () => {
    await start({ throughput: 40 });
    await deploy(
      flow().filter(({ id }) => id !== 'pool'),
      'full',
    );
    await some('failed');
    await ledger.until(() => (simulator.state().servers.every(({ binds }) => binds === 0) ? null : 'unbinds'));
    await deploy(flow({ throughput: 0, credentials: CREDENTIALS.pool }), 'full');
    await some('accepted');
    await settled();
    assertOnce(['SMPP_POOL_CONFIG']);
    assertBinds(2);
  });

  for (const type of ['full', 'flows', 'nodes'] as const) {
    it(`outcomes of a removed smpp-send come as connection events (${type})`, async () => {
      await start();
      for (const server of [1, 2]) await control(simulator, `/servers/${server}/faults`, { delayMs: 400 });
      await some('given');
      await deploy(
        flow().filter(({ id }) => id !== 'send'),
        type,
      );
      const orphans = () => ledger.of('event').flatMap(({ payload }) => payload.outcome ?? []);
      await ledger.until(() => {
        const heard = orphans().length + ledger.byTag('accepted').size;
        const { length } = ledger.of('given');
        return heard >= length ? null : `${length - heard} outcomes of ${length}`;
      }, 20_000);
      await pause(300);
      const told = new Set(orphans().map(({ id }) => id));
      assert.ok(told.size > 0);
      assert.equal(told.size, orphans().length);
      assert.equal(told.size + ledger.of('accepted').length, ledger.of('given').length);
      assert.ok(orphans().every(({ node }) => node === 'send'));
      assertBinds(1);
      assert.equal(simulator.messages().length, ledger.of('given').length);
    });
  }

  it('a stop settles what is in flight in time, and the next start goes on with what waits', async () => {
    await start({ throughput: 60 });
    await pause(1000);
    const began = Date.now();
    await nodeRed!.stop();
    assert.ok(Date.now() - began < CLOSE_LIMIT, `${Date.now() - began} ms`);
    await ledger.until(() => (simulator.state().servers.every(({ binds }) => binds === 0) ? null : 'unbinds'));
    const { length } = ledger.of('accepted');
    assert.ok(ledger.of('given').length > length, 'messages wait');
    await start({ throughput: 0 }, 1);
    await settled();
    assertOnce();
    assertBinds(2);
  });
});
