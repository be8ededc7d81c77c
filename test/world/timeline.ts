interface Happening {
  readonly at: number;
  /** Decides between what happens at the same moment: first come, first served. */
  readonly order: number;
  call: (() => void) | null;
}

/** Turns of the real event loop that are asked for at once. */
const TURNS = 512;

/**
 * The virtual time of a world, in milliseconds from its start. Time passes only between two happenings. Each happening
 * gets a turn of the real event loop, in which nextTick calls and promises run to their end as they would in Node.js.
 */
export class Timeline {
  now = 0;
  /** Happenings so far. */
  steps = 0;
  readonly #heap: Happening[] = [];
  #order = 0;

  /** @returns what cancels it */
  at(moment: number, call: () => void): () => void {
    const happening: Happening = { at: Math.max(moment, this.now), order: this.#order++, call };
    this.#push(happening);
    return () => {
      happening.call = null;
    };
  }

  after(delay: number, call: () => void): () => void {
    return this.at(this.now + delay, call);
  }

  /** Lets time pass until this moment, or until `over` says so, which is asked after each happening. */
  run(until: number, over: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      let done = false;
      const step = (): void => {
        if (done) return;
        try {
          const next = over() ? undefined : this.#pop(until);
          if (next) {
            this.now = next.at;
            this.steps += 1;
            next.call!();
            return;
          }
          done = true;
          if (!over()) this.now = Math.max(this.now, until);
          resolve();
        } catch (error) {
          done = true;
          reject(error as Error);
        }
      };
      const turns = (): void => {
        step();
        if (done) return;
        for (let count = 1; count < TURNS; count++) setImmediate(step);
        setImmediate(turns);
      };
      setImmediate(turns);
    });
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let place = heap.push(happening) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (isBefore(heap[parent]!, happening)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = happening;
  }

  #pop(until: number): Happening | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (!first || (first.call && first.at > until)) return undefined;
      this.#removeFirst();
      if (first.call) return first;
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (isBefore(last, heap[child]!)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
