import { contentOf, type BodyRecord, type SharedBody } from '../records';
import type { RecipientsOfInput } from '../list-recipient';
import type { OutboxMessage } from '../store';
import type { Row } from './outbox-row';
import { remove, type StoreFile, type Write } from './store-file';

interface Body extends SharedBody {
  /** The encoded record; null where an earlier process has stored it. */
  readonly octets: Buffer | null;
  /** The rows with messages that need this body. */
  readonly rows: Set<Row>;
  /** True where the body is on the disk, or in the transaction that is being made. */
  stored: boolean;
}

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
      this.#byKey.set(key, { key, left: null, cut: false, octets: null, rows: new Set(), stored: true });
      this.#next = key + 1;
    }
  }

  /** The body of a message; null where its input named one recipient. */
  of(message: OutboxMessage): SharedBody | null {
    if (!message.recipient) return null;
    const { list } = message.recipient;
    let body = this.#byList.get(list);
    if (!body) {
      const { record, left, cut } = contentOf(message);
      body = { key: this.#next++, left, cut, octets: this.#file.encode(record), rows: new Set(), stored: false };
      this.#byList.set(list, body);
    }
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

  use(row: Row): void {
    for (const key of row.bodies) this.#byKey.get(key)?.rows.add(row);
  }

  /** Writes of bodies that a new row needs and that are not on the disk. */
  writes(row: Row): Write[] {
    const missing = row.bodies.map((key) => this.#byKey.get(key)!).filter(({ stored }) => !stored);
    for (const body of missing) {
      body.stored = true;
      this.#written.push(body);
    }
    return missing.map(({ key, octets }) => ({ to: 'bodies', key, value: octets }));
  }

  /**
   * The transaction with the last `writes` has ended.
   * @param rows the new rows in it
   * @param stored whether it is on the disk
   */
  arrived(rows: readonly Row[], stored: boolean): void {
    if (!stored) {
      for (const body of this.#written) body.stored = false;
      for (const row of rows) for (const key of row.bodies) this.#byKey.get(key)?.rows.delete(row);
    }
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
      if (body && body.rows.size > 0) return [];
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
