/** The pool without Node-RED, under full load. */
import { childOptions, finish, run } from './child';
import { measureLoad, type LoadOptions } from './load';
import { poolSettings } from './settings';
import { supplyPool, type StoreName } from './supplied-pool';

const { port, duration, store, binds } = childOptions<LoadOptions & { store: StoreName; binds: number }>();

run(async () => {
  const { accepted } = await supplyPool(poolSettings([port], binds, 0), store);
  finish(await measureLoad(duration, accepted));
});
