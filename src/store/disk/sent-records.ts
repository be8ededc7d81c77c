import { randomBytes } from 'node:crypto';
import { messageIdKey } from '../../receipt/match';
import { sentRecord, toSent, type SentRecord } from '../records';
import type { SentMessage } from '../store';
import type { Link } from './layout';
import { remove, type StoreFile, type Write } from './store-file';

/** Keys and due messages looked at in one call at most. */
const AT_ONCE = 1000;
/**
 * Sent messages found under one key at most; a platform that repeats its ids must not make receipts slow. The newest
 * stay.
 */
const SAME_KEY = 16;

/** One of the records under a key; nearly always there is only one, a message. */
type Item = SentMessage | Link;

/**
 * Sent messages on disk, under the keys of their message ids. `sentExpiry` lists keys by the second in which something
 * under them expires; `sentDue` leads from a due time to the key of a message. Rows of both may be out of date: readers
 * compare them with the message. So saving a message need not look for its old rows.
 */
export class SentRecords {
  readonly #file: StoreFile;
  /** Changes that are in no transaction yet. */
  #saved = new Changes();
  /** Changes in the transaction that is being committed. */
  #committing = new Changes();
  /** Part of the keys of new `sentExpiry` rows: makes them differ from those of other processes. */
  readonly #tag = randomBytes(6).toString('base64url');
  #rows = 0;

