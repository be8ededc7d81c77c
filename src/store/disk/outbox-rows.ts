import type { BodyRecord, MessageRecord, ProgressRecord } from '../records';
import type { Bodies } from './bodies';
import type { RowRecord } from './layout';
import { messagesIn, numberOf, recordAt, Row, rowRecord, tidied, type Entry } from './outbox-row';
import { remove, type StoreFile, type Write } from './store-file';

/** Milliseconds for which the text of a told message may stay on the disk in a row with messages that still wait. */
const TIDY_AFTER = 10_000;

/** The rows of the outbox on disk, with the state of each message. A message is told once its flow has its outcome. */
export class OutboxRows {
  readonly #file: StoreFile;
  readonly #bodies: Bodies;
  readonly #rows = new Set<Row>();
  /** Rows whose states on the disk are out of date. */
  #changed = new Set<Row>();
  /** Rows to be rewritten without the texts of told messages. */
  #untidy: readonly Row[] = [];
  /**
   * The row that was read last. Messages are read in order, about a hundred to a row, so nearly all find their row
   * here.
   */
  #read: { readonly row: Row; readonly record: RowRecord } | null = null;
  #nextNumber = 1;

  constructor(file: StoreFile, bodies: Bodies) {
    this.#file = file;
    this.#bodies = bodies;
  }

  /** Reads the rows that an earlier process left. */
  *load(): Iterable<{ readonly row: Row; readonly record: RowRecord }> {
    for (const { key, value: record } of this.#file.range('outbox')) {
      const row = new Row(key, this.#file.get('states', key) ?? Buffer.alloc(messagesIn(record)), record[2]);
      this.#rows.add(row);
      this.#bodies.use(row);
      this.#nextNumber = key + row.length;
      yield { row, record };
    }
  }

  /** Makes a new row of these messages. */
  enter(entries: readonly Entry[]): void {
    const row = Row.ofNew(this.#nextNumber, entries);
    this.#bodies.use(row, entries);
    this.#nextNumber += entries.length;
    entries.forEach((entry, place) => {
      entry.row = row;
      entry.place = place;
    });
  }

  /** The writes that store a new row. @param entries all entries of the row */
  writes(entries: readonly Entry[]): Write[] {
    const { row } = entries[0]!;
    return [
      ...this.#bodies.writes(row),
      this.#file.put('outbox', row.key, rowRecord(entries, row.bodies)),
      this.#file.put('states', row.key, row.states),
    ];
  }

  /** The rows of these entries are on the disk. */
  stored(entries: Iterable<Entry>): void {
    for (const { row } of entries) this.#rows.add(row);
  }

  setLeased({ row, place }: Entry, leased: boolean): void {
    if (row.setLeased(place, leased)) this.#changed.add(row);
  }

  setTold({ row, place }: Entry): void {
    row.setTold(place);
    this.#changed.add(row);
  }

  /** Reads a message from the disk. @throws where it is missing or cannot be decoded */
  read(entry: Entry): {
    readonly record: MessageRecord;
    readonly progress: ProgressRecord | undefined;
    readonly body: BodyRecord | undefined;
  } {
    const { row, place } = entry;
    if (this.#read?.row !== row) {
      const record = this.#file.get('outbox', row.key);
      if (!record) throw new Error('it is gone');
      this.#read = { row, record };
    }
    const record = this.#file.decode(recordAt(this.#read.record, place)) as MessageRecord;
    const progress = entry.progressed ? this.#file.get('progress', numberOf(entry)) : undefined;
    // Records of an earlier version have no field 12.
    const body = record[12] ?? null;
    return { record, progress, body: body === null ? undefined : this.#bodies.read(body) };
  }

  /**
   * Chooses rows that have held texts of told messages for TIDY_AFTER; the next transaction rewrites them without
   * these.
   * @param now epoch milliseconds; Infinity chooses all such rows
   * @returns false where there are none
   */
  tidy(now = Infinity): boolean {
    const due: Row[] = [];
    for (const row of this.#rows) {
      if (!row.untidy) continue;
      row.untidySince ??= now;
      if (now === Infinity || now - row.untidySince >= TIDY_AFTER) due.push(row);
    }
    if (due.length > 0) this.#untidy = due;
    return due.length > 0;
  }

  contribution() {
    const tidy = this.#untidy.filter((row) => row.untidy && !row.isOver);
    this.#untidy = [];
    const changed = this.#changed;
    this.#changed = new Set();
    return {
      arrivals: () => tidy.flatMap((row) => this.#tidyWrites(row)),
      changes: () => Array.from(changed).flatMap((row) => this.#stateWrites(row)),
      arrived: (stored: boolean) => {
        for (const row of tidy) {
          if (stored) row.untidySince = null;
          else row.untidy = true;
        }
      },
      changed: (stored: boolean) => {
        for (const row of changed) {
          if (!stored) this.#changed.add(row);
          else if (row.isOver) this.#rows.delete(row);
        }
      },
    };
  }

  #stateWrites(row: Row): Write[] {
    return row.isOver
      ? [remove('outbox', row.key), remove('states', row.key), ...this.#bodies.removals(row)]
      : [this.#file.put('states', row.key, row.states)];
  }

  #tidyWrites(row: Row): Write[] {
    row.untidy = false;
    const record = this.#file.get('outbox', row.key);
    return record ? [this.#file.put('outbox', row.key, tidied(record, row))] : [];
  }
}
