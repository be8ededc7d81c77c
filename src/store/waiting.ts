import { Lane } from '../base/lane';

/** What the order and expiry of a waiting message depend on. Times are epoch milliseconds. */
export interface Waiting {
  readonly urgent: boolean;
  readonly queuedAt: number;
  readonly expiresAt: number;
}

/**
 * Waiting messages in the order of sending: urgent first, else oldest first. A message given back is the next of its
 * lane.
 */
export class WaitingList<T extends Waiting> {
  readonly #lanes: readonly [Lane<T>, Lane<T>] = [new Lane<T>(), new Lane<T>()];
  /** No message expires before this. */
  #nextExpiry = Infinity;

  get size(): number {
    return this.#lanes[0].size + this.#lanes[1].size;
  }

  get urgent(): number {
    return this.#lanes[0].size;
  }

  /** Epoch milliseconds at which the oldest message was queued; null when none waits. */
  get oldest(): number | null {
    const times = this.#lanes.flatMap((lane) => lane.first?.queuedAt ?? []);
    return times.length > 0 ? Math.min(...times) : null;
  }

  add(entry: T): void {
    this.#lane(entry).push(entry);
    this.#nextExpiry = Math.min(this.#nextExpiry, entry.expiresAt);
  }

  giveBack(entry: T): void {
    this.#lane(entry).unshift(entry);
    this.#nextExpiry = Math.min(this.#nextExpiry, entry.expiresAt);
  }

  /** Every entry as it is now, the newest first. */
  newestFirst(): T[] {
    const all = this.#lanes.flatMap((lane) => [...lane]);
    return all.sort((one, other) => other.queuedAt - one.queuedAt);
  }

  /** Takes at most `limit`. @param fits asked before each one after the first; false: no more is taken */
  take(limit: number, fits: (entry: T) => boolean = anyFits): T[] {
    const taken: T[] = [];
    for (const lane of this.#lanes) {
      while (taken.length < limit) {
        const entry = lane.first;
        if (entry === undefined) break;
        if (!fits(entry) && taken.length > 0) return taken;
        lane.shift();
        taken.push(entry);
      }
    }
    return taken;
  }

  /** Takes expired messages. Looks through the lanes only when one may have expired. @param fits as of `take` */
  takeExpired(now: number, fits: (entry: T) => boolean = anyFits): T[] {
    if (now < this.#nextExpiry) return [];
    let count = 0;
    let full = false;
    const expired = this.#lanes.flatMap((lane) =>
      lane.remove((entry) => {
        if (full || entry.expiresAt > now) return false;
        full = !fits(entry) && count > 0;
        if (!full) count += 1;
        return !full;
      }),
    );
    this.#nextExpiry = Math.min(...this.#lanes.map(nextExpiry));
    return expired;
  }

  /** Takes the entries that fit, in order. */
  takeFitting(fits: (entry: T) => boolean): T[] {
    return this.#lanes.flatMap((lane) => lane.remove(fits));
  }

  #lane(entry: T): Lane<T> {
    return this.#lanes[entry.urgent ? 0 : 1];
  }
}

function anyFits(): boolean {
  return true;
}

function nextExpiry(lane: Iterable<Waiting>): number {
  let next = Infinity;
  for (const { expiresAt } of lane) next = Math.min(next, expiresAt);
  return next;
}
