import type { NodeStatus } from 'node-red';
import { systemClock, type Cancel, type Clock } from '../../src/base/clock';
import type { PoolState, ServerSnapshot } from '../../src/pool/events';
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

/** Bind refusals that have a word of their own, by the code that a bind's last error names. */
const REFUSED = { ESME_RINVPASWD: 'passwordRefused', ESME_RINVSYSID: 'systemIdRefused' } as const;

function refusal(servers: readonly Pick<ServerSnapshot, 'binds'>[]): string {
  const errors = servers.flatMap(({ binds }) =>
    binds.map(({ state, lastError }) => (state === 'refused' && lastError) || ''),
  );
  const found = Object.entries(REFUSED).find(([code]) => errors.some((error) => error.includes(code)));
  return found?.[1] ?? 'refused';
}

/**
 * A pool's status: a dot, a few words and the numbers behind them. Words without a figure are a key of the catalogue, as
 * core nodes have them: each editor shows them in its own language.
 * @param type of the node that shows it
 */
export function poolStatus(handle: PoolHandle, say: Say, type: string): Status {
  const { state, bound, binds, queue, servers } = handle.snapshot();
  const pool: PoolNumbers = { state, bound, binds, waiting: queue.waiting, inFlight: queue.inFlight };
  const fixed = (condition: keyof typeof DOTS, word: string): Status => ({
    ...DOTS[condition],
    text: `${type}.status.${word}`,
    pool,
  });
  /** The reason why messages wait, with their number. */
  const idle = (condition: keyof typeof DOTS, word: string): Status => {
    const status = fixed(condition, word);
    if (queue.waiting === 0) return status;
    return { ...status, text: `${say(`status.${word}`)} · ${say('status.waiting', { count: queue.waiting })}` };
  };
  if (handle.failure) return fixed('failed', 'invalid');
  if (handle.trouble) return idle('failed', 'storeAway');
  const condition = conditionOf(state, servers, handle.ready !== null);
  if (state !== 'up' && state !== 'degraded')
    return idle(condition, condition === 'refused' ? refusal(servers) : condition);
  if (condition === 'throttled') return fixed(condition, condition);
  return { ...DOTS[condition], text: say(`status.${condition}`, { bound, binds }), pool };
}
