import type { ChainableCommander } from 'ioredis';
import { Batcher } from './batcher';
import { meansLost, wordsOf } from './errors';

/** Adds commands to a pipeline. */
export type Commands = (pipeline: ChainableCommander) => ChainableCommander;

/** Milliseconds a replica may take to have what was written; one that takes longer is not waited for any more. */
const REPLICA_LIMIT = 500;
/** Confirmations asked for at one time at most. */
const AT_ONCE = 10_000;

/** Whether what is written outlives the server: it does once a replica has it. */
export class Replication {
  readonly #atHome: (commands: Commands) => Promise<unknown[]>;
  readonly #log: { warn(text: string): void };
  #hasReplica = false;
  readonly #confirmations = new Batcher<null, null>(AT_ONCE, async (all) => {
    await this.#confirm();
    return all;
  });

  /** @param atHome runs commands on the server that has the pool's keys; returns answers, errors among them */
  constructor(atHome: (commands: Commands) => Promise<unknown[]>, log: { warn(text: string): void }) {
    this.#atHome = atHome;
    this.#log = log;
  }

  /** Resolves once what was written so far outlives the server, where that has a replica that can follow. */
  async confirmed(): Promise<void> {
    if (this.#hasReplica) await this.#confirmations.add(null);
  }

  async look(): Promise<void> {
    const [info] = await this.#atHome((home) => home.info('replication'));
    this.note(info);
  }

  /** @param info of Redis, or why there is none */
  note(info: unknown): void {
    // A replica speaks every second; "lag" is how many ago it did.
    this.#hasReplica = typeof info === 'string' && /^slave\d+:.*state=online.*lag=[0-2]\b/m.test(info);
  }

  /** A master gives what it has answered to its replicas a moment later: without this a failover forgets some of it. */
  async #confirm(): Promise<void> {
    const [confirmed] = await this.#atHome((home) => home.wait(1, REPLICA_LIMIT));
    if (confirmed instanceof Error && meansLost(wordsOf(confirmed))) throw confirmed;
    if (typeof confirmed === 'number' && confirmed > 0) return;
    this.#hasReplica = false;
    if (confirmed === 0) {
      this.#log.warn(
        'No replica of Redis has what was written last: it is lost when that server fails before one is back',
      );
    }
  }
}
