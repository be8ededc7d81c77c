import { ignoreFailure } from '../../base/background';
import type { Cancel, Clock } from '../../base/clock';
import type { SmppError } from '../../base/errors';
import { storeError } from './store-error';
import type { StoreLog, Write, Writes } from './store-file';

/** Transactions begin at least this long apart, so that many messages share one, unless somebody waits for work. Milliseconds. */
const PACE = 4;
/** Arrivals of one transaction at most: room is made for a transaction as a whole, in memory and on the disk. */
const ARRIVALS = 1000;
/** After a failure, the next transaction comes by itself so much later. Milliseconds. */
const RETRY = 1000;

/** What the owner has for a transaction, and what it does once it is known what became of it, before its callers hear of it. */
export interface Contribution {
  /** New messages; given up where the transaction fails. Neither of these two is called twice; both may throw. */
  arrivals(): readonly Write[];
  changes(): readonly Write[];
  arrived(stored: boolean): void;
  /** Where they are not stored, the owner contributes them again to the next transaction. */
  changed(stored: boolean): void;
}

export interface GroupCommitOptions {
  /** Writes a batch as one transaction; resolves with null when it is on the disk, else with the reason. */
  readonly commit: (batch: Writes) => Promise<SmppError | null>;
  /** What goes into the transaction that begins now; is told how many calls of `arrival` are in it. Must not throw. */
  readonly contribute: (arrivals: number) => Contribution;
  /** Transactions fail from now on (why), or do not any more (null). */
  readonly turned: (failure: SmppError | null) => void;
  readonly clock: Clock;
  readonly log: StoreLog;
}

/**
 * Collects writes and commits them as one transaction after the other: calls of the same few milliseconds share one fsync.
 *
 * A transaction that fails has changed nothing. What its callers can bring again (`arrival`, `attempt`) is undone and rejected, and
 * so are the attempts that have gathered meanwhile, for they may build on those. What has happened whatever the disk says (`change`:
 * a platform's answer, a told outcome) is rejected too, but kept, and the next transaction brings it.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #batch = new Batch();
  /** Arrivals for which it has no place, in batches that come after it. */
  readonly #later: Batch[] = [];
  /** Changes of transactions that failed: the last of each record. */
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

  /** Why the last transaction failed; null where it did not. */
  get failure(): SmppError | null {
    return this.#failure;
  }

  /** The owner has something new; where there is no room it is given up, for the sake of the changes. */
  arrival(): Promise<void> {
    let batch = this.#later.at(-1) ?? this.#batch;
    if (batch.calls === ARRIVALS) this.#later.push((batch = new Batch()));
    batch.calls += 1;
    this.#start();
    return batch.arrived.promise;
  }

  /** Something has happened: these writes, or with none given what the owner contributes, are brought until they are on the disk. */
  change(...writes: readonly Write[]): Promise<void> {
    const batch = this.#batch;
    for (const write of writes) batch.writes.push({ write, keep: true });
    batch.isWanted = true;
    this.#start();
    return batch.changed.promise;
  }

  /** @param undo what was assumed of it in memory; called where the transaction fails, before the promise rejects */
  attempt(writes: readonly Write[], undo: () => void): Promise<void> {
    const batch = this.#batch;
    for (const write of writes) batch.writes.push({ write, keep: false });
    batch.undo.push(undo);
    batch.isWanted = true;
    this.#start();
    return batch.attempted.promise;
  }

  /** Somebody waits for what is being written: no pause before the next transaction. */
  hurry(): void {
    this.#hurried = true;
    this.#wake();
  }

  /** Resolves once nothing is left to write, or what is left has failed once more. */
  async idle(): Promise<void> {
    await this.#settled();
    if (this.#failure === null || this.#ended) return;
    this.#retry();
    await this.#settled();
  }

  /** No transaction comes by itself any more. */
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
        // Ours, not the disk's: its callers have heard of the transaction all the same.
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
    // Whatever this turn of the event loop still brings goes along.
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
  /** Of `arrival`. */
  calls = 0;
  /** In the order of the calls; what is not kept goes where the transaction fails. */
  writes: { readonly write: Write; readonly keep: boolean }[] = [];
  /** Of the attempts. */
  undo: (() => void)[] = [];
  /** A change may be made up only when the batch is committed. */
  isWanted = false;
  /** One promise for all arrivals, one for all changes, one for all attempts. */
  readonly arrived = new Deferred();
  readonly changed = new Deferred();
  attempted = new Deferred();
  arrivals: readonly Write[] = [];
  changes: readonly Write[] = [];
  #contribution: Contribution | null = null;
  #refused = false;

  get isEmpty(): boolean {
    return this.calls === 0 && !this.isWanted;
  }

  /** @param kept what the transactions before it failed to bring */
  begin(contribution: Contribution, kept: Iterable<Write>): void {
    this.#contribution = contribution;
    this.arrivals = contribution.arrivals();
    this.changes = [...kept, ...this.writes.map(({ write }) => write), ...contribution.changes()];
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

  /** @param failure why it is not on the disk; null where it is, without the arrivals where they were refused */
  end(failure: SmppError | null): void {
    try {
      if (!this.#refused && failure) this.refuseArrivals(failure);
      else if (!this.#refused) this.#contribution?.arrived(true);
      this.#contribution?.changed(failure === null);
    } finally {
      // An arrival that was refused knows already.
      this.arrived.resolve();
      for (const { resolve, reject } of [this.changed, this.attempted]) {
        if (failure) reject(failure);
        else resolve();
      }
    }
  }
}

/** By which writes of one record are told from those of others. */
function nameOf({ to, key }: Write): string {
  return `${to} ${typeof key} ${String(key)}`;
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
    ignoreFailure(this.promise, 'who wants to know listens to it too');
  }
}
