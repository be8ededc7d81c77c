import type { Snapshot } from '../../src/pool/events';

/** Everything that open editors hear of a pool: states, counts, rates and words for errors. */
export interface FeedSnapshot {
  readonly id: string;
  readonly name: string;
  /** True where some deployed node uses the pool; without one the pool stays closed. */
  readonly inUse: boolean;
  /** Why the pool cannot be opened; null where it can. */
  readonly problem: string | null;
  /** Why the pool's store cannot be reached now; null where it can. */
  readonly trouble: string | null;
  readonly snapshot: Snapshot;
}

/** Published once when a pool is gone. */
export interface FeedGone {
  readonly id: string;
  readonly gone: true;
}
