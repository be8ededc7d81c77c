import { messageIdKey } from '../../receipt/match';
import { sentRecord, toSent, type SentRecord } from '../records';
import type { SaveOptions, SentMessage } from '../store';
import type { RedisConnection } from '../../redis/connection';
import { Batcher } from '../../redis/batcher';
import type { ParkedEvents } from './parked';
import { fromPlain, toPlain } from './plain';
import { script } from '../../redis/script';

/** Milliseconds after its expiry at which Redis drops a record by itself, in case no instance has removed it. */
const GRACE = 3_600_000;
/** Due messages found, or expired ones removed, in one call at most. */
const AT_ONCE = 1000;
/** Calls of `find` or `save` that share one script call at most. */
const CALLS_AT_ONCE = 100;
/**
 * Sent messages under one key at most; a platform that repeats its ids must not make receipts slow. The newest stay.
 */
const SAME_KEY = 16;

/**
 * Keys: `sent:<id>` is "<version> <record>", `ids:<key>` lists the ids under the key of a message id, oldest first,
 * `expiry:sent` and `due` are sorted sets of ids by time.
 * ARGV: our instance; then for each message the number of arguments that follow, id, expected version (-1: any),
 * record, expiry, due time or "", number of events, their keys and texts, keys of the message ids. Returns for each
 * message its new version, or -1 where the version in Redis is not the expected one.
 */
const SAVE = script(`
  local base, me = KEYS[1], ARGV[1]
  local time = redis.call('TIME')
  local function save(at, last)
    local id, expected, record, expiry, due = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    local old = redis.call('GET', base .. ':sent:' .. id)
    local version = old and tonumber(string.match(old, '^%d+')) or 0
    if expected >= 0 and version ~= expected then return -1 end
    local gone = string.format('%.0f', math.max(math.ceil(expiry), time[1] * 1000) + ${String(GRACE)})
    redis.call('SET', base .. ':sent:' .. id, (version + 1) .. ' ' .. record, 'PXAT', gone)
    if version == 0 then redis.call('ZADD', base .. ':expiry:sent', expiry, id) end
    if due ~= '' then redis.call('ZADD', base .. ':due', due, id)
    elseif version > 0 then redis.call('ZREM', base .. ':due', id) end
    local events = tonumber(ARGV[at + 5])
    at = at + 6
    for n = 1, events do
      redis.call('HSET', base .. ':parked:' .. me, ARGV[at], ARGV[at + 1])
      at = at + 2
    end
    for n = at, last do
      local key = base .. ':ids:' .. ARGV[n]
      if not redis.call('LPOS', key, id) then
        redis.call('RPUSH', key, id)
        redis.call('LTRIM', key, -${String(SAME_KEY)}, -1)
        redis.call('PEXPIREAT', key, gone)
      end
    end
    return version + 1
  end
  local answers, at = {}, 2
  while at <= #ARGV do
    local last = at + tonumber(ARGV[at])
    answers[#answers + 1] = save(at + 1, last)
    at = last + 1
  end
  return answers
`);

/**
 * ARGV: for each search the number of keys of message ids, and these keys. Returns for each search "<version> <record>"
 * of its messages.
 */
const FIND = script(`
  local answers, at = {}, 1
  while at <= #ARGV do
    local seen, found, last = {}, {}, at + tonumber(ARGV[at])
    for n = at + 1, last do
      for _, id in ipairs(redis.call('LRANGE', KEYS[1] .. ':ids:' .. ARGV[n], 0, -1)) do
        local sent = not seen[id] and redis.call('GET', KEYS[1] .. ':sent:' .. id)
        seen[id] = true
        if sent then found[#found + 1] = sent end
      end
    end
    answers[#answers + 1] = found
    at = last + 1
  end
  return answers
`);

const FIND_DUE = script(`
  local found = {}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1] .. ':due', '-inf', ARGV[1], 'LIMIT', 0, ${String(AT_ONCE)})) do
    local sent = redis.call('GET', KEYS[1] .. ':sent:' .. id)
    if sent then found[#found + 1] = sent else redis.call('ZREM', KEYS[1] .. ':due', id) end
  end
  return found
`);

/** ARGV: now. Removes expired messages, and returns how many. The `ids:<key>` lists expire by themselves. */
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

type Argument = string | number;

/**
 * Sent messages, shared by all instances. Each has a version, so that of two instances that read the same one only one
 * can change it.
 */
export class SentMessages {
  readonly #connection: RedisConnection;
  readonly #parked: ParkedEvents;
  /** Version of each message object that was read from Redis. */
  readonly #versions = new WeakMap<SentMessage, number>();
  readonly #finding: Batcher<readonly string[], readonly string[]>;
  readonly #saving: Batcher<readonly Argument[], number>;

  constructor(connection: RedisConnection, parked: ParkedEvents) {
    this.#connection = connection;
    this.#parked = parked;
    const counted = (list: readonly Argument[]): readonly Argument[] => [list.length, ...list];
    this.#finding = new Batcher(CALLS_AT_ONCE, async (looks) => {
      return (await connection.run(() => connection.script(FIND, ...looks.flatMap(counted)))) as (readonly string[])[];
    });
    this.#saving = new Batcher(CALLS_AT_ONCE, async (saves) => {
      const args = saves.flatMap(counted);
      return (await connection.run(() => connection.script(SAVE, connection.instance, ...args))) as number[];
    });
  }

  async find(keys: readonly string[]): Promise<readonly SentMessage[]> {
    const wanted = keys.filter((key) => key !== '');
    if (wanted.length === 0) return [];
    return this.#read(await this.#finding.add(wanted));
  }

  async findDue(now: number): Promise<readonly SentMessage[]> {
    return this.#read((await this.#connection.run(() => this.#connection.script(FIND_DUE, now))) as string[]);
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
      // The call may have been carried out all the same: then `all` finds the events, and they are handed over from
      // there.
      if (!saved) this.#parked.letGo(keys);
    }
  }

  /** Saves a message that is being sent here, and keeps the receipts that other instances may have noted already. */
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
    const record = JSON.stringify(toPlain(sentRecord(sent)));
    const keys = new Set(sent.messageIds.flatMap((id) => (id ? messageIdKey(id) : [])));
    keys.delete('');
    const { id, expiresAt, dueAt } = sent;
    const events = fields.length / 2;
    const version = await this.#saving.add([id, expected, record, expiresAt, dueAt ?? '', events, ...fields, ...keys]);
    return version > 0;
  }

  #read(texts: readonly string[]): SentMessage[] {
    return texts.map((text) => {
      const space = text.indexOf(' ');
      const sent = toSent(fromPlain(JSON.parse(text.slice(space + 1))) as SentRecord);
      this.#versions.set(sent, Number(text.slice(0, space)));
      return sent;
    });
  }
}

/** The stored message with the message ids and servers that are known here. */
function merged(stored: SentMessage, sent: SentMessage): SentMessage {
  const messageIds = stored.messageIds.map((id, segment) => sent.messageIds[segment] ?? id);
  return { ...stored, messageIds, servers: sent.servers ?? stored.servers };
}
