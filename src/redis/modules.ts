import type * as bullmq from 'bullmq';
import type * as ioredis from 'ioredis';
import { SmppError } from '../base/errors';

export interface RedisModules {
  readonly bullmq: typeof bullmq;
  readonly ioredis: typeof ioredis;
}

/**
 * Loads the optional peer dependencies; nothing else in the package does.
 * @param userDir where they are to be installed; for the message
 * @throws {SmppError} SMPP_STORE_UNAVAILABLE
 */
export function loadModules(userDir: string, load: (name: string) => unknown = require): RedisModules {
  try {
    return { bullmq: load('bullmq') as RedisModules['bullmq'], ioredis: load('ioredis') as RedisModules['ioredis'] };
  } catch (cause) {
    throw new SmppError(
      'SMPP_STORE_UNAVAILABLE',
      `The redis store needs two more packages: run "npm install bullmq ioredis" in ${userDir} and restart Node-RED`,
      { cause },
    );
  }
}
