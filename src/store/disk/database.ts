import { execFile } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type * as Lmdb from 'lmdb';
import type { Database, RootDatabase } from 'lmdb';
import { SmppError } from '../../base/errors';
import type { RowRecord } from './outbox-row';
import type { OutcomeRecord, ProgressRecord } from '../records';
import type { SentItems } from './sent-records';
import { upgrade } from './upgrade';

/** Of the records and databases below. */
export const LAYOUT = 2;
/** What `upgrade` makes the present one of. */
const LAYOUT_BEFORE = 1;
const FILE = 'store.mdb';

/** Address space, not memory. Without it lmdb starts small and keeps every map it has outgrown until the file is closed. */
const MAP_SIZE = process.arch === 'arm' || process.arch === 'ia32' ? undefined : 2 ** 36;
/** Pages of the file that the system has mapped in count as memory of this process; beyond this much they are given back. */
const MAPPED_LIMIT = 24 * 2 ** 20;
const MAPPED_EVERY_MS = 500;
/** A store of more content is not rewritten when it is closed: closing must not take seconds. */
const COMPACT_LIMIT = 64 * 2 ** 20;

/** Room that new messages leave to the changes of those that are there. Octets. */
const RESERVE = 2 ** 23;
/** The file grows by so much more than is needed at the moment. */
const AHEAD = 2 ** 22;
const ZEROS = Buffer.alloc(2 ** 18);
const PAGE = 4096;

export interface StoreLog {
  error(text: string): void;
}

export interface Databases {
  readonly root: RootDatabase;
  /** `layout` */
  readonly state: Database<unknown, string>;
  /** Messages, many in a row, by the number of the first. */
  readonly outbox: Database<RowRecord, number>;
  /** What has become of the messages of a row. */
  readonly states: Database<Buffer, number>;
  /** What has changed of a message since it was taken, by its number. */
  readonly progress: Database<ProgressRecord, number>;
  /** Outcomes of one transaction together. */
  readonly outcomes: Database<readonly OutcomeRecord[], number>;
  readonly sent: Database<SentItems, string>;
  readonly sentExpiry: Database<readonly string[], string>;
  readonly sentDue: Database<string, string>;
  readonly parked: Database<readonly [kind: string, data: unknown], number>;
  /** Longer incoming messages of which parts have come, by what their parts have in common. */
  readonly partials: Database<readonly [expiresAt: number, data: unknown], string>;
}

/** A record to be put; removed where `value` is null. */
export interface Write {
  readonly to: Exclude<keyof Databases, 'root'>;
  readonly key: unknown;
  readonly value: Buffer | null;
}

interface Encoder {
  encode(value: unknown): unknown;
  decode(octets: Buffer): unknown;
}

/** What becomes one transaction. */
export interface Writes {
  readonly arrivals: readonly Write[];
  readonly changes: readonly Write[];
  /** The arrivals will not be stored. */
  refuseArrivals(error: SmppError): void;
}

/** The LMDB file of a store. */
export class StoreFile {
  readonly #folder: string;
  readonly #lmdb: typeof Lmdb;
  #databases: Databases;
  /** Resident file pages of a process whose store has just been opened. */
  #mappedAtOpen = mappedPages();
  #lastLook = performance.now();
  /** Octets of the file, all of them on the disk, and of those the ones up to the last page of lmdb. */
  #size: number;
  #used: number;

  private constructor(folder: string, lmdb: typeof Lmdb) {
    this.#folder = folder;
    this.#lmdb = lmdb;
    this.#databases = openDatabases(lmdb, join(folder, FILE));
    this.#size = statSync(join(folder, FILE)).size;
    this.#used = usedSize(this.#databases.root);
  }

  /**
   * The folder must be locked. A damaged file is set aside with an error in the log, and an empty one begun.
   * @throws {SmppError} SMPP_STORE_BINARY, SMPP_STORE_VERSION, SMPP_STORE_FAILED
   */
  static async open(folder: string, log: StoreLog): Promise<StoreFile> {
    const lmdb = await loadLmdb();
    const damage = await damageOf(folder);
    rmSync(join(folder, 'clean'), { force: true });
    rmSync(join(folder, COMPACTED), { force: true });
    if (damage !== null) setAside(folder, damage, log);
    try {
      if (!existsSync(join(folder, FILE))) await probe(folder);
      const file = new StoreFile(folder, lmdb);
      syncFolder(folder);
      // Now, so that the first message need not wait for it; where there is no room, that message will hear of it.
      await file.#makeRoom([], RESERVE);
      if (file.databases.state.get('layout') === LAYOUT_BEFORE) await upgrade(file);
      return file;
    } catch (error) {
      throw storeError(error);
    }
  }

  get databases(): Databases {
    return this.#databases;
  }

  /** The octets of a record, as the database would make them. */
  encode(record: unknown): Buffer {
    return this.#encoder.encode(record) as Buffer;
  }

  decode(octets: Buffer): unknown {
    return this.#encoder.decode(octets);
  }

  get #encoder(): Encoder {
    return (this.#databases.state as unknown as { readonly encoder: Encoder }).encoder;
  }

