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
import { RecentAnswers } from './answers';
import type { Pace } from './budget';
import { isWatching, learn, NOTHING_LEARNT } from './server-limit';

/**
 * Milliseconds until more permits are requested where not all were granted: at least PAUSE, and PAUSE_EACH for each
 * instance that asks, so that all together ask a few hundred times a second, however many they are.
 */
const PAUSE = 10;
const PAUSE_EACH = 3;
/** Milliseconds after which the use of permits is reported, where no request for more has reported it before. */
const REPORT = 50;
/** Milliseconds after sending at which a report is of no use: the PDU's place has become free by itself. */
const OUTDATED = 1000 + PERMIT_KEPT + MOST_SLACK + UNHEARD;
/** Milliseconds by which the account's clock must go back to count as set. */
const CLOCK_SET = 1000;
/** Milliseconds between two counts that are brought to the account while answers are watched. */
const COUNT = 250;
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

export interface SharedBudgetServices {
  readonly account: Account;
  readonly clock: Clock;
  /** Number of submits that the windows have room for. */
  room(): number;
  /** Called when `readyAt` may have become earlier. */
  wake(): void;
}

/**
 * The budget of one server that several instances use. The account gives out permits, each for a moment, so that all
 * instances together send at an even pace; a permit that is not used in time lapses. When each was used is reported: its
 * place in the budget is free a second later. Once PDUs are throttled, all instances bring what they count of their
 * answers, which is judged together.
 */
export class SharedBudget implements Pace {
  readonly throughput: number;
  readonly #server: string;
  readonly #services: SharedBudgetServices;
  /** Permits that can be used, in the order of their times. */
  #permits: Permit[] = [];
  /** What became of permits, to be reported. */
  #used: PermitUse[] = [];
  /** By the account's clock, as are tickets. */
  #answers = new RecentAnswers();
  #lastTicket = -Infinity;
  #belief = NOTHING_LEARNT;
  #reduced: number | null = null;
  /** True while the account says that answers are watched. */
  #watched = false;
  #counting = false;
  #cancelCount: Cancel | null = null;
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
  }

  get throttled(): boolean {
    return this.#reduced !== null;
  }

  get allowed(): number {
    return this.#reduced ?? this.throughput;
  }

  readyAt(now: number, waiting: number): number {
    if (this.allowed === 0) return now;
    this.#dropStale(now);
    const missing = Math.min(waiting, this.#services.room()) - this.#permits.length;
    if (missing > 0 && !this.#asking) this.#ask(missing, now);
    return this.#permits[0]?.at ?? Infinity;
  }

  /** @returns the time of sending by the account's clock, as ticket */
  spend(now: number): number {
    const ticket = this.#ticket(now);
    this.#answers.sent(ticket);
    // Without a limit there are no permits.
    const permit = this.#permits.shift();
    if (permit) this.#report({ permit, sent: now });
    return ticket;
  }

  answered(ticket: number, _now: number, throttled: boolean): void {
    this.#answers.answered(ticket, throttled);
    if (throttled) this.#count();
  }

  /** Brings its counts while answers are watched; the account's answers have the rate in force. */
  recover(): void {
    if (this.#isWatching()) this.#count();
  }

  /**
   * Takes the rate in force from the account.
   * @param reduced PDUs a second; null = the contracted rate
   * @param watched whether the answers are watched
   */
  inForce(reduced: number | null, watched: boolean): void {
    const before = this.allowed;
    this.#reduced = reduced;
    this.#watched = watched;
    if (watched) this.#count();
    if (before !== this.allowed) this.#services.wake();
  }

  /** Tickets never decrease, unless the account's clock was set back. */
  #ticket(now: number): number {
    const time = this.#services.account.time(now);
    if (time < this.#lastTicket - CLOCK_SET) this.#answers = new RecentAnswers();
    else if (time < this.#lastTicket) return this.#lastTicket;
    return (this.#lastTicket = time);
  }

  #isWatching(): boolean {
    return this.#watched || isWatching(this.#belief, this.#answers);
  }

  /** Brings what was counted, judges what all have counted, and does so again while answers are watched. */
  #count(): void {
    if (this.#counting || this.#cancelCount) return;
    this.#counting = true;
    const { clock } = this.#services;
    this.#judge().then(
      () => {
        this.#counting = false;
        if (!this.#isWatching()) return;
        this.#cancelCount = clock.after(COUNT, () => {
          this.#cancelCount = null;
          this.#count();
        });
      },
      () => {
        // The account cannot be reached: `recover` tries again.
        this.#counting = false;
      },
    );
  }

  async #judge(): Promise<void> {
    const { account, clock } = this.#services;
    const { throughput } = this;
    const report = {
      throughput,
      at: account.time(clock.now()),
      slices: this.#answers.slices(),
      watching: isWatching(this.#belief, this.#answers),
    };
    const { belief, version, counts } = await account.count(this.#server, report);
    this.#belief = belief;
    // Nothing is judged before all have counted it.
    const until = Math.min(...counts.map(({ at }) => at));
    const learnt = learn(belief, RecentAnswers.ofAll(counts.map(({ slices }) => slices)), throughput, until);
    if (learnt !== belief) await account.believe(this.#server, throughput, learnt, version);
  }

  #ask(missing: number, now: number): void {
    if (now >= this.#askAt) {
      this.#request(missing, now);
      return;
    }
    if (this.#cancelAsk) return;
    this.#cancelAsk = this.#services.clock.after(this.#askAt - now, () => {
      this.#cancelAsk = null;
      this.#services.wake();
    });
  }

  #request(wanted: number, now: number): void {
    this.#asking = true;
    const used = this.#used.filter(({ sent }) => sent === null || now - sent < OUTDATED);
    this.#used = [];
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

  #granted({ permits, next, askers, slack, reduced, watched }: PermitAnswer, wanted: number): void {
    this.#asking = false;
    const now = this.#services.clock.now();
    this.#permits.push(...permits);
    this.inForce(reduced, watched);
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

  #report(use: PermitUse): void {
    // Without a contracted rate there is no place to become free.
    if (use.permit.place < 0) return;
    this.#used.push(use);
    this.#reportLater();
  }

  #reportLater(): void {
    const { clock } = this.#services;
    if (this.#cancelReport) return;
    this.#cancelReport = clock.after(REPORT, () => {
      this.#cancelReport = null;
      const now = clock.now();
      this.#dropStale(now);
      if (this.#used.length > 0 && !this.#asking) this.#request(0, now);
      if (this.#used.length + this.#permits.length > 0) this.#reportLater();
    });
  }

  #dropStale(now: number): void {
    while (this.#permits.length > 0 && now > this.#permits[0]!.until) {
      this.#report({ permit: this.#permits.shift()!, sent: null });
    }
  }
}
