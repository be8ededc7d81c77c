/** What counts as throttled, connecting and full, and in which colour: one rule for the pool's events, the nodes' status and the live view. */
import type { BindState, PoolState, ServerSnapshot } from './events';

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

/** How a server or a pool is, as it is told in a word and a colour. */
export type Condition = PoolState | 'throttled' | 'connecting' | 'refused' | 'quota';

/** @param opening it has no binds yet, and is about to have them */
export function conditionOf(
  state: PoolState,
  servers: readonly Pick<ServerSnapshot, 'allowed' | 'throughput' | 'binds'>[],
  opening = false,
): Condition {
  const anyBind = (wanted: BindState): boolean =>
    servers.some(({ binds }) => binds.some((bind) => bind.state === wanted));
  switch (state) {
    case 'stopped':
      return 'stopped';
    case 'down':
      if (anyBind('refused')) return 'refused';
      if (anyBind('quota')) return 'quota';
      return opening || anyBind('connecting') ? 'connecting' : 'down';
    default:
      return servers.some(isThrottled) ? 'throttled' : state;
  }
}

/** A dot as Node-RED draws it beside a node. */
export interface Dot {
  readonly fill: 'green' | 'yellow' | 'red' | 'blue' | 'grey';
  readonly shape: 'dot' | 'ring';
}

/** Of everything that has a condition; `failed` cannot run at all, `unused` is not opened by anybody. */
export const DOTS: Readonly<Record<Condition | BindState | 'failed' | 'unused', Dot>> = {
  up: { fill: 'green', shape: 'dot' },
  bound: { fill: 'green', shape: 'dot' },
  throttled: { fill: 'blue', shape: 'dot' },
  degraded: { fill: 'yellow', shape: 'dot' },
  waiting: { fill: 'yellow', shape: 'dot' },
  connecting: { fill: 'yellow', shape: 'ring' },
  leaving: { fill: 'yellow', shape: 'ring' },
  refused: { fill: 'red', shape: 'dot' },
  quota: { fill: 'red', shape: 'dot' },
  down: { fill: 'red', shape: 'ring' },
  failed: { fill: 'red', shape: 'ring' },
  stopped: { fill: 'grey', shape: 'ring' },
  unused: { fill: 'grey', shape: 'ring' },
};
