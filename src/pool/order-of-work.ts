import { Reactions } from '../base/reactions';
import { ESME_ROK, type Answer } from './delivery-answer';

/** A write under way. The promise is wrapped, because an async function that returned it bare would wait for it. */
export interface Writing {
  readonly written: Promise<void>;
}

/** Deals with a delivery. @returns the write under way; null where the work sees to the answer itself, now or later */
export type Work = () => Promise<Writing | null>;

/**
 * The order in which deliveries are dealt with. They go one after the other, for two receipts of one message must not
 * overtake each other between reading and writing. A shared store is slow to read, so there only the deliveries of one
 * message wait for each other. A write to it names the state it was based on, so that it never overwrites another
 * instance's.
 */
export class OrderOfWork {
  readonly #lanesOnly: boolean;
  readonly #failed: (error: unknown) => number;
  #chain: Promise<void> = Promise.resolve();
  /** The number of works in the chain that are not done. */
  #queued = 0;
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #writing = new Set<Promise<void>>();
  readonly #answering: Reactions<Answer, unknown>;
  #answered: Promise<void> = Promise.resolve();
  #waited: Promise<void> = Promise.resolve();

  /**
   * @param shared whether other instances use the store too
   * @param failed hears why a work could not be done or stored; returns the command_status to answer with
   */
  constructor(shared: boolean, failed: (error: unknown) => number) {
    this.#lanesOnly = shared;
    this.#failed = failed;
    this.#answering = new Reactions<Answer, unknown>(
      (answer) => {
        answer(ESME_ROK);
      },
      (answer, error) => {
        answer(failed(error));
      },
      (error) => {
        failed(error);
      },
    );
  }

  /** Does a work after all earlier ones. @param answer called with ESME_ROK once stored, else the status of `failed` */
  inOrder(work: Work, answer?: Answer): void {
    this.#queued += 1;
    this.#chain = this.#after(this.#chain, work, answer).then(() => {
      this.#queued -= 1;
    });
  }

  /** True where a synchronous work may be done at once: no earlier work is left, and the store is not shared. */
  get isFree(): boolean {
    return this.#queued === 0 && !this.#lanesOnly;
  }

  /** Answers a delivery that was dealt with at once, as soon as `written` resolves. */
  stored(written: Promise<unknown>, answer: Answer): void {
    this.#answered = this.#answering.on(written, answer);
  }

  /** Makes `idle` wait for this work too. */
  waitFor(work: Promise<void>): void {
    this.#waited = work;
  }

  /** With a shared store: does a work after the earlier ones of its lane. Otherwise: as `inOrder`. */
  inLane(name: string, work: Work, answer?: Answer): void {
    if (!this.#lanesOnly) {
      this.inOrder(work, answer);
      return;
    }
    const done = this.#after(this.#lanes.get(name) ?? Promise.resolve(), work, answer).then(() => {
      if (this.#lanes.get(name) === done) this.#lanes.delete(name);
    });
    this.#lanes.set(name, done);
  }

  /** Resolves once all that has come so far is done and stored. */
  async idle(): Promise<void> {
    await this.#waited;
    await Promise.all([this.#chain, ...this.#lanes.values()]);
    await Promise.all([this.#answered, ...this.#writing]);
  }

  /** The next work does not wait for this one's write, because the store shows at once what is being written. */
  #after(before: Promise<void>, work: Work, answer?: Answer): Promise<void> {
    const failed = (error: unknown): void => {
      const status = this.#failed(error);
      answer?.(status);
    };
    return before.then(work).then((writing) => {
      if (!writing) return;
      const written = writing.written
        .then(() => answer?.(ESME_ROK), failed)
        .finally(() => {
          this.#writing.delete(written);
        });
      this.#writing.add(written);
    }, failed);
  }
}
