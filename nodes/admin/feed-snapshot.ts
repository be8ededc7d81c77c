import type { Snapshot } from '../../src/pool/events';

/** All that open editors hear of a pool: states, counts, rates and words for errors. */
export interface FeedSnapshot {
  readonly id: string;
  readonly name: string;
  /** Some deployed node uses it; without one it stays closed. */
  readonly inUse: boolean;
  /** Why it cannot be opened; null where it can. */
  readonly problem: string | null;
  /** Why its store cannot be reached now; null where it can. */
  readonly trouble: string | null;
  readonly snapshot: Snapshot;
}

/** What is published once for a pool that is there no more. */
export interface FeedGone {
  readonly id: string;
  readonly gone: true;
}
