import { randomBytes } from 'node:crypto';
import { messageIdKey } from '../../receipt/match';
import { sentRecord, toSent, type SentRecord } from '../records';
import type { Databases, Write } from './database';
import type { SentMessage } from '../store';

/** Keys and due messages looked at in one call at most. */
const AT_ONCE = 1000;
/** Sent messages found under one key at most; a platform that repeats its ids must not make receipts slow. The newest stay. */
const SAME_KEY = 16;

/** A message of several segments lies under a key of its own; the keys of its ids lead there. */
type Link = readonly [home: string, expiresAt: number];
/** What lies under a key: nearly always one message. */
export type SentItems = readonly (SentRecord | Link)[];
type Item = SentMessage | Link;

/**
 * Sent messages on disk, under the keys of their message ids. `sentExpiry` lists keys by the second in which something under them
 * expires; `sentDue` leads from a due time to the key of a message. Rows of both may be out of date, which shows when they are
 * followed: that spares looking for them whenever a message is saved.
 */
export class SentRecords {
  readonly #databases: () => Databases;
  /** Saved, but in no transaction yet. */
  #saved = new Changes();
  /** In the transaction that is being committed. */
  #committing = new Changes();
  /** Keys of new rows of `sentExpiry` are like no others. */
  readonly #tag = randomBytes(6).toString('base64url');
  #rows = 0;

  constructor(databases: () => Databases) {
    this.#databases = databases;
  }

  find(keys: readonly string[]): SentMessage[] {
    const found = new Map<string, SentMessage>();
    for (const key of keys) {
      for (const item of isKey(key) ? this.#items(key) : []) {
        const sent = isLink(item) ? this.#home(item[0]) : item;
        if (sent && !found.has(sent.id)) found.set(sent.id, sent);
      }
    }
    return [...found.values()];
  }

  save(sent: SentMessage): void {
    const keys = keysOf(sent);
    const home = homeOf(sent, keys);
    this.#put(home, sent.id, sent);
    this.#expires(home, sent.expiresAt);
    for (const key of keys) {
      if (key === home) continue;
      this.#put(key, home, [home, sent.expiresAt]);
      this.#expires(key, sent.expiresAt);
    }
    if (sent.dueAt !== null) this.#saved.due.set(timeKey(sent.dueAt) + sent.id, home);
  }

  findDue(now: number): SentMessage[] {
    const found: SentMessage[] = [];
    for (const { key, value } of this.#databases().sentDue.getRange({ end: timeKey(now + 1), limit: AT_ONCE })) {
      const sent = this.#items(value).find((item) => nameOf(item) === key.slice(TIME_DIGITS));
      if (sent && !isLink(sent) && sent.dueAt !== null && key.startsWith(timeKey(sent.dueAt))) found.push(sent);
      else this.#saved.due.set(key, null);
    }
    return found;
  }

  /** @returns how many messages */
  forget(now: number): number {
    let forgotten = 0;
    let looked = 0;
    for (const { key, value: names } of this.#databases().sentExpiry.getRange({ end: timeKey(now + 1) })) {
      const later = names.filter((name) => {
        const items = this.#items(name);
        const left = items.filter((item) => expiryOf(item) > now);
        if (left.length < items.length) this.#saved.items.set(name, left);
        forgotten += items.filter((item) => !isLink(item) && expiryOf(item) <= now).length;
        // Its row is of a second that is not over.
        return left.some((item) => expiryOf(item) < now + SECOND);
      });
      if (later.length < names.length) this.#saved.expiry.set(key, later);
      looked += names.length;
      if (looked >= AT_ONCE) break;
    }
    return forgotten;
  }

  get hasChanges(): boolean {
    return !this.#saved.isEmpty;
  }

