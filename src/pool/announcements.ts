import { isoTime, type Clock } from '../base/clock';
import type { EventName, PoolEvent, PoolState, Snapshot } from './events';
import { isQueueHigh } from './health';
import type { EventListener, PoolLog } from './listeners';
import type { Server } from './server';

export interface AnnouncementServices {
  readonly clock: Clock;
  readonly log: PoolLog;
  readonly servers: readonly Server[];
  readonly queueLimit: number;
  state(): PoolState;
  snapshot(): Snapshot;
}

/** The fields of an event beside its name, time and snapshot. */
export type EventDetails = Omit<PoolEvent, 'event' | 'time' | 'snapshot'>;

/** Tells the listeners what happens in the pool. Each change of state is told once. */
export class Announcements {
  readonly #services: AnnouncementServices;
  readonly #listeners = new Set<EventListener>();
  /** The pool's state as the listeners know it. */
  #state: PoolState = 'down';
  /** Servers that the listeners know to be up or degraded. */
  readonly #up = new Set<Server>();
  readonly #throttled = new Set<Server>();
  #queueHigh = false;

  constructor(services: AnnouncementServices) {
    this.#services = services;
  }

  /** @returns detaches the listener */
  attach(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  tell(event: EventName, details: EventDetails): void {
    if (this.#listeners.size === 0) return;
    const { clock, log } = this.#services;
    const time = isoTime(clock, clock.now());
    const full: PoolEvent = { event, time, ...details, snapshot: this.#services.snapshot() };
    for (const listener of this.#listeners) {
      try {
        listener(full);
      } catch (error) {
        log.error(`a listener failed on ${event}: ${String(error)}`);
      }
    }
  }

  /** To be called whenever the state of a bind, a server or the pool may have changed. @param reason in words */
  stateChanged(reason?: string, code?: string): void {
    const why = { ...(reason !== undefined && { reason }), ...(code !== undefined && { code }) };
    for (const server of this.#services.servers) {
      server.noteState();
      const isUp = server.state === 'up' || server.state === 'degraded';
      if (isUp === this.#up.has(server)) continue;
      if (isUp) this.#up.add(server);
      else this.#up.delete(server);
      this.tell(isUp ? 'server.up' : 'server.down', { server: server.name, ...why });
    }
    const state = this.#services.state();
    if (state === this.#state) return;
    const before = this.#state;
    this.#state = state;
    // Listeners hear "pool.down" for both "down" and "stopped": a change between the two is no news.
    if (state === 'stopped' && before === 'down') return;
    if (state === 'down' && before === 'stopped') return;
    const name = state === 'stopped' ? 'down' : state;
    this.tell(`pool.${name}`, why);
  }

  /** To be called whenever a server's throttling may have begun or ended, on this instance or another. */
  throttling(server: Server): void {
    const { clock, log } = this.#services;
    const { throttled, allowed } = server.budget;
    if (throttled === this.#throttled.has(server)) return;
    if (throttled) {
      this.#throttled.add(server);
      const reason = `the platform says it is too fast; sending at ${String(Math.round(allowed * 10) / 10)} a second`;
      log.warn(`${server.name}: ${reason}`);
      server.failed(clock.now(), reason);
      this.tell('server.throttled', { server: server.name, reason, code: 'ESME_RTHROTTLED' });
    } else {
      this.#throttled.delete(server);
      log.info(`${server.name}: no throttling any more`);
      this.tell('server.recovered', { server: server.name });
    }
  }

  /** To be called now and then. @param waiting messages in the store */
  queue(waiting: number): void {
    const { log, queueLimit: limit } = this.#services;
    const wasHigh = this.#queueHigh;
    this.#queueHigh = isQueueHigh({ waiting, limit }, wasHigh);
    if (this.#queueHigh === wasHigh) return;
    const reason = `${String(waiting)} of ${String(limit)}`;
    if (this.#queueHigh) log.warn(`${String(waiting)} messages wait, the limit is ${String(limit)}`);
    else log.info(`${String(waiting)} messages wait`);
    this.tell(this.#queueHigh ? 'queue.high' : 'queue.normal', { reason });
  }
}
