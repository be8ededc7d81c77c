/**
 * All numbers of the pace, and of what it learns from throttle answers, with their reasons. Rates are PDUs a second,
 * times milliseconds, parts are of 1.
 */

/**
 * Milliseconds of a timer's lateness that are caught up; more is lost. An event loop is held up for less in daily work,
 * and a platform does not take so little for a burst.
 */
export const CATCH_UP = 50;
/** Milliseconds: a PDU sent later than this after it was due did not wait for a timer. */
export const LATEST = 500;

/**
 * Part of the contracted rate that is left unused. The platform counts by its own clock and by the arrival of PDUs,
 * which a network bunches by a millisecond or two: at a rate of 1 a second, a PDU that arrives 999 ms after the one
 * before is throttled.
 */
export const MARGIN = {
  /** Margin before anything was learnt: 2 ms of a second. */
  least: 0.002,
  /** Added for a throttle answer among many good ones; doubled for each further second in a row with one. */
  step: 0.001,
  /** Largest margin. A server that still throttles has a lower limit: see LIMIT.some. */
  most: 0.04,
  /** Milliseconds in which the learnt margin falls to about a third (1/e). */
  kept: 60_000,
} as const;

/**
 * How the limit of a server is found that takes less than the contracted rate. Answers are judged by the second in
 * which their PDUs were sent. The platform counts seconds too, so the PDUs that it took in a second with throttling are
 * its limit.
 */
export const LIMIT = {
  /**
   * Milliseconds judged together. With fewer PDUs than `fewest` they are extended up to `longest`; still fewer prove
   * nothing.
   */
  second: 1000,
  longest: 5000,
  fewest: 5,
  /**
   * Part of a second's PDUs that must be throttled to show a lower limit at once. Less may have another cause: a
   * platform that stands still for 200 ms and then counts what it reads throttles a fifth of one second.
   */
  good: 0.25,
  /** Part that shows a lower limit after `inARow` seconds in a row; less only raises the margin. */
  some: 0.03,
  inARow: 3,
  /** Below the contracted rate, a second with some throttled PDUs lowers the rate by at most this part. */
  trim: 0.02,
  /**
   * It never lowers the rate below this part of `Belief.found`: throttling below that has another reason than the rate.
   */
  trusted: 0.9,
  /**
   * Throttling that goes on at `trusted` of the found rate is not the rate's: the rate goes back, and for so many
   * milliseconds after the last such PDU more than `times` that part has to be throttled to show a lower limit.
   */
  unrelated: 60_000,
  times: 2,
  /** A server that takes nothing at all does not show its limit: it gets this part of what it was sent. */
  closed: 0.25,
  /** Lowest rate, so that such a server is seen to take PDUs again within two seconds. */
  lowest: 0.5,
  /** Step of the trials once such a server takes PDUs again: each is at four times the rate. */
  reopened: 3,
  /** Milliseconds after the rate was lowered in which PDUs may be throttled because of those sent before. */
  echo: 1000,
  /** Milliseconds to wait for answers before a second is judged without them. */
  patience: 5000,
  /**
   * Part by which a trial raises the rate, doubled after each success. Rates that differ by no more count as the same.
   */
  probe: 0.02,
  /** Milliseconds of sending at least until a tried rate is judged; at low rates, a second and the time of two PDUs. */
  round: 1200,
  /**
   * Part of the rate that must have been sent for its trial to count. With less, the trial counts after `untested` ms.
   */
  tested: 0.9,
  untested: 10_000,
  /**
   * Milliseconds until a rate above a found limit is tried again, doubled up to `longestHold` while trials fail. So
   * fewer than one PDU in a hundred is throttled by trials, and a raised limit is noticed within half a minute.
   */
  hold: 3000,
  longestHold: 12_000,
  /** Fewest PDUs between a failed trial and the next: keeps throttling as rare at low rates. */
  holdPdus: 150,
} as const;
