import type * as ClockModule from '../src/base/clock';
import type * as AccountModule from '../src/account/redis-account';
import type * as StoreModule from '../src/store/redis/redis-store';
import type { Pool as PoolType } from '../src/pool/pool';
import { built } from './built';
import { poolSettings } from './settings';
import { log, Pool } from './supplied-pool';

const { systemClock } = built<typeof ClockModule>('src/base/clock');
const { RedisAccount } = built<typeof AccountModule>('src/account/redis-account');
const { RedisStore } = built<typeof StoreModule>('src/store/redis/redis-store');

export interface SharedPoolOptions {
  /** Of the server, on 127.0.0.1. */
  readonly port: number;
  /** Of Redis. */
  readonly url: string;
  /** Of the account, over all instances. */
  readonly binds: number;
  /** Submits a second, over all instances; 0 = no limit. */
  readonly throughput: number;
}

/** What all keys of these pools in Redis begin with. */
export const BASE = '{bench:bench}';

/** One instance of a pool on the redis store; not open yet. */
export function sharedPool({ port, url, binds, throughput }: SharedPoolOptions): PoolType {
  const settings = poolSettings([port], binds, throughput);
  const { queueLimit } = settings;
  const [prefix, poolId] = ['bench', 'bench'];
  const store = new RedisStore({ url, user: '', password: '', prefix, poolId, userDir: '.', queueLimit, log });
  return new Pool(settings, { store, log, account: new RedisAccount(store.connection, systemClock) });
}
