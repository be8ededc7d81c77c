const KEPT = 512;

/** Response times of the latest KEPT answers, for percentiles. */
export class Latencies {
  readonly #kept = new Float64Array(KEPT);
  #count = 0;

  /** @param milliseconds from submit to its answer */
  add(milliseconds: number): void {
    this.#kept[this.#count % KEPT] = milliseconds;
    this.#count += 1;
  }

  /** Milliseconds, one decimal; null before the first answer. */
  percentiles(): { readonly p50: number | null; readonly p99: number | null } {
    if (this.#count === 0) return { p50: null, p99: null };
    const sorted = this.#kept.slice(0, Math.min(this.#count, KEPT)).sort();
    const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)]! * 10) / 10;
    return { p50: at(0.5), p99: at(0.99) };
  }
}

/** Submits in the last second, counted in tenths of a second. */
export class Rate {
  readonly #tenths = new Uint32Array(10);
  #current = 0;

  add(now: number): void {
    this.#turn(now);
    this.#tenths[this.#current % 10]! += 1;
  }

  /** Submits in the second before `now`. */
  perSecond(now: number): number {
    this.#turn(now);
    return this.#tenths.reduce((sum, count) => sum + count, 0);
  }

  #turn(now: number): void {
    const tenth = Math.floor(now / 100);
    if (tenth - this.#current >= 10) this.#tenths.fill(0);
    else for (let passed = this.#current + 1; passed <= tenth; passed++) this.#tenths[passed % 10] = 0;
    this.#current = tenth;
  }
}
