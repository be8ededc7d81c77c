import { storable } from '../storable';
import type { ParkedEvent } from '../store';
import type { RedisConnection } from '../../redis/connection';
import { Batcher } from '../../redis/batcher';
import type { GoneInstance } from './instances';
import { fromPlain, toPlain } from './plain';
import { script } from '../../redis/script';

/** Taken out in one call at most. */
const AT_ONCE = 200;
/** What an instance that is gone may have handed over already begins with this. */
const AGAIN = '!';

/** Moves at most 500 of an instance that is gone. ARGV: its id, ours, the first of the keys they get here, what they shall begin with. */
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

/** What waits for the flows: a hash for each instance, `parked:<instance>`. */
export class ParkedEvents {
  readonly #connection: RedisConnection;
  /** Being handed over since it was parked, so not to be handed over again. */
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

  /** Keys for events, and the fields to be stored by a script that parks them together with something else. */
  prepare(events: readonly Omit<ParkedEvent, 'key'>[]): {
    readonly keys: readonly number[];
    readonly fields: readonly string[];
  } {
    const keys = events.map(() => this.#nextKey++);
    return { keys, fields: events.flatMap((event, index) => [String(keys[index]), textOf(event)]) };
  }

  /** They are being handed over: `all` leaves them out. */
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

  /** @returns how many are ours now */
  async takeOver({ id, how }: GoneInstance): Promise<number> {
    // It may have handed them over, and come back to say so.
    if (how === 'silent') return 0;
    const first = this.#nextKey;
    this.#nextKey += 501;
    const args = [id, this.#connection.instance, first, how === 'lost' ? AGAIN : ''];
    return (await this.#connection.run(() => this.#connection.script(TAKE_OVER, ...args))) as number;
  }

  /** Resolves when nothing is being taken out any more. */
  async idle(): Promise<void> {
    await this.#unpark.idle();
  }

  get #key(): string {
    return this.#connection.key(`parked:${this.#connection.instance}`);
  }
}

function eventOf(text: string): Omit<ParkedEvent, 'key'> {
  // More than one, where it has gone from hand to hand.
  const json = text.replace(/^!+/, '');
  const event = fromPlain(JSON.parse(json)) as Omit<ParkedEvent, 'key'>;
  return json === text ? event : { ...event, again: true };
}

function textOf({ kind, data }: Omit<ParkedEvent, 'key'>): string {
  return JSON.stringify({ kind, data: toPlain(storable(data)) });
}
