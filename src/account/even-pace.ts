import { CATCH_UP, LATEST } from './throttling';

/**
 * When PDUs may go so that they go evenly: each a gap after the one before, and never more in any second than are allowed in one,
 * wherever it starts. A burst is no larger than the lateness of a timer explains. Times are epoch milliseconds.
 */
export class EvenPace {
  /** Times of the last PDUs, a ring; empty where nothing limits a second. */
  readonly #sent: Float64Array;
  #spent = 0;
  /** When the next PDU is due. */
  #next = -Infinity;
  /** When a PDU that waits was due: by how much a timer is late. Null where none waits. */
  #due: number | null = null;

  /** @param most PDUs in a second that will ever be allowed, 0 = any */
  constructor(most: number) {
    this.#sent = new Float64Array(most).fill(-Infinity);
  }

  /** @param gap milliseconds between two PDUs @param most PDUs that go in so many gaps, at least 1 */
  readyAt(now: number, gap: number, most: number): number {
    const size = this.#sent.length;
    const before = size > 0 ? this.#sent[(this.#spent + size - Math.min(most, size)) % size]! : -Infinity;
    const at = Math.max(this.#next, before + gap * most);
    if (at > now) this.#due = at;
    return at;
  }

  /** A PDU goes. @param gap milliseconds to the next one */
  spend(now: number, gap: number): void {
    const size = this.#sent.length;
    if (size > 0) {
      this.#sent[this.#spent] = now;
      this.#spent = (this.#spent + 1) % size;
    }
    // Where nothing waited there is nothing to be caught up.
    const waited = this.#due !== null && now - this.#due <= LATEST;
    this.#next = (waited ? Math.max(this.#due!, now - CATCH_UP) : now) + gap;
    this.#due = this.#next <= now ? this.#next : null;
  }

  /** The gap has become another: what was to be waited for at a lower rate is not; after a higher one a PDU is left out. */
  change(now: number, gap: number, lower: boolean): void {
    this.#next = lower ? Math.max(this.#next, now + 2 * gap) : Math.min(this.#next, now + gap);
  }
}
