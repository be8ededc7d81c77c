import type { Cancel, Clock } from '../base/clock';
import type { Backlog, QueuedSegment } from './backlog';
import type { Bind } from './bind';
import type { Server } from './server';

/**
 * Milliseconds after a start during which a message that has begun on a server waits for that server. Binds come up one
 * after the other, and a phone may never join segments that were sent by two servers.
 */
const RETURN = 10_000;

export interface DispatchServices {
  readonly servers: readonly Server[];
  readonly backlog: Backlog;
  readonly clock: Clock;
  /** False while nothing may be sent. */
  mayGo(): boolean;
  /** True where this segment is still to be sent. Where it is not, the callee has dealt with its message. */
  isDue(segment: QueuedSegment, now: number): boolean;
  /** Called after each round of submits: there may be room to lease more. */
  dispatched(): void;
}

/**
 * Decides which server sends next: servers take turns, and a server whose budget and window have room pulls. Pulling is
 * the whole of load balancing and failover: a dead server stops pulling.
 */
export class Dispatch {
  readonly #services: DispatchServices;
  readonly #servers: readonly Server[];
  readonly #backlog: Backlog;
  readonly #clock: Clock;
  #open = false;
  #pumping = false;
  #turn = 0;
  #cancelWake: Cancel | null = null;
  #wakeAt = Infinity;
  #startedAt = 0;

  constructor(services: DispatchServices) {
    this.#services = services;
    this.#servers = services.servers;
    this.#backlog = services.backlog;
    this.#clock = services.clock;
  }

  start(): void {
    this.#open = true;
    this.#startedAt = this.#clock.now();
    this.pump();
  }

  stop(): void {
    this.#open = false;
    this.#cancelWake?.();
  }

  /** Submits whatever may go now, on the next tick: many calls in one turn of the event loop make one round. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    process.nextTick(() => {
      this.#pumping = false;
      if (this.#open && this.#services.mayGo()) this.#pump();
    });
  }

  #pump(): void {
    const now = this.#clock.now();
    this.#rehome(now);
    const passed = new Set<Server>();
    let wake = Infinity;
    const later = (at: number): void => {
      wake = Math.min(wake, at);
    };
    while (this.#backlog.size > 0) {
      const server = this.#nextServer(now, passed, later);
      if (!server) break;
      const segment = this.#backlog.pull(server, this.#othersCanSubmit(server));
      if (!segment) passed.add(server);
      else if (this.#services.isDue(segment, now)) this.#submit(server, segment, now);
    }
    if (wake < Infinity) this.#wake(wake, now);
    this.#services.dispatched();
  }

  /** The next server in turn with a free slot and budget; `later` hears when one with a free slot will have budget. */
  #nextServer(now: number, passed: ReadonlySet<Server>, later: (at: number) => void): Server | null {
    const servers = this.#servers;
    for (let step = 0; step < servers.length; step++) {
      const index = (this.#turn + step) % servers.length;
      const server = servers[index]!;
      if (passed.has(server) || !server.readyBind()) continue;
      const waiting = this.#backlog.sizeFor(server);
      if (waiting === 0) continue;
      const at = server.budget.readyAt(now, waiting);
      if (at <= now) {
        this.#turn = index + 1;
        return server;
      }
      later(at);
    }
    return null;
  }

  #submit(server: Server, segment: QueuedSegment, now: number): void {
    const { leased } = segment;
    const { message } = leased;
    const bind = (leased.bind as Bind | null) ?? server.readyBind()!;
    if (message.frames.length > 1) this.#backlog.follow(leased, bind);
    message.submittedAt ??= now;
    leased.inFlight += 1;
    segment.ticket = server.budget.spend(now);
    server.rate.add(now);
    bind.submit(message.frames[segment.segment]!, segment);
  }

  /** Moves messages of a lost bind to another bind of its server, or to any server where that one cannot submit. */
  #rehome(now: number): void {
    for (const server of this.#servers) {
      for (const bind of server.binds) {
        if (bind.followers.segments > 0 && !bind.isBound) {
          this.#backlog.bindGone(bind, server.canSubmit ? server : null);
        }
      }
      if (server.followers.segments === 0 || server.canSubmit) continue;
      if (server.stopped || now >= this.#startedAt + RETURN) this.#backlog.serverGone(server);
    }
  }

  #othersCanSubmit(server: Server): boolean {
    return this.#servers.some((other) => other !== server && other.canSubmit);
  }

  #wake(at: number, now: number): void {
    if (at >= this.#wakeAt) return;
    this.#cancelWake?.();
    this.#wakeAt = at;
    this.#cancelWake = this.#clock.after(Math.max(0, at - now), () => {
      this.#wakeAt = Infinity;
      this.pump();
    });
  }
}
