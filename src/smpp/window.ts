/** A submit that waits for its answer. */
export interface Pending<T> {
  readonly sequence: number;
  readonly item: T;
  /** command_id of its answer. */
  readonly response: number;
  readonly at: number;
  sent: boolean;
}

/** Places at first; a power of two. */
const PLACES = 64;

/**
 * The unanswered submits of one bind, by sequence number: a ring, in which a number has a fixed place. A number whose place is
 * taken is not given out (see `free`), so that one submit that stays unanswered holds up nothing.
 * No Map, because nothing is allocated here while submits come and go; `OrderedHashMap` tells what a Map costs.
 */
export class Window<T> {
  #ring: (Pending<T> | null)[] = new Array<null>(PLACES).fill(null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** When the oldest was submitted; null where none waits. */
  get oldest(): number | null {
    let oldest: number | null = null;
    for (const pending of this.#ring) if (pending && (oldest === null || pending.at < oldest)) oldest = pending.at;
    return oldest;
  }

  /** True where this number's place is free. */
  free(sequence: number): boolean {
    return this.#ring[sequence % this.#ring.length] === null;
  }

  get(sequence: number): Pending<T> | undefined {
    const pending = this.#ring[sequence % this.#ring.length];
    return pending?.sequence === sequence ? pending : undefined;
  }

  add(pending: Pending<T>): void {
    if (2 * this.#size >= this.#ring.length) this.#grow();
    this.#ring[pending.sequence % this.#ring.length] = pending;
    this.#size += 1;
  }

  remove({ sequence }: Pending<T>): void {
    this.#ring[sequence % this.#ring.length] = null;
    this.#size -= 1;
  }

  /** In the order they were submitted. */
  all(): Pending<T>[] {
    return this.#ring.filter((pending) => pending !== null).sort((a, b) => a.at - b.at);
  }

  clear(): void {
    this.#ring.fill(null);
    this.#size = 0;
  }

  /** What has different places in a ring has different places in one that is twice as long. */
  #grow(): void {
    const pendings = this.all();
    this.#ring = new Array<null>(2 * this.#ring.length).fill(null);
    for (const pending of pendings) this.#ring[pending.sequence % this.#ring.length] = pending;
  }
}
