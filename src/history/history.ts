import type { HistoryEntry } from './entry';
import type { MessageFilter } from './filter';

/** How much is kept: what is older than `before`, and the oldest beyond `limit`, goes. */
export interface Kept {
  /** Moment of the pool's clock. */
  readonly before: number;
  readonly limit: number;
}

/** Some of the entries that fit, newest first. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** Where to look on for older ones; null where there is nothing older to look at. */
  readonly next: number | null;
}

/**
 * What became of each message that has ended. Entries are in the order in which the messages ended. What receipts say
 * of an entry is added when it is read, from the sent message that the store remembers: so the two never differ, and a
 * receipt costs no write. Once the store forgets the sent message, the entry takes over what it said.
 */
export interface History {
  /** Number of entries. */
  readonly size: number;
  /** Adds the entry of a message that ended without `settle`: it never was in the outbox. */
  add(entry: HistoryEntry): void;
  /**
   * The next entries that fit, newest first, at most `limit`. It looks for a few milliseconds only, so a page may have
   * fewer, or none, and still a `next`.
   * @param filter its times as moments of the pool's clock
   * @param from `next` of the page before; without it the newest
   */
  find(filter: MessageFilter, limit: number, from?: number): Promise<HistoryPage>;
  /** Removes every entry that fits. @returns how many */
  forget(filter: MessageFilter): Promise<number>;
  /** Removes entries that need not be kept, a bounded number in one call. @returns how many */
  prune(kept: Kept): Promise<number>;
}
