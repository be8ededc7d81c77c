import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type * as Lmdb from 'lmdb';
import type { Database, DatabaseOptions, RootDatabase } from 'lmdb';
import { SmppError } from '../errors';
import { messageIdKey } from '../receipt/match';
import { damageOf, lockFolder, setAside } from './folder';
import { queueFull } from './memory';
import { storable } from './storable';
import type { Outcome, OutboxMessage, ParkedEvent, SentMessage, Store, StoreCounts } from './store';
import { WaitingList, type Waiting } from './waiting';

export interface DiskStoreOptions {
  /** Made if missing; one process at a time. */
  readonly folder: string;
  /** Waiting messages at most. */
  readonly queueLimit: number;
  readonly log: { warn(text: string): void; error(text: string): void };
}

/** Layout of the folder; a store of another one is refused. */
const VERSION = 1;
const FILE = 'store.mdb';
/** Sent messages forgotten in one call at most. */
const FORGET_AT_ONCE = 1000;

/** `place` orders the outbox: messages leave in the order they came, also after a restart. */
interface Entry extends Waiting {
  readonly place: number;
  /** A lease of it never ended. */
  leased: boolean;
}

/** What the index keeps of a waiting message, so that opening need not read its body. */
type IndexRow = [id: string, urgent: boolean, queuedAt: number, expiresAt: number, leased: boolean];

interface Databases {
  readonly root: RootDatabase;
  /** place → IndexRow. */
  readonly index: Database<IndexRow, number>;
  /** place → the message. */
  readonly bodies: Database<OutboxMessage, number>;
  readonly outcomes: Database<Outcome, string>;
  readonly sent: Database<SentMessage, string>;
  /** messageIdKey → ids of sent messages. */
  readonly sentKeys: Database<string, string>;
  /** [time, id] of sent messages. */
  readonly due: Database<true, [number, string]>;
  readonly expiry: Database<true, [number, string]>;
  readonly parked: Database<Omit<ParkedEvent, 'key'>, number>;
}

interface Write {
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Keeps everything in an LMDB file. Writes that come while a transaction is being committed share the next one and its fsync,
 * which happens off the event loop. Of waiting messages only the index is in memory; the bodies are read when they are leased.
 */
export class DiskStore implements Store {
  readonly #options: DiskStoreOptions;
  #db: Databases | null = null;
  #unlock: (() => void) | null = null;
  #waiting = new WaitingList<Entry>();
  /** Entries that are leased, by message id. */
  readonly #leased = new Map<string, Entry>();
  /** Messages being enqueued, which count against the limit. */
  #entering = 0;
  #nextPlace = 1;
  #nextKey = 1;
  #lease: { readonly limit: number; readonly resolve: (messages: readonly OutboxMessage[]) => void } | null = null;
  #writes: Write[] = [];
  #committing: Promise<void> | null = null;
  /** Saved sent messages that no committed transaction has yet, by id and by key. */
  readonly #unsaved = new Map<string, SentMessage>();
  readonly #unsavedKeys = new Map<string, Set<string>>();

  constructor(options: DiskStoreOptions) {
    this.#options = options;
  }