  constructor(file: StoreFile) {
    this.#file = file;
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

  /** The message of this id, remembered under these ids of the platform. */
  ofMessage(id: string, messageIds: readonly (string | null)[]): SentMessage | null {
    const home = homeOf({ id, messageIds }, keysOf({ messageIds }));
    const item = this.#items(home).find((one) => nameOf(one) === id);
    return item && !isLink(item) ? item : null;
  }

  /** Saves a message. @returns a function that takes this back, unless the message was saved again since */
  save(sent: SentMessage): () => void {
    const keys = keysOf(sent);
    const home = homeOf(sent, keys);
    const undo = this.#put(home, sent.id, sent);
    this.#expires(home, sent.expiresAt);
    for (const key of keys) {
      if (key === home) continue;
      this.#put(key, home, [home, sent.expiresAt]);
      this.#expires(key, sent.expiresAt);
    }
    if (sent.dueAt !== null) this.#saved.due.set(timeKey(sent.dueAt) + sent.id, home);
    // `undo` leaves links, due and expiry rows: readers ignore those that lead nowhere.
    return undo;
  }

  findDue(now: number): SentMessage[] {
    const found: SentMessage[] = [];
    for (const { key, value } of this.#file.range('sentDue', { end: timeKey(now + 1), limit: AT_ONCE })) {
      const sent = this.#items(value).find((item) => nameOf(item) === key.slice(TIME_DIGITS));
      if (sent && !isLink(sent) && sent.dueAt !== null && key.startsWith(timeKey(sent.dueAt))) found.push(sent);
      else this.#saved.due.set(key, null);
    }
    return found;
  }

  /** Forgets messages that have expired at `now`. @returns these messages */
  forget(now: number): SentMessage[] {
    const forgotten: SentMessage[] = [];
    let looked = 0;
    for (const { key, value: names } of this.#file.range('sentExpiry', { end: timeKey(now + 1) })) {
      const later = names.filter((name) => {
        const items = this.#items(name);
        const left = items.filter((item) => expiryOf(item) > now);
        if (left.length < items.length) this.#saved.items.set(name, left);
        for (const item of items) if (!isLink(item) && item.expiresAt <= now) forgotten.push(item);
        // Items that expire within this second keep the row; later ones have rows of their own.
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

  /** All changes so far, for the transaction that begins now. */
  contribution() {
    this.#committing = this.#saved;
    this.#saved = new Changes();
    return {
      changes: () => this.#writes(this.#committing),
      changed: (stored: boolean) => {
        if (!stored) this.#saved.addOlder(this.#committing);
        this.#committing = new Changes();
      },
    };
  }

  #writes({ items, due, expiry, expiring }: Changes): Write[] {
    const file = this.#file;
    const writes: Write[] = [];
    for (const [key, all] of items) {
      writes.push(all.length === 0 ? remove('sent', key) : file.put('sent', key, all.map(itemRecord)));
    }
    for (const [key, home] of due) {
      writes.push(home === null ? remove('sentDue', key) : file.put('sentDue', key, home));
    }
    for (const [key, names] of expiry) {
      writes.push(names.length === 0 ? remove('sentExpiry', key) : file.put('sentExpiry', key, names));
    }
    for (const [second, names] of expiring) {
      const key = `${timeKey(second * SECOND)}${this.#tag}${(this.#rows++).toString(36)}`;
      writes.push(file.put('sentExpiry', key, [...names]));
    }
    return writes;
  }

  #home(key: string): SentMessage | null {
    const [item] = this.#items(key);
    return item && !isLink(item) ? item : null;
  }

  /** The items under a key, the oldest first. */
  #items(key: string): readonly Item[] {
    const unwritten = this.#saved.items.get(key) ?? this.#committing.items.get(key);
    if (unwritten) return unwritten;
    return this.#file.get('sent', key)?.map(itemOf) ?? NONE;
  }

  #put(key: string, name: string, item: Item): () => void {
    const items = this.#items(key);
    // Nearly always the key is new.
    const others = items.length > 0 ? items.filter((other) => nameOf(other) !== name) : items;
    this.#saved.items.set(key, others.length === 0 ? [item] : [...others.slice(1 - SAME_KEY), item]);
    return () => {
      const now = this.#items(key);
      if (!now.includes(item)) return;
      const before = items.filter((other) => nameOf(other) === name);
      this.#saved.items.set(key, [...before, ...now.filter((other) => other !== item)]);
    };
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
  /** Changes of `sentDue`: key of the message by row; null removes the row. */
  readonly due = new Map<string, string | null>();
  /** Changed rows of `sentExpiry`: the keys that are left in each. */
  readonly expiry = new Map<string, readonly string[]>();
  /** New rows of `sentExpiry`: keys by second since the epoch. */
  readonly expiring = new Map<number, Set<string>>();

  /** Adds older changes; the ones that are here already win. */
  addOlder({ items, due, expiry, expiring }: Changes): void {
    for (const [key, all] of items) if (!this.items.has(key)) this.items.set(key, all);
    for (const [key, home] of due) if (!this.due.has(key)) this.due.set(key, home);
    for (const [key, names] of expiry) if (!this.expiry.has(key)) this.expiry.set(key, names);
    for (const [second, names] of expiring) {
      this.expiring.set(second, new Set([...names, ...(this.expiring.get(second) ?? [])]));
    }
  }

  get isEmpty(): boolean {
    return this.items.size === 0 && this.due.size === 0 && this.expiry.size === 0 && this.expiring.size === 0;
  }
}

const TIME_DIGITS = 9;
const LAST_TIME = 36 ** TIME_DIGITS - 1;

/** A time in epoch milliseconds as text that sorts like the number. */
function timeKey(time: number): string {
  return Math.min(Math.max(0, Math.ceil(time)), LAST_TIME)
    .toString(36)
    .padStart(TIME_DIGITS, '0');
}

/** Begins the key of a message with several segments; no key of a message id begins with it. */
const OWN = '\x01';

function keysOf({ messageIds }: Pick<SentMessage, 'messageIds'>): readonly string[] {
  const keys: string[] = [];
  for (const id of messageIds) {
    const key = id === null ? '' : messageIdKey(id);
    if (isKey(key) && !keys.includes(key)) keys.push(key);
  }
  return keys;
}

function homeOf(sent: Pick<SentMessage, 'id' | 'messageIds'>, keys: readonly string[]): string {
  return sent.messageIds.length === 1 && keys.length === 1 ? keys[0]! : OWN + sent.id;
}

function isLink(item: Item): item is Link {
  return Array.isArray(item);
}

/** Identifies an item among those under its key. */
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

/** False for keys that cannot be stored: LMDB takes no empty key, lmdb no NUL in one. No platform has such ids. */
function isKey(key: string): boolean {
  return key !== '' && !key.includes('\0') && !key.startsWith(OWN);
}
