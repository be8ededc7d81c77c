import type { Node } from 'node-red';
import type { PoolCredentials } from './pool-config';
import type { PoolHandle } from './pool-handle';

/** What the other three nodes see of the pool they use. */
export interface PoolNode extends Node<Required<PoolCredentials>> {
  /** By their ids: Node-RED brings the pool's status and errors to the Status and Catch nodes of these nodes' flows. */
  readonly users: Record<string, Node>;
  readonly handle: PoolHandle;
}
