import { SmppError } from '../../src/base/errors';
import type { Say } from '../pool-lifetime/pool-config';
import type { PoolHandle } from '../pool-lifetime/pool-handle';
import { allPools } from '../pool-lifetime/registry';
import { BadRequest } from './endpoint';

/** The pools whose nodes are deployed. */
export function deployedPools(): PoolHandle[] {
  return [...allPools()].filter(({ owner }) => owner !== null);
}

/** The pool that the path of a request names. @throws {BadRequest} 404 where there is none */
export function poolNamed(id: unknown, say: Say): PoolHandle {
  const handle = deployedPools().find((pool) => pool.id === id);
  if (!handle) throw new BadRequest(say('errors.poolGone'), 404);
  return handle;
}

/** The same, where it is open. @throws {BadRequest} 404, 409 */
export function openPool(id: unknown, say: Say): PoolHandle {
  const handle = poolNamed(id, say);
  if (!handle.isOpen) throw new BadRequest(say('errors.poolClosed'), 409);
  return handle;
}

/** What a pool refuses, as an answer of HTTP: 400 for a faulty filter, 409 for what it cannot do now. */
export async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SmppError)) throw error;
    throw new BadRequest(error.message, error.code === 'SMPP_INVALID_INPUT' ? 400 : 409, error.code);
  }
}
