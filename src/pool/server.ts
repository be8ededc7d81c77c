import { ignoreFailure } from '../base/background';
import { isoTime } from '../base/clock';
import type { SessionMode } from '../smpp/session';
import type { Account } from '../account/account';
import { Lanes, type LeasedMessage } from './backlog';
import { Bind, type BindOwner } from './bind';
import { Budget, type Pace } from '../account/budget';
import type { ServerSnapshot, ServerState } from './events';
import { Latencies, Rate } from './latency';
import { LatencyHistogram } from './measures';
import { serverName, type BindMode, type ServerSettings } from './settings';
import { SharedBudget } from '../account/shared-budget';

/** Milliseconds between the first attempts of a server's binds. */
const STAGGER = 150;

/** The sessions for each of the configured `binds`, by bind mode. */
export const MODES: Readonly<Record<BindMode, readonly SessionMode[]>> = {
  transceiver: ['transceiver'],
  'transmitter-receiver': ['transmitter', 'receiver'],
  transmitter: ['transmitter'],
  receiver: ['receiver'],
};
const NO_OTHERS: OtherInstances = { bound: 0, rate: 0, fastest: Infinity };

/** What the other instances have of one server. */
export interface OtherInstances {
  readonly bound: number;
  /** Submits in the last second. */
  readonly rate: number;
  /** Milliseconds of their fastest round trip; 0 while a bound one does not know it, Infinity where none is bound. */
  readonly fastest: number;
}

const SHORT: Readonly<Record<SessionMode, string>> = { transceiver: 'trx', transmitter: 'tx', receiver: 'rx' };

/** The unit in which the account shares binds out: a bind, or a pair of transmitter and receiver. */
interface Place {
  /** From 1. */
  readonly number: number;
  readonly binds: readonly Bind[];
}

/** One host:port of the platform: its binds and the budget they share. */
export class Server {
  readonly name: string;
  readonly binds: readonly Bind[];
  readonly budget: Pace;
  readonly latencies = new Latencies();
  /** From submit to answer, for metrics. */
  readonly answerTimes = new LatencyHistogram();
  /** Messages that have begun on this server and lost their bind. */
  readonly followers = new Lanes();
  /** Segments that the server has accepted so far. */
  passed = 0;
  /** The message that it throttled last. */
  lastThrottled: LeasedMessage | null = null;
  readonly rate = new Rate();
  /** True from `stop` to `start`, that is by order; a server that failed is not stopped. */
  stopped = true;
  readonly #owner: BindOwner;
  readonly #places: readonly Place[];
  /** The budget shared with other instances; null where this instance is alone. */
  readonly #shared: SharedBudget | null;
  /** Numbers of the places whose binds this instance may bind: all of them where it is alone. */
  readonly #seats = new Set<number>();
  /** Numbers of the places whose binds are being given up and are not gone yet. */
  readonly #leaving = new Set<number>();
  #others = NO_OTHERS;
  #lastError: ServerSnapshot['lastError'] = null;
  #since: { readonly state: ServerState; readonly at: number };

