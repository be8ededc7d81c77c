/** A submit that waits for its answer. */
export interface Pending<T> {
  readonly sequence: number;
  readonly item: T;
  /** command_id of its answer. */
  readonly response: number;
  /** When it was submitted, in milliseconds of the session's clock. */
  readonly at: number;
  /** True once its octets were handed to the socket. */
  sent: boolean;
}

/** Places of the ring before it grows; a power of two. */
const PLACES = 64;

/**
 * The unanswered submits of one bind, by sequence number. They lie in a ring, in which each number has a fixed place.
 * The session skips numbers whose place is taken (see `free`), so that a submit without an answer holds up no other. A
 * ring, because a Map would allocate while submits come and go (`OrderedHashMap` says what that costs).
 */
export class Window<T> {
  #ring: (Pending<T> | null)[] = new Array<null>(PLACES).fill(null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** When the oldest was submitted, in milliseconds of the session's clock; null where none waits. */
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

  /** Numbers that have different places in a ring also have different places in a ring twice as long. */
  #grow(): void {
    const pendings = this.all();
    this.#ring = new Array<null>(2 * this.#ring.length).fill(null);
    for (const pending of pendings) this.#ring[pending.sequence % this.#ring.length] = pending;
  }
}
