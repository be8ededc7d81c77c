const SECOND = 1000;

/** How many submits one account may make on one server in any window of one second. */
export class Budget {
  /** Times of the last `perSecond` submits let through, a ring. */
  readonly #times: Float64Array;
  #next = 0;

  /** @param perSecond PDUs a second; 0 = no limit. */
  constructor(readonly perSecond: number) {
    this.#times = new Float64Array(perSecond).fill(-Infinity);
  }

  /** Another rate from now on; what was let through in the last second still counts. */
  changedTo(perSecond: number): Budget {
    const changed = new Budget(perSecond);
    const latest = Array.from(this.#times).sort((a, b) => a - b);
    if (perSecond > 0) changed.#times.set(latest.slice(-perSecond), Math.max(0, perSecond - latest.length));
    return changed;
  }

  /** True where a submit at `now` (milliseconds) keeps the budget; only then is it counted. */
  take(now: number): boolean {
    if (this.perSecond === 0) return true;
    if (now - this.#times[this.#next]! < SECOND) return false;
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % this.perSecond;
    return true;
  }
}
