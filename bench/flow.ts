/** The whole way: a Node-RED flow under full load. */
import { childOptions, finish, run } from './child';
import { measureLoad, type LoadOptions, type QueueOptions } from './load';
import { startFlow } from './node-red';

const options = childOptions<LoadOptions & QueueOptions>();
let accepted = 0;

run(async () => {
  const flow = await startFlow(options.ports[0]!, options.store, () => {
    accepted += 1;
    flow.emit();
  });
  for (let count = 0; count < options.outstanding; count++) flow.emit();
  const load = await measureLoad(options, () => accepted);
  await flow.remove();
  finish(load);
});