  /** @throws {SmppError} SMPP_STORE_LOCKED, SMPP_STORE_VERSION, SMPP_STORE_BINARY, SMPP_STORE_FAILED */
  async open(): Promise<void> {
    if (this.#db) return;
    this.#unlock = lockFolder(this.#options.folder);
    try {
      this.#db = this.#openSound();
    } catch (error) {
      this.#unlock();
      this.#unlock = null;
      throw error instanceof SmppError ? error : failed(error);
    }
  }

  async close(): Promise<void> {
    this.cancelLease();
    while (this.#committing) await this.#committing;
    await this.#db?.root.close();
    this.#db = null;
    this.#leased.clear();
    this.#unlock?.();
    this.#unlock = null;
  }

  counts(): StoreCounts {
    const { size, urgent, oldest } = this.#waiting;
    return { waiting: size, urgent, oldest };
  }

  async enqueue(message: OutboxMessage): Promise<void> {
    const { queueLimit } = this.#options;
    if (this.#waiting.size + this.#entering >= queueLimit) throw queueFull(queueLimit);
    const place = this.#nextPlace++;
    const { id, urgent, queuedAt, expiresAt } = message;
    const entry: Entry = { id, urgent, queuedAt, expiresAt, place, leased: false };
    const body = { ...message, msg: storable(message.msg) };
    // Somebody waits for work: it is leased in the very transaction that stores it.
    const lease = this.#lease;
    const direct = lease !== null && this.#waiting.size === 0 && this.#entering === 0;
    if (direct) this.#lease = null;
    this.#entering += 1;
    try {
      await this.#write(() => {
        const { index, bodies } = this.#databases;
        void bodies.put(place, body);
        void index.put(place, [id, urgent, queuedAt, expiresAt, direct]);
      });
    } catch (error) {
      if (direct) {
        this.#lease ??= lease;
        this.#serveLease();
      }
      throw error;
    } finally {
      this.#entering -= 1;
    }
    if (direct) {
      this.#leased.set(id, entry);
      lease.resolve([message]);
    } else {
      this.#waiting.add(entry);
      this.#serveLease();
    }
  }

  lease(limit: number): Promise<readonly OutboxMessage[]> {
    if (this.#waiting.size > 0) return this.#take(limit);
    return new Promise((resolve) => {
      this.#lease = { limit, resolve };
    });
  }

  cancelLease(): void {
    this.#lease?.resolve([]);
    this.#lease = null;
  }

  async release(message: OutboxMessage): Promise<void> {
    const entry = this.#entryOf(message.id);
    message.leased = false;
    await this.#write(() => {
      void this.#databases.bodies.put(entry.place, { ...message, msg: storable(message.msg) });
      this.#index(entry, false);
    });
    entry.leased = false;
    this.#leased.delete(message.id);
    this.#waiting.giveBack(entry);
    this.#serveLease();
  }

