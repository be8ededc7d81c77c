import type { RedisConnection } from '../../redis/connection';
import type { RedisLog } from '../../redis/health';
import type { Script } from '../../redis/script';
import { KEY_TYPES, LANES } from './keys';
import { SCRIPTS } from './scripts';

export type Argument = string | number;

/** Ids in one line of the log at most. */
const NAMED = 100;

/**
 * Runs the scripts of the store, and mends what somebody has deleted or overwritten in Redis: a pool must not stop for
 * one key, and what is lost must be named.
 */
export class Keyspace {
  readonly #connection: RedisConnection;
  readonly #log: RedisLog;
  /** True once this process has seen all lanes: what is missing from then on was deleted by somebody. */
  #hadLanes = false;
  #mending: Promise<void> | null = null;

  constructor(connection: RedisConnection, log: RedisLog) {
    this.#connection = connection;
    this.#log = log;
  }

  /**
   * Runs a script; to be called inside `run` or `eventually` of the connection. Where keys are spoilt or lanes are gone,
   * the script has done nothing: it runs again once they are mended.
   * @param names of its keys within the pool
   */
  async call(script: Script, names: readonly string[], ...args: readonly Argument[]): Promise<unknown> {
    const keys = names.map((name) => this.#connection.key(name));
    for (let mended = 0; ; mended++) {
      try {
        return await this.#connection.call(script, keys, args);
      } catch (error) {
        const text = error instanceof Error ? error.message : '';
        // A lane that was overwritten is set aside first, and made after that.
        if (mended === 2) throw error;
        else if (text.includes('SPOILT')) await this.#setAside(names);
        else if (text.includes('NOGROUP')) await this.mendLanes();
        else throw error;
      }
    }
  }

  /** Makes lanes that are gone, and names what they had. */
  mendLanes(): Promise<void> {
    this.#mending ??= this.#mendLanes().finally(() => {
      this.#mending = null;
    });
    return this.#mending;
  }

  /** Names the messages whose entries somebody has deleted, and removes what else there is of them. */
  async findGone(): Promise<void> {
    const gone = await this.#removeGone();
    for (const [index, lane] of LANES.entries()) {
      const ids = gone.get(String(index + 1)) ?? [];
      if (ids.length > 0) {
        this.#log.error(
          `store: ${counted(ids)} of the lane "${lane}" gone from Redis, because somebody has deleted ${ids.length === 1 ? 'its entry' : 'their entries'}: ${named(ids)}`,
        );
      }
    }
  }

  /** Logs that something in Redis cannot be read: somebody has overwritten it. */
  unreadable(what: string, error: unknown): void {
    this.#log.error(`store: ${what} cannot be read from Redis and is left out: ${String(error)}`);
  }

  /** Takes a message whose record cannot be read out of the outbox, and keeps its entry in a stream of its own. */
  async setMessageAside(lane: number, entry: string, id: string, why: string): Promise<void> {
    this.#log.error(
      `store: message ${id} cannot be read from Redis and is not sent; it is set aside in ${this.#connection.key('unreadable')}: ${why}`,
    );
    await this.#connection.run(async (client) => {
      const key = this.#connection.key(LANES[lane - 1]!);
      const [found] = await client.xrange(key, entry, entry);
      if (found) await client.xadd(this.#connection.key('unreadable'), '*', ...found[1]);
      await client.xdel(key, entry);
      await client.xack(key, 'pool', entry);
      await client.hdel(this.#connection.key('entries'), id);
    });
  }

  async #mendLanes(): Promise<void> {
    const { client } = this.#connection;
    await this.#setAside(LANES);
    const made: (readonly [lane: string, what: string])[] = [];
    for (const lane of LANES) {
      const what = String(await this.#connection.call(SCRIPTS.repairLane, [this.#connection.key(lane)], []));
      if (what !== 'ok') made.push([lane, what]);
    }
    const known = this.#hadLanes || (await client.exists(this.#connection.key('entries'))) > 0;
    this.#hadLanes = true;
    if (!known || made.length === 0) return;
    const gone = await this.#removeGone();
    for (const [lane, what] of made) {
      const ids = gone.get(String(LANES.indexOf(lane as (typeof LANES)[number]) + 1)) ?? [];
      if (what === 'stream') {
        this.#log.error(
          `store: the lane "${lane}" was gone from Redis, because somebody has deleted it, and ${String(ids.length)} messages with it${ids.length > 0 ? `: ${named(ids)}` : ''}. It is made anew`,
        );
      } else {
        this.#log.error(
          `store: the consumer group of the lane "${lane}" was gone from Redis, because somebody has deleted it. It is made anew; its ${String(await client.xlen(this.#connection.key(lane)))} messages are there, and may be sent twice`,
        );
      }
    }
  }

  /** @returns ids of the messages that are gone, by the number of their lane */
  async #removeGone(): Promise<ReadonlyMap<string, readonly string[]>> {
    const gone = new Map<string, string[]>();
    const keys = [...LANES, 'entries', 'progress', 'expiry'].map((name) => this.#connection.key(name));
    let cursor = '0';
    do {
      const [next, found] = (await this.#connection.call(SCRIPTS.findGone, keys, [cursor])) as [string, string[]];
      for (let at = 0; at < found.length; at += 2) {
        const ids = gone.get(found[at]!) ?? [];
        gone.set(found[at]!, [...ids, found[at + 1]!]);
      }
      cursor = next;
    } while (cursor !== '0');
    return gone;
  }

  /** Renames the keys among these that are of another type than they should be, and names them. */
  async #setAside(names: readonly string[]): Promise<void> {
    const { client } = this.#connection;
    const aside: string[] = [];
    for (const name of names) {
      const type = await client.type(this.#connection.key(name));
      if (type === 'none' || type === KEY_TYPES[name.split(':', 1)[0]!]) continue;
      const kept = `spoilt:${String(Date.now())}:${name}`;
      await client.rename(this.#connection.key(name), this.#connection.key(kept));
      aside.push(`${name} (now ${kept})`);
    }
    if (aside.length > 0) {
      this.#log.error(
        `store: keys in Redis were overwritten by somebody, and what they had is lost; they are set aside: ${aside.join(', ')}`,
      );
    }
    if (aside.some((text) => LANES.some((lane) => text.startsWith(`${lane} `)))) this.#hadLanes = true;
  }
}

function counted(ids: readonly string[]): string {
  return ids.length === 1 ? '1 message is' : `${String(ids.length)} messages are`;
}

function named(ids: readonly string[]): string {
  return ids.slice(0, NAMED).join(', ') + (ids.length > NAMED ? ' …' : '');
}
