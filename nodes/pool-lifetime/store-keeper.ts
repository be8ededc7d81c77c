import { hasArrived, type OutcomeHandler, type PoolLog } from '../../src/pool/listeners';
import { DiskStore } from '../../src/store/disk/disk-store';
import { MemoryStore } from '../../src/store/memory';
import type { Outcome } from '../../src/store/outcome';
import { RedisStore } from '../../src/store/redis/redis-store';
import type { Store } from '../../src/store/store';
import { moveMessages } from './move-messages';
import type { PoolPlan } from './pool-plan';

/** Most ids in one line of the log. */
const NAMED = 100;

/** Gives a pool its store through changes of its settings: messages that wait in the old store move to the new one. */
export class StoreKeeper {
  readonly #poolId: string;
  readonly #log: PoolLog;
  /** The store that was open last. A store that could not be opened holds no message of the pool: it is not kept. */
  #before: Store | null = null;

  constructor(poolId: string, log: PoolLog) {
    this.#poolId = poolId;
    this.#log = log;
  }

  /** True where dropping this object loses nothing. */
  get isEmpty(): boolean {
    return this.#before === null;
  }

  /**
   * The store that the plan wants, closed. Waiting messages are in it: it is the old object, has the old folder or
   * Redis, or they were moved into it.
   */
  async storeFor(plan: PoolPlan): Promise<Store> {
    const { queueLimit } = plan.settings;
    const before = this.#before;
    if (plan.store === 'memory' && before instanceof MemoryStore) {
      before.queueLimit = queueLimit;
      return before;
    }
    const store = this.#newStore(plan);
    if (before && !samePlace(before, store)) await moveMessages(before, store, this.#log);
    return store;
  }

  /** To be called once the store was opened: from now on it holds the pool's waiting messages. */
  opened(store: Store): void {
    this.#before = store;
  }

  /**
   * For a pool that is closed and stays so: hands outcomes that no flow has heard of to their nodes.
   * @param live false once the flows are being stopped
   * @param wanted whether there is a node that may open the pool again
   */
  async tellLeft(
    senders: ReadonlyMap<string, OutcomeHandler>,
    live: () => boolean,
    wanted: () => boolean,
  ): Promise<void> {
    const store = this.#before;
    if (!store) return;
    await store.open();
    let waiting: number;
    try {
      for (const outcome of await store.untold()) {
        if (!live()) break;
        if (await this.#tell(outcome, senders.get(outcome.node))) await store.told(outcome.id);
      }
      waiting = store.counts().waiting;
      if (waiting > 0 && (store.others ?? 0) === 0) {
        this.#log.warn(`${String(waiting)} messages wait until this pool is used again`);
      }
    } finally {
      await store.close();
    }
    if (!wanted() && (!(store instanceof MemoryStore) || waiting === 0)) this.#before = null;
  }

  /** Logs how many messages and outcomes only this process has, and their ids. No texts or telephone numbers. */
  async nameKeptInMemory(): Promise<void> {
    const store = this.#before;
    if (!(store instanceof MemoryStore)) return;
    const { waiting } = store.counts();
    if (waiting > 0) {
      const first = await store.lease(NAMED);
      for (const message of [...first].reverse()) await store.release(message);
      this.#log.warn(
        `${String(waiting)} messages wait in memory and are lost if Node-RED ends: ${namedIds(
          first.map(({ id }) => id),
          waiting,
        )}`,
      );
    }
    const untold = await store.untold();
    if (untold.length === 0) return;
    const ids = namedIds(
      untold.map(({ id }) => id),
      untold.length,
    );
    this.#log.warn(
      `the outcomes of ${String(untold.length)} messages, which no flow was told of, are in memory and are lost if Node-RED ends: ${ids}`,
    );
  }

  /** @returns false where the outcome did not arrive; it then stays in the store */
  async #tell(outcome: Outcome, handler: OutcomeHandler | undefined): Promise<boolean> {
    if (!handler) {
      const { kind, node } = outcome;
      this.#log.warn(`the outcome of a message (${kind}) has no smpp-send node ${node} to go to`);
      return true;
    }
    try {
      return await hasArrived(handler(outcome));
    } catch (error) {
      this.#log.error(`a flow failed on an outcome: ${String(error)}`);
      return true;
    }
  }

  #newStore({ store, folder, redis, userDir, settings: { queueLimit } }: PoolPlan): Store {
    const log = this.#log;
    if (store === 'memory') return new MemoryStore({ queueLimit });
    if (store === 'disk') return new DiskStore({ folder, queueLimit, log });
    return new RedisStore({ ...redis!, poolId: this.#poolId, userDir, queueLimit, log });
  }
}

/** The first ids, for a line of the log. @param count how many there are in all */
export function namedIds(ids: readonly string[], count: number): string {
  return ids.slice(0, NAMED).join(', ') + (count > NAMED ? ' …' : '');
}

/** True where the new store holds the messages of the old one already. */
function samePlace(before: Store, store: Store): boolean {
  if (before instanceof RedisStore && store instanceof RedisStore) return before.place === store.place;
  return before.constructor === store.constructor;
}
