import type { PartialChange, PartialMessage } from './store';

interface Kept {
  readonly partial: PartialMessage;
  readonly parts: ReadonlyMap<number, unknown>;
}

const NO_PARTS: ReadonlyMap<number, unknown> = new Map();

/** Takes back a change that could not be stored. Later changes that were built on it must be taken back first. */
export type Undo = () => void;

/**
 * Incoming multipart messages that are not complete yet, for a store that one process has to itself. A change is
 * visible at once.
 */
export class Partials {
  readonly #all = new Map<string, Kept>();
  #octets = 0;
  /** No partial message expires before this. Epoch milliseconds. */
  #soonest = Infinity;

  find(key: string): PartialMessage | null {
    return this.#all.get(key)?.partial ?? null;
  }

  parts(key: string): ReadonlyMap<number, unknown> {
    return this.#all.get(key)?.parts ?? NO_PARTS;
  }

  /** @returns null where the stored partial message is not `before`: somebody has changed it */
  save(
    partial: PartialMessage,
    before: PartialMessage | null,
    { clear = false, parts = NO_PARTS }: PartialChange,
  ): Undo | null {
    const { key } = partial;
    if (this.find(key) !== before) return null;
    // A copy with each part is cheap: a message has at most 255 parts (one octet counts them), and only references are
    // copied.
    const known = this.#all.get(key);
    const kept = { partial, parts: new Map([...(clear ? [] : this.parts(key)), ...parts]) };
    this.#set(key, kept);
    return () => {
      if (this.#all.get(key) === kept) this.#set(key, known);
    };
  }

  /** @returns false where the stored partial message is no longer this object */
  forget(partial: PartialMessage): boolean {
    if (this.find(partial.key) !== partial) return false;
    this.#set(partial.key, undefined);
    return true;
  }

  /** Partial messages that have expired at `now`, and the oldest others until the rest takes at most `octets`. */
  due(now: number, octets: number): PartialMessage[] {
    if (now < this.#soonest && this.#octets <= octets) return [];
    const oldest = Array.from(this.#all.values(), ({ partial }) => partial);
    oldest.sort((a, b) => a.expiresAt - b.expiresAt);
    let left = this.#octets;
    const due: PartialMessage[] = [];
    for (const partial of oldest) {
      if (partial.expiresAt > now && left <= octets) break;
      due.push(partial);
      left -= partial.octets;
    }
    this.#soonest = oldest[0]?.expiresAt ?? Infinity;
    return due;
  }

  #set(key: string, kept: Kept | undefined): void {
    this.#octets += (kept?.partial.octets ?? 0) - (this.find(key)?.octets ?? 0);
    if (kept) {
      this.#soonest = Math.min(this.#soonest, kept.partial.expiresAt);
      this.#all.set(key, kept);
    } else this.#all.delete(key);
  }
}
