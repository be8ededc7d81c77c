import type { RedisConnection } from '../../redis/connection';
import { script } from '../../redis/script';

/**
 * Milliseconds without a sign of life after which an instance is gone: others may take the outcomes that it had not
 * begun to tell.
 */
const GONE_AFTER = 15_000;
/**
 * Milliseconds without a sign of life after which an instance is lost: others also tell the outcomes that it may have
 * told already. An instance that was cut off for less comes back and notes which outcomes it has told.
 */
const LOST_AFTER = 60_000;

/**
 * `instances` is a sorted set of instance ids by the last sign of life, epoch milliseconds of Redis' clock; 0 for an
 * instance that has left while records of it remain. ARGV: our instance. Returns the number of ids, those that are
 * gone, lost, and have left.
 */
const SIGN_OF_LIFE = script(`
  local key, time = KEYS[1] .. ':instances', redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZADD', key, now, ARGV[1])
  local function silentFor(milliseconds) return redis.call('ZRANGEBYSCORE', key, '-inf', now - milliseconds) end
  return { redis.call('ZCARD', key), silentFor(${String(GONE_AFTER)}), silentFor(${String(LOST_AFTER)}), silentFor(now) }
`);

const LEAVE = script(`
  redis.call('ZADD', KEYS[1] .. ':instances', 0, ARGV[1])
  return 0
`);

/** ARGV: id of an instance. Removes it from `instances` where no outcome and no event of it remains. */
const FORGET = script(`
  local base, id = KEYS[1], ARGV[1]
  if redis.call('EXISTS', base .. ':owned:' .. id, base .. ':telling:' .. id, base .. ':parked:' .. id) == 0 then
    redis.call('ZREM', base .. ':instances', id)
  end
  return 0
`);

export interface GoneInstance {
  readonly id: string;
  /** left: it noted all outcomes that it told · lost: it counts as dead · silent: it may come back */
  readonly how: 'left' | 'lost' | 'silent';
}

/** The instances that share the pool: finds the ones that are gone, so that others can take over what they left. */
export class Instances {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** @returns how many others live, and who is gone and may have left something */
  async signOfLife(): Promise<{ readonly others: number; readonly gone: readonly GoneInstance[] }> {
    const { instance } = this.#connection;
    const answer = await this.#connection.run(() => this.#connection.script(SIGN_OF_LIFE, instance));
    const [all, gone, lost, left] = answer as [number, string[], string[], string[]];
    return {
      others: all - gone.length - 1,
      gone: gone.map((id) => ({ id, how: left.includes(id) ? 'left' : lost.includes(id) ? 'lost' : 'silent' })),
    };
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
