import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreFailure } from '../../base/background';
import type * as Lmdb from 'lmdb';
import type { Database, RangeOptions, RootDatabase } from 'lmdb';
import { SmppError } from '../../base/errors';
import { DiskSpace, probe, RESERVE, type Size } from './disk-space';
import { damageOf, forgetClean, isClean, noteClean, setAside } from './integrity';
import { openDatabases, type Databases, type Kind, type Stored } from './layout';
import { storeError, storeGone } from './store-error';

const FILE = 'store.mdb';
const COMPACTED = 'compacted.mdb';
/** Octets of content above which the file is not rewritten on close: closing must not take seconds. */
const COMPACT_LIMIT = 64 * 2 ** 20;

/** Octets that extras leave free beyond what arrivals leave: where the disk runs short, extras stop first. */
const SPARE = 2 ** 22;

export interface StoreLog {
  warn(text: string): void;
  error(text: string): void;
}

/** A change of one record: `value` is the new record, encoded; null removes the record. */
export interface Write {
  readonly to: Kind;
  readonly key: unknown;
  readonly value: Buffer | null;
}

/** The writes of one transaction. */
export interface Writes {
  readonly arrivals: readonly Write[];
  readonly changes: readonly Write[];
  /** What is written only where the disk has room to spare. */
  readonly extras: readonly Write[];
  /** Called where the extras are left out for lack of room. */
  refuseExtras(): void;
  /** Called where the arrivals will not be stored, while the changes still may be. */
  refuseArrivals(error: SmppError): void;
}

interface Encoder {
  encode(value: unknown): unknown;
  decode(octets: Buffer): unknown;
}

/** The LMDB file of a store. It throws only SmppError, so that callers need not know the exceptions of lmdb. */
export class StoreFile {
  readonly #folder: string;
  readonly #path: string;
  /** Inode of the opened file. Another file under the same name is not this store. */
  readonly #inode: number;
  readonly #lmdb: typeof Lmdb;
  readonly #databases: Databases;
  readonly #space: DiskSpace;
  /** False where the process that had the file before died, or the file was changed since. */
  readonly closedWell: boolean;

  private constructor(folder: string, lmdb: typeof Lmdb, closedWell: boolean) {
    this.closedWell = closedWell;
    const path = join(folder, FILE);
    this.#folder = folder;
    this.#path = path;
    this.#lmdb = lmdb;
    this.#databases = openDatabases(lmdb, path);
    this.#inode = statSync(path).ino;
    this.#space = new DiskSpace(path, usedSize(this.#databases.root), () => contentSize(this.#databases));
  }

  /**
   * Opens the file in a locked folder. A damaged file is set aside with an error in the log, and an empty one is begun.
   * @throws {SmppError} SMPP_STORE_BINARY, SMPP_STORE_VERSION, SMPP_STORE_FULL, SMPP_STORE_FAILED
   */
  static async open(folder: string, log: StoreLog): Promise<StoreFile> {
    const lmdb = await loadLmdb();
    const path = join(folder, FILE);
    const closedWell = isClean(path);
    const damage = await damageOf(path);
    forgetClean(path);
    rmSync(join(folder, COMPACTED), { force: true });
    if (damage !== null) {
      const aside = setAside(path);
      log.error(
        `The store ${path} is damaged (${damage}). It is kept as ${aside}; messages that waited in it will not be sent. A new, empty store is in use`,
      );
    }
    try {
      if (!existsSync(path)) await probe(folder);
      const file = new StoreFile(folder, lmdb, closedWell);
      syncFolder(folder);
      // Room is made now, so that the first message need not wait for it. Where there is none, that message is refused.
      await file.#space.makeRoom(sizeOf([]), RESERVE);
      await file.#freeSomething();
      return file;
    } catch (error) {
      throw storeError(error);
    }
  }

