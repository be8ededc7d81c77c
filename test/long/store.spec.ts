import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { newUserDir, removeUserDir, type NodeRed } from '../support/node-red';
import { atPlatform, control, Ledger, setRate, startTraffic, trafficFlow } from '../support/traffic';

const run = promisify(execFile);
const RATE = 400;
/** Octets of a message, so that a disk is full before a thousand of them. */
const BALLAST = 8000;
/** Group commits return within milliseconds, also where they come to nothing. */
const COMMIT = 500;
/** Octets; more than the room that a new store keeps for itself. */
const SMALL_DISK = 24 << 20;

/** A limit of what the store's folder may hold, in force from now on. */
interface Limit {
  /** Takes a new process in, as soon as it is there. */
  apply(nodeRed: NodeRed): Promise<void>;
  lift(nodeRed: NodeRed): Promise<void>;
}

/** As a quota would: the store's file may not grow any more. */
function fileSize(folder: string): Limit {
  const limit = (pid: number, size: string) => run('prlimit', ['--pid', String(pid), `--fsize=${size}:unlimited`]);
  return {
    apply: async ({ pid }) => {
      await limit(pid, String(statSync(join(folder, 'pool/store.mdb')).size));
    },
    lift: async ({ pid }) => {
      await limit(pid, 'unlimited');
    },
  };
}

/** A file system of its own, filled to the last octet by a file that is no part of the store. */
function fullDisk(folder: string): Limit {
  const ballast = join(folder, 'ballast');
  return {
    apply: () => {
      assert.throws(
        () => {
          for (let size = 1 << 20; ;) writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
        },
        { code: 'ENOSPC' },
      );
      return Promise.resolve();
    },
    lift: () => rm(ballast),
  };
}

function mount(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(SMALL_DISK)}`, 'tmpfs', folder], { stdio: 'pipe' });
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder]);
}

/** Only root may; everybody else's file system cannot be filled without harm. */
function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'smpp-mount-'));
  try {
    mount(folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

describe('the disk store of a real Node-RED', function () {
  this.timeout(120_000);
  let simulator: Simulator;
  let userDir: string;
  let folder: string;
  let ledger: Ledger;
  let running: NodeRed[];
  let mounted: boolean;

  beforeEach(async () => {
    simulator = await createSimulator({ servers: 1, throughput: 0, dlrDelay: 20 });
    userDir = await newUserDir();
    folder = join(userDir, 'smpp');
    await mkdir(folder);
    ledger = new Ledger(userDir);
    running = [];
    mounted = false;
  });
  afterEach(async () => {
    for (const nodeRed of running) await nodeRed.kill();
    if (mounted) unmount(folder);
    await simulator.close();
    await removeUserDir(userDir);
  });

  async function start(number: number, rate: number, ballast = 0): Promise<NodeRed> {
    const flows = trafficFlow([simulator.servers[0]!.port]);
    const nodeRed = await startTraffic({ userDir, flows, run: number, rate, ballast });
    running.push(nodeRed);
    return nodeRed;
  }

  async function settled(nodeRed: NodeRed): Promise<void> {
    await setRate(nodeRed, 0);
    await ledger.until(() => {
      const outcomes = ledger.byTag('accepted', 'failed');
      const open = ledger.of('given').find(({ tag }) => !outcomes.has(tag));
      return open ? `outcome of ${open.tag}` : null;
    });
  }

  /** One outcome each: taken by the platform once, or refused for want of room and never sent. */
  function assertAccounted(): void {
    const platform = atPlatform(simulator);
    for (const [tag, all] of ledger.byTag('accepted', 'failed')) {
      assert.equal(all.length, 1, `outcomes of ${tag}`);
      if (all[0]!.line === 'accepted') assert.equal(platform.get(tag)?.copies, 1, `${tag} at the platform`);
      else {
        assert.equal(all[0]!.error.code, 'SMPP_STORE_FULL', tag);
        assert.match(all[0]!.error.message, /full/);
        assert.ok(!platform.has(tag), `${tag} failed and is at the platform`);
      }
    }
  }

  const limits: Readonly<Record<string, (folder: string) => Limit>> = {
    'cannot grow': fileSize,
    ...(mayMount() && { 'is on a full disk': fullDisk }),
  };
  for (const [words, limitOf] of Object.entries(limits)) {
    it(`that ${words} refuses messages with words, loses none it has, and takes them again once there is room`, async () => {
      if (limitOf === fullDisk) {
        mount(folder);
        mounted = true;
      }
      const limit = limitOf(folder);
      await control(simulator, '/servers/1/stop');
      const first = await start(0, 0, BALLAST);
      // The store is open and has made itself room.
      await first.printed('refused');
      await limit.apply(first);
      await setRate(first, RATE);
      await ledger.until(() => (ledger.of('failed').length > 0 ? null : 'a message without room'));
      await setRate(first, 0);
      // What was not refused is on the disk by then.
      await pause(COMMIT);
      await first.kill();

      // What waited gets out while the disk is still full.
      const second = await start(1, 0, BALLAST);
      await limit.apply(second);
      await control(simulator, '/servers/1/start');
      await settled(second);
      assert.ok(ledger.of('accepted').length > 100);
      assertAccounted();

      await limit.lift(second);
      const { length } = ledger.of('accepted');
      await setRate(second, 100);
      await ledger.until(() => (ledger.of('accepted').length > length + 50 ? null : 'messages accepted again'));
      await settled(second);
      assertAccounted();
    });
  }

  it('that was damaged is set aside with an error, and messages go on', async () => {
    await control(simulator, '/servers/1/stop');
    const first = await start(0, 200);
    await ledger.until(() => (ledger.of('given').length > 100 ? null : 'messages that wait'));
    await first.kill();
    const path = join(folder, 'pool/store.mdb');
    const content = readFileSync(path);
    writeFileSync(path, content.fill(0xff, 0, content.length >> 1));

    await control(simulator, '/servers/1/start');
    const second = await start(1, 100);
    await ledger.until(() => (ledger.of('accepted').length > 50 ? null : 'messages accepted again'));
    const aside = (await readdir(join(folder, 'pool'))).find((name) => name.startsWith('store.mdb.damaged-'))!;
    assert.ok(second.output.includes(aside), second.output);
    assert.deepEqual(readFileSync(join(folder, 'pool', aside)), content);
    assert.ok(ledger.of('accepted').every(({ tag }) => tag.startsWith('r1')));
    assert.deepEqual(ledger.of('failed'), []);
  });

  it('is not shared with a second Node-RED on the same user directory, which says so', async () => {
    const first = await start(0, 50);
    await ledger.until(() => (ledger.of('accepted').length > 0 ? null : 'a message accepted'));
    const second = await start(1, 50);
    await ledger.until(() => (ledger.of('failed').length > 0 ? null : 'a message refused by the second'));
    assert.match(second.output, new RegExp(`in use by process ${String(first.pid)}`));
    await setRate(second, 0);
    const { length } = ledger.of('accepted');
    await ledger.until(() => (ledger.of('accepted').length > length + 20 ? null : 'the first goes on'));
    await settled(first);
    assert.ok(ledger.of('accepted').every(({ tag }) => tag.startsWith('r0')));
    assert.ok(
      ledger.of('failed').every(({ tag, error }) => tag.startsWith('r1') && error.code === 'SMPP_STORE_LOCKED'),
    );
  });
});
