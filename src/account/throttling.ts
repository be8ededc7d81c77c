/**
 * All numbers of the pace and of what it learns from throttle answers, with their reasons. Rates are PDUs a second,
 * times milliseconds, parts are of 1.
 */

/**
 * Milliseconds a timer may be late before the pace is lost instead of caught up: more than an event loop is held up in
 * daily work, less than what a platform would take for a burst.
 */
export const CATCH_UP = 50;
/** What is sent so long after it was due did not wait for a timer. */
export const LATEST = 500;

/**
 * What is kept away from the edge of the contract. The platform counts by its own clock and by the arrival of PDUs, which a network
 * bunches by a millisecond or two: a PDU that arrives 999 ms after the one that it shall replace is throttled.
 */
export const MARGIN = {
  /** Where nothing was learnt: 2 ms of a second. */
  least: 0.002,
  /** More of it for a throttle answer among many good ones; doubled for each second in a row that has one. */
  step: 0.001,
  /** A server that throttles so much in spite of it has a lower limit: see LIMIT.some. */
  most: 0.04,
  /** Milliseconds in which what was learnt falls to a third. */
  kept: 60_000,
} as const;

/**
 * How the limit of a server is found that takes less than it should. Answers are judged by the second in which their PDUs were sent:
 * the platform counts seconds too, so in a second with throttling what was taken IS the limit.
 */
export const LIMIT = {
  /** A second of sending. One that has too few PDUs is made longer, up to `longest`; with fewer even then nothing is said. */
  second: 1000,
  longest: 5000,
  fewest: 5,
  /**
   * Part of a second's answers that, throttled, shows a lower limit at once. A platform that stands still for 200 ms and then counts what it
   * reads throttles a fifth of one second.
   */
  good: 0.25,
  /** Part that shows it after so many seconds in a row; less than this is the margin's business. */
  some: 0.03,
  inARow: 3,
  /** Where already less than the contract is sent, a second with some throttled takes off at most so much. */
  trim: 0.02,
  /** ... and never less than this part of what was found to be taken: if that is throttled too, the rate is not the reason. */
  trusted: 0.9,
  /** A server that takes nothing at all says nothing of its limit: it gets this part of what it was sent, ... */
  closed: 0.25,
  /** ... never less than this, so that its return is noticed within two seconds. */
  lowest: 0.5,
  /** ... and when it takes something again, four times as much in each trial. */
  reopened: 3,
  /** What was sent so long after the rate was lowered may be throttled for what was sent before. */
  echo: 1000,
  /** Milliseconds that answers are waited for before a second is judged without them. */
  patience: 5000,
  /** A higher rate is tried by so much, by double after each success. Two rates that are so near are the same. */
  probe: 0.02,
  /** Milliseconds of sending until a rate that is tried is judged: a second, and two PDUs or a fifth of a second. */
  round: 1200,
  /** Part of the rate that must have been sent for its trial to count; without that it counts after `untested`. */
  tested: 0.9,
  untested: 10_000,
  /**
   * Milliseconds until the rate above a limit that was found is tried again, doubled while that fails: so the throttle answers that
   * trying costs stay well below one in a hundred, and a limit that was raised is noticed in half a minute.
   */
  hold: 3000,
  longestHold: 12_000,
  /** PDUs at least from one failed trial to the next, for the same reason at low rates. */
  holdPdus: 150,
} as const;
