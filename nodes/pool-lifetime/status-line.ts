import type { NodeStatus } from 'node-red';
import { systemClock, type Cancel, type Clock } from '../../src/base/clock';
import type { PoolState } from '../../src/pool/events';
import { conditionOf, DOTS } from '../../src/pool/health';
import type { Say } from './pool-config';
import type { PoolHandle } from './pool-handle';

/** Milliseconds between two statuses of a node: each goes to every open editor. */
const INTERVAL = 500;

/** The numbers behind the words, for Status nodes; the editor shows fill, shape and text alone. */
export interface PoolNumbers {
  readonly state: PoolState;
  readonly bound: number;
  readonly binds: number;
  readonly waiting: number;
  readonly inFlight: number;
}

export type Status = Required<NodeStatus> & { readonly pool?: PoolNumbers };

/** Shows a node's status: the latest always, at most two a second, an unchanged one never again. */
export class StatusLine {
  readonly #show: (status: Status) => void;
  readonly #render: () => Status;
  readonly #clock: Clock;
  #shown = '';
  #at = -Infinity;
  #cancel: Cancel | null = null;
  #closed = false;

  constructor(node: { status(status: Status): void }, render: () => Status, clock: Clock = systemClock) {
    this.#show = (status) => {
      node.status(status);
    };
    this.#render = render;
    this.#clock = clock;
  }

  /** To be called when the status may have changed. Costs nothing while an update is due anyway. */
  touch(): void {
    if (this.#closed || this.#cancel) return;
    const wait = this.#at + INTERVAL - this.#clock.now();
    if (wait <= 0) this.#update();
    else
      this.#cancel = this.#clock.after(wait, () => {
        this.#update();
      });
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #update(): void {
    this.#cancel = null;
    this.#at = this.#clock.now();
    const status = this.#render();
    const face = `${status.fill} ${status.shape} ${status.text} ${status.pool?.state ?? ''}`;
    if (face === this.#shown) return;
    this.#shown = face;
    this.#show(status);
  }
}

/** A pool's status: a dot, a few words and the numbers behind them. */
export function poolStatus(handle: PoolHandle, say: Say): Status {
  const { state, bound, binds, queue, servers } = handle.snapshot();
  const pool: PoolNumbers = { state, bound, binds, waiting: queue.waiting, inFlight: queue.inFlight };
  const face = (condition: keyof typeof DOTS, word: string = condition): Status => ({
    ...DOTS[condition],
    text: say(`status.${word}`, { bound, binds }),
    pool,
  });
  /** Adds the number of waiting messages to the reason why they wait. */
  const idle = (status: Status): Status => {
    if (queue.waiting === 0) return status;
    return { ...status, text: `${status.text} · ${say('status.waiting', { count: queue.waiting })}` };
  };
  if (handle.failure) return face('failed', 'invalid');
  if (handle.trouble) return idle(face('failed', 'storeAway'));
  const status = face(conditionOf(state, servers, handle.ready !== null));
  return state === 'up' || state === 'degraded' ? status : idle(status);
}
