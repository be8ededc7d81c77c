/**
 * Calls back for each item when its promise settles. Items of one transaction share a promise, and here also one
 * reaction to it. A reaction for each item would cost a promise and two closures, which live as long as the item waits.
 */
export class Reactions<T, V> {
  readonly #fulfilled: (item: T, value: V) => void;
  readonly #rejected: (item: T, error: unknown) => void;
  readonly #failed: (error: unknown) => void;
  /** The promise of the last item added; null once it has settled. */
  #promise: Promise<V> | null = null;
  #items: T[] = [];
  #done: Promise<void> = Promise.resolve();

  /** @param failed gets the error of a callback that threw; the other items are called back all the same */
  constructor(
    fulfilled: (item: T, value: V) => void,
    rejected: (item: T, error: unknown) => void,
    failed: (error: unknown) => void,
  ) {
    this.#fulfilled = fulfilled;
    this.#rejected = rejected;
    this.#failed = failed;
  }

  add(promise: Promise<V>, item: T): void {
    if (promise !== this.#promise) this.#begin(promise);
    this.#items.push(item);
  }

  /** As `add`. @returns resolves, never rejects, once all items of this promise were called back for */
  on(promise: Promise<V>, item: T): Promise<void> {
    this.add(promise, item);
    return this.#done;
  }

  #begin(promise: Promise<V>): void {
    const items: T[] = [];
    this.#promise = promise;
    this.#items = items;
    this.#done = promise.then(
      (value) => {
        this.#end(promise);
        this.#each(items, this.#fulfilled, value);
      },
      (error: unknown) => {
        this.#end(promise);
        this.#each(items, this.#rejected, error);
      },
    );
  }

  #each<R>(items: readonly T[], call: (item: T, result: R) => void, result: R): void {
    for (const item of items) {
      try {
        call(item, result);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  /** An item added after its promise settled needs a new reaction. */
  #end(promise: Promise<V>): void {
    if (this.#promise === promise) this.#promise = null;
  }
}
