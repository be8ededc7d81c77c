import { createHash } from 'node:crypto';

/**
 * Hash by which the delivery telemarketer declares the chain of a message (TRAI direction of 20 August 2024): SHA-256,
 * in lower-case hex, of the entity id and the telemarketer ids in the order of the chain, joined by commas.
 */
export function chainHash(peId: string, tmIds: readonly string[]): string {
  return createHash('sha256')
    .update([peId, ...tmIds].join(','))
    .digest('hex');
}
