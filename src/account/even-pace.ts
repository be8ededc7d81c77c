import { CATCH_UP, LATEST } from './throttling';

/**
 * Spaces PDUs evenly: each goes a gap after the one before, and no second, wherever it starts, has more than are
 * allowed in one. Only what a late timer delayed is caught up in a burst. Times are epoch milliseconds.
 */
export class EvenPace {
  /** Ring of the times of the last PDUs; empty where no rate is contracted. */
  readonly #sent: Float64Array;
  #spent = 0;
  /** When the next PDU is due. */
  #next = -Infinity;
  /** When the waiting PDU was due, to tell how late the timer is; null where none waits. */
  #due: number | null = null;

  /** @param most PDUs that will ever be allowed in a second, 0 = no limit */
  constructor(most: number) {
    this.#sent = new Float64Array(most).fill(-Infinity);
  }

  /**
   * When the next PDU may go.
   * @param gap milliseconds between two PDUs
   * @param most PDUs allowed in `most` gaps, at least 1
   */
  readyAt(now: number, gap: number, most: number): number {
    const size = this.#sent.length;
    const before = size > 0 ? this.#sent[(this.#spent + size - Math.min(most, size)) % size]! : -Infinity;
    const at = Math.max(this.#next, before + gap * most);
    if (at > now) this.#due = at;
    return at;
  }

  /** To be called when a PDU is sent. @param gap milliseconds to the next one */
  spend(now: number, gap: number): void {
    const size = this.#sent.length;
    if (size > 0) {
      this.#sent[this.#spent] = now;
      this.#spent = (this.#spent + 1) % size;
    }
    // Only a PDU that waited for a timer may catch up.
    const waited = this.#due !== null && now - this.#due <= LATEST;
    this.#next = (waited ? Math.max(this.#due!, now - CATCH_UP) : now) + gap;
    this.#due = this.#next <= now ? this.#next : null;
  }

  /** The gap has changed. After a raise the old, longer wait is cut short; after a lowering one PDU is left out. */
  change(now: number, gap: number, lower: boolean): void {
    this.#next = lower ? Math.max(this.#next, now + 2 * gap) : Math.min(this.#next, now + gap);
  }
}
