import type { NodeAPI } from 'node-red';
import { livePool } from './live-feed';
import type { LivePool } from './live-pool';
import { allPools } from '../pool-lifetime/registry';
import type { Say } from '../pool-lifetime/pool-config';
import type { PoolHandle } from '../pool-lifetime/pool-handle';

/** What the buttons of the live view do to a server, or to all of them. */
const ACTIONS: Readonly<Record<string, (pool: PoolHandle, server?: string) => Promise<void>>> = {
  disconnect: (pool, server) => pool.disconnect(server),
  async reconnect(pool, server) {
    await pool.disconnect(server);
    pool.connect(server);
  },
  drain: (pool, server) => pool.drain(server),
};

/** Where the live view asks and acts: `GET smpp-pool/live`, `POST smpp-pool/live/:id/:action` with `{server?}`. */
export function serveLiveView(RED: NodeAPI, say: Say): void {
  RED.httpAdmin.get('/smpp-pool/live', RED.auth.needsPermission('smpp-pool.read'), (_request, response) => {
    const pools: LivePool[] = [];
    for (const shared of allPools()) if (shared.owner) pools.push(livePool(shared, shared.owner.name));
    response.json({ pools });
  });

  RED.httpAdmin.post(
    '/smpp-pool/live/:id/:action',
    RED.auth.needsPermission('smpp-pool.write'),
    (request, response) => {
      const { id, action } = request.params as { readonly id: string; readonly action: string };
      const { server } = (request.body ?? {}) as { readonly server?: unknown };
      const refuse = (status: number, message: string): void => {
        response.status(status).json({ message });
      };
      const shared = [...allPools()].find((pool) => pool.id === id);
      if (!shared) return refuse(404, say('errors.livePool'));
      const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
      if (!act) return refuse(400, say('errors.liveAction', { action }));
      const known = shared.snapshot().servers.some(({ server: name }) => name === server);
      if (server !== undefined && !known) return refuse(404, say('errors.liveServer', { server: String(server) }));
      if (!shared.isOpen) return refuse(409, say('errors.liveClosed'));
      // A drain may take as long as messages wait: the view shows how it goes on.
      act(shared, known ? String(server) : undefined).catch((error: unknown) => {
        shared.log.error(error instanceof Error ? error.message : String(error));
      });
      response.status(202).json({});
    },
  );
}
