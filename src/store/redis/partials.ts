import { storable } from '../storable';
import type { PartialChange, PartialMessage } from '../store';
import type { RedisConnection } from '../../redis/connection';
import type { ParkedEvents } from './parked';
import { fromPlain, toPlain } from './plain';
import { script } from '../../redis/script';

/** Milliseconds after its expiry at which Redis drops a record by itself, in case no instance has removed it. */
const GRACE = 3_600_000;
/** Due messages found in one call at most. */
const AT_ONCE = 1000;

/** `octets:partial` is a hash: octets of each message by its key, and under "*" of all together. */
const COUNT = `
  local function count(base, key, octets)
    local sizes = base .. ':octets:partial'
    local before = redis.call('HGET', sizes, key) or 0
    if octets > 0 then redis.call('HSET', sizes, key, octets) else redis.call('HDEL', sizes, key) end
    redis.call('HINCRBY', sizes, '*', octets - before)
  end
  local function forget(base, key)
    redis.call('DEL', base .. ':partial:' .. key, base .. ':parts:' .. key)
    redis.call('ZREM', base .. ':due:partial', key)
    count(base, key, 0)
  end
`;

/**
 * Keys: `partial:<key>` is "<version> <expiry> <octets> <data>", `parts:<key>` a hash of the parts by number,
 * `due:partial` a sorted set of keys by expiry.
 * ARGV: key, expected version (0: none), version, expiry, octets, data, 1 to clear the parts, our instance, how many
 * parts, their numbers and texts, keys and texts of events to be parked. Returns 0 where the version in Redis is not
 * the expected one.
 */
const SAVE = script(`${COUNT}
  local base, key, expires = KEYS[1], ARGV[1], ARGV[4]
  local head, parts = base .. ':partial:' .. key, base .. ':parts:' .. key
  local old = redis.call('GET', head)
  if (old and string.match(old, '^%S+') or '0') ~= ARGV[2] then return 0 end
  local time = redis.call('TIME')
  local gone = string.format('%.0f', math.max(math.ceil(expires), time[1] * 1000) + ${String(GRACE)})
  redis.call('SET', head, table.concat({ ARGV[3], expires, ARGV[5], ARGV[6] }, ' '), 'PXAT', gone)
  if ARGV[7] == '1' then redis.call('DEL', parts) end
  local last = 9 + 2 * ARGV[9]
  for at = 10, last, 2 do redis.call('HSET', parts, ARGV[at], ARGV[at + 1]) end
  redis.call('PEXPIREAT', parts, gone)
  redis.call('ZADD', base .. ':due:partial', expires, key)
  count(base, key, tonumber(ARGV[5]))
  for at = last + 1, #ARGV, 2 do redis.call('HSET', base .. ':parked:' .. ARGV[8], ARGV[at], ARGV[at + 1]) end
  return 1
`);

/**
 * ARGV: now, octets that all messages together may take. Returns key and `partial:<key>` of each due message, oldest
 * first.
 */
const FIND_DUE = script(`${COUNT}
  local base, due, found, now, most = KEYS[1], KEYS[1] .. ':due:partial', {}, tonumber(ARGV[1]), tonumber(ARGV[2])
  local left = tonumber(redis.call('HGET', base .. ':octets:partial', '*') or 0)
  local latest = left > most and '+inf' or ARGV[1]
  local oldest = redis.call('ZRANGEBYSCORE', due, '-inf', latest, 'WITHSCORES', 'LIMIT', 0, ${String(AT_ONCE)})
  for at = 1, #oldest, 2 do
    local key = oldest[at]
    if tonumber(oldest[at + 1]) > now and left <= most then break end
    left = left - (redis.call('HGET', base .. ':octets:partial', key) or 0)
    local partial = redis.call('GET', base .. ':partial:' .. key)
    if partial then
      found[#found + 1] = key
      found[#found + 1] = partial
    else forget(base, key) end
  end
  return found
`);

/** ARGV: key, version. Removes the message where Redis still has this version; returns 1 where it is gone. */
const FORGET = script(`${COUNT}
  local base, key = KEYS[1], ARGV[1]
  local old = redis.call('GET', base .. ':partial:' .. key)
  if old and string.match(old, '^%S+') ~= ARGV[2] then return 0 end
  forget(base, key)
  return 1
`);

/** Version, expiry, octets and data. Records of an earlier version of the package have no octets. */
const HEAD = /^(\S+) (\S+) (?:(\d+) )?(.*)$/s;

/**
 * Incoming multipart messages whose parts may come to any instance. Each has a version, so that two instances cannot
 * undo each other's part.
 */
export class PartialMessages {
  readonly #connection: RedisConnection;
  readonly #parked: ParkedEvents;
  /** Version of each message object that was read from Redis or saved there. */
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

  async parts(key: string): Promise<ReadonlyMap<number, unknown>> {
    const found = await this.#connection.run((client) => client.hgetall(this.#connection.key(`parts:${key}`)));
    return new Map(Object.entries(found).map(([number, text]) => [Number(number), fromPlain(JSON.parse(text))]));
  }

  /** As `Store.savePartial`. */
  async save(
    partial: PartialMessage,
    before: PartialMessage | null,
    { clear = false, parts = new Map(), park = [], handing = false }: PartialChange = {},
  ): Promise<readonly number[] | null> {
    const { key, expiresAt, octets, data } = partial;
    // Unique, not counted up from 1: a message that was removed and began anew must not have a version of its
    // predecessor.
    const version = `${this.#connection.instance}${String(this.#count++)}`;
    const expected = (before && this.#versions.get(before)) ?? '0';
    const texts = Array.from(parts, ([number, part]) => [number, textOf(part)]).flat();
    const { keys, fields } = this.#parked.prepare(park);
    if (handing) this.#parked.hold(keys);
    const { instance } = this.#connection;
    const head = [key, expected, version, expiresAt, octets, textOf(data), clear ? 1 : 0, instance, parts.size];
    let saved = false;
    try {
      saved = await this.#connection.safely(async () => {
        return (await this.#connection.script(SAVE, ...head, ...texts, ...fields)) === 1;
      });
      if (saved) this.#versions.set(partial, version);
      return saved ? keys : null;
    } finally {
      // The call may have been carried out all the same: then `all` finds the events, and they are handed over from
      // there.
      if (!saved) this.#parked.letGo(keys);
    }
  }

  async findDue(now: number, octets: number): Promise<readonly PartialMessage[]> {
    const answer = await this.#connection.run(() => this.#connection.script(FIND_DUE, now, octets));
    const found = answer as readonly string[];
    return Array.from({ length: found.length / 2 }, (_, at) => this.#read(found[2 * at]!, found[2 * at + 1]!));
  }

  async forget(partial: PartialMessage): Promise<void> {
    const version = this.#versions.get(partial);
    if (version === undefined) return;
    await this.#connection.run(() => this.#connection.script(FORGET, partial.key, version));
  }

  #read(key: string, text: string): PartialMessage {
    const [, version, expiresAt, octets = '0', data] = HEAD.exec(text)!;
    const partial = { key, expiresAt: Number(expiresAt), octets: Number(octets), data: fromPlain(JSON.parse(data!)) };
    this.#versions.set(partial, version!);
    return partial;
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(toPlain(storable(value)));
}
