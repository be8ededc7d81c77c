import { SmppError } from '../errors';
import { StoreFile, storeError, type Databases, type StoreLog, type Write, type Writes } from './database';
import type { Entry } from './entry';
import { GroupCommit, type Aftermath } from './group-commit';
import { lockFolder } from './lock';
import { queueFull } from './memory';
import {
  messageOf,
  messageRecord,
  outcomeRecord,
  progressRecord,
  toMessage,
  toOutcome,
  type OutcomeRecord,
} from './records';
import { SentRecords } from './sent-records';
import { storable } from './storable';
import type { Outcome, OutboxMessage, ParkedEvent, SaveOptions, SentMessage, Store, StoreCounts } from './store';
import { WaitingList } from './waiting';

export interface DiskStoreOptions {
  /** Made if missing; one store of one process at a time. */
  readonly folder: string;
  /** Waiting messages at most. */
  readonly queueLimit: number;
  readonly log: StoreLog;
}

/** Waiting messages whose content stays in memory at most, so that a short queue needs no reading. */
const KEPT = 1000;
/** Expired messages taken in one call at most: they are all read. */
const EXPIRED_AT_ONCE = 10_000;

interface Lease {
  readonly limit: number;
  readonly resolve: (messages: readonly OutboxMessage[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Outcomes of one transaction; their record goes when the last of them was told. */
interface OutcomeGroup {
  readonly key: number;
  readonly records: OutcomeRecord[];
  untold: number;
}

interface Untold {
  readonly entry: Entry;
  readonly group: OutcomeGroup;
  readonly record: OutcomeRecord;
}

/**
 * Keeps everything in an LMDB file. Of what waits only an entry is in memory, of what was sent nothing. All writes go through
 * the group commit; what a transaction brought takes effect here once it is on the disk.
 */
export class DiskStore implements Store {
  readonly #options: DiskStoreOptions;
  #file: StoreFile | null = null;
  #unlock: (() => void) | null = null;

  readonly #commit = new GroupCommit(
    (batch) => this.#write(batch),
    (arrivals) => this.#beforeCommit(arrivals),
  );
  readonly #sent = new SentRecords(() => this.#databases);

  #waiting = new WaitingList<Entry>();
  /** New messages that are in no transaction yet. */
  readonly #arriving: Entry[] = [];
  /** Those, and the ones in the transaction that is being committed. */
  #unstored = 0;
  #lease: Lease | null = null;
  #leased = new Map<string, Entry>();
  /** Numbers of messages that were leased, as the disk has it or soon will: those of now and of an earlier process. */
  #marked = new Set<number>();
  #marksChanged = false;
  /** Found leased, and not leased since. */
  #interrupted = new Set<number>();
  /** Messages in `#waiting` whose content is in memory. */
  #kept = 0;

  /** Outcomes that are in no transaction yet. */
  #settling: OutcomeGroup | null = null;
  #untold = new Map<string, Untold>();
  /** Of an earlier process: their messages are not read before somebody asks for them. */
  #found: Untold[] = [];

  #nextNumber = 1;
  #nextGroup = 1;
  #nextEvent = 1;

  constructor(options: DiskStoreOptions) {
    this.#options = options;
  }

  /** @throws {SmppError} SMPP_STORE_LOCKED, SMPP_STORE_VERSION, SMPP_STORE_BINARY, SMPP_STORE_FULL, SMPP_STORE_FAILED */
  async open(): Promise<void> {
    try {
      this.#unlock = await lockFolder(this.#options.folder);
      this.#file = await StoreFile.open(this.#options.folder, this.#options.log);
      this.#load();
      await this.#file.giveBackPages();
    } catch (error) {
      this.#file = null;
      this.#unlock?.();
      this.#unlock = null;
      throw storeError(error);
    }
  }

  async close(): Promise<void> {
    if (!this.#file) return;
    this.cancelLease();
    await this.#commit.idle();
    const file = this.#file;
    this.#file = null;
    this.cancelLease();
    try {
      await file.close();
    } finally {
      this.#unlock?.();
    }
  }

  counts(): StoreCounts {
    const { size, urgent, oldest } = this.#waiting;
    return { waiting: size, urgent, oldest };
  }

  enqueue(message: OutboxMessage): Promise<void> {
    const { queueLimit } = this.#options;
    if (this.#waiting.size + this.#unstored >= queueLimit) return Promise.reject(queueFull(queueLimit));
    const entry = this.#newEntry(message);
    const writes = [this.#put('outbox', entry, messageRecord(message)), ...this.#progressOf(entry, message)];
    this.#arriving.push(entry);
    this.#unstored += 1;
    if (this.#lease) this.#commit.hurry();
    return this.#commit.arrival(...writes);
  }

  lease(limit: number): Promise<readonly OutboxMessage[]> {
    return new Promise((resolve, reject) => {
      this.#lease = { limit, resolve, reject };
      this.#serveLease();
      if (this.#arriving.length > 0) this.#commit.hurry();
    });
  }

  cancelLease(): void {
    this.#lease?.resolve([]);
    this.#lease = null;
  }

  release(message: OutboxMessage): Promise<void> {
    const entry = this.#leased.get(message.id);
    if (!entry) return Promise.reject(notLeased(message.id));
    this.#leased.delete(message.id);
    // Given back as it came, it may still be in flight for all we know.
    if (message.leased) this.#interrupted.add(entry.number);
    else this.#unmark(entry);
    entry.message = message;
    this.#kept += 1;
    this.#waiting.giveBack(entry);
    const written = this.#writeProgress(entry, message);
    this.#serveLease();
    return written;
  }

  progress(message: OutboxMessage, sent?: SentMessage): Promise<void> {
    const entry = this.#leased.get(message.id);
    if (!entry) return Promise.reject(notLeased(message.id));
    if (sent) this.#sent.save(sent);
    return this.#writeProgress(entry, message);
  }

  async takeExpired(now: number): Promise<readonly OutboxMessage[]> {
    return this.#take(this.#waiting.takeExpired(now, EXPIRED_AT_ONCE));
  }

  settle(outcome: Outcome, sent?: SentMessage): Promise<undefined> {
    const leased = this.#leased.get(outcome.id);
    const message = leased ? null : messageOf(outcome);
    const entry = leased ?? this.#newEntry(message!);
    const writes = message ? [this.#put('outbox', entry, messageRecord(message))] : [];
    if (sent) this.#sent.save(sent);
    this.#leased.delete(outcome.id);
    this.#unmark(entry);
    this.#settling ??= { key: this.#nextGroup++, records: [], untold: 0 };
    const record = outcomeRecord(entry.number, outcome);
    this.#settling.records.push(record);
    this.#settling.untold += 1;
    this.#untold.set(outcome.id, { entry, group: this.#settling, record });
    return this.#commit.change(...writes) as Promise<undefined>;
  }

  async untold(): Promise<readonly Outcome[]> {
    await this.#commit.idle();
    const outcomes: Outcome[] = [];
    for (const untold of [...this.#found, ...this.#untold.values()]) {
      const message = this.#read(untold.entry);
      if (!message) continue;
      this.#untold.set(message.id, untold);
      outcomes.push(toOutcome(untold.record, message));
    }
    this.#found = [];
    return outcomes;
  }

  told(id: string): Promise<void> {
    const untold = this.#untold.get(id);
    if (!untold) return Promise.resolve();
    const { entry, group } = untold;
    this.#untold.delete(id);
    group.untold -= 1;
    const writes = [remove('outbox', entry), remove('progress', entry.number)];
    if (group.untold === 0) writes.push(remove('outcomes', group.key));
    return this.#commit.change(...writes);
  }

  async findSent(keys: readonly string[]): Promise<readonly SentMessage[]> {
    return this.#sent.find(keys);
  }

  async saveSent(sent: SentMessage, { park = [] }: SaveOptions = {}): Promise<readonly number[]> {
    this.#sent.save(sent);
    const keys = park.map(() => this.#nextEvent++);
    const writes = park.map(({ kind, data }, index) => this.#put('parked', keys[index], [kind, storable(data)]));
    await this.#commit.change(...writes);
    return keys;
  }

  async findDue(now: number): Promise<readonly SentMessage[]> {
    const due = this.#sent.findDue(now);
    if (this.#sent.hasChanges) await this.#commit.change();
    return due;
  }

  async forgetSent(now: number): Promise<number> {
    const forgotten = this.#sent.forget(now);
    if (forgotten > 0) await this.#commit.change();
    return forgotten;
  }

  async park({ kind, data }: Omit<ParkedEvent, 'key'>): Promise<number> {
    const key = this.#nextEvent++;
    await this.#commit.change(this.#put('parked', key, [kind, storable(data)]));
    return key;
  }

  async parked(): Promise<readonly ParkedEvent[]> {
    await this.#commit.idle();
    return [...this.#databases.parked.getRange()].map(({ key, value: [kind, data] }) => ({ key, kind, data }));
  }

  unpark(key: number): Promise<void> {
    return this.#commit.change(remove('parked', key));
  }

  get #databases(): Databases {
    if (!this.#file) throw closed();
    return this.#file.databases;
  }

  /** What an earlier process left. */
  #load(): void {
    const { state, outbox, outcomes, parked } = this.#databases;
    const groups = [...outcomes.getRange()].map(({ key, value }) => ({ key, records: [...value], untold: 0 }));
    const settled = new Map(
      groups.flatMap((group) => group.records.map((record) => [record[0], { group, record }] as const)),
    );
    const marked = new Set(numbersOf(state.get('leased')));
    this.#waiting = new WaitingList();
    this.#leased = new Map();
    this.#interrupted = new Set();
    this.#untold = new Map();
    this.#found = [];
    this.#kept = 0;
    for (const entry of outbox.getKeys()) {
      const outcome = settled.get(entry.number);
      this.#nextNumber = entry.number + 1;
      if (outcome) {
        outcome.group.untold += 1;
        this.#found.push({ entry, ...outcome });
        continue;
      }
      this.#waiting.add(entry);
      if (marked.has(entry.number)) this.#interrupted.add(entry.number);
    }
    this.#marked = new Set(this.#interrupted);
    this.#marksChanged = this.#marked.size < marked.size;
    for (const { key, untold } of groups) {
      this.#nextGroup = key + 1;
      if (untold === 0) void this.#commit.change(remove('outcomes', key));
    }
    for (const key of parked.getKeys({ reverse: true, limit: 1 })) this.#nextEvent = key + 1;
  }

  #write(batch: Writes): Promise<SmppError | null> {
    return this.#file ? this.#file.commit(batch) : Promise.resolve(closed());
  }

  /** Adds what has gathered to the transaction that begins now; says what its end means. */
  #beforeCommit(arrivals: number): Aftermath {
    const arrived = this.#arriving.splice(0, arrivals);
    const lease = this.#waiting.size === 0 && arrived.length > 0 ? this.#lease : null;
    // Somebody waits for work: these are stored as leased at once.
    const direct = new Set(lease && urgentFirst(arrived).slice(0, lease.limit));
    if (lease) this.#lease = null;
    for (const entry of direct) this.#mark(entry);

    const group = this.#settling;
    this.#settling = null;
    if (group) void this.#commit.change(this.#put('outcomes', group.key, group.records));
    void this.#commit.change(...this.#sent.take((to, key, record) => this.#put(to, key, record)));
    if (this.#marksChanged) {
      this.#marksChanged = false;
      void this.#commit.change(this.#put('state', 'leased', octetsOf(this.#marked)));
    }

    return {
      arrived: (stored) => {
        this.#unstored -= arrived.length;
        if (!stored) {
          for (const entry of direct) this.#unmark(entry);
          if (lease) this.#lease ??= lease;
        } else {
          for (const entry of arrived) if (!direct.has(entry)) this.#wait(entry);
          lease?.resolve([...direct].map((entry) => this.#handOut(entry, entry.message!)));
        }
        this.#serveLease();
      },
      changed: (stored) => {
        this.#sent.written();
        if (stored) return;
        // What the disk still has as leased must not be written as free by the next transaction.
        for (const [number] of group?.records ?? []) this.#marked.add(number);
        this.#marksChanged = true;
      },
    };
  }

  #newEntry(message: OutboxMessage): Entry {
    const { urgent, queuedAt, expiresAt } = message;
    return { number: this.#nextNumber++, urgent, queuedAt, expiresAt, message };
  }

  #wait(entry: Entry): void {
    if (this.#kept < KEPT) this.#kept += 1;
    else entry.message = null;
    this.#waiting.add(entry);
  }

  #serveLease(): void {
    const lease = this.#lease;
    if (!lease || this.#waiting.size === 0 || !this.#file) return;
    this.#lease = null;
    const messages = this.#take(this.#waiting.take(lease.limit));
    for (const { id } of messages) this.#mark(this.#leased.get(id)!);
    this.#commit.hurry();
    this.#commit.change().then(
      () => {
        if (messages.length > 0) lease.resolve(messages);
        else this.lease(lease.limit).then(lease.resolve, lease.reject);
      },
      (error: unknown) => {
        for (const message of messages.reverse()) void this.release(message);
        lease.reject(error);
      },
    );
  }

  /** Reads what was taken from the lanes. What cannot be read stays on the disk and is left out. */
  #take(entries: readonly Entry[]): OutboxMessage[] {
    return entries.flatMap((entry) => {
      if (entry.message) this.#kept -= 1;
      const message = entry.message ?? this.#read(entry);
      return message ? this.#handOut(entry, message) : [];
    });
  }

  #handOut(entry: Entry, message: OutboxMessage): OutboxMessage {
    entry.message = null;
    this.#interrupted.delete(entry.number);
    this.#leased.set(message.id, entry);
    return message;
  }

  #read(entry: Entry): OutboxMessage | null {
    const { outbox, progress } = this.#databases;
    try {
      const record = outbox.get(entry);
      if (!record) throw new Error('it is gone');
      return toMessage(record, progress.get(entry.number), entry, this.#interrupted.has(entry.number));
    } catch (error) {
      this.#options.log.error(
        `store: message number ${String(entry.number)} cannot be read and will not be sent: ${String(error)}`,
      );
      return null;
    }
  }

  #writeProgress(entry: Entry, message: OutboxMessage): Promise<void> {
    return this.#commit.change(...this.#progressOf(entry, message));
  }

  #progressOf({ number }: Entry, message: OutboxMessage): Write[] {
    return hasProgress(message) ? [this.#put('progress', number, progressRecord(message))] : [];
  }

  #put(to: Write['to'], key: unknown, record: unknown): Write {
    // After closing it will be refused anyway.
    return { to, key, value: this.#file?.encode(record) ?? null };
  }

  #mark({ number }: Entry): void {
    if (this.#marked.has(number)) return;
    this.#marked.add(number);
    this.#marksChanged = true;
  }

  #unmark({ number }: Entry): void {
    if (this.#marked.delete(number)) this.#marksChanged = true;
  }
}

function remove(to: Write['to'], key: unknown): Write {
  return { to, key, value: null };
}

function urgentFirst(entries: readonly Entry[]): Entry[] {
  return [...entries.filter(({ urgent }) => urgent), ...entries.filter(({ urgent }) => !urgent)];
}

function hasProgress({ attempts, possibleDuplicate, submittedAt, messageIds }: OutboxMessage): boolean {
  return attempts > 0 || possibleDuplicate || submittedAt !== null || messageIds.some((id) => id !== null);
}

function closed(): SmppError {
  return new SmppError('SMPP_STORE_CLOSED', 'The store is closed');
}

function notLeased(id: string): SmppError {
  return new SmppError('SMPP_STORE_FAILED', `Message ${id} is not leased`);
}

function octetsOf(numbers: Iterable<number>): Buffer {
  return Buffer.from(Float64Array.from(numbers).buffer);
}

function numbersOf(octets: unknown): number[] {
  return Buffer.isBuffer(octets) ? [...new Float64Array(new Uint8Array(octets).buffer)] : [];
}
