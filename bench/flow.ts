/** The whole way: a Node-RED flow under full load. */
import { childOptions, finish, run } from './child';
import { measureLoad, type LoadOptions, type QueueOptions } from './load';
import { startFlow } from './node-red';

const { port, duration, store, outstanding } = childOptions<LoadOptions & QueueOptions>();
let accepted = 0;

run(async () => {
  const flow = await startFlow(port, store, () => {
    accepted += 1;
    flow.emit();
  });
  for (let count = 0; count < outstanding; count++) flow.emit();
  const load = await measureLoad(duration, () => accepted);
  await flow.remove();
  finish(load);
});
