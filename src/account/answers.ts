/** Milliseconds of sending that are counted together. */
export const SLICE = 100;
/** Slices that are kept: 16 s, which is longer than a judgement covers and then waits for answers. */
const KEPT = 160;

export interface Counts {
  readonly sent: number;
  readonly answered: number;
  readonly throttled: number;
}

/**
 * Counts of sent PDUs and their answers, by the time of sending. Times are epoch milliseconds, multiples of `SLICE`.
 */
export interface Answers {
  /** Counts for PDUs sent from `from` on and before `to`. */
  between(from: number, to: number): Counts;
  /** Start of the first slice from `from` on with a throttled PDU; null without one. */
  firstThrottled(from: number): number | null;
}

/** The start of the first slice that begins at that time or later. */
export function sliceFrom(time: number): number {
  return Math.ceil(time / SLICE) * SLICE;
}

/** The answers that this process had to PDUs of the last KEPT slices. */
export class RecentAnswers implements Answers {
  readonly #sent = new Uint32Array(KEPT);
  readonly #answered = new Uint32Array(KEPT);
  readonly #throttled = new Uint32Array(KEPT);
  /** The latest slice, as number of slices since the epoch. */
  #latest = -KEPT;
  /** The latest slice with a throttled PDU, likewise. */
  #latestThrottled = -KEPT;

  sent(now: number): void {
    this.#turn(now);
    this.#sent[this.#latest % KEPT]! += 1;
  }

  /** @param sent epoch milliseconds at which the answered PDU was sent */
  answered(sent: number, throttled: boolean): void {
    const slice = Math.floor(sent / SLICE);
    if (!this.#has(slice)) return;
    this.#answered[slice % KEPT]! += 1;
    if (!throttled) return;
    this.#throttled[slice % KEPT]! += 1;
    this.#latestThrottled = Math.max(this.#latestThrottled, slice);
  }

  between(from: number, to: number): Counts {
    const counts = { sent: 0, answered: 0, throttled: 0 };
    const last = Math.min(to / SLICE - 1, this.#latest);
    for (let slice = Math.max(from / SLICE, this.#latest - KEPT + 1); slice <= last; slice++) {
      counts.sent += this.#sent[slice % KEPT]!;
      counts.answered += this.#answered[slice % KEPT]!;
      counts.throttled += this.#throttled[slice % KEPT]!;
    }
    return counts;
  }

  firstThrottled(from: number): number | null {
    for (let slice = Math.max(from / SLICE, this.#latest - KEPT + 1); slice <= this.#latestThrottled; slice++) {
      if (this.#throttled[slice % KEPT]! > 0) return slice * SLICE;
    }
    return null;
  }

  #has(slice: number): boolean {
    return slice <= this.#latest && slice > this.#latest - KEPT;
  }

  #turn(now: number): void {
    const slice = Math.floor(now / SLICE);
    if (slice <= this.#latest) return;
    for (let passed = Math.max(this.#latest + 1, slice - KEPT + 1); passed <= slice; passed++) {
      this.#sent[passed % KEPT] = 0;
      this.#answered[passed % KEPT] = 0;
      this.#throttled[passed % KEPT] = 0;
    }
    this.#latest = slice;
  }
}
