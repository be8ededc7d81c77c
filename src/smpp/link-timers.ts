/** Moments by which `linkVerdict` judges a link, in milliseconds of the session's clock; null: not the case. */
export interface LinkTimes {
  /** When connecting, TLS included, began. */
  readonly connectingSince: number | null;
  /** When the unanswered bind was sent. */
  readonly bindingSince: number | null;
  /** When the last octet came. */
  readonly lastHeard: number;
  /** When our unanswered enquire_link was sent. */
  readonly enquiringSince: number | null;
  /** When the beginning of a still incomplete PDU came. */
  readonly partialSince: number | null;
  /** When the oldest unanswered submit was sent. */
  readonly oldestSubmit: number | null;
}

/** Milliseconds: of silence before an enquire_link, and of waiting for any answer. */
export interface LinkLimits {
  readonly enquireLink: number;
  readonly responseTimeout: number;
}

export type LinkVerdict =
  | { readonly action: 'wait'; readonly until: number }
  | { readonly action: 'enquire' }
  | { readonly action: 'submit-timeout' }
  | { readonly action: 'dead'; readonly code: 'connect-timeout' | 'bind-timeout' | 'silent' | 'partial' };

/** What to do at `now`. `wait`: nothing is due before `until`, which may be Infinity. */
export function linkVerdict(times: LinkTimes, limits: LinkLimits, now: number): LinkVerdict {
  const { responseTimeout } = limits;
  let until = Infinity;
  const passed = (since: number | null, limit: number): boolean => {
    if (since === null) return false;
    if (now >= since + limit) return true;
    until = Math.min(until, since + limit);
    return false;
  };
  if (passed(times.connectingSince, responseTimeout)) return { action: 'dead', code: 'connect-timeout' };
  if (times.connectingSince !== null) return { action: 'wait', until };
  if (passed(times.bindingSince, responseTimeout)) return { action: 'dead', code: 'bind-timeout' };
  if (passed(times.partialSince, responseTimeout)) return { action: 'dead', code: 'partial' };
  if (times.bindingSince !== null) return { action: 'wait', until };
  if (passed(times.enquiringSince, responseTimeout)) return { action: 'dead', code: 'silent' };
  if (passed(times.oldestSubmit, responseTimeout)) return { action: 'submit-timeout' };
  if (times.enquiringSince === null && passed(times.lastHeard, limits.enquireLink)) return { action: 'enquire' };
  return { action: 'wait', until };
}
