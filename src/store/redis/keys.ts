/**
 * The streams of the outbox in the order in which they are served. The number of a lane, in scripts and records, is its
 * place here, from 1.
 */
export const LANES = ['urgent', 'normal', 'overdue'] as const;

/** The type of each key of the pool, by its name up to the first colon. `check.lua` has the same table. */
export const KEY_TYPES: Readonly<Record<string, string>> = {
  urgent: 'stream',
  normal: 'stream',
  overdue: 'stream',
  entries: 'hash',
  progress: 'hash',
  expiry: 'zset',
  enqueued: 'string',
  owned: 'hash',
  telling: 'hash',
  sent: 'hash',
  ids: 'hash',
  'sent-expiry': 'zset',
  due: 'zset',
  parked: 'hash',
  partials: 'hash',
  parts: 'hash',
  'partial-due': 'zset',
  'partial-octets': 'hash',
  instances: 'zset',
};
