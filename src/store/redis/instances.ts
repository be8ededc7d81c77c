import type { RedisConnection } from '../../redis/connection';
import type { Keyspace } from './keyspace';
import { SCRIPTS } from './scripts';

/**
 * Milliseconds without a sign of life after which an instance is gone: others may take the outcomes that it had not
 * begun to tell.
 */
const GONE_AFTER = 15_000;
/**
 * Milliseconds without a sign of life after which an instance is lost: others also tell the outcomes that it may have
 * told already. An instance that was cut off for less comes back and notes which outcomes it has told.
 */
const LOST_AFTER = 60_000;

export interface GoneInstance {
  readonly id: string;
  /** left: it noted all outcomes that it told · lost: it counts as dead · silent: it may come back */
  readonly how: 'left' | 'lost' | 'silent';
}

/** The instances that share the pool: finds the ones that are gone, so that others can take over what they left. */
export class Instances {
  readonly #connection: RedisConnection;
  readonly #keyspace: Keyspace;

  constructor(connection: RedisConnection, keyspace: Keyspace) {
    this.#connection = connection;
    this.#keyspace = keyspace;
  }

  /** @returns how many others live, and who is gone and may have left something */
  async signOfLife(): Promise<{ readonly others: number; readonly gone: readonly GoneInstance[] }> {
    const { instance } = this.#connection;
    const answer = await this.#connection.run(() =>
      this.#keyspace.call(SCRIPTS.signOfLife, ['instances'], instance, GONE_AFTER, LOST_AFTER),
    );
    const [all, gone, lost, left] = answer as [number, string[], string[], string[]];
    return {
      others: all - gone.length - 1,
      gone: gone.map((id) => ({ id, how: left.includes(id) ? 'left' : lost.includes(id) ? 'lost' : 'silent' })),
    };
  }

  async leave(): Promise<void> {
    const { instance } = this.#connection;
    await this.#connection.run((client) => client.zadd(this.#connection.key('instances'), 0, instance));
    await this.forget(instance);
  }

  async forget(instance: string): Promise<void> {
    const keys = ['instances', `owned:${instance}`, `telling:${instance}`, `parked:${instance}`];
    await this.#connection.run(() => this.#keyspace.call(SCRIPTS.forgetInstance, keys, instance));
  }
}
