/**
 * Time as the pool and its sessions see it; tests turn it by hand. Intervals are measured on a clock that never jumps.
 * Dates come from the system's clock, which may be wrong and be put right at any moment.
 */
export interface Clock {
  /**
   * Milliseconds on a clock that never jumps. It starts at epoch time and does not follow later corrections of the
   * system's clock.
   */
  now(): number;
  /** Converts a moment of `now` to epoch milliseconds, by the system's clock as it stands at this call. */
  wallOf(moment: number): number;
  /** Calls once after at least `delay` milliseconds; returns what cancels the call. Does not keep the process alive. */
  after(delay: number, call: () => void): Cancel;
}

export type Cancel = () => void;

const origin = Date.now() - performance.now();

const now = (): number => origin + performance.now();

/** Milliseconds a timer may be late; above that the event loop stood still, or the whole process did. */
const LATE = 250;
/** Turns of the event loop that a late timer waits, so that the sockets are read first. */
const READING_TURNS = 3;

export const systemClock: Clock = {
  now,
  wallOf: (moment) => moment + Date.now() - now(),
  after(delay, call) {
    const due = now() + delay;
    let cancelled = false;
    const timer = setTimeout(() => {
      if (now() - due <= LATE) call();
      else
        afterTurns(READING_TURNS, () => {
          if (!cancelled) call();
        });
    }, delay);
    timer.unref();
    return () => {
      cancelled = true;
      clearTimeout(timer);
    };
  },
};

/**
 * A turn of the event loop runs timers before it reads sockets: without these turns a late timer would judge before
 * arrived data is read.
 */
function afterTurns(turns: number, call: () => void): void {
  setImmediate(() => {
    if (turns > 1) afterTurns(turns - 1, call);
    else call();
  });
}

/** A moment of `clock.now` as an ISO 8601 date, for people and flows. */
export function isoTime(clock: Clock, moment: number): string {
  return new Date(clock.wallOf(moment)).toISOString();
}
