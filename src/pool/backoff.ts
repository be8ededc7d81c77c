/** Bounds of the exponential backoff, in milliseconds. */
const FIRST = 500;
const LONGEST = 60_000;
/** Milliseconds. A refused login does not heal by itself, and some platforms lock accounts that keep trying. */
const CREDENTIALS = 240_000;
/** Milliseconds. A platform frees a dead bind after 5 minutes of silence (docs/simulator.md, --idle): wait longer. */
const QUOTA = 330_000;
/** Milliseconds. A platform that unbinds is restarting, and refuses a bind that comes back at once. */
const MAINTENANCE = 2000;

/** Why a bind failed; each kind has its own pace of attempts. */
export type RetryKind = 'network' | 'credentials' | 'quota' | 'maintenance';

/**
 * Milliseconds until the next attempt to bind. Trouble of the network or maintenance: exponential with full jitter, so
 * that binds lost together do not come back together. A bind that the platform refused: slow, with up to a quarter of
 * jitter.
 * @param attempt failures in a row, from 1
 * @param random 0 to 1
 */
export function retryDelay(kind: RetryKind, attempt: number, random: number): number {
  if (kind === 'credentials') return CREDENTIALS * (1 + random / 4);
  if (kind === 'quota') return QUOTA * (1 + random / 4);
  const base = kind === 'maintenance' ? MAINTENANCE : FIRST;
  const ceiling = Math.min(LONGEST, base * 2 ** Math.min(attempt, 16));
  // At least 100 ms: without it, a port that refuses connections would be dialled in a loop.
  return Math.max(100, ceiling * random);
}

/**
 * Milliseconds until a submit is tried again after an answer of the class retry-elsewhere.
 * @param attempt such answers so far, from 1 @param random 0 to 1
 */
export function troubleDelay(attempt: number, random: number): number {
  return Math.min(30_000, 1000 * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

/** Milliseconds that a message waits when it alone is throttled. @param times how often it did, this one included */
export function asidePause(times: number): number {
  return Math.min(60_000, 250 * 2 ** Math.min(times - 1, 16));
}
