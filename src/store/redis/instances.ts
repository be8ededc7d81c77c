import type { RedisConnection } from '../../redis/connection';
import { script } from '../../redis/script';

/** Milliseconds without a sign of life after which an instance is gone, and what it had not begun to tell is anybody's. */
const GONE_AFTER = 15_000;
/**
 * Milliseconds after which it is lost, so that what it may have told already is told by another. One that was cut off for less
 * comes back and notes what it has told.
 */
const LOST_AFTER = 60_000;

/** `instances`: id → Redis' time of the last sign of life; 0 where it has left and something of it remains. */
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

/** Nothing of it remains: then it need not be looked for any more. */
const FORGET = script(`
  local base, id = KEYS[1], ARGV[1]
  if redis.call('EXISTS', base .. ':owned:' .. id, base .. ':telling:' .. id, base .. ':parked:' .. id) == 0 then
    redis.call('ZREM', base .. ':instances', id)
  end
  return 0
`);

export interface GoneInstance {
  readonly id: string;
  /** left: it has noted all that it told · lost: it will not come back · silent: it may */
  readonly how: 'left' | 'lost' | 'silent';
}

/** Who shares the pool, for the sake of those who are gone. */
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
