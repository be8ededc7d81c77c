import { ignoreFailure } from '../../base/background';
import { storable } from '../storable';
import type { PartialChange, PartialMessage } from '../store';
import type { RedisConnection } from '../../redis/connection';
import type { Keyspace } from './keyspace';
import type { ParkedEvents } from './parked';
import { fromPlain, toPlain } from './plain';
import { SCRIPTS } from './scripts';
import { GRACE } from './sent';

/** Due messages found in one call at most. */
const AT_ONCE = 1000;

/** Version, expiry, octets and data. */
const HEAD = /^(\S+) (\S+) (\d+) (.*)$/s;
/** Keys of the scripts: see partial.lua. */
const KEYS = ['partials', 'partial-due', 'partial-octets'] as const;

/**
 * Incoming multipart messages whose parts may come to any instance. Each has a version, so that two instances cannot
 * undo each other's part.
 */
export class PartialMessages {
  readonly #connection: RedisConnection;
  readonly #keyspace: Keyspace;
  readonly #parked: ParkedEvents;
  /** Version of each message object that was read from Redis or saved there. */
  readonly #versions = new WeakMap<PartialMessage, string>();
  #count = 0;

  constructor(connection: RedisConnection, keyspace: Keyspace, parked: ParkedEvents) {
    this.#connection = connection;
    this.#keyspace = keyspace;
    this.#parked = parked;
  }

  async find(key: string): Promise<PartialMessage | null> {
    const text = await this.#connection.run((client) => client.hget(this.#connection.key('partials'), key));
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
    const texts = Array.from(parts).flatMap(([number, part]) => [number, textOf(part)]);
    const { keys, fields } = this.#parked.prepare(park);
    if (handing) this.#parked.hold(keys);
    const { instance } = this.#connection;
    const head = [key, expected, version, expiresAt, octets, textOf(data), clear ? 1 : 0, GRACE, parts.size];
    const names = [...KEYS, `parts:${key}`, `parked:${instance}`];
    let saved = false;
    try {
      saved = await this.#connection.safely(async () => {
        return (await this.#keyspace.call(SCRIPTS.savePartial, names, ...head, ...texts, ...fields)) === 1;
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
    const call = (): Promise<unknown> => this.#keyspace.call(SCRIPTS.duePartials, KEYS, now, octets, AT_ONCE);
    const found = (await this.#connection.run(call)) as readonly string[];
    return Array.from(
      { length: found.length / 2 },
      (_, at) => this.#read(found[2 * at]!, found[2 * at + 1]!) ?? [],
    ).flat();
  }

  async forget(partial: PartialMessage): Promise<void> {
    const version = this.#versions.get(partial);
    if (version === undefined) return;
    const keys = [...KEYS, `parts:${partial.key}`];
    await this.#connection.run(() => this.#keyspace.call(SCRIPTS.forgetPartial, keys, partial.key, version));
  }

  /** @returns null where the text cannot be read; that was logged then, and the message begins anew */
  #read(key: string, text: string): PartialMessage | null {
    try {
      const [, version, expiresAt, octets, data] = HEAD.exec(text)!;
      const partial = { key, expiresAt: Number(expiresAt), octets: Number(octets), data: fromPlain(JSON.parse(data!)) };
      this.#versions.set(partial, version!);
      return partial;
    } catch (error) {
      this.#keyspace.unreadable(`the incoming message ${key}, of which parts are missing,`, error);
      ignoreFailure(
        this.#connection.run((client) => client.hdel(this.#connection.key('partials'), key)),
        'it is found unreadable again',
      );
      return null;
    }
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(toPlain(storable(value)));
}
