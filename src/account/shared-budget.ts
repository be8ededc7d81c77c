import { ignoreFailure } from '../base/background';
import type { Cancel, Clock } from '../base/clock';
import {
  MOST_SLACK,
  PERMIT_KEPT,
  PERMITS_AHEAD,
  UNHEARD,
  type Account,
  type Permit,
  type PermitAnswer,
  type PermitUse,
} from './account';
import type { Pace } from './budget';

/** Milliseconds by which our clock and the platform's may differ within a second. */
export const GUARD = 2;

/**
 * The rate after a throttle answer, also for the account's scripts: it is halved, and grows back by tenths of the goal.
 */
export const THROTTLING = { pause: 1000, calm: 2000, step: 1000, lowest: 0.5, lowestGoal: 2 } as const;

/**
 * Milliseconds until more permits are requested where not all were granted: at least PAUSE, and PAUSE_EACH for each
 * instance that asks, so that all together ask a few hundred times a second, however many they are.
 */
const PAUSE = 10;
const PAUSE_EACH = 3;
/** Milliseconds between two checks for PDUs to be reported. */
const REPORT = 50;
/**
 * Milliseconds from sending a PDU to reporting it. By then it has its answer, and the fastest round trip is known
 * better, from which the time of arrival follows. The report must come before the PDU's place is given out again, which
 * happens ahead of its time.
 */
const SETTLED = 600;
/** Milliseconds after sending at which a report is of no use: the PDU's place has become free by itself. */
const OUTDATED = 1000 + PERMIT_KEPT + MOST_SLACK + UNHEARD;
/**
 * The slack is so many times the duration of a request, which includes the wait for the event loop: new permits must be
 * here before the last ones are used up.
 */
const REQUESTS_AHEAD = 3;
/** Part of the slack that is left after each request while requests get faster. */
const SLACK_LEFT = 0.9;
/**
 * Milliseconds until permits are requested again after a failure, and at most after an answer without enough permits.
 */
const RETRY = 500;

/** A PDU that was submitted. */
interface Spent {
  readonly permit: Permit;
  readonly sent: number;
  answered: number | null;
}

export interface SharedBudgetServices {
  readonly account: Account;
  readonly clock: Clock;
  /** Number of submits that the windows have room for. */
  room(): number;
  /** Number of submits by all instances in the last second. */
  rate(): number;
  /** Called when `readyAt` may have become earlier. */
  wake(): void;
}

/**
 * The budget of one server that several instances use. The account gives out permits, each for a moment, so that all
 * instances together send at an even pace. The arrival of each PDU, known from its answer, is reported to the account.
 */
export class SharedBudget implements Pace {
  readonly throughput: number;
  readonly #server: string;
  readonly #services: SharedBudgetServices;
  /** Permits that can be used, in the order of their times. */
  #permits: Permit[] = [];
  #unused: Permit[] = [];
  /** PDUs that are not reported yet, in the order of sending. */
  readonly #unreported: Spent[] = [];
  /** Ring of PDUs whose answers may still matter: one entry for each place of the budget. */
  readonly #spent: (Spent | null)[];
  #tickets = 0;
  readonly #trips = new MinRtt();
  /** Milliseconds of the fastest round trip of the other instances. */
  #fastestOfOthers = Infinity;
  #reduced: number | null = null;
  #pausedUntil = -Infinity;
  /** Milliseconds by which this instance may be late, derived from the duration of its requests. */
  #slack = 0;
  #asking = false;
  #askAt = -Infinity;
  #cancelAsk: Cancel | null = null;
  #cancelReport: Cancel | null = null;

  constructor(server: string, throughput: number, services: SharedBudgetServices) {
    this.#server = server;
    this.throughput = throughput;
    this.#services = services;
    this.#spent = new Array<null>(Math.max(1, Math.floor(throughput))).fill(null);
  }

  get throttled(): boolean {
    return this.#reduced !== null;
  }

  get allowed(): number {
    return this.#reduced ?? this.throughput;
  }

