import { messageIdKey } from '../../receipt/match';
import { sentRecord, toSent, type SentRecord } from '../records';
import type { SaveOptions, SentMessage } from '../store';
import type { RedisConnection } from './connection';
import type { ParkedEvents } from './parked';
import { fromPlain, toPlain } from './plain';
import { script } from './script';

/** Milliseconds after its time during which Redis keeps what nobody has forgotten. */
const GRACE = 3_600_000;
/** Found or forgotten in one call at most. */
const AT_ONCE = 1000;
/** Sent messages under one key at most; a platform that repeats its ids must not make receipts slow. The newest stay. */
const SAME_KEY = 16;

/**
 * `sent:<id>` is "<version> <record>"; `ids:<key>` the ids under a message id, oldest first; `expiry:sent` and `due` their times.
 * ARGV: id, expected version (-1: any), record, expiry, due time or "", our instance, number of events, their keys and texts, keys of the
 * message ids. Returns the new version, or -1 where another one was found.
 */
const SAVE = script(`
  local base, id, expected = KEYS[1], ARGV[1], tonumber(ARGV[2])
  local old = redis.call('GET', base .. ':sent:' .. id)
  local version = old and tonumber(string.match(old, '^%d+')) or 0
  if expected >= 0 and version ~= expected then return -1 end
  local time = redis.call('TIME')
  local gone = string.format('%.0f', math.max(math.ceil(ARGV[4]), time[1] * 1000) + ${String(GRACE)})
  redis.call('SET', base .. ':sent:' .. id, (version + 1) .. ' ' .. ARGV[3], 'PXAT', gone)
  if version == 0 then redis.call('ZADD', base .. ':expiry:sent', ARGV[4], id) end
  if ARGV[5] ~= '' then redis.call('ZADD', base .. ':due', ARGV[5], id)
  elseif version > 0 then redis.call('ZREM', base .. ':due', id) end
  local at = 8
  for n = 1, ARGV[7] do
    redis.call('HSET', base .. ':parked:' .. ARGV[6], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
  for at = at, #ARGV do
    local key = base .. ':ids:' .. ARGV[at]
    if not redis.call('LPOS', key, id) then
      redis.call('RPUSH', key, id)
      redis.call('LTRIM', key, -${String(SAME_KEY)}, -1)
      redis.call('PEXPIREAT', key, gone)
    end
  end
  return version + 1
`);

/** ARGV: keys of message ids. */
const FIND = script(`
  local seen, found = {}, {}
  for _, key in ipairs(ARGV) do
    for _, id in ipairs(redis.call('LRANGE', KEYS[1] .. ':ids:' .. key, 0, -1)) do
      local sent = not seen[id] and redis.call('GET', KEYS[1] .. ':sent:' .. id)
      seen[id] = true
      if sent then found[#found + 1] = sent end
    end
  end
  return found
`);

const FIND_DUE = script(`
  local found = {}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1] .. ':due', '-inf', ARGV[1], 'LIMIT', 0, ${String(AT_ONCE)})) do
    local sent = redis.call('GET', KEYS[1] .. ':sent:' .. id)
    if sent then found[#found + 1] = sent else redis.call('ZREM', KEYS[1] .. ':due', id) end
  end
  return found
`);

/** What leads to them by message id goes with its own time. */
const FORGET = script(`
  local key = KEYS[1] .. ':expiry:sent'
  local ids = redis.call('ZRANGEBYSCORE', key, '-inf', ARGV[1], 'LIMIT', 0, ${String(AT_ONCE)})
  for _, id in ipairs(ids) do
    redis.call('UNLINK', KEYS[1] .. ':sent:' .. id)
    redis.call('ZREM', KEYS[1] .. ':due', id)
    redis.call('ZREM', key, id)
  end
  return #ids
`);

/** Sent messages, shared by all instances: each has a version, so that two that know the same one cannot both change it. */
export class SentMessages {
  readonly #connection: RedisConnection;
  readonly #parked: ParkedEvents;
  /** Of the messages as they were found. */
  readonly #versions = new WeakMap<SentMessage, number>();

  constructor(connection: RedisConnection, parked: ParkedEvents) {
    this.#connection = connection;
    this.#parked = parked;
  }

  async find(keys: readonly string[]): Promise<readonly SentMessage[]> {
    const wanted = keys.filter((key) => key !== '');
    if (wanted.length === 0) return [];
    return this.#read(await this.#connection.run(() => this.#connection.script(FIND, ...wanted)));
  }

  async findDue(now: number): Promise<readonly SentMessage[]> {
    return this.#read(await this.#connection.run(() => this.#connection.script(FIND_DUE, now)));
  }

  async forget(now: number): Promise<number> {
    return (await this.#connection.run(() => this.#connection.script(FORGET, now))) as number;
  }

  /** As `Store.saveSent`. */
  async save(
    sent: SentMessage,
    { park = [], before, handing = false }: SaveOptions = {},
  ): Promise<readonly number[] | null> {
    const { keys, fields } = this.#parked.prepare(park);
    if (handing) this.#parked.hold(keys);
    let saved = false;
    try {
      const expected = before ? (this.#versions.get(before) ?? 0) : -1;
      saved = await this.#connection.safely(() => this.#save(sent, expected, fields));
      return saved ? keys : null;
    } finally {
      // What may have been stored all the same is handed over like what an instance left.
      if (!saved) this.#parked.letGo(keys);
    }
  }

  /** Adds what we know of a message under way to what other instances may have noted of its receipts. */
  async note(sent: SentMessage): Promise<void> {
    await this.#connection.eventually(async () => {
      if (await this.#save(sent, 0, [])) return;
      let stored: SentMessage | undefined;
      do stored = await this.#byId(sent.id);
      while (stored && !(await this.#save(merged(stored, sent), this.#versions.get(stored)!, [])));
    });
  }

  async #byId(id: string): Promise<SentMessage | undefined> {
    const text = await this.#connection.client.get(this.#connection.key(`sent:${id}`));
    return text === null ? undefined : this.#read([text])[0];
  }

  /** @param fields keys and texts of events to be parked */
  async #save(sent: SentMessage, expected: number, fields: readonly string[]): Promise<boolean> {
    const { instance } = this.#connection;
    const record = JSON.stringify(toPlain(sentRecord(sent)));
    const keys = new Set(sent.messageIds.flatMap((id) => (id ? messageIdKey(id) : [])));
    keys.delete('');
    const { id, expiresAt, dueAt } = sent;
    const version = (await this.#connection.script(
      SAVE,
      ...[id, expected, record, expiresAt, dueAt ?? '', instance, fields.length / 2, ...fields, ...keys],
    )) as number;
    return version > 0;
  }

  #read(texts: unknown): SentMessage[] {
    return (texts as readonly string[]).map((text) => {
      const space = text.indexOf(' ');
      const sent = toSent(fromPlain(JSON.parse(text.slice(space + 1))) as SentRecord);
      this.#versions.set(sent, Number(text.slice(0, space)));
      return sent;
    });
  }
}

function merged(stored: SentMessage, sent: SentMessage): SentMessage {
  return { ...stored, messageIds: stored.messageIds.map((id, segment) => sent.messageIds[segment] ?? id) };
}
