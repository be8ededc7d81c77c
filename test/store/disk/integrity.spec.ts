import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { damageOf, forgetClean, noteClean, setAside } from '../../../src/store/disk/integrity';
import { NAMES } from '../../../src/store/disk/layout';

const SECRET = 'the text of a message';

describe('The integrity of a store file', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smpp-store-'));
    path = join(folder, 'store.mdb');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A file with records in each of its databases; `spoil` writes octets that are no record into one of them. */
  async function write(spoil?: string): Promise<void> {
    const root = openLmdb({ path, maxDbs: 64 });
    for (const name of Object.values(NAMES)) {
      const db = root.openDB(name, { encoder: { useRecords: false } } as object);
      if (name === 'rows') await db.put(1, [[0, 0, 0, 0], Buffer.alloc(0)]);
      else for (let n = 0; n < 50; n++) await db.put(n, `${SECRET} ${String(n)}`);
    }
    if (spoil) await root.openDB(spoil, { encoding: 'binary' }).put(99, Buffer.from(`\xc1${SECRET}`, 'latin1'));
    await root.close();
  }

  it('is in order where there is no file, and where every record can be read', async () => {
    assert.equal(await damageOf(path), null);
    await write();
    assert.equal(await damageOf(path), null);
  });

  // Each takes a process of its own.
  for (const name of [NAMES.outbox, NAMES.bodies, NAMES.sent, NAMES.parts]) {
    it(`names the table of a record that cannot be read, and quotes nothing of it ("${name}")`, async () => {
      await write(name);
      assert.equal(await damageOf(path), `unreadable: a record of "${name}"`);
    });
  }

  it('does not repeat the name of a table that is none of ours: it may be a text', async () => {
    await write(SECRET);
    const damage = await damageOf(path);
    assert.equal(damage, 'it cannot be read');
  });

  it('is gone where the file is empty or no LMDB file', async () => {
    writeFileSync(path, '');
    assert.equal(await damageOf(path), 'it is empty');
    writeFileSync(path, `${SECRET} `.repeat(1000));
    const damage = await damageOf(path);
    assert.ok(damage);
    assert.doesNotMatch(damage, /text/);
  });

  it('is not looked at again where the file is as the last close left it', async () => {
    await write('rows');
    noteClean(path);
    assert.equal(await damageOf(path), null);
    appendFileSync(path, 'x');
    assert.ok(await damageOf(path));
    truncateSync(path, readFileSync(path).length - 1);
    noteClean(path);
    forgetClean(path);
    assert.ok(await damageOf(path));
    forgetClean(path);
  });

  it('notes nothing of a file that is not there', async () => {
    noteClean(path);
    await write('rows');
    assert.ok(await damageOf(path));
  });

  it('lost, the file is set aside under a name with the time, and its lock is removed', async () => {
    await write();
    writeFileSync(`${path}-lock`, '');
    const content = readFileSync(path);
    const aside = setAside(path);
    assert.match(aside, /store\.mdb\.damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/);
    assert.deepEqual(readFileSync(aside), content);
    assert.deepEqual([existsSync(path), existsSync(`${path}-lock`)], [false, false]);
  });
});
