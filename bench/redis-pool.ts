/** One of several pools on one Redis, under full load, each in a process of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type * as ClockModule from '../src/clock';
import type * as AccountModule from '../src/store/redis/account';
import type * as StoreModule from '../src/store/redis/store';
import { built } from './built';
import { childOptions, finish, run } from './child';
import { measureLoad, type LoadOptions } from './load';
import { poolSettings } from './settings';
import { log, Pool, supply } from './supplied-pool';

const { systemClock } = built<typeof ClockModule>('src/clock');
const { RedisAccount } = built<typeof AccountModule>('src/store/redis/account');
const { RedisStore } = built<typeof StoreModule>('src/store/redis/store');

export interface RedisPoolOptions extends LoadOptions {
  readonly url: string;
  /** Of the account, over all instances. */
  readonly binds: number;
  /** Submits a second, over all instances; 0 = no limit. */
  readonly throughput: number;
  readonly instances: number;
  readonly outstanding: number;
  /** Epoch milliseconds at which all begin to be measured. */
  readonly startAt: number;
}

const { port, duration, url, binds, throughput, instances, outstanding, startAt } = childOptions<RedisPoolOptions>();

run(async () => {
  const settings = poolSettings([port], binds, throughput);
  const store = new RedisStore({
    url,
    user: '',
    password: '',
    prefix: 'bench',
    poolId: 'bench',
    userDir: '.',
    queueLimit: settings.queueLimit,
    log,
  });
  const pool = new Pool(settings, { store, log, account: new RedisAccount(store.connection, systemClock) });
  const accepted = await supply(pool, binds / instances, outstanding);
  await sleep(Math.max(0, startAt - Date.now()));
  finish(await measureLoad(duration, accepted));
});
