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

/** Milliseconds by which two clocks, ours and the platform's, may disagree over a second. */
export const GUARD = 2;

/** As in the account's scripts: what is sent is halved, and grows back by tenths. */
export const THROTTLING = { pause: 1000, calm: 2000, step: 1000, lowest: 0.5, lowestGoal: 2 } as const;

/**
 * Milliseconds between two requests for permits that could not all be granted: at least PAUSE, and so long that all
 * instances together ask a few hundred times a second however many they are.
 */
const PAUSE = 10;
const PAUSE_EACH = 3;
/** Milliseconds between two looks at what is to be reported. */
const REPORT = 50;
/**
 * Milliseconds from a PDU to its report: by then it has its answer, and more is known of the fastest way, which says when the PDU
 * arrived. The report shall be there before the place would be given out again, which is done ahead of its time.
 */
const SETTLED = 600;
/** Milliseconds after which a PDU need not be reported any more: its place has become free by itself. */
const OUTDATED = 1000 + PERMIT_KEPT + MOST_SLACK + UNHEARD;
/**
 * Requests that fit into the time for which permits are given ahead: each takes its way and waits for the event loop, and what it
 * brings shall be there before the last permits are used up. What is left of the slack when the way gets shorter, a request.
 */
const REQUESTS_AHEAD = 3;
const SLACK_LEFT = 0.9;
/** Milliseconds until an account that could not be reached is asked again, and at most until one that had nothing is. */
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
  /** Submits that the windows have room for. */
  room(): number;
  /** Submits of the last second by all instances. */
  rate(): number;
  /** `readyAt` may say something better now. */
  wake(): void;
}

/**
 * The budget of one server where several instances draw on it: the account gives out permits, each for a moment, so that
 * all together go at an even pace. What each PDU's answer says of its arrival goes back to the account, as in `Budget`.
 */
export class SharedBudget implements Pace {
  readonly throughput: number;
  readonly #server: string;
  readonly #services: SharedBudgetServices;
  /** In hand, in the order of their times. */
  #permits: Permit[] = [];
  #unused: Permit[] = [];
  /** PDUs that are not reported yet, in the order in which they were sent. */
  readonly #unreported: Spent[] = [];
  /** PDUs whose answers may still matter, a ring: there are no more places. */
  readonly #spent: (Spent | null)[];
  #tickets = 0;
  readonly #trips = new MinRtt();
  /** Milliseconds: of the other instances. */
  #fastestOfOthers = Infinity;
  #reduced: number | null = null;
  #pausedUntil = -Infinity;
  /** Milliseconds that we are late with what we do, from how long the requests take. */
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
    // Without a limit there are none.
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
    // Until the account says what is in force for all.
    this.#reduced ??= Math.max(THROTTLING.lowest, goal / 2);
    ignoreFailure(
      this.#services.account.throttled(this.#server, this.throughput, goal).then((reduced) => {
        this.#reduced = reduced;
      }),
      'our own half stays in force until the next answer',
    );
  }

  /** The account lets the rate recover, and says so with every answer. */
  recover(): void {}

  /** Milliseconds of the fastest round trip to the server from here; null while it is not known. */
  get fastest(): number | null {
    return this.#trips.known;
  }

  /** @param milliseconds the fastest round trip from any other instance; 0 while one of them does not know */
  othersReachItIn(milliseconds: number): void {
    this.#fastestOfOthers = milliseconds;
  }

  /** What the account says of the rate: null = the contract. */
  inForce(reduced: number | null): void {
    // It may have been said before our throttling came there.
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
        // What was reported with it is lost; its places will be free again by themselves.
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
    // Those who wait for the same moment shall not all ask at the same moment.
    const spread = (pause * (1 + Math.random())) / 2;
    if (permits.length < wanted)
      this.#askAgain(Math.min(Math.max(now, next - PERMITS_AHEAD - slack) + spread, now + RETRY));
    // One that has what it wanted, and wants more at once, shall not ask for every single PDU.
    else this.#askAt = permits.length > 1 ? now + PAUSE / 2 : now;
    if (permits.length === 0) return;
    this.#reportLater();
    this.#services.wake();
  }

  #askAgain(at: number): void {
    this.#askAt = at;
    this.#services.wake();
  }

  /** Takes out what is to be reported now. */
  #uses(now: number): PermitUse[] {
    const uses: PermitUse[] = this.#unused.map((permit) => ({ permit, freeAt: null }));
    this.#unused = [];
    // Another instance may have a shorter way: then so much less of ours may be taken for the way there.
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
    // A rate without places has nothing to be given back.
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

/** When that PDU arrived at the latest; null where an answer could be here and is not: then nothing is known of it. */
function arrivedBy({ sent, answered }: Spent, now: number, fastest: number): number | null {
  if (answered !== null) return Math.max(sent, answered - fastest);
  return now - sent <= fastest ? sent : null;
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
