import type { Clock } from '../base/clock';
import type { OutboxMessage, Store } from '../store/store';
import type { Backlog } from './backlog';
import type { Server } from './server';

/** Seconds of a server's budget that are leased ahead; of its present rate where it has no limit. */
const LEASE_AHEAD = 0.1;

export interface LeaseServices {
  readonly store: Store;
  readonly servers: readonly Server[];
  /** Unanswered submits a bind may have. */
  readonly window: number;
  readonly backlog: Backlog;
  readonly clock: Clock;
  /** False while no more messages may be leased. */
  mayTake(): boolean;
  /** Takes the leased messages. Must not reject. */
  taken(messages: readonly OutboxMessage[]): Promise<void>;
  failed(error: unknown): void;
}

/** Leases only what the servers will take in a moment: the rest is safer in the store, and stays in order there. */
export class Lease {
  readonly #services: LeaseServices;
  /** The open request to the store; null where there is none. */
  #open: Promise<void> | null = null;
  /** The number of urgent messages that were stored and not leased yet. They are leased even where there is no room. */
  #urgent = 0;

  constructor(services: LeaseServices) {
    this.#services = services;
  }

  /** Resolves once no request is open. */
  get idle(): Promise<void> {
    return this.#open ?? Promise.resolve();
  }

  urgentStored(): void {
    this.#urgent += 1;
  }

  /** Asks the store for as many messages as there is room for; one request at a time. */
  take(): void {
    const { mayTake, servers, backlog, window, clock } = this.#services;
    if (this.#open || !mayTake()) return;
    const limit = Math.max(leaseRoom(servers, backlog, window, clock.now()), this.#urgentRoom());
    if (limit > 0) this.#open = this.#take(limit);
  }

  /** As many urgent messages as the windows hold: more cannot overtake anything. */
  #urgentRoom(): number {
    if (this.#urgent === 0) return 0;
    const { servers, backlog, window } = this.#services;
    let room = -backlog.urgent;
    for (const { canSubmit, submitBinds } of servers) if (canSubmit) room += submitBinds * window;
    return Math.max(0, Math.min(this.#urgent, room));
  }

  async #take(limit: number): Promise<void> {
    try {
      const messages = await this.#services.store.lease(limit);
      const urgent = messages.reduce((count, message) => count + (message.urgent ? 1 : 0), 0);
      // The store gives the urgent ones first.
      this.#urgent = urgent < messages.length ? 0 : Math.max(0, this.#urgent - urgent);
      await this.#services.taken(messages);
    } catch (error) {
      this.#services.failed(error);
    } finally {
      this.#open = null;
    }
  }
}

/** Segments that the servers will take in a moment, less those leased already. @param window submits per bind */
export function leaseRoom(servers: readonly Server[], backlog: Backlog, window: number, now: number): number {
  let room = 0;
  for (const server of servers) {
    if (!server.canSubmit) continue;
    const windows = server.submitBinds * window;
    const { allowed } = server.budget;
    // Without a limit, fast answers empty the windows while the store is asked for more.
    const takes =
      allowed === 0
        ? Math.max(windows, Math.ceil(server.rate.perSecond(now) * LEASE_AHEAD))
        : Math.min(windows, Math.ceil(allowed * LEASE_AHEAD) + 1);
    room += Math.max(0, takes - begunOn(server, window));
  }
  return room - backlog.unbegun;
}

/** Begun segments that the server's binds have room for; the rest wait for their own bind and leave others free. */
function begunOn(server: Server, window: number): number {
  let begun = server.followers.segments;
  for (const { followers, inFlight } of server.binds) {
    if (followers.segments > 0) begun += Math.min(followers.segments, Math.max(0, window - inFlight));
  }
  return begun;
}
