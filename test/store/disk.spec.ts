import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { open as openLmdb } from 'lmdb';
import { DiskStore } from '../../src/store/disk';
import { message, outcome, sent, storeContract } from './contract';

const folders: string[] = [];
const errors: string[] = [];
const log = { warn: (text: string) => errors.push(text), error: (text: string) => errors.push(text) };

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'smpp-store-'));
  folders.push(folder);
  return folder;
}

async function opened(folder: string, queueLimit = 100): Promise<DiskStore> {
  const store = new DiskStore({ folder, queueLimit, log });
  await store.open();
  return store;
}

after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

storeContract('the disk store', async (queueLimit) => opened(await newFolder(), queueLimit));

describe('the disk store', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await newFolder();
    errors.length = 0;
  });

  it('has everything again after it was closed, in order, urgent first', async () => {
    const store = await opened(folder);
    const [slow, urgent] = [message(), message({ urgent: true })];
    await store.enqueue(slow);
    await store.enqueue(urgent);
    const kept = sent({ messageIds: ['a7'], dueAt: 5 });
    await store.saveSent(kept, { kind: 'report', data: 1 });
    await store.close();
    const again = await opened(folder);
    assert.deepEqual(await again.lease(5), [urgent, slow]);
    assert.deepEqual(await again.findSent(['a7']), [kept]);
    assert.deepEqual(await again.findDue(5), [kept]);
    assert.equal((await again.parked()).length, 1);
    await again.park({ kind: 'report', data: 2 });
    assert.deepEqual(
      (await again.parked()).map(({ data }) => data),
      [1, 2],
    );
    await again.close();
  });

  it('says of a message that was leased when the process ended that it was', async () => {
    const store = await opened(folder);
    await store.enqueue(message({ id: 'in flight' }));
    await store.enqueue(message({ id: 'waiting' }));
    await store.lease(1);
    await store.close();
    const again = await opened(folder);
    assert.deepEqual(
      (await again.lease(5)).map(({ id, leased }) => [id, leased]),
      [
        ['in flight', true],
        ['waiting', false],
      ],
    );
    await again.close();
  });

  it('stores what can be stored of a message of the flow, and leaves out the rest', async () => {
    const store = await opened(folder);
    const msg: Record<string, unknown> = {
      payload: 'line\u2028end',
      buffer: Buffer.from('ab'),
      when: new Date(5),
      deep: { list: [1, null, 'x'] },
      call: () => 1,
      req: { socket: 1 },
      res: { end: 1 },
      map: new Map(),
    };
    msg.self = msg;
    await store.enqueue(message({ msg }));
    await store.close();
    const again = await opened(folder);
    const [leased] = await again.lease(1);
    assert.deepEqual(leased!.msg, {
      payload: 'line\u2028end',
      buffer: Buffer.from('ab'),
      when: new Date(5),
      deep: { list: [1, null, 'x'] },
    });
    await again.close();
  });

  it('refuses a folder that another one has open, here or in another process', async () => {
    const store = await opened(folder);
    await assert.rejects(opened(folder), { code: 'SMPP_STORE_LOCKED' });
    await store.close();
    const child = spawnWriter(folder);
    await child.line();
    await assert.rejects(opened(folder), new RegExp(`process ${String(child.process.pid)}`));
    await child.kill();
    await (await opened(folder)).close();
  });

  for (const [what, damage] of [
    ['overwritten', (path: string) => writeFile(path, 'x'.repeat(50_000))],
    ['cut', (path: string) => truncate(path, 20_000)],
  ] as const) {
    it(`sets a file aside that was ${what}, says so, and begins anew`, async () => {
      const store = await opened(folder);
      for (let n = 0; n < 50; n++) await store.enqueue(message({ frames: [Buffer.alloc(1000)] }));
      await store.close();
      await damage(join(folder, 'store.mdb'));
      const again = await opened(folder);
      assert.equal(again.counts().waiting, 0);
      await again.enqueue(message());
      await again.close();
      assert.match(errors.join(), /damaged/);
      assert.ok((await readdir(folder)).some((name) => name.startsWith('store.mdb.damaged-')));
    });
  }

  it('refuses a store of another layout, in words, and leaves it alone', async () => {
    await (await opened(folder)).close();
    const root = openLmdb({ path: join(folder, 'store.mdb'), maxDbs: 16 });
    await root.openDB<number, string>('meta', {}).put('version', 99);
    await root.close();
    const before = await readFile(join(folder, 'store.mdb'));
    await assert.rejects(opened(folder), { code: 'SMPP_STORE_VERSION' });
    assert.deepEqual(await readFile(join(folder, 'store.mdb')), before);
  });

  it('loses nothing that it said was stored when it is killed, at any moment', async function () {
    this.timeout(60_000);
    const stored = new Set<string>();
    const settled = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const child = spawnWriter(folder);
      child.each((line) => {
        const [what, id] = line.split(' ') as [string, string];
        if (what === 'stored') stored.add(id);
        else if (what === 'settled') settled.add(id);
      });
      for (let lines = 0; lines < 40 + 60 * round; lines++) await child.line();
      await child.kill();
    }
    const store = await opened(folder, 1e6);
    const waiting = new Set((await store.lease(1e6)).map(({ id }) => id));
    const untold = new Set((await store.untold()).map(({ id }) => id));
    await store.close();
    for (const id of stored) assert.ok(waiting.has(id) || untold.has(id), `${id} is lost`);
    for (const id of settled) assert.ok(!waiting.has(id) && untold.has(id), `${id} would be sent again`);
    assert.ok(stored.size > 100 && settled.size > 10);
  });

  it('opens with 100,000 waiting messages and keeps their bodies on the disk', async function () {
    this.timeout(60_000);
    const store = await opened(folder, 100_000);
    const frames = [Buffer.alloc(250, 1)];
    const all = Array.from({ length: 100_000 }, (_, n) => message({ id: `m${n}`, frames }));
    await Promise.all(all.map((each) => store.enqueue(each)));
    await store.close();
    const again = await opened(folder, 100_000);
    assert.equal(again.counts().waiting, 100_000);
    assert.equal((await again.lease(1))[0]!.id, 'm0');
    await again.settle(outcome(all[0]!));
    await again.close();
  });
});

/** A process that takes and settles messages as fast as it can, and says what is stored. */
function spawnWriter(folder: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'writer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const heard: string[] = [];
  let wake: (() => void) | null = null;
  let listener: ((line: string) => void) | null = null;
  lines.on('line', (line) => {
    heard.push(line);
    listener?.(line);
    wake?.();
  });
  return {
    process: child,
    each(call: (line: string) => void): void {
      listener = call;
    },
    async line(): Promise<string> {
      while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return heard.shift()!;
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
