import type { NodeAPI } from 'node-red';
import { SmppError } from '../../src/base/errors';
import type { Say } from '../pool-lifetime/pool-config';
import { allPools } from '../pool-lifetime/registry';
import { BadRequest, bodyObject, serve } from './endpoint';

/** Serves `POST smpp-pool/:id/discard` with `{filter}`: ends what waits and fits. Answers `{count}`. */
export function serveDiscard(RED: NodeAPI, say: Say): void {
  serve(RED, 'post', '/smpp-pool/:id/discard', 'smpp-pool.write', async (request) => {
    const { id } = request.params as { readonly id: string };
    const { filter } = bodyObject(request.body ?? {});
    const handle = [...allPools()].find((pool) => pool.id === id);
    if (!handle) throw new BadRequest(say('errors.poolGone'), 404);
    if (!handle.isOpen) throw new BadRequest(say('errors.poolClosed'), 409);
    try {
      return { count: await handle.discard(filter) };
    } catch (error) {
      if (!(error instanceof SmppError)) throw error;
      // Any other code says what the pool or its store cannot do now.
      throw new BadRequest(error.message, error.code === 'SMPP_INVALID_INPUT' ? 400 : 409, error.code);
    }
  });
}
