import type { OutcomeRecord } from '../records';
import type { OutboxMessage } from '../store';
import type { Waiting } from '../waiting';
import type { RowRecord } from './layout';

/** Messages of one row at most. */
export const MESSAGES = 128;
/** Octets of records after which a row takes no more messages. */
const OCTETS = 2 ** 17;

/** States of a message in a row, one octet on the disk. A message is told once its flow has its outcome. */
const WAITING = 0;
const LEASED = 1;
const TOLD = 2;

/** What is in memory of a message in the disk store's outbox. Times are epoch milliseconds. */
export interface Entry extends Waiting {
  /** The message's row; `Row.none` before it has one. */
  row: Row;
  /** Index of the message in its row. */
  place: number;
  /** Key of the content that the message shares with other recipients of its input; null where it has its own. */
  readonly body: number | null;
  /** Octets of the message's record. */
  readonly size: number;
  /** The encoded record until it is stored, then null. */
  record: Buffer | null;
  /** Kept for a few messages; the others are read from the disk when they are leased. */
  message: OutboxMessage | null;
  /** Properties of the flow's message that cannot be stored; they exist only as long as this process does. */
  readonly left: Readonly<Record<string, unknown>> | null;
  /** True where an earlier lease never ended and the message was not leased since: it may have been submitted. */
  interrupted: boolean;
  /** True where the disk has a progress record of the message. */
  progressed: boolean;
  /** The outcome, once the message has ended, until the flow is told. */
  end: OutcomeEnd | null;
}

export interface OutcomeEnd {
  readonly group: OutcomeGroup;
  readonly record: OutcomeRecord;
}

/** Outcomes stored by one transaction as one record, which is removed when the last of them was told. */
export interface OutcomeGroup {
  readonly key: number;
  readonly records: OutcomeRecord[];
  untold: number;
}

const HEAD = 4;

/**
 * Messages that were stored together. They are one record on the disk, so that under load a hundred messages cost one
 * write and one removal. The states of the messages are a second, small record, an octet each. The row is removed when
 * the last message was told.
 */
export class Row {
  /** Number of the row's first message. Increases, also over restarts, and so gives the order of the outbox. */
  readonly key: number;
  /** Keys of the bodies that messages of this row share with other recipients of their inputs. */
  readonly bodies: readonly number[];
  /** Octets of these bodies. */
  bodyOctets = 0;
  readonly #states: Buffer;
  #untold: number;
  /** True while the record still has texts of told messages. */
  untidy = false;
  /** When `OutboxRows.tidy` first found the row untidy; null before. */
  untidySince: number | null = null;

  constructor(key: number, states: Buffer, bodies: readonly number[] = []) {
    this.key = key;
    this.bodies = bodies;
    this.#states = states;
    this.#untold = states.reduce((count, state) => count + (state === TOLD ? 0 : 1), 0);
    this.untidy = this.#untold < states.length;
  }

  static ofNew(key: number, entries: readonly Entry[]): Row {
    const bodies = new Set(entries.flatMap(({ body }) => body ?? []));
    return new Row(key, Buffer.alloc(entries.length, WAITING), [...bodies]);
  }

  /** The row of entries that have none yet. */
  static readonly none = new Row(0, Buffer.alloc(0));

  get length(): number {
    return this.#states.length;
  }

  /** True once all messages were told: the row can be removed. */
  get isOver(): boolean {
    return this.#untold === 0;
  }

  /** The states record. A copy, because states change while a transaction is written. */
  get states(): Buffer {
    return Buffer.from(this.#states);
  }

  isLeased(place: number): boolean {
    return this.#states[place] === LEASED;
  }

  isTold(place: number): boolean {
    return this.#states[place] === TOLD;
  }

  /** @returns true where this changes the state */
  setLeased(place: number, leased: boolean): boolean {
    const state = leased ? LEASED : WAITING;
    if (this.#states[place] === state) return false;
    this.#states[place] = state;
    return true;
  }

  setTold(place: number): void {
    if (this.#states[place] === TOLD) return;
    this.#states[place] = TOLD;
    this.#untold -= 1;
    this.untidy = true;
  }
}

/** The number of a message, by which progress and outcome records refer to it. */
export function numberOf({ row, place }: Entry): number {
  return row.key + place;
}

/** Octets that a message takes in memory, with its part of what it shares: of one shared by few it is as good as all. */
export function weightOf({ size, row }: Pick<Entry, 'size' | 'row'>): number {
  return size + row.bodyOctets / Math.max(1, row.length);
}

/** Splits entries into groups that fit into rows, in their order. */
export function* rowsOf(entries: readonly Entry[]): Iterable<readonly Entry[]> {
  let from = 0;
  let octets = 0;
  for (let at = 0; at < entries.length; at++) {
    if (at - from === MESSAGES || octets > OCTETS) {
      yield entries.slice(from, at);
      from = at;
      octets = 0;
    }
    octets += entries[at]!.size;
  }
  if (from < entries.length) yield entries.slice(from);
}

/** The record of a new row. @param entries all entries of the row, with their encoded records */
export function rowRecord(
  entries: readonly Pick<Entry, 'urgent' | 'queuedAt' | 'expiresAt' | 'record' | 'size'>[],
  bodies: readonly number[],
): RowRecord {
  const heads: number[] = [];
  let end = 0;
  for (const { urgent, queuedAt, expiresAt, size } of entries) {
    end += size;
    heads.push(urgent ? 1 : 0, queuedAt, expiresAt, end);
  }
  return [heads, Buffer.concat(entries.map(({ record }) => record!)), bodies];
}

/** Entries of the messages that are not told, of a row that an earlier process left. */
export function entriesOf([heads]: RowRecord, row: Row): Entry[] {
  const entries: Entry[] = [];
  for (let place = 0; place < row.length; place++) {
    if (row.isTold(place)) continue;
    const [urgent, queuedAt, expiresAt] = heads.slice(place * HEAD) as [number, number, number];
    const size = endOf(heads, place) - endOf(heads, place - 1);
    const interrupted = row.isLeased(place);
    entries.push({
      urgent: urgent === 1,
      queuedAt,
      expiresAt,
      row,
      place,
      body: null,
      size,
      record: null,
      message: null,
      left: null,
      interrupted,
      progressed: false,
      end: null,
    });
  }
  return entries;
}

/** The octets of one message's record. */
export function recordAt([heads, records]: RowRecord, place: number): Buffer {
  return records.subarray(endOf(heads, place - 1), endOf(heads, place));
}

/** The row's record without the messages that were told. */
export function tidied(record: RowRecord, row: Row): RowRecord {
  const heads = [...record[0]];
  const left: Buffer[] = [];
  let end = 0;
  for (let place = 0; place < row.length; place++) {
    if (!row.isTold(place)) {
      const octets = recordAt(record, place);
      left.push(octets);
      end += octets.length;
    }
    heads[place * HEAD + HEAD - 1] = end;
  }
  return [heads, Buffer.concat(left), row.bodies];
}

export function messagesIn([heads]: RowRecord): number {
  return heads.length / HEAD;
}

function endOf(heads: readonly number[], place: number): number {
  return place < 0 ? 0 : heads[place * HEAD + HEAD - 1]!;
}
