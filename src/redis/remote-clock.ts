/** Milliseconds for which what was learnt holds: two clocks drift apart. */
const PERIOD = 2000;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

const UNKNOWN: Bounds = { low: -Infinity, high: Infinity };

/**
 * How far Redis' clock is ahead of ours. Each answer that says its time bounds it: Redis read its clock after we asked and
 * before we had the answer. What all answers of the last seconds allow is known more closely than any one of them says.
 * Milliseconds.
 */
export class RemoteClock {
  #now: Bounds = UNKNOWN;
  #before: Bounds = UNKNOWN;
  #since = -Infinity;

  /** @param remote what Redis' clock said between `asked` and `answered` of ours */
  learn(asked: number, answered: number, remote: number): void {
    if (answered - this.#since >= PERIOD) {
      this.#before = this.#now;
      this.#now = UNKNOWN;
      this.#since = answered;
    }
    const said = { low: remote - answered, high: remote - asked };
    this.#now = common(this.#now, said) ?? said;
    // A clock that was set, or that drifts fast: only the latest counts.
    if (!common(this.#before, this.#now)) this.#before = UNKNOWN;
  }

  /** Our time at which that moment of Redis' has come for certain. */
  surelyAt(remote: number): number {
    return remote - Math.max(this.#now.low, this.#before.low);
  }

  /** Our time until which that moment of Redis' has not passed for certain. */
  surelyUntil(remote: number): number {
    return remote - Math.min(this.#now.high, this.#before.high);
  }

  /** Redis' time by which that moment of ours has come for certain. */
  surelyBy(local: number): number {
    return local + Math.min(this.#now.high, this.#before.high);
  }
}

function common(a: Bounds, b: Bounds): Bounds | null {
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  return low <= high ? { low, high } : null;
}
