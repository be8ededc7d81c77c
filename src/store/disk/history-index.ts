import { LAST_DIGITS, type MessageFilter } from '../../history/filter';
import type { HistoryEntry } from '../../history/entry';
import { messageIdKey } from '../../receipt/match';
import { remove, type StoreFile, type Write } from './store-file';

/** Entries of one page. A column of a page, four octets an entry, fills one page of the file. */
export const PAGE = 1000;
/** Columns of a page, by the order of their records. */
const TIME = 0;
const TO = 1;
const ID = 2;
const MESSAGE_IDS = 3;
const COLUMNS = 4;

/**
 * What a page has of each of its entries, by place. A place without an entry has time 0. A column is read and written
 * as a whole: a search looks through four octets an entry, which takes milliseconds for a million, and a new entry costs
 * no search in a tree.
 */
interface IndexPage {
  /** Seconds since the epoch at which the message was queued. */
  readonly times: Uint32Array;
  /** Hashes of the last digits of its number. */
  readonly numbers: Uint32Array;
  readonly ids: Uint32Array;
  /** Pairs: a hash of a platform's id, and the place of its entry. */
  messageIds: number[];
}

/** Where entries are, by time, number, id and the platform's ids. What it names fits by its hash only. */
export class HistoryIndex {
  readonly #file: StoreFile;
  /** Pages that differ from those on the disk, and the newest page. */
  readonly #pages = new Map<number, IndexPage>();
  #changed = new Set<number>();
  #newest = -1;

  constructor(file: StoreFile) {
    this.#file = file;
  }

  /** @returns number of entries that an earlier process left */
  load(): number {
    let size = 0;
    for (const key of this.#file.keys('historyIndex')) {
      if (key % COLUMNS !== TIME) continue;
      this.#newest = key / COLUMNS;
      for (const time of this.#column(this.#newest, TIME)) if (time !== 0) size += 1;
    }
    return size;
  }

  add(number: number, { id, to, queuedAt, messageIds }: HistoryEntry): void {
    const page = this.#page(Math.floor(number / PAGE));
    const place = number % PAGE;
    page.times[place] = secondOf(queuedAt);
    page.numbers[place] = hashOfNumber(to);
    page.ids[place] = hash(id);
    for (const messageId of messageIds) if (messageId) page.messageIds.push(hash(messageIdKey(messageId)), place);
  }

  /** The entry is gone. */
  remove(number: number): void {
    this.#removeFrom(Math.floor(number / PAGE), number % PAGE, (number % PAGE) + 1);
  }

  /** All entries with a lower number are gone. @returns the writes that remove whole pages */
  removeBefore(number: number): Write[] {
    const first = Math.floor(number / PAGE);
    const keys = [...this.#file.keys('historyIndex', { end: first * COLUMNS })];
    for (const page of this.#pages.keys()) {
      if (page >= first) continue;
      this.#pages.delete(page);
      this.#changed.delete(page);
    }
    if (number % PAGE > 0) this.#removeFrom(first, 0, number % PAGE);
    return keys.map((key) => remove('historyIndex', key));
  }

  /** When the messages of a page were queued, in seconds since the epoch, by place; 0 where there is no entry. */
  times(page: number): ArrayLike<number> {
    return this.#column(page, TIME);
  }

  /** Numbers of entries of one page that may fit, the highest first. */
  candidates(page: number, filter: MessageFilter): number[] {
    const { since, until } = filter;
    const column = this.#keyColumn(page, filter);
    const [first, last] = [secondOf(since ?? 0), secondOf(until ?? Infinity)];
    const times = column && since === undefined && until === undefined ? null : this.#column(page, TIME);
    const found: number[] = [];
    for (let place = PAGE - 1; place >= 0; place--) {
      if (column && !column(place)) continue;
      const time = times?.[place] ?? 0;
      if (!times || (time !== 0 && time >= first && time <= last)) found.push(page * PAGE + place);
    }
    return found;
  }

  /** Numbers of entries of one page whose ids may be among these. */
  withIds(page: number, hashes: ReadonlySet<number>): number[] {
    const found: number[] = [];
    this.#column(page, ID).forEach((value, place) => {
      if (value !== 0 && hashes.has(value)) found.push(page * PAGE + place);
    });
    return found;
  }

