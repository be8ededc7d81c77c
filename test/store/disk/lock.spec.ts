import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SmppError } from '../../../src/base/errors';
import { lockFolder, type FolderLock } from '../../../src/store/disk/lock';
import { kill, run, storeCommand, storeProcess } from '../processes';

describe('The lock of a store folder', () => {
  let root: string;
  let folder: string;
  let warnings: string[];
  const held: FolderLock[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'smpp-store-'));
    folder = join(root, 'pool');
    warnings = [];
  });

  afterEach(() => {
    for (const one of held.splice(0)) one.release();
    rmSync(root, { recursive: true });
  });

  async function lock(at = folder): Promise<FolderLock> {
    const one = await lockFolder(at, (text) => warnings.push(text));
    held.push(one);
    return one;
  }

  function release(one: FolderLock): void {
    held.splice(held.indexOf(one), 1);
    one.release();
  }

  it('keeps a second pool of the same process out', async () => {
    await lock();
    await assert.rejects(lock(), {
      code: 'SMPP_STORE_LOCKED',
      message: new RegExp(`process ${String(process.pid)}`),
    });
  });

  it('keeps a second process out while the first lives, and no longer', async function () {
    this.timeout(30_000);
    const child = storeProcess('hold', root, '');
    await once(child.stdout!, 'data');
    await assert.rejects(lock(), {
      code: 'SMPP_STORE_LOCKED',
      message: new RegExp(`process ${String(child.pid)}\\b`),
    });
    await kill(child);
    await lock();
  });

  it('of a dead process does not count where its pid is in use again', async () => {
    mkdirSync(folder);
    for (const content of [
      `${String(process.ppid)} boot 1 x`,
      `${String(process.pid)} boot 1 x`,
      '99999999 b 1 x',
      'rubbish',
      '',
    ]) {
      writeFileSync(join(folder, 'lock'), content);
      release(await lock());
      assert.ok(!existsSync(join(folder, 'lock')));
    }
  });

  it('left by a process that died is taken by one alone of many that come at once', async () => {
    mkdirSync(folder);
    const child = storeProcess('hold', root, '');
    await once(child.stdout!, 'data');
    await kill(child);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lock()));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('is held by a process that is stopped', async () => {
    const child = storeProcess('hold', root, '');
    await once(child.stdout!, 'data');
    child.kill('SIGSTOP');
    await assert.rejects(lock(), { code: 'SMPP_STORE_LOCKED' });
    await kill(child);
    await lock();
  });

  it('is seen from another container, which has a process table of its own', async function () {
    if (process.platform !== 'linux') this.skip();
    await lock();
    const inContainer = await mayUnshare();
    const command = [...(inContainer ? UNSHARE : []), ...storeCommand('open', root, '')];
    assert.match(await run(command), /^SMPP_STORE_LOCKED /);
  });

  it('that a container holds is seen from outside, and ends with it', async function () {
    if (process.platform !== 'linux') this.skip();
    const inContainer = await mayUnshare();
    const [command, ...args] = [...(inContainer ? UNSHARE : []), ...storeCommand('hold', root, '')];
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout!, 'data');
    await assert.rejects(lock(), { code: 'SMPP_STORE_LOCKED' });
    await kill(child);
    // What was in it ends a moment after its first process.
    for (;;) {
      try {
        await lock();
        break;
      } catch (error) {
        assert.equal((error as SmppError).code, 'SMPP_STORE_LOCKED');
      }
    }
  });

  it('works in a folder whose path is longer than that of a socket may be', async () => {
    const long = join(root, ...Array.from({ length: 12 }, () => 'twenty characters is'), 'ünd mehr');
    const held = await lock(long);
    await assert.rejects(lock(long), { code: 'SMPP_STORE_LOCKED' });
    release(held);
    assert.deepEqual(
      readdirSync(long).filter((name) => name.startsWith('lock')),
      [],
    );
    await lock(long);
  });

  it('of the version before counts while its process lives', async function () {
    if (process.platform !== 'linux') this.skip();
    mkdirSync(folder);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
    await once(child, 'spawn');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const start = readFileSync(`/proc/${String(child.pid)}/stat`, 'latin1')
      .split(') ')
      .at(-1)!
      .split(' ')[19]!;
    writeFileSync(join(folder, 'lock'), `${String(child.pid)} ${boot} ${start} x`);
    await assert.rejects(lock(), { code: 'SMPP_STORE_LOCKED', message: new RegExp(`process ${String(child.pid)}`) });
    await kill(child);
    await lock();
  });

  it('stands until somebody removes it', async () => {
    const one = await lock();
    assert.equal(one.stands, true);
    rmSync(folder, { recursive: true });
    assert.equal(one.stands, false);
  });

  it('makes a folder that other users cannot read, and warns of nothing', async () => {
    await lock();
    assert.equal(statSync(folder).mode & 0o077, 0);
    assert.deepEqual(warnings, []);
  });

  describe('on a file system without sockets', () => {
    const { listen } = Server.prototype as { listen: (...args: unknown[]) => Server };
    for (const code of ['EPERM', 'EOPNOTSUPP', 'EINVAL']) {
      describe(`(${code})`, () => {
        beforeEach(() => {
          Server.prototype.listen = function (this: Server, ...args: unknown[]) {
            const [{ path }] = args as [{ path: string }];
            if (!path.startsWith(root)) return listen.apply(this, args);
            process.nextTick(() => this.emit('error', Object.assign(new Error(code), { code })));
            return this;
          };
        });
        afterEach(() => {
          Server.prototype.listen = listen;
        });

        it('keeps other pools of this machine out, ends with its holder, and says who does not see it', async () => {
          const one = await lock();
          assert.equal(warnings.length, 1);
          assert.match(warnings[0]!, new RegExp(`knows no sockets \\(${code}\\): other containers and machines`));
          assert.deepEqual(readdirSync(folder), []);
          await assert.rejects(lock(), { code: 'SMPP_STORE_LOCKED' });
          await lock(join(root, 'another'));
          assert.equal(one.stands, true);
          release(one);
          await lock();
        });
      });
    }

    it('is not what any other error means', async () => {
      Server.prototype.listen = function (this: Server) {
        process.nextTick(() => this.emit('error', Object.assign(new Error('full'), { code: 'EMFILE' })));
        return this;
      };
      try {
        await assert.rejects(lock(), { code: 'EMFILE' });
      } finally {
        Server.prototype.listen = listen;
      }
      assert.deepEqual(warnings, []);
    });
  });
});

/** As in a container: a process table of its own, and a /proc that shows it. */
const UNSHARE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Only root may, and not everywhere. */
async function mayUnshare(): Promise<boolean> {
  try {
    await run([...UNSHARE, 'true']);
    return true;
  } catch {
    return false;
  }
}