  /**
   * Writes a batch as one transaction. Where the disk is full its arrivals are refused, and its changes are written without them:
   * what is there must still be able to leave.
   * @returns why nothing could be written; null where the batch, or the batch without its arrivals, is on the disk
   */
  async commit(batch: Writes): Promise<SmppError | null> {
    try {
      return await this.#commit(batch);
    } catch (error) {
      return storeError(error);
    }
  }

  async #commit(batch: Writes): Promise<SmppError | null> {
    if (batch.arrivals.length > 0) {
      const all = [...batch.arrivals, ...batch.changes];
      const failure = (await this.#makeRoom(all, RESERVE)) ?? (await this.#transaction(all));
      if (failure === null) return null;
      if (failure.code !== 'SMPP_STORE_FULL') return failure;
      batch.refuseArrivals(failure);
    }
    return (await this.#makeRoom(batch.changes, 0)) ?? (await this.#transaction(batch.changes));
  }

  /** @returns why it failed; null where it is on the disk */
  async #transaction(writes: readonly Write[]): Promise<SmppError | null> {
    const { asBinary } = this.#lmdb;
    try {
      await this.#databases.root.batch(() => {
        for (const { to, key, value } of writes) {
          const database = this.#databases[to] as unknown as Database<unknown, never>;
          void (value ? database.put(key as never, asBinary(value)) : database.remove(key as never));
        }
      });
    } catch (error) {
      return storeError(await causeOf(error));
    }
    this.#used = usedSize(this.#databases.root);
    if (performance.now() - this.#lastLook > MAPPED_EVERY_MS) await this.giveBackPages();
    return null;
  }

  /**
   * Sees to it that a transaction cannot run out of disk: in lmdb 3.5.6 that corrupts the memory of the process. So room for the
   * file to grow is written ahead, as zeros after its last page, by the rules of the file system and not of lmdb.
   * @param reserve octets to be left after it; free pages inside the file count
   * @returns why there is no room; null where there is
   */
  async #makeRoom(writes: readonly Write[], reserve: number): Promise<SmppError | null> {
    const needed = this.#used + growthOf(writes, Infinity) + reserve;
    if (this.#size >= needed) return null;
    try {
      await this.#extend(needed + AHEAD);
      return null;
    } catch (error) {
      const content = contentSize(this.#databases);
      const growth = growthOf(writes, content);
      const room = this.#size - this.#used;
      return growth <= room && growth + reserve <= room + this.#used - content ? null : storeError(error);
    }
  }

  async #extend(size: number): Promise<void> {
    const file = await openFile(join(this.#folder, FILE), 'r+');
    try {
      while (this.#size < size) {
        const { bytesWritten } = await file.write(ZEROS, 0, ZEROS.length, this.#size);
        this.#size += bytesWritten;
      }
    } finally {
      await file.close();
    }
  }

  /** Maps the file anew where much of it has become resident. Only between transactions. */
  async giveBackPages(): Promise<void> {
    this.#lastLook = performance.now();
    if (mappedPages() - this.#mappedAtOpen < MAPPED_LIMIT) return;
    // With nothing being written or read, closing takes no turn of the event loop: nobody finds the store closed.
    await this.#databases.root.close();
    this.#databases = openDatabases(this.#lmdb, join(this.#folder, FILE));
    this.#mappedAtOpen = mappedPages();
  }

  /** The file is rewritten without the pages that were given up, because these still hold the texts of messages long gone. */
  async close(): Promise<void> {
    const path = join(this.#folder, FILE);
    const compact = contentSize(this.#databases) <= COMPACT_LIMIT && (await this.#compact());
    await this.#databases.root.close();
    if (compact) {
      renameSync(join(this.#folder, COMPACTED), path);
      syncFolder(this.#folder);
    }
    noteClean(this.#folder, path);
  }

  /** False where there is no room for a copy. */
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

const COMPACTED = 'compacted.mdb';

/** A first page that does not fit on the disk would be the end of the process; see `#makeRoom`. */
async function probe(folder: string): Promise<void> {
  const path = join(folder, 'probe');
  try {
    await writeFile(path, ZEROS);
  } finally {
    rmSync(path, { force: true });
  }
}

/** Loaded on use: the other stores must work where there is no binary of it. */
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

function openDatabases(lmdb: typeof Lmdb, path: string): Databases {
  // A promise resolves when the transaction is on the disk, not before. Batching by turns of the event loop would do a commit of
  // its own whose failure nobody can catch.
  const root = lmdb.open({
    path,
    overlappingSync: false,
    eventTurnBatching: false,
    maxDbs: 16,
    ...(MAP_SIZE && { mapSize: MAP_SIZE }),
  });
  const state = root.openDB<unknown, string>('state', PLAIN);
  const layout = state.get('layout');
  if (layout === undefined) state.putSync('layout', LAYOUT);
  else if (layout !== LAYOUT && layout !== LAYOUT_BEFORE) {
    void root.close();
    throw otherVersion(`has layout ${String(layout)}`);
  }
  return {
    root,
    state,
    outbox: root.openDB('rows', PLAIN),
    states: root.openDB('states', PLAIN),
    progress: root.openDB('progress', PLAIN),
    outcomes: root.openDB('outcomes', PLAIN),
    sent: root.openDB('remembered', PLAIN),
    sentExpiry: root.openDB('expiring', PLAIN),
    sentDue: root.openDB('falling due', PLAIN),
    parked: root.openDB('parked', PLAIN),
    partials: root.openDB('partials', PLAIN),
  };
}

/** Flows' messages have any keys: no table of structures could hold them. */
export const PLAIN = { encoder: { useRecords: false } } as object;

/**
 * The most by which these let a file grow: what is new, and new versions of the pages it goes to: a leaf and its half of a split
 * for each, but not more than there are; and those of the trees' upper levels.
 * @param content octets in use before
 */
function growthOf(writes: readonly Write[], content: number): number {
  const octets = writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  return 2 * octets + Math.min(2 * writes.length * PAGE, content) + 64 * PAGE;
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

/** Octets of files resident in this process; 0 where the system does not say. */
function mappedPages(): number {
  try {
    return Number(/RssFile:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** A new name in a folder is only safe when the folder itself is on the disk. */
function syncFolder(folder: string): void {
  // Windows knows no such thing.
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  fsyncSync(file);
  closeSync(file);
}

/**
 * Reads every record of every database, and the messages in the rows of the outbox; a destroyed page may just look like one
 * without records.
 */
const READ_ALL = `
const root = require(process.argv[1]).open({ path: process.argv[2], readOnly: true, maxDbs: 64 });
for (const name of [...root.getKeys()]) {
  const db = root.openDB(name, { keyEncoding: 'binary' });
  let count = 0;
  for (const { value } of db.getRange()) {
    count += 1;
    if (name !== 'rows') continue;
    const [heads, records] = value;
    for (let at = 3, from = 0; at < heads.length; from = heads[at], at += 4) {
      if (heads[at] > from && !Array.isArray(db.encoder.decode(records.subarray(from, heads[at]))))
        throw new Error('a message of the outbox is destroyed');
    }
  }
  const { entryCount } = db.getStats();
  if (count !== entryCount) throw new Error(name + ' has ' + count + ' records instead of ' + entryCount);
}`;

/**
 * What is wrong with the file; null where nothing is. LMDB trusts what it maps: a damaged file ends the process that reads it,
 * not with an error, but with a signal. So a process of its own reads it first, unless it is as the last close left it.
 */
async function damageOf(folder: string): Promise<string | null> {
  const path = join(folder, FILE);
  if (!existsSync(path) || isClean(folder, path)) return null;
  if (statSync(path).size === 0) return 'it is empty';
  try {
    await promisify(execFile)(process.execPath, ['-e', READ_ALL, require.resolve('lmdb'), path], {
      env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
    });
    return null;
  } catch (error) {
    const { signal, stderr, code } = error as { signal?: string; stderr?: string; code?: number | string };
    // A system that lets no process be started cannot be asked.
    if (typeof code === 'string') return null;
    if (stderr?.includes('MDB_VERSION_MISMATCH')) throw otherVersion('was written by another version of LMDB');
    return signal
      ? `reading it ends with ${signal}`
      : (/^\w*Error: .*$/m.exec(stderr ?? '')?.[0] ?? 'it cannot be read');
  }
}

function isClean(folder: string, path: string): boolean {
  try {
    const { size, mtimeMs } = statSync(path);
    return readFileSync(join(folder, 'clean'), 'utf8') === `${String(size)} ${String(mtimeMs)}`;
  } catch {
    return false;
  }
}

/** What a full disk has no room for costs only the time of the check. */
function noteClean(folder: string, path: string): void {
  const note = join(folder, 'clean');
  try {
    const { size, mtimeMs } = statSync(path);
    writeFileSync(note, `${String(size)} ${String(mtimeMs)}`);
  } catch {
    rmSync(note, { force: true });
  }
}

function setAside(folder: string, damage: string, log: StoreLog): void {
  const path = join(folder, FILE);
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  renameSync(path, aside);
  rmSync(`${path}-lock`, { force: true });
  log.error(
    `The store ${path} is damaged (${damage}). It is kept as ${aside}; messages that waited in it will not be sent. A new, empty store is in use`,
  );
}

function otherVersion(what: string): SmppError {
  return new SmppError(
    'SMPP_STORE_VERSION',
    `The store ${what}, this version of the package reads layout ${String(LAYOUT)}. Use the version that wrote it, ` +
      'or move the folder away to begin with an empty store',
  );
}

/** lmdb says of a failed commit only that it failed; why, it says a moment later. */
async function causeOf(error: unknown): Promise<unknown> {
  try {
    await (error as { commitError?: Promise<unknown> }).commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export function storeError(cause: unknown): SmppError {
  if (cause instanceof SmppError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (FULL.has((cause as NodeJS.ErrnoException).code ?? '')) {
    return new SmppError('SMPP_STORE_FULL', `The disk of the store is full (${text}). What is stored already is safe`, {
      cause,
    });
  }
  return new SmppError('SMPP_STORE_FAILED', `The store failed: ${text}`, { cause });
}
