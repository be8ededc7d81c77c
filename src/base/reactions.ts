/**
 * Calls back for each item when its promise settles. Calls that one transaction serves share a promise: here they share its
 * reaction too. One for each item costs a promise and two closures, which live as long as the item waits.
 */
export class Reactions<T, V> {
  readonly #fulfilled: (item: T, value: V) => void;
  readonly #rejected: (item: T, error: unknown) => void;
  /** The promise that came last, while it is pending. */
  #promise: Promise<V> | null = null;
  #items: T[] = [];
  #done: Promise<void> = Promise.resolve();

  /** Neither may throw. */
  constructor(fulfilled: (item: T, value: V) => void, rejected: (item: T, error: unknown) => void) {
    this.#fulfilled = fulfilled;
    this.#rejected = rejected;
  }

  /** @returns resolves, never rejects, once the items of this promise so far were called back for */
  on(promise: Promise<V>, item: T): Promise<void> {
    if (promise !== this.#promise) this.#begin(promise);
    this.#items.push(item);
    return this.#done;
  }

  #begin(promise: Promise<V>): void {
    const items: T[] = [];
    this.#promise = promise;
    this.#items = items;
    this.#done = promise.then(
      (value) => {
        this.#end(promise);
        for (const item of items) this.#fulfilled(item, value);
      },
      (error: unknown) => {
        this.#end(promise);
        for (const item of items) this.#rejected(item, error);
      },
    );
  }

  /** What comes with it from now on needs a reaction of its own. */
  #end(promise: Promise<V>): void {
    if (this.#promise === promise) this.#promise = null;
  }
}
