import { storable } from '../storable';
import type { ParkedEvent } from '../store';
import type { RedisConnection } from '../../redis/connection';
import { Batcher } from '../../redis/batcher';
import type { GoneInstance } from './instances';
import { fromPlain, toPlain } from './plain';
import { script } from '../../redis/script';

/** Events removed in one call at most. */
const AT_ONCE = 200;
/** First character of an event's text where an instance that is gone may have handed the event over already. */
const AGAIN = '!';

/**
 * Moves at most 500 events of an instance that is gone. ARGV: its id, ours, the number before their first new key, "!"
 * or "" to prepend.
 */
const TAKE_OVER = script(`
  local from, to = KEYS[1] .. ':parked:' .. ARGV[1], KEYS[1] .. ':parked:' .. ARGV[2]
  local keys = redis.call('HKEYS', from)
  table.sort(keys, function(a, b) return tonumber(a) < tonumber(b) end)
  local moved = math.min(#keys, 500)
  for at = 1, moved do
    redis.call('HSET', to, string.format('%.0f', ARGV[3] + at), ARGV[4] .. redis.call('HGET', from, keys[at]))
    redis.call('HDEL', from, keys[at])
  end
  return moved
`);

/** Events that wait for the flows, in one hash for each instance: `parked:<instance>`. */
export class ParkedEvents {
  readonly #connection: RedisConnection;
  /** Keys of events that are being handed over already, so that `all` must leave them out. */
  readonly #held = new Set<number>();
  readonly #unpark: Batcher<number, undefined>;
  #nextKey = 1;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
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
      .map(([key, text]) => ({ key: Number(key), ...eventOf(text) }))
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
    const args = [id, this.#connection.instance, first, how === 'lost' ? AGAIN : ''];
    return (await this.#connection.run(() => this.#connection.script(TAKE_OVER, ...args))) as number;
  }

  /** Resolves when no event is being removed any more. */
  async idle(): Promise<void> {
    await this.#unpark.idle();
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