  /** The writes of the pages that have changed. */
  contribution() {
    const changed = this.#changed;
    this.#changed = new Set();
    return {
      writes: () =>
        Array.from(changed).flatMap((number) => {
          const { times, numbers, ids, messageIds } = this.#pages.get(number)!;
          return [times, numbers, ids, Uint32Array.from(messageIds)].map((column, place) =>
            this.#file.put(
              'historyIndex',
              number * COLUMNS + place,
              Buffer.from(column.buffer, column.byteOffset, column.byteLength),
            ),
          );
        }),
      written: (stored: boolean) => {
        for (const number of changed) {
          if (!stored) this.#changed.add(number);
          else if (number !== this.#newest && !this.#changed.has(number)) this.#pages.delete(number);
        }
      },
    };
  }

  /** What tells the places of a page that may fit by the rarest thing the filter names; null where it names none. */
  #keyColumn(page: number, { id, to, messageId }: MessageFilter): ((place: number) => boolean) | null {
    const equal = (which: number, wanted: number): ((place: number) => boolean) => {
      const column = this.#column(page, which);
      return (place) => column[place] === wanted;
    };
    if (id !== undefined) return equal(ID, hash(id));
    if (messageId !== undefined) {
      const wanted = hash(messageId);
      const pairs = this.#column(page, MESSAGE_IDS);
      const places = new Set<number>();
      for (let at = 0; at < pairs.length; at += 2) if (pairs[at] === wanted) places.add(pairs[at + 1]!);
      return (place) => places.has(place);
    }
    return to === undefined ? null : equal(TO, hashOfNumber(to.digits));
  }

  #removeFrom(number: number, first: number, end: number): void {
    const page = this.#page(number);
    for (const column of [page.times, page.numbers, page.ids]) column.fill(0, first, end);
    const isGone = (place: number): boolean => place >= first && place < end;
    page.messageIds = page.messageIds.filter((_, at, all) => !isGone(all[at | 1]!));
  }

  /** The page of this number, to be changed. */
  #page(number: number): IndexPage {
    this.#changed.add(number);
    this.#newest = Math.max(this.#newest, number);
    let page = this.#pages.get(number);
    if (!page) {
      const column = (which: number): Uint32Array => {
        const whole = new Uint32Array(PAGE);
        whole.set(this.#column(number, which));
        return whole;
      };
      page = {
        times: column(TIME),
        numbers: column(TO),
        ids: column(ID),
        messageIds: [...this.#column(number, MESSAGE_IDS)],
      };
      this.#pages.set(number, page);
    }
    return page;
  }

  #column(number: number, which: number): Uint32Array | readonly number[] {
    const page = this.#pages.get(number);
    if (page) return [page.times, page.numbers, page.ids, page.messageIds][which]!;
    const octets = this.#file.get('historyIndex', number * COLUMNS + which);
    if (!octets) return NOTHING;
    // A copy: the octets are those of the mapped file, and need not begin at a multiple of four.
    const column = new Uint32Array(octets.length >> 2);
    Buffer.from(column.buffer).set(octets.subarray(0, column.byteLength));
    return column;
  }
}

const NOTHING = new Uint32Array(0);

/** Never 0, which stands for no entry. */
export function secondOf(moment: number): number {
  return Math.min(Math.max(1, Math.floor(moment / 1000)), 2 ** 32 - 1);
}

/** A hash of its last digits: a search may know no more of it. */
function hashOfNumber(number: string): number {
  return hash(number, Math.max(0, number.length - LAST_DIGITS));
}

/** FNV-1a of the text from a place on; never 0. */
export function hash(text: string, from = 0): number {
  let value = 0x811c9dc5;
  for (let at = from; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0 || 1;
}
