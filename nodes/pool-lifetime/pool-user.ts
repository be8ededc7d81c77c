import type { Node, NodeAPI } from 'node-red';
import type { PoolNode } from './pool-node';
import { whenStarted } from './registry';
import type { Say } from './pool-config';
import { poolStatus, StatusLine, type Status } from './status-line';

/** A node's use of its pool. Until `leave` the pool counts as used, and the node shows the pool's status. */
export interface PoolUse {
  /** Null where no pool is chosen, or the chosen one is missing or disabled. */
  readonly pool: PoolNode | null;
  readonly status: StatusLine;
  /** To be called when the node closes. */
  leave(): void;
}

/** Ties a node to its pool. @param refine the pool's status with what the node adds while the pool is up or degraded */
export function usePool(
  RED: NodeAPI,
  node: Node,
  poolId: unknown,
  say: Say,
  refine: (face: Status) => Status,
): PoolUse {
  const found = RED.nodes.getNode(String(poolId)) as PoolNode | null;
  const pool = found?.type === 'smpp-pool' ? found : null;
  const status = new StatusLine(node, () => {
    if (!pool) return { fill: 'grey', shape: 'ring', text: `${node.type}.status.noPool` };
    const face = poolStatus(pool.handle, say, node.type);
    return face.pool?.state === 'up' || face.pool?.state === 'degraded' ? refine(face) : face;
  });
  const touch = (): void => {
    status.touch();
  };
  const calls = [whenStarted(touch), pool?.handle.onChange(touch)];
  if (pool) pool.users[node.id] = node;
  return {
    pool,
    status,
    leave() {
      for (const call of calls) call?.();
      if (pool) Reflect.deleteProperty(pool.users, node.id);
      status.close();
    },
  };
}
