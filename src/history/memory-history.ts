import { withReceipts, type EntryReceipts, type HistoryEntry } from './entry';
import { matches, needsReceipts, type MessageFilter } from './filter';
import type { History, HistoryPage, Kept } from './history';

/** Entries at most, whatever the pool's limit says. */
const MOST = 10_000;

/** What the store remembers of the receipts of a message; undefined where it remembers nothing. */
export type ReceiptsOf = (id: string) => EntryReceipts | undefined;

/** The history of this process, in memory: of the latest MOST messages. */
export class MemoryHistory implements History {
  readonly #receiptsOf: ReceiptsOf;
  /** Oldest first, from `#head` on. Null where an entry was removed from between others. */
  #entries: (HistoryEntry | null)[] = [];
  #head = 0;
  /** Number of the entry at index 0: an entry keeps its number as long as it is there. */
  #base = 0;
  #size = 0;

  /** Receipts by the message's id, of a store that cannot be asked at once. */
  readonly #noted = new Map<string, EntryReceipts>();

  /** @param receiptsOf absent where the store cannot be asked at once: then see `noteReceipts` */
  constructor(receiptsOf?: ReceiptsOf) {
    this.#receiptsOf = receiptsOf ?? ((id) => this.#noted.get(id));
  }

  get size(): number {
    return this.#size;
  }

  add(entry: HistoryEntry): void {
    this.#entries.push(entry);
    this.#size += 1;
    while (this.#entries.length - this.#head > MOST) this.#dropOldest();
  }

  find(filter: MessageFilter, limit: number, from = Infinity): Promise<HistoryPage> {
    const found: HistoryEntry[] = [];
    let at = Math.min(from - this.#base, this.#entries.length - 1);
    for (; at >= this.#head && found.length < limit; at--) {
      const entry = this.#fitting(at, filter);
      if (entry) found.push(entry);
    }
    return Promise.resolve({ entries: found, next: at >= this.#head ? at + this.#base : null });
  }

  forget(filter: MessageFilter): Promise<number> {
    let forgotten = 0;
    for (let at = this.#head; at < this.#entries.length; at++) {
      if (!this.#fitting(at, filter)) continue;
      this.#entries[at] = null;
      forgotten += 1;
    }
    this.#size -= forgotten;
    return Promise.resolve(forgotten);
  }

  prune({ before, limit }: Kept): Promise<number> {
    const size = this.#size;
    while (this.#head < this.#entries.length) {
      const oldest = this.#entries[this.#head];
      if (oldest && oldest.queuedAt >= before && this.#size <= limit) break;
      this.#dropOldest();
    }
    return Promise.resolve(size - this.#size);
  }

  /** Notes what the store remembers of a message from now on; of the latest MOST messages. */
  noteReceipts(id: string, receipts: EntryReceipts): void {
    this.#noted.delete(id);
    this.#noted.set(id, receipts);
    if (this.#noted.size <= MOST) return;
    const [oldest] = this.#noted.keys();
    this.#noted.delete(oldest!);
  }

  /** Takes over what is known of messages whose receipts the store forgets now, by their ids. */
  takeOver(forgotten: ReadonlyMap<string, EntryReceipts>): void {
    for (let at = this.#head; at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      const receipts = entry && forgotten.get(entry.id);
      if (receipts) this.#entries[at] = withReceipts(entry, receipts);
    }
  }

  /** The entry at this index with what its receipts say, where it fits. */
  #fitting(at: number, filter: MessageFilter): HistoryEntry | null {
    const entry = this.#entries[at];
    if (!entry) return null;
    const receiptsFirst = needsReceipts(filter);
    if (!receiptsFirst && !matches(filter, entry)) return null;
    const receipts = this.#receiptsOf(entry.id);
    const whole = receipts ? withReceipts(entry, receipts) : entry;
    return receiptsFirst && !matches(filter, whole) ? null : whole;
  }

  #dropOldest(): void {
    if (this.#entries[this.#head]) this.#size -= 1;
    this.#entries[this.#head++] = null;
    if (this.#head < MOST) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }
}
