import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmppError } from '../../../src/base/errors';
import { StoreFile, type Write, type Writes } from '../../../src/store/disk/store-file';

describe('the file of the disk store', () => {
  let folder: string;
  let file: StoreFile;
  const log = { warn: () => undefined, error: () => undefined };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'smpp-file-'));
    file = await StoreFile.open(folder, log);
  });
  afterEach(async () => {
    await file.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function batch(...changes: Write[]): Writes {
    const refuse = (): never => assert.fail('there are none');
    return { arrivals: [], changes, extras: [], refuseExtras: refuse, refuseArrivals: refuse };
  }

  it('survives a first transaction that frees hundreds of pages of a file that has no free one', async function () {
    this.timeout(30_000);
    const records = (octet: number): Write[] =>
      Array.from({ length: 400 }, (_, n) => file.put('parts', `p${String(n)}`, Buffer.alloc(6000, octet)));
    for (const octet of [1, 2, 3]) {
      assert.equal(await file.commit(batch(...records(octet))), null);
      await file.close();
      file = await StoreFile.open(folder, log);
    }
    assert.equal([...file.keys('parts')].length, 400);
    assert.equal((file.get('parts', 'p7') as Buffer)[0], 3);
  });

  it('has after it was opened again what was committed, in the order of its keys', async () => {
    const link: [string, number][] = [['home', 7]];
    assert.equal(await file.commit(batch(file.put('sent', 'b', link), file.put('sent', 'a', link))), null);
    await file.close();
    file = await StoreFile.open(folder, log);
    assert.deepEqual(file.get('sent', 'a'), link);
    assert.deepEqual([...file.keys('sent')], ['a', 'b']);
    assert.deepEqual(
      Array.from(file.range('sent'), ({ key }) => key),
      ['a', 'b'],
    );
    assert.equal(file.get('sent', 'c'), undefined);
  });

  const octets = Buffer.from([0xc1, 0xff, 0xff]);
  const failing: Readonly<Record<string, (of: StoreFile) => unknown>> = {
    'a key that is too long': (of) => of.get('sent', 'x'.repeat(5000)),
    'a key that is too long, where a range begins': (of) => [...of.range('sent', { start: 'x'.repeat(5000) })],
    'such a key among keys': (of) => [...of.keys('sent', { start: 'x'.repeat(5000) })],
    'octets that are no record': (of) => of.decode(octets),
    'what cannot be encoded': (of) => of.encode({ toJSON: undefined, fails: failsWhenRead() }),
  };
  for (const [what, call] of Object.entries(failing)) {
    it(`says as a failure of the store what lmdb says of ${what}`, () => {
      assert.throws(
        () => call(file),
        (error) => error instanceof SmppError && error.code === 'SMPP_STORE_FAILED' && error.cause instanceof Error,
      );
    });
  }

  it('says so too of a record that cannot be read, wherever it is read', async () => {
    await file.commit(batch({ to: 'sent', key: 'a', value: octets }));
    for (const read of [() => file.get('sent', 'a'), () => [...file.range('sent')]]) {
      assert.throws(read, (error) => error instanceof SmppError && error.code === 'SMPP_STORE_FAILED');
    }
  });

  it('returns, and does not throw, why a transaction failed', async () => {
    const error = await file.commit(batch({ to: 'sent', key: 'x'.repeat(5000), value: Buffer.from([1]) }));
    assert.equal(error?.code, 'SMPP_STORE_FAILED');
  });
});

function failsWhenRead(): object {
  return Object.defineProperty({}, 'field', {
    enumerable: true,
    get() {
      throw new RangeError('no such thing');
    },
  });
}
