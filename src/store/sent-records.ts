import { messageIdKey } from '../receipt/match';
import { toSent, sentRecord } from './records';
import type { Databases, Write } from './database';
import type { SentMessage } from './store';

/** Records looked at in one call at most. */
const AT_ONCE = 1000;
/** Sent messages found under one key at most; a platform that repeats its ids must not make receipts slow. The newest stay. */
const SAME_KEY = 16;

/**
 * Sent messages on disk. A record's key begins with its expiry, so that the oldest are found at the front; `ids` leads from a
 * message id to record keys; `due` from a due time to record keys. A row of `due` is dropped when it is found to be out of date:
 * that spares reading the old record whenever a new one is saved.
 */
export class SentRecords {
  readonly #databases: () => Databases;
  /** Saved, but in no transaction yet. */
  #saved = new Changes();
  /** In the transaction that is being committed. */
  #committing = new Changes();

  constructor(databases: () => Databases) {
    this.#databases = databases;
  }

  find(keys: readonly string[]): SentMessage[] {
    const recordKeys = new Set(keys.flatMap((key) => this.#recordKeys(key)));
    return [...recordKeys].flatMap((key) => this.#get(key) ?? []);
  }

  save(sent: SentMessage): void {
    const recordKey = recordKeyOf(sent);
    this.#saved.records.set(recordKey, sent);
    if (sent.dueAt !== null) this.#saved.due.set(timeKey(sent.dueAt) + recordKey, true);
    for (const id of sent.messageIds) if (id) this.#index(messageIdKey(id), recordKey);
  }

  findDue(now: number): SentMessage[] {
    const found: SentMessage[] = [];
    for (const key of this.#databases().due.getKeys({ end: timeKey(now + 1), limit: AT_ONCE })) {
      const sent = this.#get(key.slice(TIME_DIGITS));
      if (sent && sent.dueAt !== null && key.startsWith(timeKey(sent.dueAt))) found.push(sent);
      else this.#saved.due.set(key, false);
    }
    return found;
  }

  /** @returns how many */
  forget(now: number): number {
    const keys = [...this.#databases().sent.getKeys({ end: timeKey(now + 1), limit: AT_ONCE })];
    for (const key of keys) {
      const sent = this.#get(key);
      this.#saved.records.set(key, null);
      for (const id of sent?.messageIds ?? []) if (id) this.#unindex(messageIdKey(id), key);
    }
    return keys.length;
  }

  get hasChanges(): boolean {
    return !this.#saved.isEmpty;
  }

  /** @returns all that was saved so far, for the transaction that begins now */
  take(put: (to: Write['to'], key: string, record: unknown) => Write): Write[] {
    const { records, ids, due } = this.#saved;
    this.#committing = this.#saved;
    this.#saved = new Changes();
    const writes: Write[] = [];
    for (const [key, sent] of records)
      writes.push(sent ? put('sent', key, sentRecord(sent)) : { to: 'sent', key, value: null });
    for (const [key, keys] of ids)
      writes.push(keys.length > 0 ? put('ids', key, keys) : { to: 'ids', key, value: null });
    for (const [key, isDue] of due) writes.push(isDue ? put('due', key, true) : { to: 'due', key, value: null });
    return writes;
  }

  /** The transaction has ended, one way or the other. */
  written(): void {
    this.#committing = new Changes();
  }

  #get(recordKey: string): SentMessage | null {
    for (const { records } of [this.#saved, this.#committing]) {
      const unwritten = records.get(recordKey);
      if (unwritten !== undefined) return unwritten;
    }
    const record = this.#databases().sent.get(recordKey);
    return record ? toSent(record) : null;
  }

  #recordKeys(key: string): readonly string[] {
    const unwritten = this.#saved.ids.get(key) ?? this.#committing.ids.get(key);
    if (unwritten) return unwritten;
    return isKey(key) ? (this.#databases().ids.get(key) ?? []) : [];
  }

  #index(key: string, recordKey: string): void {
    if (!isKey(key)) return;
    const known = this.#recordKeys(key);
    if (known.includes(recordKey)) return;
    const id = recordKey.slice(TIME_DIGITS);
    const others: string[] = [];
    for (const other of known) {
      if (other.slice(TIME_DIGITS) !== id) others.push(other);
      // The same message with another expiry: resent after a restart. One record is enough.
      else this.#saved.records.set(other, null);
    }
    this.#saved.ids.set(key, [...others.slice(1 - SAME_KEY), recordKey]);
  }

  #unindex(key: string, recordKey: string): void {
    const known = this.#recordKeys(key);
    if (known.includes(recordKey)) {
      this.#saved.ids.set(
        key,
        known.filter((other) => other !== recordKey),
      );
    }
  }
}

class Changes {
  /** null: forgotten. */
  readonly records = new Map<string, SentMessage | null>();
  readonly ids = new Map<string, readonly string[]>();
  readonly due = new Map<string, boolean>();

  get isEmpty(): boolean {
    return this.records.size === 0 && this.ids.size === 0 && this.due.size === 0;
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

function recordKeyOf(sent: SentMessage): string {
  return timeKey(sent.expiresAt) + sent.id;
}

/** LMDB takes no empty key, and lmdb no NUL in one; no platform has such ids. */
function isKey(key: string): boolean {
  return key !== '' && !key.includes('\0');
}
