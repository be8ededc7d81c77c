import type { ChainableCommander } from 'ioredis';
import { Batcher } from './batcher';
import { meansLost, wordsOf } from './errors';

/** Adds commands to a pipeline. */
export type Commands = (pipeline: ChainableCommander) => ChainableCommander;

/** Milliseconds a replica may take to confirm writes; a slower one is not waited for any more. */
const REPLICA_LIMIT = 500;
/** Confirmations asked for at one time at most. */
const AT_ONCE = 10_000;

/** Waits until a replica has the writes, so that they outlive the server. */
export class Replication {
  readonly #atHome: (commands: Commands) => Promise<unknown[]>;
  readonly #log: { warn(text: string): void };
  #hasReplica = false;
  readonly #confirmations = new Batcher<null, null>(AT_ONCE, async (all) => {
    await this.#confirm();
    return all;
  });

  /**
   * @param atHome runs commands on the server that has the pool's keys; resolves with answers, or errors in place of
   * answers
   */
  constructor(atHome: (commands: Commands) => Promise<unknown[]>, log: { warn(text: string): void }) {
    this.#atHome = atHome;
    this.#log = log;
  }

  /** Resolves once a replica has all writes so far; at once where no replica keeps up. */
  async confirmed(): Promise<void> {
    if (this.#hasReplica) await this.#confirmations.add(null);
  }

  /** Checks whether a replica keeps up. */
  async look(): Promise<void> {
    const [info] = await this.#atHome((home) => home.info('replication'));
    this.note(info);
  }

  /** @param info the answer to INFO, or an error in its place */
  note(info: unknown): void {
    // A replica reports to its master every second; "lag" is seconds since the last report.
    this.#hasReplica = typeof info === 'string' && /^slave\d+:.*state=online.*lag=[0-2]\b/m.test(info);
  }

  /** Waits for a replica: a master answers before its replicas have the write, so that a failover could forget it. */
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
