/** Milliseconds after which bounds are replaced, because two clocks drift apart. */
const PERIOD = 2000;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

const UNKNOWN: Bounds = { low: -Infinity, high: Infinity };

/**
 * Bounds how far Redis' clock is ahead of ours, in milliseconds. Each answer with Redis' time gives two bounds: Redis
 * read its clock after we asked and before we had the answer. The bounds of all answers of the last seconds together
 * are closer than those of one.
 */
export class RemoteClock {
  #now: Bounds = UNKNOWN;
  #before: Bounds = UNKNOWN;
  #since = -Infinity;

  /** @param remote Redis' time, read between `asked` and `answered` of our clock; epoch milliseconds */
  learn(asked: number, answered: number, remote: number): void {
    if (answered - this.#since >= PERIOD) {
      this.#before = this.#now;
      this.#now = UNKNOWN;
      this.#since = answered;
    }
    const said = { low: remote - answered, high: remote - asked };
    this.#now = common(this.#now, said) ?? said;
    // A clock was set, or drifts fast: only the latest bounds count.
    if (!common(this.#before, this.#now)) this.#before = UNKNOWN;
  }

  /** Our time at which Redis' clock has certainly reached `remote`. */
  surelyAt(remote: number): number {
    return remote - Math.max(this.#now.low, this.#before.low);
  }

  /** Our time until which Redis' clock has certainly not passed `remote`. */
  surelyUntil(remote: number): number {
    return remote - Math.min(this.#now.high, this.#before.high);
  }

  /** Redis' time by which our clock has certainly reached `local`. */
  surelyBy(local: number): number {
    return local + Math.min(this.#now.high, this.#before.high);
  }
}

function common(a: Bounds, b: Bounds): Bounds | null {
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  return low <= high ? { low, high } : null;
}
