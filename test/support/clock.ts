import { systemClock, type Cancel, type Clock } from '../../src/base/clock';

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

/** A clock that stands still until it is turned. */
export class HandClock implements Clock {
  #now: number;
  #timers: Timer[] = [];
  /** By how much the system's clock is ahead. */
  #ahead = 0;

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  /** Timers that are set and neither called nor cancelled. */
  get timers(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  wallOf(moment: number): number {
    return moment + this.#ahead;
  }

  /** Somebody puts the system's clock forward, or back: intervals take no notice. */
  setWall(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  /** The process does not run for a while: what was due is called late, with what falls due now. */
  stall(milliseconds: number): void {
    this.#now += milliseconds;
    this.turn(0);
  }

  after(delay: number, call: () => void): Cancel {
    const timer = { at: this.#now + delay, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass: timers are called at their moment, in order, those they set within that time included. */
  turn(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = this.#timers.reduce<Timer | null>(
        (first, timer) => (first && first.at <= timer.at ? first : timer),
        null,
      );
      if (!next || next.at > end) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
    }
    this.#now = end;
  }
}

/** A clock that runs so many times as fast as time, for tests over real sockets. */
export function fastClock(speed: number): Clock {
  const { now, after, wallOf } = systemClock;
  const origin = now();
  return {
    now: () => origin + (now() - origin) * speed,
    wallOf,
    after: (delay, call) => after(delay / speed, call),
  };
}
