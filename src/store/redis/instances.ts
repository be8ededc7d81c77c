import type { RedisConnection } from './connection';
import { script } from './script';

/** Milliseconds without a sign of life after which an instance is gone, and what it had is anybody's. */
export const GONE_AFTER = 15_000;

/** `instances`: id → Redis' time of the last sign of life; 0 where it has left and something of it remains. */
const SIGN_OF_LIFE = script(`
  local key, time = KEYS[1] .. ':instances', redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZADD', key, now, ARGV[1])
  return {redis.call('ZCARD', key), redis.call('ZRANGEBYSCORE', key, '-inf', now - ARGV[2])}
`);

const LEAVE = script(`
  redis.call('ZADD', KEYS[1] .. ':instances', 0, ARGV[1])
  return 0
`);

/** Nothing of it remains: then it need not be looked for any more. */
const FORGET = script(`
  local key, id = KEYS[1] .. ':instances', ARGV[1]
  if redis.call('EXISTS', KEYS[1] .. ':owned:' .. id, KEYS[1] .. ':parked:' .. id) == 0 then redis.call('ZREM', key, id) end
  return 0
`);

/** Who shares the pool, for the sake of those who are gone. */
export class Instances {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** @returns how many others live, and who is gone and may have left something */
  async signOfLife(): Promise<{ readonly others: number; readonly gone: readonly string[] }> {
    const { instance } = this.#connection;
    const answer = await this.#connection.run(() => this.#connection.script(SIGN_OF_LIFE, instance, GONE_AFTER));
    const [all, gone] = answer as [number, string[]];
    return { others: all - gone.length - 1, gone };
  }

  async leave(): Promise<void> {
    const { instance } = this.#connection;
    await this.#connection.run(() => this.#connection.script(LEAVE, instance));
    await this.forget(instance);
  }

  async forget(instance: string): Promise<void> {
    await this.#connection.run(() => this.#connection.script(FORGET, instance));
  }
}
