import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskSpace, probe } from '../../../src/store/disk/disk-space';

const PAGE = 4096;
const USED = 100 * PAGE;
/** What one small transaction may need at most: pages of the trees, a leaf and its half, twice the octets. */
const SMALL = { records: 1, octets: 100 };
const SMALL_GROWTH = 2 * 100 + 2 * PAGE + 64 * PAGE;

describe('The disk space of a store', () => {
  let folder: string;
  let path: string;
  const size = (): number => statSync(path).size;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smpp-store-'));
    path = join(folder, 'store.mdb');
    writeFileSync(path, Buffer.alloc(USED, 1));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function spaceOf(content = USED): DiskSpace {
    return new DiskSpace(path, USED, () => content);
  }

  it('is written ahead, so that a transaction with its reserve cannot run out of it', async () => {
    const space = spaceOf();
    assert.equal(await space.makeRoom(SMALL, 50 * PAGE), null);
    assert.ok(size() >= USED + SMALL_GROWTH + 50 * PAGE, String(size()));
  });

  it('is not written again while what was written is enough', async () => {
    const space = spaceOf();
    await space.makeRoom(SMALL, 0);
    const after = size();
    assert.equal(await space.makeRoom(SMALL, 0), null);
    assert.equal(size(), after);
    space.noteUsed(after);
    assert.equal(await space.makeRoom(SMALL, 0), null);
    assert.ok(size() > after);
  });

  it('grows with the octets of the transaction', async () => {
    await spaceOf().makeRoom({ records: 10, octets: 20_000_000 }, 0);
    assert.ok(size() > 40_000_000, String(size()));
  });

  describe('on a disk that is full', () => {
    // The file cannot grow: nobody can write to it any more.
    beforeEach(() => {
      writeFileSync(path, Buffer.alloc(USED + SMALL_GROWTH, 1));
    });

    async function makeRoom(content: number, reserve: number, transaction = SMALL): Promise<string | null> {
      const space = spaceOf(content);
      rmSync(path);
      const error = await space.makeRoom(transaction, reserve);
      return error && error.code;
    }

    it('is enough for a transaction for which there is room behind the last page', async () => {
      assert.equal(await makeRoom(USED, 0), null);
    });

    it('is enough with a reserve that free pages inside the file hold', async () => {
      assert.equal(await makeRoom(USED - 50 * PAGE, 50 * PAGE), null);
    });

    it('is not enough where the reserve has no room, or the transaction itself', async () => {
      assert.equal(await makeRoom(USED, 50 * PAGE), 'SMPP_STORE_FAILED');
      writeFileSync(path, Buffer.alloc(USED + SMALL_GROWTH, 1));
      assert.equal(await makeRoom(0, 0, { records: 1, octets: 1_000_000 }), 'SMPP_STORE_FAILED');
    });
  });

  it('for a new store is tried with a file that is removed again', async () => {
    await probe(folder);
    assert.equal(existsSync(join(folder, 'probe')), false);
    await assert.rejects(probe(join(folder, 'nowhere')), { code: 'ENOENT' });
  });
});
