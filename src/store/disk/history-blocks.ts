import type { HistoryEntry } from '../../history/entry';
import { entryRecord, toEntry, type EntryRecord } from '../../history/record';
import { storable } from '../storable';
import type { HistoryBlock } from './layout';
import { remove, type StoreFile, type Write } from './store-file';

/** Entries of one block at most. */
const ENTRIES = 128;
/** Octets of entries after which a block takes no more. */
const OCTETS = 2 ** 14;
const GONE = Buffer.alloc(0);

/** Entries that were stored together, encoded, by place; of one that is gone no octet is left. */
interface Block {
  readonly key: number;
  readonly records: Buffer[];
}

/**
 * The entries of the history on disk, by number. Those that one transaction stores are one record, a block, whose key is
 * the number of its first.
 */
export class HistoryBlocks {
  readonly #file: StoreFile;
  /** Blocks of new entries that are not known to be on the disk, by their keys, in the order of these. */
  readonly #fresh = new Map<number, Block>();
  /** Blocks that differ from those on the disk, by their keys. */
  readonly #changed = new Map<number, Block>();
  /** The block that takes new entries; null before the first of a transaction. */
  #open: Block | null = null;
  #openOctets = 0;
  /** The block that was read last. Entries are mostly read one after the other. */
  #read: Block | null = null;

  constructor(file: StoreFile) {
    this.#file = file;
  }

  /** Number of blocks that are not on the disk. */
  get unwritten(): number {
    return this.#fresh.size + this.#changed.size;
  }

  /** Numbers of the first entry, and of the one that comes next, as an earlier process left them. */
  range(): { readonly first: number; readonly next: number } {
    const [first] = this.#file.keys('history', { limit: 1 });
    const [last] = this.#file.range('history', { reverse: true, limit: 1 });
    return { first: first ?? 1, next: last ? last.key + last.value[0].length : 1 };
  }

  /** @param number the one after the number that was added last */
  add(number: number, entry: HistoryEntry): void {
    if (!this.#open || this.#open.records.length === ENTRIES || this.#openOctets > OCTETS) {
      this.#open = { key: number, records: [] };
      this.#openOctets = 0;
      this.#fresh.set(number, this.#open);
    }
    const record = this.#file.encode(entryRecord(entry, storable));
    this.#open.records.push(record);
    this.#openOctets += record.length;
  }

  get(number: number): HistoryEntry | null {
    const block = this.#blockOf(number);
    const record = block?.records[number - block.key];
    return record && record.length > 0 ? toEntry(this.#file.decode(record) as EntryRecord) : null;
  }

  replace(number: number, entry: HistoryEntry): void {
    this.#change(number, this.#file.encode(entryRecord(entry, storable)));
  }

  remove(number: number): void {
    this.#change(number, GONE);
  }

  /** Removes the entries with a number below this one. @returns the writes that remove whole blocks */
  removeBefore(number: number): Write[] {
    const straddling = this.#blockOf(number - 1);
    const end = straddling && straddling.key + straddling.records.length > number ? straddling.key : number;
    const keys = new Set(this.#file.keys('history', { end }));
    for (const key of this.#fresh.keys()) if (key < end) keys.add(key);
    for (const key of keys) {
      this.#fresh.delete(key);
      this.#changed.delete(key);
      if (this.#open?.key === key) this.#open = null;
    }
    this.#read = null;
    for (let gone = end; gone < number; gone++) this.remove(gone);
    return Array.from(keys, (key) => remove('history', key));
  }

  contribution() {
    const blocks = [...this.#fresh.values(), ...this.#changed.values()];
    this.#open = null;
    return {
      writes: () => blocks.map((block) => this.#write(block)),
      written: (stored: boolean) => {
        if (!stored) return;
        for (const block of blocks) {
          for (const kept of [this.#fresh, this.#changed]) if (kept.get(block.key) === block) kept.delete(block.key);
        }
      },
    };
  }

  #write({ key, records }: Block): Write {
    if (records.every((record) => record.length === 0)) return remove('history', key);
    let end = 0;
    const ends = records.map((record) => (end += record.length));
    return this.#file.put('history', key, [ends, Buffer.concat(records)]);
  }

  /** A block that changes while it is being written becomes a new object, which the next transaction writes. */
  #change(number: number, record: Buffer): void {
    const block = this.#blockOf(number);
    if (!block) return;
    const records = [...block.records];
    records[number - block.key] = record;
    const changed = { key: block.key, records };
    if (this.#open === block) this.#open = changed;
    (this.#fresh.has(block.key) ? this.#fresh : this.#changed).set(block.key, changed);
  }

  #blockOf(number: number): Block | null {
    for (const block of this.#fresh.values()) if (isIn(block, number)) return block;
    if (this.#read && isIn(this.#read, number)) return this.#changed.get(this.#read.key) ?? this.#read;
    const [found] = this.#file.range('history', { start: number, reverse: true, limit: 1 });
    if (!found) return null;
    this.#read = blockOf(found.key, found.value);
    return isIn(this.#read, number) ? (this.#changed.get(found.key) ?? this.#read) : null;
  }
}

function blockOf(key: number, [ends, octets]: HistoryBlock): Block {
  return { key, records: ends.map((end, place) => octets.subarray(place === 0 ? 0 : ends[place - 1], end)) };
}

function isIn({ key, records }: Block, number: number): boolean {
  return number >= key && number < key + records.length;
}
