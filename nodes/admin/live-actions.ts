import type { NodeAPI } from 'node-red';
import { describe } from '../../src/message/input';
import type { Say } from '../pool-lifetime/pool-config';
import type { PoolHandle } from '../pool-lifetime/pool-handle';
import { BadRequest, bodyObject, serve } from './endpoint';
import { feedSnapshot } from './live-feed';
import { deployedPools, poolNamed } from './pools';

/** The actions of the live view's buttons, on one server of a pool or on all of its servers. */
const ACTIONS: Readonly<Record<string, (pool: PoolHandle, server?: string) => Promise<void>>> = {
  disconnect: (pool, server) => pool.disconnect(server),
  async reconnect(pool, server) {
    await pool.disconnect(server);
    pool.connect(server);
  },
  drain: (pool, server) => pool.drain(server),
};

/** Serves the live view: `GET smpp-pool/live`, and `POST smpp-pool/live/:id/:action` with `{server?}`. */
export function serveLiveView(RED: NodeAPI, say: Say): void {
  serve(RED, 'get', '/smpp-pool/live', 'smpp-pool.read', () => {
    return { pools: deployedPools().map((handle) => feedSnapshot(handle, handle.owner!.name)) };
  });

  serve(RED, 'post', '/smpp-pool/live/:id/:action', 'smpp-pool.write', (request, response) => {
    const { id, action } = request.params as { readonly id: string; readonly action: string };
    const { server } = bodyObject(request.body ?? {});
    const handle = poolNamed(id, say);
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) throw new BadRequest(say('errors.unknownAction', { action }));
    if (!['undefined', 'string', 'number'].includes(typeof server)) {
      throw new BadRequest(say('errors.unknownServer', { server: describe(server) }));
    }
    const known = server === undefined || handle.snapshot().servers.some(({ server: name }) => name === server);
    if (!known) throw new BadRequest(say('errors.unknownServer', { server: String(server).slice(0, 300) }), 404);
    if (!handle.isOpen) throw new BadRequest(say('errors.poolClosed'), 409);
    // Not awaited: a drain lasts until no message waits, and the live view shows its progress.
    act(handle, server as string | undefined).catch((error: unknown) => {
      handle.log.error(error instanceof Error ? error.message : String(error));
    });
    response.status(202);
    return {};
  });
}
