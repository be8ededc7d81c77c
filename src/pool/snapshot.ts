import type { InstanceSnapshot, PoolState, ServerSnapshot, Snapshot, Totals } from './events';
import { hindrance, type Held } from './hindrance';

/** What the pool's state depends on, for one server. */
export interface ServerBinds extends Pick<ServerSnapshot, 'state' | 'bound'> {
  /** The binds that this instance may bind. */
  readonly binds: readonly unknown[];
}

/** Waiting messages, either in the store or leased from it. */
export interface Waiting {
  readonly count: number;
  readonly urgent: number;
  /** When the oldest was queued, in milliseconds of the pool's clock; null where none waits. */
  readonly oldest: number | null;
}

/** The figures that a snapshot is made of. */
export interface PoolFigures {
  /** Milliseconds of the pool's clock. */
  readonly now: number;
  readonly servers: readonly ServerSnapshot[];
  readonly waiting: readonly Waiting[];
  readonly inFlight: number;
  readonly queueLimit: number;
  readonly totals: Readonly<Totals>;
  readonly trouble: string | null;
  readonly held: Held | null;
  /** The living instances of a shared account; absent where this instance is alone. */
  readonly instances?: readonly InstanceSnapshot[] | undefined;
}

/** The pool's state. One missing bind makes it degraded, even a bind of a stopped server. */
export function poolState(servers: readonly ServerBinds[]): PoolState {
  const active = servers.filter(({ state }) => state !== 'stopped');
  if (active.length === 0) return 'stopped';
  if (active.every(({ state }) => state === 'down')) return 'down';
  return boundOf(servers) < bindsOf(servers) ? 'degraded' : 'up';
}

/** The pool as it is now, for status, editor and flows (docs/reference.md, smpp-status). */
export function buildSnapshot(figures: PoolFigures): Snapshot {
  const { now, servers, waiting, inFlight, queueLimit, totals, trouble, held, instances } = figures;
  const state = poolState(servers);
  const count = sum(waiting, (part) => part.count);
  const oldest = Math.min(now, ...waiting.map((part) => part.oldest ?? now));
  return {
    state,
    bound: boundOf(servers),
    binds: bindsOf(servers),
    queue: {
      waiting: count,
      urgent: sum(waiting, ({ urgent }) => urgent),
      inFlight,
      limit: queueLimit,
      oldestSeconds: Math.round((now - oldest) / 1000),
    },
    totals: { ...totals },
    hindrance: hindrance({ state, waiting: count, servers, trouble, held }),
    servers,
    ...(instances && { instances }),
  };
}

function boundOf(servers: readonly ServerBinds[]): number {
  return sum(servers, ({ bound }) => bound);
}

function bindsOf(servers: readonly ServerBinds[]): number {
  return sum(servers, ({ binds }) => binds.length);
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}
