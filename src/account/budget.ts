import { CATCH_UP, THROTTLING } from './throttling';

/** Milliseconds by which two clocks, ours and the platform's, may disagree over a second. */
export const GUARD = 2;

/** How fast submits may go to one server. Times are epoch milliseconds. */
export interface Pace {
  /** The contract; 0 = no limit. */
  readonly throughput: number;
  readonly throttled: boolean;
  /** The rate in force; 0 = no limit. */
  readonly allowed: number;
  /**
   * When the next PDU may go; not after `now` means now, Infinity that this is not known yet.
   * @param waiting PDUs that could go
   */
  readyAt(now: number, waiting: number): number;
  /** A PDU goes. @returns its ticket for `answered` */
  spend(now: number): number;
  /** The PDU with this ticket was answered, whatever the answer. */
  answered(ticket: number, now: number): void;
  /**
   * The platform said "too fast".
   * @param rate submits of the last second, which is all there is to halve where no contract limits
   */
  throttle(now: number, rate: number): void;
  /** To be called now and then while throttled. */
  recover(now: number): void;
}

/**
 * How fast submits may go to one server: evenly paced, and never more than the contract in any second, wherever it starts.
 * The platform judges a second by when PDUs arrive, not when they leave: one held up on the way and a later one that is not
 * would fall into one second. When a PDU arrived is known from its answer: no later than the answer's time less the
 * fastest round trip, once that is known. A second after that its place in the budget is free again.
 * Pure arithmetic on the times it is given.
 */
export class Budget implements Pace {
  readonly throughput: number;
  /** Times of the last `throughput` PDUs, a ring: the next one must be a second younger than the oldest of them. */
  readonly #sent: Float64Array;
  /** -Infinity until there is an answer. */
  readonly #answered: Float64Array;
  #spent = 0;
  readonly #trips = new MinRtt();
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

  get allowed(): number {
    return this.#reduced ?? this.throughput;
  }

  readyAt(now: number): number {
    if (this.allowed === 0) return now;
    if (this.#sent.length === 0) return this.#next;
    const oldest = this.#spent % this.#sent.length;
    const arrived = Math.max(this.#sent[oldest]!, this.#answered[oldest]! - (this.#trips.known ?? 0));
    return Math.max(this.#next, arrived + 1000 + GUARD);
  }

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

  answered(ticket: number, now: number): void {
    // What is older than the ring can hold nothing up any more.
    if (ticket < this.#spent - this.#sent.length) return;
    const place = ticket % this.#sent.length;
    this.#answered[place] = now;
    this.#trips.add(now - this.#sent[place]!, now);
  }

  throttle(now: number, rate: number): void {
    if (now - this.#throttledAt < THROTTLING.pause) return;
    if (this.#reduced === null) this.#goal = this.throughput || Math.max(rate, THROTTLING.lowestGoal);
    this.#reduced = Math.max(THROTTLING.lowest, (this.#reduced ?? this.#goal) / 2);
    this.#throttledAt = now;
    this.#raisedAt = now + THROTTLING.calm - THROTTLING.step;
    this.#next = Math.max(this.#next, now + THROTTLING.pause);
  }

  recover(now: number): void {
    if (this.#reduced === null || now < this.#raisedAt + THROTTLING.step) return;
    const steps = Math.floor((now - this.#raisedAt) / THROTTLING.step);
    this.#raisedAt += steps * THROTTLING.step;
    this.#reduced += (steps * this.#goal) / 10;
    // Do not sit out a pause computed at the lower rate.
    this.#next = Math.min(this.#next, now + 1000 / this.#reduced);
    if (this.#reduced >= this.#goal) this.#reduced = null;
  }
}

/** Milliseconds after which a fastest trip is forgotten: the way to the platform may have become longer. */
const FASTEST_KEPT = 60_000;
/**
 * Moments, and the milliseconds between them at least, at which there must have been round trips before the fastest counts. When
 * everything is busy, as at a start, all of them take long: with what is then the fastest, places would come free too soon.
 */
const MOMENTS_NEEDED = 50;
const BETWEEN_MOMENTS = 400;

interface Trips {
  readonly since: number;
  moments: number;
  fastest: number;
}

const noTrips = (since: number): Trips => ({ since, moments: 0, fastest: Infinity });

/** The fastest round trip of the last minute or two. */
export class MinRtt {
  #now = noTrips(-Infinity);
  #before = noTrips(-Infinity);
  #moment = -Infinity;

  /** Milliseconds; null while too little is known. */
  get known(): number | null {
    const [recent, before] = [this.#now, this.#before];
    return recent.moments + before.moments < MOMENTS_NEEDED ? null : Math.min(recent.fastest, before.fastest);
  }

  add(trip: number, now: number): void {
    const age = now - this.#now.since;
    if (age >= FASTEST_KEPT) {
      this.#before = age < 2 * FASTEST_KEPT ? this.#now : noTrips(-Infinity);
      this.#now = noTrips(now);
    }
    if (now - this.#moment >= BETWEEN_MOMENTS) {
      this.#moment = now;
      this.#now.moments += 1;
    }
    this.#now.fastest = Math.min(this.#now.fastest, trip);
  }
}
