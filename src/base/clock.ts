/**
 * Time as the pool and its sessions see it, so that tests can turn it by hand. There are two kinds: intervals run on a clock that
 * never jumps; a date is asked of the system's clock, which may be wrong and be put right at any moment.
 */
export interface Clock {
  /** Milliseconds on a clock that never jumps. It began as epoch time; since then the system's clock may have been put right. */
  now(): number;
  /** Epoch milliseconds, as the system's clock has them now, of a moment of `now`. */
  wallOf(moment: number): number;
  /** Calls once after at least `delay` milliseconds; returns what cancels it. Does not keep the process alive. */
  after(delay: number, call: () => void): Cancel;
}

export type Cancel = () => void;

const origin = Date.now() - performance.now();

const now = (): number => origin + performance.now();

/** Milliseconds a timer may be late; above that the event loop stood still, or the whole process did. */
const LATE = 250;
/** Turns of the event loop in which what came meanwhile is read. */
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

/** Timers come before sockets in a turn of the event loop: a late one must not judge by what is known before they are read. */
function afterTurns(turns: number, call: () => void): void {
  setImmediate(() => {
    if (turns > 1) afterTurns(turns - 1, call);
    else call();
  });
}

/** A moment of the clock as people and flows read it: ISO 8601. */
export function isoTime(clock: Clock, moment: number): string {
  return new Date(clock.wallOf(moment)).toISOString();
}