  constructor(settings: ServerSettings, owner: BindOwner, account?: Account) {
    this.name = serverName(settings);
    this.#owner = owner;
    this.#shared = account
      ? new SharedBudget(this.name, settings.throughput, {
          account,
          clock: owner.clock,
          room: () => this.#room(),
          rate: () => this.rateOfAll(owner.clock.now()),
          wake: () => {
            owner.writable();
          },
        })
      : null;
    this.budget = this.#shared ?? new Budget(settings.throughput);
    const modes = MODES[owner.settings.bindMode];
    this.#places = Array.from({ length: settings.binds }, (_, index) => ({
      number: index + 1,
      binds: modes.map((mode) => new Bind(`${SHORT[mode]}${String(index + 1)}`, mode, settings, owner)),
    }));
    this.binds = this.#places.flatMap(({ binds }) => binds);
    if (!account) for (const { number } of this.#places) this.#seats.add(number);
    this.#since = { state: this.state, at: owner.clock.now() };
  }

  /** To be called whenever the server's state may have changed. */
  noteState(): void {
    const { state } = this;
    if (state !== this.#since.state) this.#since = { state, at: this.#owner.clock.now() };
  }

  /** Keeps a reason as the last error. @param now epoch milliseconds */
  failed(now: number, reason: string): void {
    this.#lastError = { time: isoTime(this.#owner.clock, now), reason };
  }

  get bound(): number {
    return this.binds.reduce((count, bind) => count + (bind.isBound ? 1 : 0), 0);
  }

  /** The binds that this instance may bind. */
  get seated(): readonly Bind[] {
    if (this.#seats.size === this.#places.length) return this.binds;
    return this.#places.flatMap(({ number, binds }) => (this.#seats.has(number) ? binds : []));
  }

  get state(): ServerState {
    if (this.stopped) return 'stopped';
    const { bound } = this;
    // A server whose binds all belong to other instances works too.
    if (bound === 0) return this.#seats.size === 0 && this.#others.bound > 0 ? 'up' : 'down';
    return bound < this.seated.length ? 'degraded' : 'up';
  }

  /** The number of binds that can submit, now or once their window has room. */
  get submitBinds(): number {
    return this.binds.reduce((count, bind) => count + (bind.isBound && bind.mode !== 'receiver' ? 1 : 0), 0);
  }

  get canSubmit(): boolean {
    return this.submitBinds > 0;
  }

  /** The least loaded bind that would submit now. */
  readyBind(): Bind | null {
    let best: Bind | null = null;
    for (const bind of this.binds) if (bind.ready && (best === null || bind.inFlight < best.inFlight)) best = bind;
    return best;
  }

  /** Submits in the last second by all instances. */
  rateOfAll(now: number): number {
    return this.rate.perSecond(now) + this.#others.rate;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.noteState();
    if (!this.#shared) this.#start(this.#places);
  }

  /** @param grace milliseconds at most for settling the windows */
  async stop(grace: number): Promise<void> {
    this.stopped = true;
    if (this.#shared) await this.giveUp(grace);
    else await Promise.all(this.binds.map((bind) => bind.stop(grace)));
  }

  destroy(): void {
    this.stopped = true;
    this.cut();
  }

  /** All binds use one login: where the platform refused one bind, the others wait with their attempts. */
  holdSiblings(kind: 'credentials' | 'quota', reason: string): void {
    for (const bind of this.binds) bind.hold(kind, reason);
  }

  wakeSiblings(): void {
    this.binds.forEach((bind, index) => {
      bind.wake(index * STAGGER);
    });
  }

  // The following is for a server that several instances share.

  /** The number of binds, or pairs, that the account has on this server. */
  get places(): number {
    return this.#places.length;
  }

  /** Milliseconds of the fastest round trip to the server; null while it is not known. */
  get fastest(): number | null {
    return this.#shared?.fastest ?? null;
  }

  /** Numbers of the places that this instance has, those being given up included. */
  get held(): readonly number[] {
    return [...this.#seats, ...this.#leaving];
  }

  /**
   * Follows the account's answer to a beat.
   * @param held numbers of the places this instance has
   * @param share how many of them it shall keep; the excess is given up once their windows are settled
   * @param reduced the rate in force while throttled, PDUs a second; null where the throughput is in force
   * @param given called whenever a place was given up
   */
  follow(
    held: readonly number[],
    share: number,
    others: OtherInstances,
    reduced: number | null,
    given: () => void,
  ): void {
    this.#others = others;
    this.#shared!.othersReachItIn(others.fastest);
    this.#shared!.inForce(reduced);
    const lost = this.#places.filter(({ number }) => this.#seats.has(number) && !held.includes(number));
    for (const { number, binds } of lost) {
      this.#seats.delete(number);
      for (const bind of binds) bind.destroy();
    }
    if (this.stopped) return;
    const gained = this.#places.filter(
      ({ number }) => held.includes(number) && !this.#seats.has(number) && !this.#leaving.has(number),
    );
    for (const { number } of gained) this.#seats.add(number);
    this.#start(gained);
    const excess = this.#seats.size - share;
    if (excess <= 0) return;
    const grace = this.#owner.settings.responseTimeout * 1000;
    for (const place of this.#leastUseful().slice(0, excess))
      ignoreFailure(this.#leave(place, grace).then(given), 'its bind has said what went wrong');
  }

  /** Unbinds all without stopping: the server binds again what the account gives it later. @param grace milliseconds */
  async giveUp(grace: number): Promise<void> {
    this.#others = NO_OTHERS;
    await Promise.all(
      this.#places.map(({ number, binds }) =>
        this.#seats.has(number)
          ? this.#leave({ number, binds }, grace)
          : Promise.all(binds.map((bind) => bind.stop(grace))),
      ),
    );
  }

  /** Closes every bind without an unbind. */
  cut(): void {
    for (const bind of this.binds) bind.destroy();
  }

  async #leave({ number, binds }: Place, grace: number): Promise<void> {
    this.#seats.delete(number);
    this.#leaving.add(number);
    await Promise.all(binds.map((bind) => bind.stop(grace)));
    this.#leaving.delete(number);
  }

  /** This instance's places in the order of giving up: unbound, then least in flight, then highest number first. */
  #leastUseful(): Place[] {
    const weight = ({ binds }: Place): number =>
      binds.reduce((sum, bind) => sum + (bind.isBound ? 1 + bind.inFlight : 0), 0);
    return this.#places
      .filter(({ number }) => this.#seats.has(number))
      .sort((a, b) => weight(a) - weight(b) || b.number - a.number);
  }

  #start(places: readonly Place[]): void {
    places
      .flatMap(({ binds }) => binds)
      .forEach((bind, index) => {
        bind.start(index * STAGGER * (0.75 + Math.random() / 2));
      });
  }

  /** The number of submits that the windows have room for. */
  #room(): number {
    const { window } = this.#owner.settings;
    let room = 0;
    for (const bind of this.binds) if (bind.ready) room += window - bind.inFlight;
    return room;
  }

  snapshot(now: number): ServerSnapshot {
    return {
      server: this.name,
      state: this.state,
      bound: this.bound,
      throughput: this.budget.throughput,
      allowed: Math.round(this.budget.allowed * 10) / 10,
      rate: this.rate.perSecond(now),
      latencyMs: this.latencies.percentiles(),
      lastError: this.#lastError,
      since: isoTime(this.#owner.clock, this.#since.at),
      binds: this.seated.map((bind) => bind.snapshot()),
    };
  }
}