  /** @returns all that was saved so far, for the transaction that begins now */
  take(put: (to: Write['to'], key: unknown, record: unknown) => Write): Write[] {
    const { items, due, expiry, expiring } = this.#saved;
    this.#committing = this.#saved;
    this.#saved = new Changes();
    const writes: Write[] = [];
    const write = (to: Write['to'], key: string, record: unknown): void => {
      writes.push(record === null ? { to, key, value: null } : put(to, key, record));
    };
    for (const [key, all] of items) write('sent', key, all.length === 0 ? null : all.map(itemRecord));
    for (const [key, home] of due) write('sentDue', key, home);
    for (const [key, names] of expiry) write('sentExpiry', key, names.length === 0 ? null : names);
    for (const [second, names] of expiring) {
      write('sentExpiry', `${timeKey(second * SECOND)}${this.#tag}${(this.#rows++).toString(36)}`, [...names]);
    }
    return writes;
  }

  /** The transaction has ended, one way or the other. */
  written(): void {
    this.#committing = new Changes();
  }

  #home(key: string): SentMessage | null {
    const [item] = this.#items(key);
    return item && !isLink(item) ? item : null;
  }

  /** What lies under a key, the oldest first. */
  #items(key: string): readonly Item[] {
    const unwritten = this.#saved.items.get(key) ?? this.#committing.items.get(key);
    if (unwritten) return unwritten;
    return this.#databases().sent.get(key)?.map(itemOf) ?? NONE;
  }

  #put(key: string, name: string, item: Item): void {
    const items = this.#items(key);
    // Nearly always there is nothing yet.
    const others = items.length > 0 ? items.filter((other) => nameOf(other) !== name) : items;
    this.#saved.items.set(key, others.length === 0 ? [item] : [...others.slice(1 - SAME_KEY), item]);
  }

  #expires(key: string, expiresAt: number): void {
    const second = Math.floor(expiresAt / SECOND);
    const names = this.#saved.expiring.get(second);
    if (names) names.add(key);
    else this.#saved.expiring.set(second, new Set([key]));
  }
}

const SECOND = 1000;
const NONE: readonly Item[] = [];

class Changes {
  readonly items = new Map<string, readonly Item[]>();
  /** null: not due any more. */
  readonly due = new Map<string, string | null>();
  /** What is left of rows. */
  readonly expiry = new Map<string, readonly string[]>();
  /** New rows: keys by second. */
  readonly expiring = new Map<number, Set<string>>();

  get isEmpty(): boolean {
    return this.items.size === 0 && this.due.size === 0 && this.expiry.size === 0 && this.expiring.size === 0;
  }
}

const TIME_DIGITS = 9;
const LAST_TIME = 36 ** TIME_DIGITS - 1;

/** A time as text that sorts like it. */
function timeKey(time: number): string {
  return Math.min(Math.max(0, Math.ceil(time)), LAST_TIME)
    .toString(36)
    .padStart(TIME_DIGITS, '0');
}

/** No key of a message id begins like this. */
const OWN = '\x01';

function keysOf({ messageIds }: SentMessage): readonly string[] {
  const keys: string[] = [];
  for (const id of messageIds) {
    const key = id === null ? '' : messageIdKey(id);
    if (isKey(key) && !keys.includes(key)) keys.push(key);
  }
  return keys;
}

function homeOf(sent: SentMessage, keys: readonly string[]): string {
  return sent.messageIds.length === 1 && keys.length === 1 ? keys[0]! : OWN + sent.id;
}

function isLink(item: Item): item is Link {
  return Array.isArray(item);
}

/** By which an item is told from the others under its key. */
function nameOf(item: Item): string {
  return isLink(item) ? item[0] : item.id;
}

function expiryOf(item: Item): number {
  return isLink(item) ? item[1] : item.expiresAt;
}

function itemRecord(item: Item): SentRecord | Link {
  return isLink(item) ? item : sentRecord(item);
}

function itemOf(record: SentRecord | Link): Item {
  return record.length === 2 ? record : toSent(record);
}

/** LMDB takes no empty key, and lmdb no NUL in one; no platform has such ids. */
function isKey(key: string): boolean {
  return key !== '' && !key.includes('\0') && !key.startsWith(OWN);
}
