import { Packr } from 'msgpackr';
import { SmppError } from '../../../src/base/errors';
import { storeError } from '../../../src/store/disk/store-error';
import type { StoreFile as RealFile, StoreLog, Write, Writes } from '../../../src/store/disk/store-file';
import type { Kind, Stored } from '../../../src/store/disk/layout';
import type { Host } from '../host';
import { Records, type Disk, type Folder, type Key } from './disk';

// Each process evaluates this module anew, in surroundings that know its disk.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { disk, process } = require('world:disk') as { readonly disk: Disk; readonly process: Host };

const packr = new Packr({ useRecords: false, copyBuffers: true });

type Range = {
  readonly start?: string | number;
  readonly end?: string | number;
  readonly limit?: number;
  readonly reverse?: boolean;
};

/** A model of the LMDB file: records by key, in order, and one batch at a time that is there as a whole or not at all. */
export class StoreFile implements Pick<RealFile, keyof RealFile> {
  readonly isThere = true;
  readonly closedWell: boolean;
  readonly #folder: Folder;

  private constructor(folder: Folder) {
    this.#folder = folder;
    this.closedWell = folder.closedWell;
    folder.closedWell = false;
  }

  static async open(folder: string, _log: StoreLog): Promise<StoreFile> {
    return new StoreFile(disk.folder(folder));
  }

  get<K extends Kind>(from: K, key: Stored[K]['key']): Stored[K]['record'] | undefined {
    const octets = this.#records(from).get(key);
    return octets && (packr.unpack(octets) as Stored[K]['record']);
  }

  *range<K extends Kind>(
    from: K,
    options: Range = {},
  ): Iterable<{ readonly key: Stored[K]['key']; readonly value: Stored[K]['record'] }> {
    for (const key of this.keys(from, options)) {
      const octets = this.#records(from).get(key);
      if (octets) yield { key, value: packr.unpack(octets) as Stored[K]['record'] };
    }
  }

  keys<K extends Kind>(
    from: K,
    { start, end, limit = Infinity, reverse = false }: Range = {},
  ): Iterable<Stored[K]['key']> {
    return this.#records(from).keys(start, end, limit, reverse) as Stored[K]['key'][];
  }

  put<K extends Kind>(to: K, key: Stored[K]['key'], record: Stored[K]['record']): Write {
    return { to, key, value: this.encode(record) };
  }

  encode(record: unknown): Buffer {
    try {
      return Buffer.from(packr.pack(record));
    } catch (error) {
      throw storeError(error);
    }
  }

  decode(octets: Buffer): unknown {
    return packr.unpack(octets);
  }

  async commit(batch: Writes): Promise<SmppError | null> {
    if (batch.arrivals.length > 0) {
      const all = [...batch.arrivals, ...batch.changes];
      const failure = await this.#transaction(all, true);
      if (failure === null) return null;
      if (failure.code !== 'SMPP_STORE_FULL') return failure;
      batch.refuseArrivals(failure);
    }
    return this.#transaction(batch.changes, false);
  }

  async close(): Promise<void> {
    this.#folder.closedWell = !process.dead;
  }

  async #transaction(writes: readonly Write[], needsRoom: boolean): Promise<SmppError | null> {
    const wrong = await disk.commit(process, needsRoom, () => {
      const put: Buffer[] = [];
      for (const { to, key, value } of writes) {
        const records = this.#records(to);
        if (value === null) records.remove(key as Key);
        else {
          records.put(key as Key, value);
          if (to === 'outbox' || to === 'bodies') put.push(value);
        }
      }
      disk.committed(put);
    });
    if (wrong === null) return null;
    return wrong === 'full'
      ? new SmppError('SMPP_STORE_FULL', 'the disk of this world is full')
      : new SmppError('SMPP_STORE_FAILED', 'the disk of this world failed');
  }

  #records(kind: Kind): Records {
    let records = this.#folder.kinds.get(kind);
    if (!records) this.#folder.kinds.set(kind, (records = new Records()));
    return records;
  }
}

export function remove<K extends Kind>(to: K, key: Stored[K]['key']): Write {
  return { to, key, value: null };
}
