/** Time as the pool and its sessions see it, so that tests can turn it by hand. */
export interface Clock {
  /** Epoch milliseconds. Never runs backwards. */
  now(): number;
  /** Calls once after at least `delay` milliseconds; returns what cancels it. Does not keep the process alive. */
  after(delay: number, call: () => void): Cancel;
}

export type Cancel = () => void;

/** Epoch time that follows the monotonic clock, so that a correction of the system time starts no storm and expires nothing. */
const origin = Date.now() - performance.now();

export const systemClock: Clock = {
  now: () => origin + performance.now(),
  after(delay, call) {
    const timer = setTimeout(call, delay);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
