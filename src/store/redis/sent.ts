import { Batcher } from '../../redis/batcher';
import type { RedisConnection } from '../../redis/connection';
import { messageIdKey } from '../../receipt/match';
import { sentRecord, toSent, type SentRecord } from '../records';
import type { SaveOptions, SentMessage } from '../store';
import type { Argument, Keyspace } from './keyspace';
import type { ParkedEvents } from './parked';
import { fromPlain, toPlain } from './plain';
import { SCRIPTS } from './scripts';

/** Milliseconds after their expiry at which Redis drops records by itself, in case no instance uses the pool any more. */
export const GRACE = 3_600_000;
/** Due messages found, or expired ones removed, in one call at most. */
const AT_ONCE = 1000;
/** Calls of `find` or `save` that share one script call at most. */
const CALLS_AT_ONCE = 200;

/**
 * Sent messages, shared by all instances. Each has a version, so that of two instances that read the same one only one
 * can change it.
 */
export class SentMessages {
  readonly #connection: RedisConnection;
  readonly #keyspace: Keyspace;
  readonly #parked: ParkedEvents;
  /** Version of each message object that was read from Redis, or is to replace what was read. */
  readonly #versions = new WeakMap<SentMessage, number>();
  /** Versions of messages of which parts are still being sent here, by id. */
  readonly #sending = new Map<string, number>();
  readonly #finding: Batcher<readonly string[], readonly string[]>;
  readonly #saving: Batcher<readonly Argument[], number>;

  constructor(connection: RedisConnection, keyspace: Keyspace, parked: ParkedEvents) {
    this.#connection = connection;
    this.#keyspace = keyspace;
    this.#parked = parked;
    this.#finding = new Batcher(CALLS_AT_ONCE, async (searches) => {
      const args = searches.flatMap((keys) => [keys.length, ...keys]);
      const answer = await connection.run(() => keyspace.call(SCRIPTS.findSent, ['ids', 'sent'], ...args));
      return answer as (readonly string[])[];
    });
    this.#saving = new Batcher(CALLS_AT_ONCE, async (saves) => {
      const keys = ['sent', 'ids', 'sent-expiry', 'due', `parked:${connection.instance}`];
      const answer = await connection.run(() => keyspace.call(SCRIPTS.saveSent, keys, GRACE, ...saves.flat()));
      return answer as number[];
    });
  }

  async find(keys: readonly string[]): Promise<readonly SentMessage[]> {
    const wanted = keys.filter((key) => key !== '');
    if (wanted.length === 0) return [];
    return this.#read(await this.#finding.add(wanted));
  }

  async findDue(now: number): Promise<readonly SentMessage[]> {
    return this.#byTime('due', now);
  }

  async forget(now: number): Promise<number> {
    const expired = await this.#byTime('sent-expiry', now);
    if (expired.length === 0) return 0;
    const args = expired.flatMap(({ id, messageIds }) => {
      const keys = keysOf(messageIds);
      return [id, keys.length, ...keys];
    });
    const keys = ['sent', 'ids', 'sent-expiry', 'due'];
    return (await this.#connection.run(() => this.#keyspace.call(SCRIPTS.forgetSent, keys, ...args))) as number;
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
      saved = await this.#connection.safely(() => this.#save(sent, expected, fields, before));
      return saved ? keys : null;
    } finally {
      // The call may have been carried out all the same: then `all` finds the events, and they are handed over from
      // there.
      if (!saved) this.#parked.letGo(keys);
    }
  }

  /** Saves a message of which parts are still being sent here, and keeps the receipts that others may have noted. */
  async note(sent: SentMessage): Promise<void> {
    await this.#connection.eventually(async () => {
      for (let noted = sent; ; noted = await this.merge(noted)) {
        const expected = this.#expected(noted);
        if (!(await this.#save(noted, expected, []))) continue;
        this.#sending.set(sent.id, expected + 1);
        return;
      }
    });
  }

  /** The stored message with the message ids and servers that are known here; it replaces what is stored now. */
  async merge(sent: SentMessage): Promise<SentMessage> {
    const text = await this.#connection.eventually((client) => client.hget(this.#connection.key('sent'), sent.id));
    const [stored] = text === null ? [] : this.#read([text]);
    const merged = stored ? together(stored, sent) : sent;
    this.#versions.set(merged, stored ? this.#versions.get(stored)! : 0);
    return merged;
  }

  /** Arguments of settle.lua: expected version, record, expires at, due at, number of keys, keys. */
  recordArgs(sent: SentMessage): readonly Argument[] {
    const keys = keysOf(sent.messageIds);
    const record = JSON.stringify(toPlain(sentRecord(sent)));
    return [this.#expected(sent), record, sent.expiresAt, sent.dueAt ?? '', keys.length, ...keys];
  }

  /** No more parts of the message are sent here. */
  ended(id: string): void {
    this.#sending.delete(id);
  }

  #expected(sent: SentMessage): number {
    return this.#versions.get(sent) ?? this.#sending.get(sent.id) ?? 0;
  }

  async #byTime(name: 'due' | 'sent-expiry', now: number): Promise<readonly SentMessage[]> {
    const call = (): Promise<unknown> => this.#keyspace.call(SCRIPTS.sentByTime, [name, 'sent'], now, AT_ONCE);
    const [ids, texts] = (await this.#connection.run(call)) as readonly [readonly string[], readonly string[]];
    const found = this.#read(texts);
    if (found.length < ids.length) await this.#dropUnreadable(name, ids, found);
    return found;
  }

  /** What cannot be read must not be found again and again, in place of others. */
  async #dropUnreadable(name: string, ids: readonly string[], found: readonly SentMessage[]): Promise<void> {
    const readable = new Set(found.map(({ id }) => id));
    const spoilt = ids.filter((id) => !readable.has(id));
    await this.#connection.run((client) => client.zrem(this.#connection.key(name), ...spoilt));
  }

  /** @param fields keys and texts of events to be parked @param before under whose message ids it is found already */
  async #save(sent: SentMessage, expected: number, fields: readonly string[], before?: SentMessage): Promise<boolean> {
    const record = JSON.stringify(toPlain(sentRecord(sent)));
    const known = before?.messageIds ?? [];
    const keys = keysOf(sent.messageIds.filter((id, segment) => id !== known[segment]));
    const { id, expiresAt, dueAt } = sent;
    const events = fields.length / 2;
    const head = [id, expected, record, expiresAt, dueAt ?? '', events, ...fields];
    return (await this.#saving.add([...head, keys.length, ...keys])) > 0;
  }

  #read(texts: readonly string[]): SentMessage[] {
    return texts.flatMap((text) => {
      try {
        const space = text.indexOf(' ');
        const sent = toSent(fromPlain(JSON.parse(text.slice(space + 1))) as SentRecord);
        this.#versions.set(sent, Number(text.slice(0, space)));
        return [sent];
      } catch (error) {
        this.#keyspace.unreadable('a sent message', error);
        return [];
      }
    });
  }
}

/** The keys under which a message is found. */
function keysOf(messageIds: readonly (string | null)[]): readonly string[] {
  const keys = new Set(messageIds.flatMap((id) => (id ? messageIdKey(id) : [])));
  keys.delete('');
  return [...keys];
}

function together(stored: SentMessage, sent: SentMessage): SentMessage {
  const messageIds = stored.messageIds.map((id, segment) => sent.messageIds[segment] ?? id);
  return { ...stored, messageIds, servers: sent.servers ?? stored.servers };
}
