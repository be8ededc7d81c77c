import { storable } from '../storable';
import type { ParkedEvent } from '../store';
import type { RedisConnection } from '../../redis/connection';
import { Batcher } from '../../redis/batcher';
import type { GoneInstance } from './instances';
import type { Keyspace } from './keyspace';
import { fromPlain, toPlain } from './plain';
import { SCRIPTS } from './scripts';

/** Events removed in one call at most. */
const AT_ONCE = 200;
/** First character of an event's text where an instance that is gone may have handed the event over already. */
const AGAIN = '!';

/** Events that wait for the flows, in one hash for each instance: `parked:<instance>`. */
export class ParkedEvents {
  readonly #connection: RedisConnection;
  readonly #keyspace: Keyspace;
  /** Keys of events that are being handed over already, so that `all` must leave them out. */
  readonly #held = new Set<number>();
  readonly #unpark: Batcher<number, undefined>;
  #nextKey = 1;

  constructor(connection: RedisConnection, keyspace: Keyspace) {
    this.#connection = connection;
    this.#keyspace = keyspace;
    this.#unpark = new Batcher(AT_ONCE, async (keys) => {
      await connection.eventually((client) => client.hdel(this.#key, ...keys.map(String)));
      return keys.map(() => undefined);
    });
  }

  /** Keys for new events, and their hash fields for a script that parks them together with another change. */
  prepare(events: readonly Omit<ParkedEvent, 'key'>[]): {
    readonly keys: readonly number[];
    readonly fields: readonly string[];
  } {
    const keys = events.map(() => this.#nextKey++);
    return { keys, fields: events.flatMap((event, index) => [String(keys[index]), textOf(event)]) };
  }

  /** The events with these keys are being handed over: `all` leaves them out until `letGo` or `unpark`. */
  hold(keys: readonly number[]): void {
    for (const key of keys) this.#held.add(key);
  }

  letGo(keys: readonly number[]): void {
    for (const key of keys) this.#held.delete(key);
  }

  async park(event: Omit<ParkedEvent, 'key'>): Promise<number> {
    const key = this.#nextKey++;
    await this.#connection.safely((client) => client.hset(this.#key, String(key), textOf(event)));
    return key;
  }

  async all(): Promise<readonly ParkedEvent[]> {
    const found = await this.#connection.run((client) => client.hgetall(this.#key));
    return Object.entries(found)
      .flatMap(([key, text]) => this.#read(Number(key), text))
      .filter(({ key }) => !this.#held.has(key))
      .sort((a, b) => a.key - b.key);
  }

  async unpark(key: number): Promise<void> {
    await this.#unpark.add(key);
    this.#held.delete(key);
  }

  /** Takes over events of an instance that is gone. @returns how many */
  async takeOver({ id, how }: GoneInstance): Promise<number> {
    // It may have handed these events over, and may still come back to remove them.
    if (how === 'silent') return 0;
    const first = this.#nextKey;
    this.#nextKey += 501;
    const keys = [`parked:${id}`, `parked:${this.#connection.instance}`];
    const args = [first, how === 'lost' ? AGAIN : ''];
    return (await this.#connection.run(() => this.#keyspace.call(SCRIPTS.takeOverParked, keys, ...args))) as number;
  }

  /** Resolves when no event is being removed any more. */
  async idle(): Promise<void> {
    await this.#unpark.idle();
  }

  #read(key: number, text: string): ParkedEvent[] {
    try {
      return [{ key, ...eventOf(text) }];
    } catch (error) {
      this.#keyspace.unreadable(`the parked event ${String(key)}`, error);
      return [];
    }
  }

  get #key(): string {
    return this.#connection.key(`parked:${this.#connection.instance}`);
  }
}

function eventOf(text: string): Omit<ParkedEvent, 'key'> {
  // Each instance that took the event over may have added one "!".
  const json = text.replace(/^!+/, '');
  const event = fromPlain(JSON.parse(json)) as Omit<ParkedEvent, 'key'>;
  return json === text ? event : { ...event, again: true };
}

function textOf({ kind, data }: Omit<ParkedEvent, 'key'>): string {
  return JSON.stringify({ kind, data: toPlain(storable(data)) });
}
