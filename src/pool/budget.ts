/**
 * All numbers of the throttling rules. Rates are PDUs a second, times milliseconds.
 *
 * A server that answers ESME_RTHROTTLED or ESME_RMSGQFUL is sent nothing for `pause`, then half of what it was sent.
 * Answers to PDUs that were already on their way say nothing new, so the rate is halved at most once in `pause`.
 * After `calm` without another such answer it gets a tenth of its contract more, and again every `step`, until the contract is reached.
 */
export const THROTTLING = { pause: 1000, calm: 2000, step: 1000, lowest: 0.5 } as const;

/** Milliseconds by which two clocks, ours and the platform's, may disagree over a second. */
const GUARD = 2;
/** Milliseconds a timer may be late before the pace is lost instead of caught up. */
const CATCH_UP = 50;
/** Milliseconds after which a fastest answer is forgotten: the way to the platform may have become longer. */
const FASTEST_KEPT = 10_000;

/**
 * How fast submits may go to one server: evenly paced, and never more than the contract in any second, wherever it starts.
 * The platform judges a second by when PDUs arrive, not when they leave: one held up on the way and a later one that is not
 * would fall into one second. When a PDU arrived is known from its answer: no later than the answer's time less the
 * fastest round trip. A second after that its place in the budget is free again.
 * Pure arithmetic on the times it is given.
 */
export class Budget {
  /** The contract; 0 = no limit. */
  readonly throughput: number;
  /** Times of the last `throughput` PDUs, a ring: the next one must be a second younger than the oldest of them. */
  readonly #sent: Float64Array;
  /** -Infinity until there is an answer. */
  readonly #answered: Float64Array;
  #spent = 0;
  /** Milliseconds of the fastest round trip, now and in the last period of FASTEST_KEPT. */
  #fastest = Infinity;
  #fastestBefore = Infinity;
  #fastestSince = -Infinity;
  #next = 0;
  /** The rate in force while throttled; null = the contract. */
  #reduced: number | null = null;
  /** What `#reduced` grows back to: the contract, or without one the rate at which throttling began. */
  #goal = 0;
  #throttledAt = -Infinity;
  #raisedAt = -Infinity;

  constructor(throughput: number) {
    this.throughput = throughput;
    this.#sent = new Float64Array(Math.max(0, Math.floor(throughput))).fill(-Infinity);
    this.#answered = new Float64Array(this.#sent);
  }

  get throttled(): boolean {
    return this.#reduced !== null;
  }

  /** The rate in force; 0 = no limit. */
  get allowed(): number {
    return this.#reduced ?? this.throughput;
  }

  /** When the next PDU may go; not after `now` means now. */
  readyAt(now: number): number {
    if (this.allowed === 0) return now;
    if (this.#sent.length === 0) return this.#next;
    const oldest = this.#spent % this.#sent.length;
    const fastest = Math.min(this.#fastest, this.#fastestBefore);
    const arrived = Math.max(this.#sent[oldest]!, this.#answered[oldest]! - fastest);
    return Math.max(this.#next, arrived + 1000 + GUARD);
  }

  /** @returns the PDU's ticket for `answered` */
  spend(now: number): number {
    const { allowed } = this;
    const ticket = this.#spent++;
    if (this.#sent.length > 0) {
      this.#sent[ticket % this.#sent.length] = now;
      this.#answered[ticket % this.#sent.length] = -Infinity;
    }
    if (allowed > 0) this.#next = Math.max(this.#next, now - CATCH_UP) + 1000 / allowed;
    return ticket;
  }

  /** The PDU with this ticket was answered, whatever the answer. */
  answered(ticket: number, now: number): void {
    // What is older than the ring can hold nothing up any more.
    if (ticket < this.#spent - this.#sent.length) return;
    const place = ticket % this.#sent.length;
    this.#answered[place] = now;
    if (now - this.#fastestSince >= FASTEST_KEPT) {
      this.#fastestBefore = this.#fastest;
      this.#fastest = Infinity;
      this.#fastestSince = now;
    }
    this.#fastest = Math.min(this.#fastest, now - this.#sent[place]!);
  }

  /**
   * The platform said "too fast".
   * @param rate submits of the last second, which is all there is to halve where no contract limits
   * @returns true when this begins a time of throttling
   */
  throttle(now: number, rate: number): boolean {
    const begins = this.#reduced === null;
    if (now - this.#throttledAt < THROTTLING.pause) return begins;
    if (begins) this.#goal = this.throughput || Math.max(rate, 2);
    this.#reduced = Math.max(THROTTLING.lowest, (this.#reduced ?? this.#goal) / 2);
    this.#throttledAt = now;
    this.#raisedAt = now + THROTTLING.calm - THROTTLING.step;
    this.#next = Math.max(this.#next, now + THROTTLING.pause);
    return begins;
  }

  /** To be called now and then while throttled. @returns true when the contract is in force again */
  recover(now: number): boolean {
    if (this.#reduced === null || now < this.#raisedAt + THROTTLING.step) return false;
    const steps = Math.floor((now - this.#raisedAt) / THROTTLING.step);
    this.#raisedAt += steps * THROTTLING.step;
    this.#reduced += (steps * this.#goal) / 10;
    // Do not sit out a pause computed at the lower rate.
    this.#next = Math.min(this.#next, now + 1000 / this.#reduced);
    if (this.#reduced < this.#goal) return false;
    this.#reduced = null;
    return true;
  }
}
