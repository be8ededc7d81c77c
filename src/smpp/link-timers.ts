/** What a session must know of the past to decide what time asks of it. Times are epoch milliseconds, null = not the case. */
export interface LinkTimes {
  /** Connecting, TLS included: since when. */
  readonly connectingSince: number | null;
  /** bind sent: since when. */
  readonly bindingSince: number | null;
  /** The last octet that came. */
  readonly lastHeard: number;
  /** An unanswered enquire_link of ours: since when. */
  readonly enquiringSince: number | null;
  /** The beginning of a PDU whose rest has not come: since when. */
  readonly partialSince: number | null;
  /** The oldest unanswered submit: since when. */
  readonly oldestSubmit: number | null;
}

/** Milliseconds. */
export interface LinkLimits {
  readonly enquireLink: number;
  readonly responseTimeout: number;
}

export type LinkVerdict =
  | { readonly action: 'wait'; readonly until: number }
  | { readonly action: 'enquire' }
  | { readonly action: 'submit-timeout' }
  | { readonly action: 'dead'; readonly code: 'connect-timeout' | 'bind-timeout' | 'silent' | 'partial' };

/** The one thing to do now, or until when there is nothing to do. */
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
