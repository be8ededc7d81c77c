/** One of several instances of a pool on one Redis, under full load, each in a process of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { childOptions, finish, run } from './child';
import { measureLoad } from './load';
import { sharedPool, type SharedPoolOptions } from './shared-pool';
import { supply } from './supplied-pool';

export interface RedisPoolOptions extends SharedPoolOptions {
  /** Milliseconds that are measured. */
  readonly duration: number;
  readonly instances: number;
  /** Messages without an outcome that it is kept supplied with. */
  readonly outstanding: number;
  /** Epoch milliseconds at which all begin to be measured. */
  readonly startAt: number;
}

const options = childOptions<RedisPoolOptions>();

run(async () => {
  const { binds, instances, outstanding, startAt, duration } = options;
  const accepted = await supply(sharedPool(options), binds / instances, outstanding);
  await sleep(Math.max(0, startAt - Date.now()));
  finish(await measureLoad(duration, accepted));
});