  progress(message: OutboxMessage, sent?: SentMessage): Promise<void> {
    const { place } = this.#entryOf(message.id);
    const body = { ...message, messageIds: [...message.messageIds], msg: storable(message.msg) };
    const save = sent && this.#save(sent);
    return this.#write(() => {
      void this.#databases.bodies.put(place, body);
      save?.();
    });
  }

  async takeExpired(now: number): Promise<readonly OutboxMessage[]> {
    return this.#load(this.#waiting.takeExpired(now));
  }

  async settle(outcome: Outcome, sent?: SentMessage): Promise<void> {
    const entry = this.#leased.get(outcome.id);
    const stored = { ...outcome, msg: storable(outcome.msg) };
    const save = sent && this.#save(sent);
    await this.#write(() => {
      const { index, bodies, outcomes } = this.#databases;
      if (entry) {
        void index.remove(entry.place);
        void bodies.remove(entry.place);
      }
      void outcomes.put(outcome.id, stored);
      save?.();
    });
    this.#leased.delete(outcome.id);
  }

  async untold(): Promise<readonly Outcome[]> {
    return [...this.#databases.outcomes.getRange()].map(({ value }) => value);
  }

  told(id: string): Promise<void> {
    return this.#write(() => {
      void this.#databases.outcomes.remove(id);
    });
  }

  async findSent(keys: readonly string[]): Promise<readonly SentMessage[]> {
    const { sent, sentKeys } = this.#databases;
    const ids = new Set<string>();
    for (const key of keys) {
      for (const id of this.#unsavedKeys.get(key) ?? []) ids.add(id);
      for (const id of sentKeys.getValues(key)) ids.add(id);
    }
    return [...ids].flatMap((id) => this.#unsaved.get(id) ?? sent.get(id) ?? []);
  }

  saveSent(sent: SentMessage, park?: Omit<ParkedEvent, 'key'>): Promise<void> {
    const save = this.#save(sent);
    const key = park ? this.#nextKey++ : 0;
    return this.#write(() => {
      save();
      if (park) void this.#databases.parked.put(key, park);
    });
  }

  async findDue(now: number): Promise<readonly SentMessage[]> {
    const { due, sent } = this.#databases;
    // What is being written may have fallen due, or have been told, since.
    await this.#written();
    const rows = [...due.getKeys({ end: [now, '\uffff'], limit: FORGET_AT_ONCE })];
    return rows.flatMap(([, id]) => this.#unsaved.get(id) ?? sent.get(id) ?? []);
  }

  async forgetSent(now: number): Promise<number> {
    const rows = [...this.#databases.expiry.getKeys({ end: [now, '\uffff'], limit: FORGET_AT_ONCE })];
    if (rows.length === 0) return 0;
    await this.#write(() => {
      for (const row of rows) this.#forget(row);
    });
    return rows.length;
  }

  async park(event: Omit<ParkedEvent, 'key'>): Promise<number> {
    const key = this.#nextKey++;
    await this.#write(() => {
      void this.#databases.parked.put(key, event);
    });
    return key;
  }

  async parked(): Promise<readonly ParkedEvent[]> {
    await this.#written();
    return [...this.#databases.parked.getRange()].map(({ key, value }) => ({ key, ...value }));
  }

  unpark(key: number): Promise<void> {
    return this.#write(() => {
      void this.#databases.parked.remove(key);
    });
  }

  get #databases(): Databases {
    if (!this.#db) throw new SmppError('SMPP_STORE_CLOSED', 'The store is closed');
    return this.#db;
  }

  #entryOf(id: string): Entry {
    const entry = this.#leased.get(id);
    if (!entry) throw new SmppError('SMPP_STORE_FAILED', `Message ${id} is not leased`);
    return entry;
  }

  /** Takes from the lanes, marks as leased, reads; in this order, so that nothing is handed out that could be leased again. */
  async #take(limit: number): Promise<readonly OutboxMessage[]> {
    const entries = this.#waiting.take(limit);
    try {
      await this.#write(() => {
        for (const entry of entries) this.#index(entry, true);
      });
    } catch (error) {
      for (const entry of entries.reverse()) this.#waiting.giveBack(entry);
      throw error;
    }
    return this.#load(entries);
  }

  #load(entries: readonly Entry[]): OutboxMessage[] {
    const messages: OutboxMessage[] = [];
    for (const entry of entries) {
      const message = this.#databases.bodies.get(entry.place);
      if (!message) continue;
      message.leased = entry.leased;
      this.#leased.set(entry.id, entry);
      messages.push(message);
    }
    return messages;
  }

  #serveLease(): void {
    const lease = this.#lease;
    if (!lease || this.#waiting.size === 0) return;
    this.#lease = null;
    this.#take(lease.limit).then(lease.resolve, (error: unknown) => {
      this.#options.log.error(`store: ${String(error)}`);
      lease.resolve([]);
    });
  }

  /** In a transaction. */
  #index({ place, id, urgent, queuedAt, expiresAt }: Entry, leased: boolean): void {
    void this.#databases.index.put(place, [id, urgent, queuedAt, expiresAt, leased]);
  }

  /** Makes `sent` visible at once; returns what writes it, in a transaction. */
  #save(sent: SentMessage): () => void {
    this.#unsaved.set(sent.id, sent);
    const keys = sent.messageIds.filter((id) => id).map((id) => messageIdKey(id!));
    for (const key of keys) {
      const ids = this.#unsavedKeys.get(key);
      if (ids) ids.add(sent.id);
      else this.#unsavedKeys.set(key, new Set([sent.id]));
    }
    return () => {
      const { sent: saved, sentKeys, due, expiry } = this.#databases;
      const before = saved.get(sent.id);
      void saved.put(sent.id, sent);
      for (const key of keys) void sentKeys.put(key, sent.id);
      if (!before) void expiry.put([sent.expiresAt, sent.id], true);
      if (before && before.dueAt !== null && before.dueAt !== sent.dueAt) void due.remove([before.dueAt, sent.id]);
      if (sent.dueAt !== null && before?.dueAt !== sent.dueAt) void due.put([sent.dueAt, sent.id], true);
    };
  }

  #forget(row: [number, string]): void {
    const { sent, sentKeys, due, expiry } = this.#databases;
    const [, id] = row;
    const known = sent.get(id);
    void expiry.remove(row);
    if (!known) return;
    void sent.remove(id);
    if (known.dueAt !== null) void due.remove([known.dueAt, id]);
    for (const messageId of known.messageIds) if (messageId) void sentKeys.remove(messageIdKey(messageId), id);
  }

  #write(apply: () => void): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      this.#writes.push({ apply, resolve, reject });
    });
    this.#committing ??= this.#commitAll();
    return written;
  }

  /** Resolves when all that has been given to write so far can be read; failures are told to those who gave it. */
  async #written(): Promise<void> {
    if (this.#committing) await this.#write(() => undefined).catch(() => undefined);
  }

  /** One transaction after the other, until nothing is left to write. */
  async #commitAll(): Promise<void> {
    // Whatever this turn of the event loop still brings goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#writes.length > 0) {
      const writes = this.#writes;
      this.#writes = [];
      const overlay = [...this.#unsaved.values()];
      try {
        const { root } = this.#databases;
        await committed(
          root.transaction(() => {
            for (const { apply } of writes) apply();
          }),
        );
        for (const { resolve } of writes) resolve();
      } catch (error) {
        const reason = failed(error);
        for (const { reject } of writes) reject(reason);
      }
      for (const sent of overlay) this.#dropOverlay(sent);
    }
    this.#committing = null;
  }

  #dropOverlay(sent: SentMessage): void {
    if (this.#unsaved.get(sent.id) !== sent) return;
    this.#unsaved.delete(sent.id);
    for (const id of sent.messageIds) {
      if (!id) continue;
      const key = messageIdKey(id);
      const ids = this.#unsavedKeys.get(key);
      ids?.delete(sent.id);
      if (ids?.size === 0) this.#unsavedKeys.delete(key);
    }
  }

  /** The database, a fresh one where the old one is damaged: that is kept beside it under another name. */
  #openSound(): Databases {
    const path = join(this.#options.folder, FILE);
    const damage = damageOf(path);
    if (damage === null) {
      try {
        return this.#openAt(path);
      } catch (error) {
        if (error instanceof SmppError) throw error;
        return this.#afresh(path, String(error));
      }
    }
    return this.#afresh(path, damage);
  }

  #afresh(path: string, damage: string): Databases {
    const aside = setAside(path, new Date());
    if (existsSync(`${path}-lock`)) rmSync(`${path}-lock`);
    this.#options.log.error(`store: ${path} is damaged (${damage}); it is kept as ${aside}, and an empty one is begun`);
    return this.#openAt(path);
  }

  #openAt(path: string): Databases {
    const db = openDatabases(path);
    try {
      this.#waiting = new WaitingList();
      for (const { key: place, value } of db.index.getRange()) {
        const [id, urgent, queuedAt, expiresAt, leased] = value;
        this.#waiting.add({ id, urgent, queuedAt, expiresAt, place, leased });
        this.#nextPlace = place + 1;
      }
      for (const key of db.parked.getKeys({ reverse: true, limit: 1 })) this.#nextKey = key + 1;
    } catch (error) {
      void db.root.close();
      throw error;
    }
    return db;
  }
}

