import { storable } from '../storable';
import type { ParkOptions, PartialMessage } from '../store';
import type { RedisConnection } from '../../redis/connection';
import type { ParkedEvents } from './parked';
import { fromPlain, toPlain } from './plain';
import { script } from '../../redis/script';

/** Milliseconds after its time during which Redis keeps what nobody has forgotten. */
const GRACE = 3_600_000;
/** Found in one call at most. */
const AT_ONCE = 1000;

/**
 * `partial:<key>` is "<version> <expiry> <data>"; `due:partial` their times. ARGV: key, expected version (0: none), version, expiry,
 * data, our instance, keys and texts of events to be parked. Returns 0 where another version was found.
 */
const SAVE = script(`
  local base, key, expires = KEYS[1], ARGV[1], ARGV[4]
  local old = redis.call('GET', base .. ':partial:' .. key)
  if (old and string.match(old, '^%S+') or '0') ~= ARGV[2] then return 0 end
  local time = redis.call('TIME')
  local gone = string.format('%.0f', math.max(math.ceil(expires), time[1] * 1000) + ${String(GRACE)})
  redis.call('SET', base .. ':partial:' .. key, ARGV[3] .. ' ' .. expires .. ' ' .. ARGV[5], 'PXAT', gone)
  redis.call('ZADD', base .. ':due:partial', expires, key)
  for at = 7, #ARGV, 2 do redis.call('HSET', base .. ':parked:' .. ARGV[6], ARGV[at], ARGV[at + 1]) end
  return 1
`);

/** ARGV: now, how many there may be. Returns keys and what is under them. */
const FIND_DUE = script(`
  local base, due, found = KEYS[1], KEYS[1] .. ':due:partial', {}
  local excess = math.min(redis.call('ZCARD', due) - ARGV[2], ${String(AT_ONCE)})
  local keys = redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[1], 'LIMIT', 0, ${String(AT_ONCE)})
  if excess > #keys then keys = redis.call('ZRANGE', due, 0, excess - 1) end
  for _, key in ipairs(keys) do
    local partial = redis.call('GET', base .. ':partial:' .. key)
    if partial then
      found[#found + 1] = key
      found[#found + 1] = partial
    else redis.call('ZREM', due, key) end
  end
  return found
`);

/** ARGV: key, version. */
const FORGET = script(`
  local base, key = KEYS[1], ARGV[1]
  local old = redis.call('GET', base .. ':partial:' .. key)
  if old and string.match(old, '^%S+') ~= ARGV[2] then return 0 end
  redis.call('DEL', base .. ':partial:' .. key)
  redis.call('ZREM', base .. ':due:partial', key)
  return 1
`);

/** Longer incoming messages whose parts come to any of the instances: each has a version, so that each part is added once. */
export class PartialMessages {
  readonly #connection: RedisConnection;
  readonly #parked: ParkedEvents;
  /** Of the messages as they were found or saved. */
  readonly #versions = new WeakMap<PartialMessage, string>();
  #count = 0;

  constructor(connection: RedisConnection, parked: ParkedEvents) {
    this.#connection = connection;
    this.#parked = parked;
  }

  async find(key: string): Promise<PartialMessage | null> {
    const text = await this.#connection.run((client) => client.get(this.#connection.key(`partial:${key}`)));
    return text === null ? null : this.#read(key, text);
  }

  /** As `Store.savePartial`. */
  async save(
    partial: PartialMessage,
    before: PartialMessage | null,
    { park = [], handing = false }: ParkOptions = {},
  ): Promise<readonly number[] | null> {
    const { keys, fields } = this.#parked.prepare(park);
    if (handing) this.#parked.hold(keys);
    const { key, expiresAt, data } = partial;
    const { instance } = this.#connection;
    // Not a number that counts up: one that was forgotten, and began anew, must not be taken for what it was.
    const version = `${instance}${String(this.#count++)}`;
    const text = JSON.stringify(toPlain(storable(data)));
    const expected = (before && this.#versions.get(before)) ?? '0';
    let saved = false;
    try {
      saved = await this.#connection.safely(async () => {
        const args = [key, expected, version, expiresAt, text, instance, ...fields];
        return (await this.#connection.script(SAVE, ...args)) === 1;
      });
      if (saved) this.#versions.set(partial, version);
      return saved ? keys : null;
    } finally {
      // What may have been stored all the same is handed over like what an instance left.
      if (!saved) this.#parked.letGo(keys);
    }
  }

  async findDue(now: number, most: number): Promise<readonly PartialMessage[]> {
    const answer = await this.#connection.run(() => this.#connection.script(FIND_DUE, now, most));
    const found = answer as readonly string[];
    return Array.from({ length: found.length / 2 }, (_, at) => this.#read(found[2 * at]!, found[2 * at + 1]!));
  }

  async forget(partial: PartialMessage): Promise<void> {
    const version = this.#versions.get(partial);
    if (version === undefined) return;
    await this.#connection.run(() => this.#connection.script(FORGET, partial.key, version));
  }

  #read(key: string, text: string): PartialMessage {
    const [version, expiresAt] = text.split(' ', 2) as [string, string];
    const data = fromPlain(JSON.parse(text.slice(version.length + expiresAt.length + 2)));
    const partial = { key, expiresAt: Number(expiresAt), data };
    this.#versions.set(partial, version);
    return partial;
  }
}
