import { Reactions } from '../base/reactions';
import { ESME_ROK, type Answer } from './delivery-answer';

/** What is being stored; wrapped, because a promise of a promise waits for both. */
export interface Writing {
  readonly written: Promise<void>;
}

/** @returns what is being stored with it; null where it is held back, unanswered */
export type Work = () => Promise<Writing | null>;

/**
 * In which order deliveries are dealt with: one after the other, for two receipts of one message must not overtake each other
 * between reading and writing. With a shared store, where each look takes a while, only those of one message wait for each other;
 * that nothing is overwritten is seen to by what it was before.
 */
export class OrderOfWork {
  readonly #lanesOnly: boolean;
  readonly #failed: (error: unknown) => number;
  #chain: Promise<void> = Promise.resolve();
  /** Works of the chain that are not done. */
  #queued = 0;
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #writing = new Set<Promise<void>>();
  readonly #answering: Reactions<Answer, unknown>;
  #answered: Promise<void> = Promise.resolve();
  #waited: Promise<void> = Promise.resolve();

  /**
   * @param shared whether other instances have the store too
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

  /** After all that came before. `answer` is for the delivery that it is about: success once it is stored, "try again" in one way or another otherwise. */
  inOrder(work: Work, answer?: Answer): void {
    this.#queued += 1;
    this.#chain = this.#after(this.#chain, work, answer).then(() => {
      this.#queued -= 1;
    });
  }

  /** True where a work that takes no time may be done at once: nothing that came before it is left to do. */
  get isFree(): boolean {
    return this.#queued === 0 && !this.#lanesOnly;
  }

  /** Answers for a work that is done, once what it brought about is stored. */
  stored(written: Promise<unknown>, answer: Answer): void {
    this.#answered = this.#answering.on(written, answer);
  }

  /** `idle` waits for this, too. */
  waitFor(work: Promise<void>): void {
    this.#waited = work;
  }

  /** After what came before it in this lane, if the store is shared; else after all that came before. */
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

  /** The next one need not wait for the disk, because the store shows what is being written. */
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
