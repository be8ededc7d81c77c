import type { OutcomeRecord } from '../records';
import type { OutboxMessage } from '../store';
import type { Waiting } from '../waiting';
import type { RowRecord } from './layout';

/** Messages of one row at most, and octets of their records after which a row takes no more. */
export const MESSAGES = 128;
const OCTETS = 2 ** 17;

/** What the disk says of a message in a row: one octet each. */
const WAITING = 0;
const LEASED = 1;
const TOLD = 2;

/** A message of the disk store's outbox, as far as it is in memory. Times are epoch milliseconds. */
export interface Entry extends Waiting {
  /** Its row, once it is in one, and its place there. */
  row: Row;
  place: number;
  /** Key of what it shares with other recipients of its input. */
  readonly body: number | null;
  /** Octets of its record. */
  readonly size: number;
  /** The record, until it is stored. */
  record: Buffer | null;
  /** Of a few messages; the others are read when they are leased. */
  message: OutboxMessage | null;
  /** What cannot be stored of the flow's message, by its properties; there as long as this process is. */
  readonly left: Readonly<Record<string, unknown>> | null;
  /** Found leased, and not leased since. */
  interrupted: boolean;
  /** Something has changed since it was taken, and that is on the disk. */
  progressed: boolean;
  /** Once it has ended: its outcome, of which nobody was told yet. */
  end: OutcomeEnd | null;
}

export interface OutcomeEnd {
  readonly group: OutcomeGroup;
  readonly record: OutcomeRecord;
}

/** Outcomes of one transaction; their record goes when the last of them was told. */
export interface OutcomeGroup {
  readonly key: number;
  readonly records: OutcomeRecord[];
  untold: number;
}

const HEAD = 4;

/**
 * Messages that were stored together. They lie on the disk as one record, so that under load a hundred of them cost one write and one
 * removal; what becomes of each is an octet of a second, small record. The row goes when the last of them was told.
 */
export class Row {
  /** Increasing; the order of the outbox, also after a restart. */
  readonly key: number;
  /** Keys of what its messages share with others of their inputs. */
  readonly bodies: readonly number[];
  readonly #states: Buffer;
  #untold: number;
  /** Texts of messages that were told are still in it; since when, as far as anybody has looked. */
  untidy = false;
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

  /** What every entry has before it is stored. */
  static readonly none = new Row(0, Buffer.alloc(0));

  get length(): number {
    return this.#states.length;
  }

  /** True once all of its messages were told: nothing of it is needed any more. */
  get isOver(): boolean {
    return this.#untold === 0;
  }

  /** As the disk shall have it; a copy, for it changes while a transaction is written. */
  get states(): Buffer {
    return Buffer.from(this.#states);
  }

  isLeased(place: number): boolean {
    return this.#states[place] === LEASED;
  }

  isTold(place: number): boolean {
    return this.#states[place] === TOLD;
  }

  /** @returns whether that is new */
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

/** The number of a message, by which other records speak of it. */
export function numberOf({ row, place }: Entry): number {
  return row.key + place;
}

/** Shares entries out to rows, in their order. */
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

/** @param entries of one row, with their records */
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

/** What is not told of a row that an earlier process has left. */
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

/** The row without the records of what was told. */
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
