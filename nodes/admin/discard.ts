import type { NodeAPI } from 'node-red';
import type { Say } from '../pool-lifetime/pool-config';
import { bodyObject, serve } from './endpoint';
import { answered, openPool } from './pools';

/** Serves `POST smpp-pool/:id/discard` with `{filter}`: ends what waits and fits. Answers `{count}`. */
export function serveDiscard(RED: NodeAPI, say: Say): void {
  serve(RED, 'post', '/smpp-pool/:id/discard', 'smpp-pool.write', async (request) => {
    const { filter } = bodyObject(request.body ?? {});
    return { count: await answered(openPool(request.params.id, say).discard(filter)) };
  });
}
