interface Item<T, R> {
  readonly value: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects values that are added in one turn of the event loop, or while an earlier batch is at work, into one call of
 * `work`.
 */
export class Batcher<T, R> {
  readonly #limit: number;
  readonly #work: (values: readonly T[]) => Promise<readonly R[]>;
  #items: Item<T, R>[] = [];
  #busy: Promise<void> | null = null;

  /** @param limit values in one call at most @param work resolves with one result for each value, in their order */
  constructor(limit: number, work: (values: readonly T[]) => Promise<readonly R[]>) {
    this.#limit = limit;
    this.#work = work;
  }

  add(value: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#items.push({ value, resolve, reject });
      this.#busy ??= this.#empty();
    });
  }

  /** Resolves when no value is left to work on. */
  async idle(): Promise<void> {
    await this.#busy;
  }

  async #empty(): Promise<void> {
    // The rest of this turn may bring more.
    await Promise.resolve();
    while (this.#items.length > 0) {
      const items = this.#items.splice(0, this.#limit);
      try {
        const results = await this.#work(items.map(({ value }) => value));
        items.forEach(({ resolve }, index) => {
          resolve(results[index]!);
        });
      } catch (error) {
        for (const { reject } of items) reject(error);
      }
    }
    this.#busy = null;
  }
}
