import type * as ioredis from 'ioredis';
import { SmppError } from '../base/errors';

export interface RedisModules {
  readonly ioredis: typeof ioredis;
}

/**
 * Loads the optional peer dependency; nothing else in the package does.
 * @param userDir where it is to be installed; for the message
 * @throws {SmppError} SMPP_STORE_UNAVAILABLE
 */
export function loadModules(userDir: string, load: (name: string) => unknown = require): RedisModules {
  try {
    return { ioredis: load('ioredis') as RedisModules['ioredis'] };
  } catch (cause) {
    throw new SmppError(
      'SMPP_STORE_UNAVAILABLE',
      `The redis store needs one more package: run "npm install ioredis" in ${userDir} and restart Node-RED`,
      { cause },
    );
  }
}
