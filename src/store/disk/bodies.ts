import { contentOf, type BodyRecord, type SharedBody } from '../records';
import type { RecipientsOfInput } from '../list-recipient';
import type { OutboxMessage } from '../store';
import type { Entry, Row } from './outbox-row';
import { remove, type StoreFile, type Write } from './store-file';

interface Body extends SharedBody {
  /** Octets of the record. */
  readonly size: number;
  /** The encoded record until it is stored, then null. */
  record: Buffer | null;
  /** The number of messages that need this body and have no row yet. */
  arriving: number;
  /** The rows with messages that need this body. */
  readonly rows: Set<Row>;
  /** True where the body is on the disk, or in the transaction that is being made. */
  stored: boolean;
}

/** Octets that a body of an earlier process is taken to have, for it is not read when the store opens. */
const UNREAD = 2 ** 16;

/**
 * Content that the recipients of one input share, as one record for all of them. It is removed with the last row that
 * needs it.
 */
export class Bodies {
  readonly #file: StoreFile;
  readonly #byList = new WeakMap<RecipientsOfInput, Body>();
  readonly #byKey = new Map<number, Body>();
  /** Bodies in the transaction that is being made. */
  #written: Body[] = [];
  #read: { readonly key: number; readonly record: BodyRecord } | null = null;
  #next = 1;

  constructor(file: StoreFile) {
    this.#file = file;
  }

  /** Reads the keys of bodies that an earlier process left. */
  load(): void {
    for (const key of this.#file.keys('bodies')) {
      const unread = { left: null, cut: false, size: UNREAD, record: null, arriving: 0 };
      this.#byKey.set(key, { key, ...unread, rows: new Set(), stored: true });
      this.#next = key + 1;
    }
  }

  /** The body of a new message, which is to get a row; null where its input named one recipient. */
  of(message: OutboxMessage): SharedBody | null {
    if (!message.recipient) return null;
    const { list } = message.recipient;
    let body = this.#byList.get(list);
    if (!body) {
      const { record: content, left, cut } = contentOf(message);
      const record = this.#file.encode(content);
      const { length: size } = record;
      body = { key: this.#next++, left, cut, size, record, arriving: 0, rows: new Set(), stored: false };
      this.#byList.set(list, body);
    } else if (!body.stored) {
      // Its last row is gone, and with it the record.
      body.record ??= this.#file.encode(contentOf(message).record);
    }
    body.arriving += 1;
    this.#byKey.set(body.key, body);
    return body;
  }

  /** Reads a body from the disk. @throws where it is missing or cannot be decoded */
  read(key: number): BodyRecord {
    if (this.#read?.key !== key) {
      const record = this.#file.get('bodies', key);
      if (!record) throw new Error('what it shares with others is gone');
      this.#read = { key, record };
    }
    return this.#read.record;
  }

  /** A row needs its bodies from now on. @param entries its messages, where they are new */
  use(row: Row, entries: readonly Pick<Entry, 'body'>[] = []): void {
    for (const key of row.bodies) {
      const body = this.#byKey.get(key);
      if (!body) continue;
      body.rows.add(row);
      row.bodyOctets += body.size;
    }
    for (const { body } of entries) if (body !== null) this.#byKey.get(body)!.arriving -= 1;
  }

  /** Writes of bodies that a new row needs and that are not on the disk. */
  writes(row: Row): Write[] {
    const missing = row.bodies.map((key) => this.#byKey.get(key)!).filter(({ stored }) => !stored);
    for (const body of missing) {
      body.stored = true;
      this.#written.push(body);
    }
    return missing.map(({ key, record }) => ({ to: 'bodies', key, value: record }));
  }

  /**
   * The transaction with the last `writes` has ended.
   * @param rows the new rows in it
   * @param stored whether it is on the disk
   */
  arrived(rows: readonly Row[], stored: boolean): void {
    for (const body of this.#written) {
      if (stored) body.record = null;
      else body.stored = false;
    }
    if (!stored) for (const row of rows) for (const key of row.bodies) this.#byKey.get(key)?.rows.delete(row);
    this.#written = [];
  }

  /**
   * Removals of bodies that only this row needs, for the transaction that removes the row. May be called again where
   * that fails.
   */
  removals(row: Row): Write[] {
    return row.bodies.flatMap((key) => {
      const body = this.#byKey.get(key);
      body?.rows.delete(row);
      if (body && (body.rows.size > 0 || body.arriving > 0)) return [];
      // More recipients of the same input may come: the body is then written again.
      if (body) body.stored = false;
      this.#byKey.delete(key);
      return [remove('bodies', key)];
    });
  }

  /** Removals of bodies without a row: an earlier process could not store their messages. */
  orphans(): Write[] {
    return Array.from(this.#byKey.values())
      .filter(({ rows }) => rows.size === 0)
      .map(({ key }) => {
        this.#byKey.delete(key);
        return remove('bodies', key);
      });
  }
}