  /** False where the file was removed or replaced: the mapped file lives on in memory, and is lost with the process. */
  get isThere(): boolean {
    try {
      return statSync(this.#path).ino === this.#inode;
    } catch {
      return false;
    }
  }

  get<K extends Kind>(from: K, key: Stored[K]['key']): Stored[K]['record'] | undefined {
    try {
      return this.#database(from).get(key);
    } catch (error) {
      throw storeError(error);
    }
  }

  range<K extends Kind>(
    from: K,
    options: RangeOptions = {},
  ): Iterable<{ readonly key: Stored[K]['key']; readonly value: Stored[K]['record'] }> {
    return readable(() => this.#database(from).getRange(options));
  }

  keys<K extends Kind>(from: K, options: RangeOptions = {}): Iterable<Stored[K]['key']> {
    return readable(() => this.#database(from).getKeys(options));
  }

  put<K extends Kind>(to: K, key: Stored[K]['key'], record: Stored[K]['record']): Write {
    return { to, key, value: this.encode(record) };
  }

  /** Encodes a record as the database would. */
  encode(record: unknown): Buffer {
    try {
      return this.#encoder.encode(record) as Buffer;
    } catch (error) {
      throw storeError(error);
    }
  }

  decode(octets: Buffer): unknown {
    try {
      return this.#encoder.decode(octets);
    } catch (error) {
      throw storeError(error);
    }
  }

  /**
   * Writes a batch as one transaction. Where the disk is full its arrivals are refused, and its changes are written
   * without them: messages that are stored must still be able to leave.
   * @returns why nothing could be written; null where the batch, or the batch without its arrivals, is on the disk
   */
  async commit(batch: Writes): Promise<SmppError | null> {
    try {
      if (!this.isThere) return storeGone(this.#folder);
      const failure = await this.#commit(batch);
      return failure ?? (this.isThere ? null : storeGone(this.#folder));
    } catch (error) {
      return storeError(error);
    }
  }

  /** Rewrites the file without its freed pages, which still hold the texts of messages long gone, and closes it. */
  async close(): Promise<void> {
    const compact = this.isThere && contentSize(this.#databases) <= COMPACT_LIMIT && (await this.#compact());
    await this.#databases.root.close();
    if (!this.isThere) return;
    if (compact) {
      renameSync(join(this.#folder, COMPACTED), this.#path);
      syncFolder(this.#folder);
    }
    noteClean(this.#path);
  }

  get #encoder(): Encoder {
    return (this.#databases.state as unknown as { readonly encoder: Encoder }).encoder;
  }

  #database<K extends Kind>(kind: K): Database<Stored[K]['record'], Stored[K]['key']> {
    return this.#databases[kind] as unknown as Database<Stored[K]['record'], Stored[K]['key']>;
  }

  async #commit(batch: Writes): Promise<SmppError | null> {
    if (batch.extras.length > 0) {
      const all = [...batch.arrivals, ...batch.changes, ...batch.extras];
      const failure = (await this.#space.makeRoom(sizeOf(all), RESERVE + SPARE)) ?? (await this.#transaction(all));
      if (failure?.code !== 'SMPP_STORE_FULL') return failure;
      batch.refuseExtras();
    }
    if (batch.arrivals.length > 0) {
      const all = [...batch.arrivals, ...batch.changes];
      const failure = (await this.#space.makeRoom(sizeOf(all), RESERVE)) ?? (await this.#transaction(all));
      if (failure === null) return null;
      if (failure.code !== 'SMPP_STORE_FULL') return failure;
      batch.refuseArrivals(failure);
    }
    return (await this.#space.makeRoom(sizeOf(batch.changes), 0)) ?? (await this.#transaction(batch.changes));
  }

  /**
   * Lets the list of free pages begin with a few. lmdb 3.5.6 ends the process where that list is empty, as in a file
   * without freed pages, and one transaction frees more than about 250: `mdb_cursor_last` reads before an empty page.
   */
  async #freeSomething(): Promise<void> {
    const opened: Write = this.put('state', 'opened', Date.now());
    if ((await this.#space.makeRoom(sizeOf([opened]), 0)) === null) await this.#transaction([opened]);
  }

  /** @returns why the transaction failed; null where it is on the disk */
  async #transaction(writes: readonly Write[]): Promise<SmppError | null> {
    const { asBinary } = this.#lmdb;
    try {
      await this.#databases.root.batch(() => {
        for (const { to, key, value } of writes) {
          const database = this.#databases[to] as unknown as Database<unknown, never>;
          const writing = value ? database.put(key as never, asBinary(value)) : database.remove(key as never);
          ignoreFailure(writing, 'the transaction fails with it');
        }
      });
    } catch (error) {
      return storeError(await causeOf(error));
    }
    this.#space.noteUsed(usedSize(this.#databases.root));
    return null;
  }

  /** Writes a copy without freed pages. @returns false where there is no room for it */
  async #compact(): Promise<boolean> {
    const copy = join(this.#folder, COMPACTED);
    try {
      await this.#databases.root.backup(copy, true);
      const file = await openFile(copy, 'r+');
      await file.sync();
      await file.close();
      return true;
    } catch {
      rmSync(copy, { force: true });
      return false;
    }
  }
}

/** A write that removes a record. */
export function remove<K extends Kind>(to: K, key: Stored[K]['key']): Write {
  return { to, key, value: null };
}

/** Iterates a cursor, which reads as it goes, and throws SmppError in place of lmdb's exceptions. */
function* readable<T>(cursor: () => Iterable<T>): Iterable<T> {
  try {
    yield* cursor();
  } catch (error) {
    throw storeError(error);
  }
}

/** Loads lmdb on use: the other stores must work on platforms for which lmdb has no binary. */
async function loadLmdb(): Promise<typeof Lmdb> {
  try {
    return await import('lmdb');
  } catch (cause) {
    throw new SmppError(
      'SMPP_STORE_BINARY',
      `The disk store needs the native part of lmdb, which cannot be loaded on this platform (${process.platform} ` +
        `${process.arch}). Choose the store "memory" or "redis", or install again with optional packages`,
      { cause },
    );
  }
}

function sizeOf(writes: readonly Write[]): Size {
  return { records: writes.length, octets: writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) };
}

/** Octets up to the last page that was ever in use. */
function usedSize(root: RootDatabase): number {
  const { lastPageNumber, pageSize } = root.getStats() as Record<'lastPageNumber' | 'pageSize', number>;
  return (lastPageNumber + 1) * pageSize;
}

/** Octets in use, freed pages not counted. */
function contentSize({ root: _root, ...databases }: Databases): number {
  let size = 0;
  for (const database of Object.values(databases) as Database[]) {
    const stats = database.getStats() as Record<
      'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages',
      number
    >;
    size += stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages);
  }
  return size;
}

/** A new name in a folder is only safe when the folder itself is on the disk. */
function syncFolder(folder: string): void {
  // Windows cannot sync a folder.
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  fsyncSync(file);
  closeSync(file);
}

/** The reason of a failed commit, which lmdb gives a moment later as `commitError` of its error. */
async function causeOf(error: unknown): Promise<unknown> {
  try {
    await (error as { commitError?: Promise<unknown> }).commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}
