/**
 * All numbers of the throttling rules. Rates are PDUs a second, times milliseconds.
 *
 * A server that answers ESME_RTHROTTLED or ESME_RMSGQFUL is sent nothing for `pause`, then half of what it was sent.
 * Answers to PDUs that were already on their way say nothing new, so the rate is halved at most once in `pause`.
 * After `calm` without another such answer it gets a tenth of its contract more, and again every `step`, until the contract is reached.
 * Without a contract that is the rate at which throttling began, or `lowestGoal`.
 */
export const THROTTLING = { pause: 1000, calm: 2000, step: 1000, lowest: 0.5, lowestGoal: 2 } as const;

/** Milliseconds a timer may be late before the pace is lost instead of caught up. */
export const CATCH_UP = 50;