  readyAt(now: number, waiting: number): number {
    if (this.allowed === 0) return now;
    if (now < this.#pausedUntil) return this.#pausedUntil;
    this.#dropStale(now);
    const missing = Math.min(waiting, this.#services.room()) - this.#permits.length;
    if (missing > 0 && !this.#asking) this.#ask(missing, now);
    return this.#permits[0]?.at ?? Infinity;
  }

  spend(now: number): number {
    const permit = this.#permits.shift();
    // Without a limit there are no permits.
    if (permit) {
      const spent: Spent = { permit, sent: now, answered: null };
      this.#spent[this.#tickets % this.#spent.length] = spent;
      if (permit.place >= 0) this.#unreported.push(spent);
    }
    return this.#tickets++;
  }

  answered(ticket: number, now: number, throttled: boolean): void {
    this.#arrived(ticket, now);
    if (throttled) this.#throttle(now, this.#services.rate());
  }

  #arrived(ticket: number, now: number): void {
    if (ticket < this.#tickets - this.#spent.length) return;
    const place = ticket % this.#spent.length;
    const spent = this.#spent[place];
    if (!spent) return;
    this.#spent[place] = null;
    spent.answered = now;
    this.#trips.add(now - spent.sent, now);
  }

  #throttle(now: number, rate: number): void {
    if (now < this.#pausedUntil) return;
    this.#pausedUntil = now + THROTTLING.pause;
    for (const permit of this.#permits.splice(0)) this.#giveBack(permit);
    const goal = this.throughput || Math.max(rate, THROTTLING.lowestGoal);
    // Holds until the account answers with the rate in force for all.
    this.#reduced ??= Math.max(THROTTLING.lowest, goal / 2);
    ignoreFailure(
      this.#services.account.throttled(this.#server, this.throughput, goal).then((reduced) => {
        this.#reduced = reduced;
      }),
      'our own half stays in force until the next answer',
    );
  }

  /** Does nothing: the account lets the rate recover, and every answer has the rate in force. */
  recover(): void {}

  /** Milliseconds of this instance's fastest round trip to the server; null while it is not known. */
  get fastest(): number | null {
    return this.#trips.known;
  }

  /** @param milliseconds the fastest round trip of any other instance; 0 while one of them does not know its own */
  othersReachItIn(milliseconds: number): void {
    this.#fastestOfOthers = milliseconds;
  }

  /** Takes the rate in force from the account. @param reduced PDUs a second; null = the contracted rate */
  inForce(reduced: number | null): void {
    // The account may have sent this before it heard of our throttling.
    if (this.#services.clock.now() < this.#pausedUntil) return;
    const wasLimited = this.allowed > 0;
    this.#reduced = reduced;
    if (wasLimited && this.allowed === 0) this.#services.wake();
  }

  #ask(missing: number, now: number): void {
    if (now >= this.#askAt) {
      this.#request(missing, now, this.#uses(now));
      return;
    }
    if (this.#cancelAsk) return;
    this.#cancelAsk = this.#services.clock.after(this.#askAt - now, () => {
      this.#cancelAsk = null;
      this.#services.wake();
    });
  }

  #request(wanted: number, now: number, used: readonly PermitUse[]): void {
    this.#asking = true;
    const request = { throughput: this.throughput, wanted, slack: this.#slack, used };
    this.#services.account.permits(this.#server, request).then(
      (answer) => {
        const took = this.#services.clock.now() - now;
        this.#slack = Math.min(Math.max(REQUESTS_AHEAD * took, SLACK_LEFT * this.#slack), MOST_SLACK);
        this.#granted(answer, wanted);
      },
      () => {
        // The reports in this request are lost; the places of their PDUs become free by themselves.
        this.#asking = false;
        if (wanted > 0) this.#askAgain(now + RETRY);
      },
    );
  }

  #granted({ permits, next, askers, slack, reduced }: PermitAnswer, wanted: number): void {
    this.#asking = false;
    const now = this.#services.clock.now();
    for (const permit of permits) {
      if (now < this.#pausedUntil) this.#giveBack(permit);
      else this.#permits.push(permit);
    }
    this.inForce(reduced);
    if (wanted === 0) return;
    const pause = Math.max(PAUSE, PAUSE_EACH * askers);
    // Instances that wait for the same permit must not all ask at the same moment.
    const spread = (pause * (1 + Math.random())) / 2;
    if (permits.length < wanted)
      this.#askAgain(Math.min(Math.max(now, next - PERMITS_AHEAD - slack) + spread, now + RETRY));
    // An instance that got all it wanted, and wants more at once, must not ask for every single PDU.
    else this.#askAt = permits.length > 1 ? now + PAUSE / 2 : now;
    if (permits.length === 0) return;
    this.#reportLater();
    this.#services.wake();
  }

  #askAgain(at: number): void {
    this.#askAt = at;
    this.#services.wake();
  }

  /** Removes and returns what must be reported now. */
  #uses(now: number): PermitUse[] {
    const uses: PermitUse[] = this.#unused.map((permit) => ({ permit, freeAt: null }));
    this.#unused = [];
    // The round trip of another instance may be shorter: then only so much may be assumed to be the answer's way back.
    const fastest = Math.min(this.#trips.known ?? 0, this.#fastestOfOthers);
    const late: Spent[] = [];
    let count = 0;
    for (const spent of this.#unreported) {
      if (spent.sent > now - SETTLED) break;
      count += 1;
      const arrived = arrivedBy(spent, now, fastest);
      if (arrived !== null) uses.push({ permit: spent.permit, freeAt: arrived + 1000 + GUARD });
      else if (now - spent.sent < OUTDATED) late.push(spent);
    }
    this.#unreported.splice(0, count, ...late);
    return uses;
  }

  #giveBack(permit: Permit): void {
    // Without a contracted rate there is no place to be given back.
    if (permit.place < 0) return;
    this.#unused.push(permit);
    this.#reportLater();
  }

  #reportLater(): void {
    const { clock } = this.#services;
    if (this.#cancelReport) return;
    this.#cancelReport = clock.after(REPORT, () => {
      this.#cancelReport = null;
      const now = clock.now();
      this.#dropStale(now);
      const used = this.#asking ? [] : this.#uses(now);
      if (used.length > 0) this.#request(0, now, used);
      if (this.#unused.length + this.#unreported.length + this.#permits.length > 0) this.#reportLater();
    });
  }

  #dropStale(now: number): void {
    while (this.#permits.length > 0 && now > this.#permits[0]!.until) this.#giveBack(this.#permits.shift()!);
  }
}

/** When a PDU arrived at the latest; null where nothing is known, because its answer could be here but is not. */
function arrivedBy({ sent, answered }: Spent, now: number, fastest: number): number | null {
  if (answered !== null) return Math.max(sent, answered - fastest);
  return now - sent <= fastest ? sent : null;
}

/** Milliseconds after which the fastest round trip is forgotten: the way to the platform may have become longer. */
const FASTEST_KEPT = 60_000;
/**
 * Moments with a round trip that are needed before the fastest counts. While everything is busy, as at a start, all
 * round trips are long: with the fastest of these, places would become free too soon.
 */
const MOMENTS_NEEDED = 50;
/** Milliseconds between two such moments at least. */
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
