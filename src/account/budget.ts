import { RecentAnswers } from './answers';
import { EvenPace } from './even-pace';
import { isWatching, learn, marginAt, NOTHING_LEARNT } from './server-limit';

/** How fast submits may go to one server. Times are epoch milliseconds, rates PDUs a second. */
export interface Pace {
  /** The contracted rate; 0 = no limit. */
  readonly throughput: number;
  /** True while the server is believed to take less than the contracted rate; one throttled PDU is no proof of that. */
  readonly throttled: boolean;
  /** The rate in force; 0 = no limit. */
  readonly allowed: number;
  /**
   * When the next PDU may go: at once where this is not after `now`; Infinity while it is not known.
   * @param waiting number of PDUs that could go
   */
  readyAt(now: number, waiting: number): number;
  /** To be called when a PDU is sent. @returns its ticket for `answered` */
  spend(now: number): number;
  /**
   * The PDU with this ticket was answered.
   * @param throttled true where the platform said "too fast", unless that is known to concern this PDU alone
   */
  answered(ticket: number, now: number, throttled: boolean): void;
  /** Lets the rate recover; to be called now and then. */
  recover(now: number): void;
}

/** The pace of a server that no other instance uses. Pure arithmetic on the times it is given. */
export class Budget implements Pace {
  readonly throughput: number;
  readonly #pace: EvenPace;
  readonly #answers = new RecentAnswers();
  #belief = NOTHING_LEARNT;

  constructor(throughput: number) {
    this.throughput = throughput;
    this.#pace = new EvenPace(Math.floor(throughput));
  }

  get throttled(): boolean {
    return this.#belief.limit !== null;
  }

  get allowed(): number {
    return this.#belief.limit ?? this.throughput;
  }

  readyAt(now: number): number {
    const { allowed } = this;
    return allowed === 0 ? now : this.#pace.readyAt(now, this.#gap(now), Math.max(1, Math.floor(allowed)));
  }

  /** @returns the time of sending as ticket: answers are judged by when their PDU was sent, however long they take */
  spend(now: number): number {
    this.#answers.sent(now);
    if (this.allowed > 0) this.#pace.spend(now, this.#gap(now));
    return now;
  }

  answered(ticket: number, now: number, throttled: boolean): void {
    this.#answers.answered(ticket, throttled);
    if (throttled || isWatching(this.#belief, this.#answers)) this.recover(now);
  }

  recover(now: number): void {
    const { allowed } = this;
    this.#belief = learn(this.#belief, this.#answers, this.throughput, now);
    // Without a limit there is no gap.
    const [before, after] = [allowed || Infinity, this.allowed || Infinity];
    if (after !== before) this.#pace.change(now, this.#gap(now), after < before);
  }

  #gap(now: number): number {
    return (1000 * (1 + marginAt(this.#belief, now))) / (this.allowed || Infinity);
  }
}