function openDatabases(path: string): Databases {
  let lmdb: typeof Lmdb;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- only here, so that the other stores need no native binary
    lmdb = require('lmdb') as typeof Lmdb;
  } catch (cause) {
    throw new SmppError(
      'SMPP_STORE_BINARY',
      'The disk store does not run on this machine (no binary of lmdb for it): set the pool’s store to "memory" or "redis"',
      { cause },
    );
  }
  // A commit is done when it is on the disk, not when it can be read.
  const root = lmdb.open({ path, overlappingSync: false, maxDbs: 16 });
  const meta = root.openDB<number, string>('meta', {});
  const version = meta.get('version');
  if (version === undefined) meta.putSync('version', VERSION);
  else if (version !== VERSION) {
    void root.close();
    throw new SmppError(
      'SMPP_STORE_VERSION',
      `The store ${path} has layout ${String(version)}, this version of the package reads ${String(VERSION)}: ` +
        'use the version that wrote it until its queue is empty, or remove the folder and lose what is in it',
    );
  }
  // Records are plain msgpack without shared structures; a Buffer in one must not be a view of lmdb's own.
  const plain = { useRecords: false, encoder: { copyBuffers: true } } as DatabaseOptions;
  return {
    root,
    index: root.openDB('index', plain),
    bodies: root.openDB('bodies', plain),
    outcomes: root.openDB('outcomes', plain),
    sent: root.openDB('sent', plain),
    sentKeys: root.openDB('sentKeys', { dupSort: true, encoding: 'ordered-binary' }),
    due: root.openDB('due', plain),
    expiry: root.openDB('expiry', plain),
    parked: root.openDB('parked', plain),
  } as Databases;
}

/** lmdb rejects a failed commit at once with what the transaction felt; why the disk refused comes a moment later. */
async function committed(transaction: Promise<unknown>): Promise<void> {
  try {
    await transaction;
  } catch (error) {
    const { commitError } = error as { commitError?: Promise<unknown> };
    await commitError;
    throw error;
  }
}

function failed(error: unknown): SmppError {
  if (error instanceof SmppError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/ENOSPC|no space|MDB_MAP_FULL|EDQUOT|EFBIG|File too large/i.test(text)) {
    return new SmppError('SMPP_STORE_FULL', `The disk is full, the message was not stored: free some space (${text})`);
  }
  return new SmppError('SMPP_STORE_FAILED', `The store cannot be read or written: ${text}`, { cause: error });
}
