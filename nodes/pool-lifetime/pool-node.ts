import type { Node } from 'node-red';
import type { PoolCredentials } from './pool-config';
import type { PoolHandle } from './pool-handle';

/** The pool node as smpp-send, smpp-dlr-in and smpp-status see it. */
export interface PoolNode extends Node<Required<PoolCredentials>> {
  /** Nodes that use the pool, by id. Node-RED brings its status and errors to Status and Catch nodes of their flows. */
  readonly users: Record<string, Node>;
  readonly handle: PoolHandle;
}
