/** Milliseconds. */
const FIRST = 500;
const LONGEST = 60_000;
/** A refused login will not heal by itself, and some platforms lock accounts that keep trying. */
const CREDENTIALS = 240_000;
/** The platform frees a dead bind's place after five minutes of silence (guide), so a retry is slower than that. */
const QUOTA = 330_000;
/** A platform that said goodbye is restarting; coming back at once would only be refused. */
const MAINTENANCE = 2000;

export type RetryKind = 'network' | 'credentials' | 'quota' | 'maintenance';

/**
 * Milliseconds until the next attempt: exponential with full jitter for trouble on the way, so that binds lost together
 * do not come back together; slow and only slightly spread where the platform has said no.
 * @param attempt failures in a row, from 1
 * @param random 0 to 1
 */
export function retryDelay(kind: RetryKind, attempt: number, random: number): number {
  if (kind === 'credentials') return CREDENTIALS * (1 + random / 4);
  if (kind === 'quota') return QUOTA * (1 + random / 4);
  const base = kind === 'maintenance' ? MAINTENANCE : FIRST;
  const ceiling = Math.min(LONGEST, base * 2 ** Math.min(attempt, 16));
  // Never quite at once: a port that refuses would be dialled in a loop.
  return Math.max(100, ceiling * random);
}

/** Milliseconds until a submit that met trouble on the platform is tried again. */
export function troubleDelay(attempt: number, random: number): number {
  return Math.min(30_000, 1000 * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

/** Milliseconds that a message which is throttled alone steps aside. @param times how often it did, this one included */
export function asidePause(times: number): number {
  return Math.min(60_000, 250 * 2 ** Math.min(times - 1, 16));
}
