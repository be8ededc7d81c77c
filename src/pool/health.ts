/** When a pool is throttled, connecting or full, and its colour: one rule for events, nodes' status and live view. */
import type { BindState, PoolState, ServerSnapshot } from './events';

/** Shares of the queue limit at which queue.high and queue.normal are told. The gap keeps them from alternating. */
const HIGH = 0.8;
const NORMAL = 0.6;

interface QueueUse {
  readonly waiting: number;
  readonly limit: number;
}

/** True where the queue is about to refuse messages. @param wasHigh the last result; it holds down to NORMAL */
export function isQueueHigh({ waiting, limit }: QueueUse, wasHigh = false): boolean {
  return wasHigh ? waiting > limit * NORMAL : waiting >= limit * HIGH;
}

/** True where throttling holds the server's rate below its `throughput` setting (PDUs a second, 0 = no limit). */
export function isThrottled({ allowed, throughput }: Pick<ServerSnapshot, 'allowed' | 'throughput'>): boolean {
  return allowed > 0 && (throughput === 0 || allowed < throughput);
}

/** The condition of a server or a pool in one word; each has a colour in DOTS. */
export type Condition = PoolState | 'throttled' | 'connecting' | 'refused' | 'quota';

/** The condition of a server or a pool, from its state and its binds. @param opening the pool is still being opened */
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

/** The dot of each condition and bind state. `failed`: the pool cannot run at all. `unused`: no node opens it. */
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
  stopped: { fill: 'yellow', shape: 'ring' },
  unused: { fill: 'grey', shape: 'ring' },
};
