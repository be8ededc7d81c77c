/** What counts as throttled, connecting and full: one rule for the pool's events, the nodes' status and the live view. */
import type { ServerSnapshot } from './events';

/** Shares of the queue limit at which queue.high and queue.normal are told; apart, so that they do not alternate. */
const HIGH = 0.8;
const NORMAL = 0.6;

interface QueueUse {
  readonly waiting: number;
  readonly limit: number;
}

/** About to refuse messages. @param wasHigh it was so before, and stays so until a good part of the queue is empty again */
export function isQueueHigh({ waiting, limit }: QueueUse, wasHigh = false): boolean {
  return wasHigh ? waiting > limit * NORMAL : waiting >= limit * HIGH;
}

/** True where the platform takes fewer submits a second than the contract allows. */
export function isThrottled({ allowed, throughput }: Pick<ServerSnapshot, 'allowed' | 'throughput'>): boolean {
  return allowed > 0 && (throughput === 0 || allowed < throughput);
}

/** Of a server that is down: it is about to come up, as far as this end can tell. */
export function isConnecting({ binds }: Pick<ServerSnapshot, 'binds'>): boolean {
  return binds.some(({ state }) => state === 'connecting');
}
