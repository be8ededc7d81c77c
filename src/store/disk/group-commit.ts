import { ignoreFailure } from '../../base/background';
import type { Cancel, Clock } from '../../base/clock';
import type { SmppError } from '../../base/errors';
import { storeError } from './store-error';
import type { StoreLog, Write, Writes } from './store-file';

/**
 * Milliseconds between the beginnings of two transactions at least, so that many messages share one; `hurry` ends the
 * wait.
 */
const PACE = 4;
/** Arrivals of one transaction at most: a whole transaction must have room in memory and on the disk. */
const ARRIVALS = 1000;
/** Milliseconds after a failed transaction at which the next one begins by itself. */
const RETRY = 1000;

/**
 * What the owner has for one transaction. `arrived` and `changed` are called once its result is known, before the
 * promises of the callers are settled.
 */
export interface Contribution {
  /** New messages; given up where the transaction fails. Called once; may throw. */
  arrivals(): readonly Write[];
  /** Changes of what is stored. Called once; may throw. */
  changes(): readonly Write[];
  /** What is written only where the disk has room to spare. Called once; may throw. */
  extras?(): readonly Write[];
  arrived(stored: boolean): void;
  /** Called before `changed`. @param full true where these were left out because the disk has no room to spare */
  extrasWritten?(stored: boolean, full: boolean): void;
  /** Where the changes are not stored, the owner contributes them again to the next transaction. */
  changed(stored: boolean): void;
}

export interface GroupCommitOptions {
  /** Writes a batch as one transaction; resolves with null when it is on the disk, else with the reason. */
  readonly commit: (batch: Writes) => Promise<SmppError | null>;
  /** Asked when a transaction begins, with the number of `arrival` calls that belong to it. Must not throw. */
  readonly contribute: (arrivals: number) => Contribution;
  /** Called when transactions begin to fail, with the error, and with null when they succeed again. */
  readonly turned: (failure: SmppError | null) => void;
  readonly clock: Clock;
  readonly log: StoreLog;
}

