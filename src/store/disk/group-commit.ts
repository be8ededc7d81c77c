import type { SmppError } from '../../base/errors';
import type { Write, Writes } from './database';

/** Transactions begin at least this long apart, so that many messages share one, unless somebody waits for work. Milliseconds. */
const PACE = 4;
/** Arrivals of one transaction at most: room is made for a transaction as a whole, in memory and on the disk. */
const ARRIVALS = 1000;

/** What the owner has for a transaction, and what it does once it is known what became of it, before its callers hear of it. */
export interface Contribution {
  readonly arrivals: readonly Write[];
  readonly changes: readonly Write[];
  arrived(stored: boolean): void;
  changed(stored: boolean): void;
}

/** Collects writes and commits them as one transaction after the other: calls of the same few milliseconds share one fsync. */
export class GroupCommit {
  readonly #commit: (batch: Writes) => Promise<SmppError | null>;
  readonly #contribute: (arrivals: number) => Contribution;
  #batch = new Batch();
  /** Arrivals for which it has no place, in batches that come after it. */
  readonly #later: Batch[] = [];
  #running: Promise<void> | null = null;
  #lastBegan = -Infinity;
  #hurried = false;
  #wake: () => void = () => undefined;

  /**
   * @param commit writes a batch as one transaction; resolves with null when it is on the disk, else with the reason
   * @param contribute what goes into the transaction that begins now; is told how many calls of `arrival` are in it
   */
  constructor(commit: (batch: Writes) => Promise<SmppError | null>, contribute: (arrivals: number) => Contribution) {
    this.#commit = commit;
    this.#contribute = contribute;
  }

  /** The owner has something new; where there is no room it is given up, for the sake of the changes. */
  arrival(): Promise<void> {
    let batch = this.#later.at(-1) ?? this.#batch;
    if (batch.calls === ARRIVALS) this.#later.push((batch = new Batch()));
    batch.calls += 1;
    this.#start();
    return batch.arrived.promise;
  }

  /** Changes or removes what is there; with no writes given, what the owner contributes. */
  change(...writes: readonly Write[]): Promise<void> {
    const batch = this.#batch;
    for (const write of writes) batch.changes.push(write);
    batch.isWanted = true;
    this.#start();
    return batch.changed.promise;
  }

  /** Somebody waits for what is being written: no pause before the next transaction. */
  hurry(): void {
    this.#hurried = true;
    this.#wake();
  }

  /** Resolves once nothing is left to write. */
  async idle(): Promise<void> {
    while (this.#running) {
      this.hurry();
      await this.#running;
    }
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    do {
      await this.#pause();
      const batch = this.#batch;
      batch.contribution = this.#contribute(batch.calls);
      this.#batch = this.#later.shift() ?? new Batch();
      this.#hurried = false;
      this.#lastBegan = performance.now();
      batch.end(await this.#commit(batch));
    } while (!this.#batch.isEmpty);
    this.#running = null;
  }

  async #pause(): Promise<void> {
    // Whatever this turn of the event loop still brings goes along.
    await new Promise((resolve) => setImmediate(resolve));
    const wait = this.#lastBegan + PACE - performance.now();
    if (wait <= 0 || this.#hurried || this.#batch.calls === ARRIVALS) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, wait);
    });
  }
}

class Batch implements Writes {
  /** Of `arrival`. */
  calls = 0;
  readonly changes: Write[] = [];
  /** A change may be made up only when the batch is committed. */
  isWanted = false;
  /** One promise for all arrivals, one for all changes. */
  readonly arrived = new Deferred();
  readonly changed = new Deferred();
  #contribution: Contribution | null = null;
  #refused = false;

  get isEmpty(): boolean {
    return this.calls === 0 && !this.isWanted;
  }

  get arrivals(): readonly Write[] {
    return this.#contribution?.arrivals ?? [];
  }

  set contribution(contribution: Contribution) {
    this.#contribution = contribution;
    for (const write of contribution.changes) this.changes.push(write);
  }

  refuseArrivals(error: SmppError): void {
    this.#refused = true;
    this.#contribution?.arrived(false);
    this.arrived.reject(error);
  }

  /** @param failure why it is not on the disk; null where it is, without the arrivals where they were refused */
  end(failure: SmppError | null): void {
    if (this.#refused) {
      // They know already.
    } else if (failure) {
      this.refuseArrivals(failure);
    } else {
      this.#contribution?.arrived(true);
      this.arrived.resolve();
    }
    this.#contribution?.changed(failure === null);
    if (failure) this.changed.reject(failure);
    else this.changed.resolve();
  }
}

/** A promise with its handles. That nobody may be listening to its rejection must not end the process. */
class Deferred {
  readonly promise: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => undefined);
  }
}
