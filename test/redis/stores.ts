import type { Outcome } from '../../src/store/outcome';
import type { SharedWork } from '../../src/store/store';
import { RedisStore, type RedisStoreOptions } from '../../src/store/redis/redis-store';

const open: RedisStore[] = [];

export interface OpenStore {
  readonly store: RedisStore;
  /** What the pool of this instance was told. */
  readonly outcomes: Outcome[];
  readonly lost: string[];
  readonly log: string[];
  parkedCalls: number;
}

/** The store of one instance; its pool has a sender for every node but "elsewhere". */
export async function openStore(url: string, options: Partial<RedisStoreOptions> = {}): Promise<OpenStore> {
  const log: string[] = [];
  const write = (text: string): void => {
    log.push(text);
  };
  const store = new RedisStore({
    url,
    user: '',
    password: '',
    prefix: 'smpp',
    poolId: 'pool',
    userDir: '/home/somebody/.node-red',
    queueLimit: 1000,
    log: { info: write, warn: write, error: write },
    ...options,
  });
  open.push(store);
  await store.open();
  const instance: OpenStore = { store, outcomes: [], lost: [], log, parkedCalls: 0 };
  const work: SharedWork = {
    hasSender: (node) => node !== 'elsewhere',
    outcome: (outcome) => instance.outcomes.push(outcome),
    parked: () => {
      instance.parkedCalls += 1;
    },
    lost: (ids) => instance.lost.push(...ids),
    troubled: () => undefined,
  };
  store.share(work);
  return instance;
}

export async function closeStores(): Promise<void> {
  await Promise.all(open.splice(0).map((store) => store.close()));
}