/**
 * Collects writes and commits them as one transaction after the other: calls of the same few milliseconds share one
 * fsync.
 *
 * A transaction that fails has changed nothing. Calls that can be repeated (`arrival`, `attempt`) are undone and
 * rejected. So are attempts that have gathered meanwhile, because they may build on those. A `change` is a fact (a
 * platform's answer, a told outcome): its promise is rejected too, but its writes are kept for the next transaction.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #batch = new Batch();
  /** Batches after `#batch`, for arrivals that it has no room for. */
  readonly #later: Batch[] = [];
  /** Changes of failed transactions: the last write of each record. */
  readonly #kept = new Map<string, Write>();
  #failure: SmppError | null = null;
  #cancelRetry: Cancel | null = null;
  #ended = false;
  #running: Promise<void> | null = null;
  #lastBegan = -Infinity;
  #hurried = false;
  #wake: () => void = () => undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Why the last transaction failed; null where it succeeded. */
  get failure(): SmppError | null {
    return this.#failure;
  }

  /**
   * Announces one new message that the owner will contribute. Where the disk is full arrivals are rejected, so that
   * changes have room.
   */
  arrival(): Promise<void> {
    let batch = this.#later.at(-1) ?? this.#batch;
    if (batch.calls === ARRIVALS) this.#later.push((batch = new Batch()));
    batch.calls += 1;
    this.#start();
    return batch.arrived.promise;
  }

  /** Records a fact. Its writes, and the owner's changes, are tried again until they are on the disk. */
  change(...writes: readonly Write[]): Promise<void> {
    const batch = this.#batch;
    for (const write of writes) batch.writes.push({ write, keep: true });
    batch.isWanted = true;
    this.#start();
    return batch.changed.promise;
  }

  /**
   * Writes that the caller can repeat.
   * @param undo takes the change back in memory; called where the transaction fails
   */
  attempt(writes: readonly Write[], undo: () => void): Promise<void> {
    const batch = this.#batch;
    for (const write of writes) batch.writes.push({ write, keep: false });
    batch.undo.push(undo);
    batch.isWanted = true;
    this.#start();
    return batch.attempted.promise;
  }

  /** Leaves out the pause before the next transaction, because a caller waits for it. */
  hurry(): void {
    this.#hurried = true;
    this.#wake();
  }

  /** Resolves once nothing is left to write, or the rest has failed once more. */
  async idle(): Promise<void> {
    await this.#settled();
    if (this.#failure === null || this.#ended) return;
    this.#retry();
    await this.#settled();
  }

  /** Stops the tries that begin by themselves after a failure. */
  end(): void {
    this.#ended = true;
    this.#cancelRetry?.();
  }

  async #settled(): Promise<void> {
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
      this.#batch = this.#later.shift() ?? new Batch();
      this.#hurried = false;
      this.#lastBegan = this.#options.clock.now();
      const failure = await this.#transact(batch);
      try {
        this.#conclude(batch, failure);
      } catch (error) {
        // An error in our code, not of the disk: the callers' promises are settled all the same.
        this.#options.log.error(`store: ${String(error)}`);
      }
    } while (!this.#batch.isEmpty);
    this.#running = null;
  }

  async #transact(batch: Batch): Promise<SmppError | null> {
    try {
      batch.begin(this.#options.contribute(batch.calls), this.#kept.values());
      return await this.#options.commit(batch);
    } catch (error) {
      return storeError(error);
    }
  }

  #conclude(batch: Batch, failure: SmppError | null): void {
    const turned = (failure === null) !== (this.#failure === null);
    this.#failure = failure;
    this.#cancelRetry?.();
    if (failure === null) {
      this.#kept.clear();
    } else {
      this.#batch.giveUpAttempts(failure);
      batch.giveUpAttempts(failure);
      for (const { write, keep } of batch.writes) if (keep) this.#kept.set(nameOf(write), write);
      if (!this.#ended) {
        this.#cancelRetry = this.#options.clock.after(RETRY, () => {
          this.#retry();
        });
      }
    }
    batch.end(failure);
    if (turned) this.#options.turned(failure);
  }

  #retry(): void {
    this.#batch.isWanted = true;
    this.#start();
  }

  async #pause(): Promise<void> {
    // Calls in the rest of this turn of the event loop share the transaction.
    await new Promise((resolve) => setImmediate(resolve));
    const { clock } = this.#options;
    const wait = this.#lastBegan + PACE - clock.now();
    if (wait <= 0 || this.#hurried || this.#batch.calls === ARRIVALS) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(wait, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

class Batch implements Writes {
  /** Number of `arrival` calls. */
  calls = 0;
  /** Writes in the order of the calls. Those without `keep` are dropped where the transaction fails. */
  writes: { readonly write: Write; readonly keep: boolean }[] = [];
  /** The `undo` functions of the attempts. */
  undo: (() => void)[] = [];
  /** True where a transaction is needed though no write is here: the owner's changes are made when it begins. */
  isWanted = false;
  /** One promise for all arrivals, one for all changes, one for all attempts. */
  readonly arrived = new Deferred();
  readonly changed = new Deferred();
  attempted = new Deferred();
  arrivals: readonly Write[] = [];
  changes: readonly Write[] = [];
  extras: readonly Write[] = [];
  #contribution: Contribution | null = null;
  #refused = false;
  #refusedExtras = false;

  get isEmpty(): boolean {
    return this.calls === 0 && !this.isWanted;
  }

  /** @param kept changes of earlier transactions that failed */
  begin(contribution: Contribution, kept: Iterable<Write>): void {
    this.#contribution = contribution;
    this.arrivals = contribution.arrivals();
    this.changes = [...kept, ...this.writes.map(({ write }) => write), ...contribution.changes()];
    this.extras = contribution.extras?.() ?? [];
  }

  refuseExtras(): void {
    this.#refusedExtras = true;
  }

  refuseArrivals(error: SmppError): void {
    this.#refused = true;
    this.arrived.reject(error);
    this.#contribution?.arrived(false);
  }

  giveUpAttempts(failure: SmppError): void {
    const { undo, attempted } = this;
    this.writes = this.writes.filter(({ keep }) => keep);
    this.undo = [];
    this.attempted = new Deferred();
    attempted.reject(failure);
    for (const call of undo.reverse()) call();
  }

  /**
   * Settles the promises.
   * @param failure why the batch is not on the disk; null where it is, possibly without refused arrivals
   */
  end(failure: SmppError | null): void {
    try {
      if (!this.#refused && failure) this.refuseArrivals(failure);
      else if (!this.#refused) this.#contribution?.arrived(true);
      this.#contribution?.extrasWritten?.(failure === null && !this.#refusedExtras, this.#refusedExtras);
      this.#contribution?.changed(failure === null);
    } finally {
      // No effect on refused arrivals: their promise is rejected already.
      this.arrived.resolve();
      for (const { resolve, reject } of [this.changed, this.attempted]) {
        if (failure) reject(failure);
        else resolve();
      }
    }
  }
}

/** Identifies the record that a write changes. */
function nameOf({ to, key }: Write): string {
  return `${to} ${typeof key} ${String(key)}`;
}

/** A promise with its functions. A rejection that nobody listens to does not end the process. */
class Deferred {
  readonly promise: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    ignoreFailure(this.promise, 'who wants to know listens to it too');
  }
}
