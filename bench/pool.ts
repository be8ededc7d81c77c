/** The pool without Node-RED, under full load. */
import type { MessageRequest } from '../src/message/message';
import { childOptions, finish, run } from './child';
import { measureLoad, type LoadOptions, type QueueOptions } from './load';
import { poolSettings } from './settings';
import { supplyPool } from './supplied-pool';

export interface PoolOptions extends QueueOptions {
  readonly binds: number;
  readonly receipt?: MessageRequest['receipt'];
}

const options = childOptions<LoadOptions & PoolOptions>();

run(async () => {
  const { accepted } = await supplyPool(poolSettings([options.port], options.binds, 0), options, options.receipt);
  finish(await measureLoad(options.duration, accepted));
});
