import { hostname } from 'node:os';
import { background, despiteFailure } from '../base/background';
import { isoTime, type Cancel, type Clock } from '../base/clock';
import { BIND_LEASE, type Account, type Beat } from '../account/account';
import type { InstanceSnapshot } from './events';
import type { PoolLog } from './listeners';
import type { OtherInstances, Server } from './server';

/** Milliseconds between two beats. */
const BEAT = 1000;
/** Milliseconds before the end of its lease at which a bind settles its window and unbinds, and at which it is cut. */
const UNBIND_BEFORE = 3000;
const CUT_BEFORE = 1000;

export interface MembershipServices {
  readonly account: Account;
  readonly servers: readonly Server[];
  readonly clock: Clock;
  readonly log: PoolLog;
  /** Called when binds, or what is known of the other instances, may have changed. */
  changed(): void;
}

/**
 * This instance's part in the account that several instances share. It beats every second, and follows what the account
 * says about binds and rates. Without the account it gives up its binds before their leases end, for then other
 * instances may bind.
 */
export class Membership {
  readonly #services: MembershipServices;
  readonly #since: string;
  #instances: readonly InstanceSnapshot[] = [];
  #missing = false;
  #beating: Promise<void> | null = null;
  #again = false;
  #cancelBeat: Cancel | null = null;
  #cancelEnd: Cancel | null = null;
  #alone = false;
  #open = false;
  #closed = false;

  constructor(services: MembershipServices) {
    this.#services = services;
    this.#since = isoTime(services.clock, services.clock.now());
  }

  /** Every living instance as of the last beat, oldest first; this one alone, as it is now, where the beat failed. */
  get instances(): readonly InstanceSnapshot[] {
    if (this.#instances.length > 0) return this.#instances;
    return [{ id: this.#services.account.instance, self: true, ...this.#about(this.#services.clock.now()) }];
  }

  /** True where an instance fell silent lately: the store may not have all that it knew of its messages. */
  get missing(): boolean {
    return this.#missing;
  }

  /**
   * Tells the account each server's throughput, once it can be reached. Binds follow with the first beats.
   * @throws {SmppError} SMPP_STORE_*
   */
  async open(): Promise<void> {
    const { account, servers } = this.#services;
    await Promise.all(servers.map(({ name, budget }) => account.contract(name, budget.throughput)));
    if (this.#closed) return;
    this.#open = true;
    this.beat();
  }

  /** Beats now, because something is new here; later beats follow every second. */
  beat(): void {
    if (!this.#open) return;
    if (this.#beating) {
      this.#again = true;
      return;
    }
    this.#cancelBeat?.();
    this.#beating = this.#beat().finally(() => {
      this.#beating = null;
      const wait = this.#again ? 0 : BEAT;
      this.#again = false;
      if (!this.#open) return;
      this.#cancelBeat = this.#services.clock.after(wait, () => {
        this.beat();
      });
    });
  }

  /** Leaves the account and gives its leases back. To be called once the binds are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#open = false;
    this.#cancelBeat?.();
    this.#cancelEnd?.();
    await this.#beating;
    const leaving = this.#services.account.leave(this.#services.servers.map(({ name }) => name));
    await despiteFailure(leaving, 'where the account cannot be reached, its leases end by themselves');
  }

  async #beat(): Promise<void> {
    const { account, servers, clock } = this.#services;
    const began = clock.now();
    let answer: Beat;
    try {
      answer = await account.beat({
        servers: servers.map((server) => ({
          server: server.name,
          throughput: server.budget.throughput,
          binds: server.places,
          wanted: !server.stopped,
          held: server.held,
        })),
        about: this.#about(began),
      });
    } catch {
      // The store logs that it is away. This instance logs it only once the leases near their end.
      this.#instances = [];
      this.#services.changed();
      return;
    }
    if (this.#open) this.#follow(answer, began);
  }

  #follow({ servers, instances, missing }: Beat, began: number): void {
    const { account, clock, log, changed } = this.#services;
    if (this.#alone) log.info('the account is within reach again');
    this.#alone = false;
    this.#missing = missing;
    this.#cancelEnd?.();
    this.#cancelEnd = clock.after(began + BIND_LEASE - UNBIND_BEFORE - clock.now(), () => {
      this.#leaveBinds();
    });
    this.#instances = Array.from(instances, ([id, about]) => ({
      id,
      self: id === account.instance,
      ...(about as Omit<InstanceSnapshot, 'id' | 'self'>),
    })).sort((a, b) => (a.since < b.since ? -1 : 1));
    this.#services.servers.forEach((server, index) => {
      const { held, share, reduced } = servers[index]!;
      server.follow(held, share, this.#others(server.name), reduced, () => {
        this.beat();
      });
    });
    changed();
  }

  #leaveBinds(): void {
    const { servers, clock, log } = this.#services;
    this.#alone = true;
    log.warn('the account has been out of reach for too long: unbinding, for other instances may bind now');
    for (const server of servers) background(server.giveUp(UNBIND_BEFORE - CUT_BEFORE), log, server.name);
    this.#cancelEnd = clock.after(UNBIND_BEFORE - CUT_BEFORE, () => {
      for (const server of servers) server.cut();
    });
  }

  #others(name: string): OtherInstances {
    const others = this.#instances
      .filter(({ self }) => !self)
      .flatMap(({ servers }) => servers.filter(({ server }) => server === name));
    return {
      bound: others.reduce((sum, { bound }) => sum + bound, 0),
      rate: others.reduce((sum, { rate }) => sum + rate, 0),
      fastest: Math.min(...others.map(({ bound, fastestMs }) => fastestMs ?? (bound > 0 ? 0 : Infinity))),
    };
  }

  #about(now: number): Omit<InstanceSnapshot, 'id' | 'self'> {
    return {
      host: hostname(),
      pid: process.pid,
      since: this.#since,
      servers: this.#services.servers.map((server) => ({
        server: server.name,
        bound: server.bound,
        binds: server.seated.filter(({ isBound }) => isBound).map(({ name }) => name),
        rate: server.rate.perSecond(now),
        fastestMs: server.fastest,
      })),
    };
  }
}
