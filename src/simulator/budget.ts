const SECOND = 1000;

/** Limits the submits of one account on one server in any window of one second. */
export class Budget {
  /** Ring of the times (milliseconds) of the last `perSecond` submits that were let through. */
  readonly #times: Float64Array;
  #next = 0;

  /** @param perSecond submits a second; 0 = no limit. */
  constructor(readonly perSecond: number) {
    this.#times = new Float64Array(perSecond).fill(-Infinity);
  }

  /** A budget with another rate, in which the submits of the last second still count. */
  changedTo(perSecond: number): Budget {
    const changed = new Budget(perSecond);
    const latest = Array.from(this.#times).sort((a, b) => a - b);
    if (perSecond > 0) changed.#times.set(latest.slice(-perSecond), Math.max(0, perSecond - latest.length));
    return changed;
  }

  /** Counts a submit at `now` (milliseconds) and returns true; false, and not counted, where it exceeds the budget. */
  take(now: number): boolean {
    if (this.perSecond === 0) return true;
    if (now - this.#times[this.#next]! < SECOND) return false;
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % this.perSecond;
    return true;
  }
}
