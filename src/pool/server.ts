import type { SessionMode } from '../smpp/session';
import { Bind, type BindOwner } from './bind';
import { Budget } from './budget';
import type { ServerSnapshot, ServerState } from './events';
import { Latencies, Rate } from './latency';
import { serverName, type BindMode, type ServerSettings } from './settings';

/** Milliseconds between the first attempts of a server's binds. */
const STAGGER = 150;

/** The sessions that one bind of the dialog stands for. */
export const MODES: Readonly<Record<BindMode, readonly SessionMode[]>> = {
  transceiver: ['transceiver'],
  'transmitter-receiver': ['transmitter', 'receiver'],
  transmitter: ['transmitter'],
  receiver: ['receiver'],
};
const SHORT: Readonly<Record<SessionMode, string>> = { transceiver: 'trx', transmitter: 'tx', receiver: 'rx' };

/** One host:port of the platform: its binds and the budget they share. */
export class Server {
  readonly name: string;
  readonly binds: readonly Bind[];
  readonly budget: Budget;
  readonly latencies = new Latencies();
  readonly rate = new Rate();
  /** True from `stop` to `start`: by order, not by accident. */
  stopped = true;
  #lastError: ServerSnapshot['lastError'] = null;

  constructor(settings: ServerSettings, owner: BindOwner) {
    this.name = serverName(settings);
    this.budget = new Budget(settings.throughput);
    const modes = MODES[owner.settings.bindMode];
    this.binds = Array.from({ length: settings.binds }, (_, index) =>
      modes.map((mode) => new Bind(`${SHORT[mode]}${String(index + 1)}`, mode, settings, owner)),
    ).flat();
  }

  /** @param now epoch milliseconds */
  failed(now: number, reason: string): void {
    this.#lastError = { time: new Date(now).toISOString(), reason };
  }

  get bound(): number {
    return this.binds.reduce((count, bind) => count + (bind.isBound ? 1 : 0), 0);
  }

  get state(): ServerState {
    if (this.stopped) return 'stopped';
    const { bound } = this;
    if (bound === 0) return 'down';
    return bound < this.binds.length ? 'degraded' : 'up';
  }

  /** Binds that submit, now or when their window opens. */
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

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.binds.forEach((bind, index) => {
      bind.start(index * STAGGER * (0.75 + Math.random() / 2));
    });
  }

  /** @param grace milliseconds at most for settling the windows */
  async stop(grace: number): Promise<void> {
    this.stopped = true;
    await Promise.all(this.binds.map((bind) => bind.stop(grace)));
  }

  destroy(): void {
    this.stopped = true;
    for (const bind of this.binds) bind.destroy();
  }

  /** One login for all: what one bind was told need not be asked by the others. */
  holdSiblings(kind: 'credentials' | 'quota', reason: string): void {
    for (const bind of this.binds) bind.hold(kind, reason);
  }

  wakeSiblings(): void {
    this.binds.forEach((bind, index) => {
      bind.wake(index * STAGGER);
    });
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
      binds: this.binds.map((bind) => bind.snapshot()),
    };
  }
}
