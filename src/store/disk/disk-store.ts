import { SmppError } from '../../base/errors';
import { OrderedHashMap } from '../../base/ordered-hash-map';
import { StoreFile, storeError, type Databases, type StoreLog, type Write, type Writes } from './database';
import { GroupCommit, type Contribution } from './group-commit';
import { lockFolder } from './lock';
import { queueFull } from '../memory';
import {
  entriesOf,
  messagesIn,
  numberOf,
  recordAt,
  Row,
  rowRecord,
  rowsOf,
  tidied,
  type Entry,
  type OutcomeGroup,
  type RowRecord,
} from './outbox-row';
import {
  messageOf,
  messageRecord,
  outcomeRecord,
  progressRecord,
  toMessage,
  toOutcome,
  type MessageRecord,
} from '../records';
import { Partials } from '../partials';
import { SentRecords } from './sent-records';
import { storable } from '../storable';
import type { Outcome } from '../outcome';
import type {
  OutboxMessage,
  ParkedEvent,
  ParkOptions,
  PartialMessage,
  SaveOptions,
  SentMessage,
  Store,
  StoreCounts,
} from '../store';
import { WaitingList } from '../waiting';

export interface DiskStoreOptions {
  /** Made if missing; one store of one process at a time. */
  readonly folder: string;
  /** Waiting messages at most. */
  readonly queueLimit: number;
  readonly log: StoreLog;
}

/** Waiting messages stay in memory up to so many octets of their records, so that a short queue needs no reading. */
const KEPT = 2 ** 20;
/** Expired messages taken in one call at most: they are all read. */
const EXPIRED_AT_ONCE = 10_000;
/** Milliseconds for which the text of a message that was told may lie on the disk beside those of others that wait. */
const TIDY_AFTER = 10_000;

interface Lease {
  readonly limit: number;
  readonly resolve: (messages: readonly OutboxMessage[]) => void;
  readonly reject: (error: unknown) => void;
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
    (arrivals) => this.#contribute(arrivals),
  );
  readonly #sent = new SentRecords(() => this.#databases);

  #waiting = new WaitingList<Entry>();
  /** New messages that are in no transaction yet. */
  readonly #arriving: Entry[] = [];
  /** Those, and the ones in the transaction that is being committed. */
  #unstored = 0;
  #lease: Lease | null = null;
  /** Messages that are leased, or whose outcome nobody was told yet; but for `#found`. */
  readonly #busy = new OrderedHashMap<Entry>();
  /** Octets of the records of those in `#waiting` whose message is in memory. */
  #kept = 0;

  #rows = new Set<Row>();
  /** Of these the disk does not have the states as they are now. */
  #changedRows = new Set<Row>();
  /** Rows to be written without the texts of what was told. */
  #untidyRows: readonly Row[] = [];
  /** The row that was read last: what waits is read in order. */
  #read: { readonly row: Row; readonly record: RowRecord } | null = null;

  /** Outcomes that are in no transaction yet, and messages of such that never were in the outbox. */
  #settling: OutcomeGroup | null = null;
  #strangers: Entry[] = [];
  /** Of an earlier process: their messages are not read before somebody asks for them. */
  #found: Entry[] = [];

  #partials = new Partials();
  /** Parked events that are being handed over since. */
  #held = new Set<number>();

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
    this.#tidy([...this.#rows].filter(({ untidy }) => untidy));
    await this.#commit.idle();
    const file = this.#file;
    this.#file = null;
    this.#read = null;
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
    this.#arriving.push(this.#newEntry(message));
    this.#unstored += 1;
    if (this.#lease) this.#commit.hurry();
    return this.#commit.arrival();
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
    const entry = this.#leased(message.id);
    if (!entry) return Promise.reject(notLeased(message.id));
    this.#busy.delete(message.id);
    // Given back as it came, it may still be in flight for all we know.
    if (message.leased) entry.interrupted = true;
    else this.#setLeased(entry, false);
    entry.message = message;
    this.#kept += entry.size;
    this.#waiting.giveBack(entry);
    const written = this.#writeProgress(entry, message);
    this.#serveLease();
    return written;
  }

  progress(message: OutboxMessage, sent?: SentMessage): Promise<void> {
    const entry = this.#leased(message.id);
    if (!entry) return Promise.reject(notLeased(message.id));
    if (sent) this.#sent.save(sent);
    return this.#writeProgress(entry, message);
  }

  async takeExpired(now: number): Promise<readonly OutboxMessage[]> {
    this.#tidy(this.#untidyFor(now));
    return this.#take(this.#waiting.takeExpired(now, EXPIRED_AT_ONCE));
  }

  settle(outcome: Outcome, sent?: SentMessage): Promise<undefined> {
    const entry = this.#leased(outcome.id) ?? this.#stranger(outcome);
    if (sent) this.#sent.save(sent);
    const group = (this.#settling ??= { key: this.#nextGroup++, records: [], untold: 0 });
    const record = outcomeRecord(numberOf(entry), outcome);
    group.records.push(record);
    group.untold += 1;
    entry.end = { group, record };
    return this.#commit.change() as Promise<undefined>;
  }

  async untold(): Promise<readonly Outcome[]> {
    await this.#commit.idle();
    const outcomes: Outcome[] = [];
    for (const entry of [...this.#found, ...this.#busy.values()]) {
      const message = entry.end && this.#messageOf(entry);
      if (!message) continue;
      this.#busy.set(message.id, entry);
      outcomes.push(toOutcome(entry.end!.record, message));
    }
    this.#found = [];
    return outcomes;
  }

  told(id: string): Promise<void> {
    const entry = this.#busy.get(id);
    if (!entry?.end) return Promise.resolve();
    const { group } = entry.end;
    this.#busy.delete(id);
    group.untold -= 1;
    entry.row.setTold(entry.place);
    this.#changedRows.add(entry.row);
    if (entry.progressed) void this.#commit.change(remove('progress', numberOf(entry)));
    if (group.untold === 0) void this.#commit.change(remove('outcomes', group.key));
    return this.#commit.change();
  }

  async findSent(keys: readonly string[]): Promise<readonly SentMessage[]> {
    return this.#sent.find(keys);
  }

  async saveSent(sent: SentMessage, options: SaveOptions = {}): Promise<readonly number[]> {
    this.#sent.save(sent);
    const { keys, writes } = this.#parking(options);
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

  async findPartial(key: string): Promise<PartialMessage | null> {
    return this.#partials.find(key);
  }

  async savePartial(
    partial: PartialMessage,
    before: PartialMessage | null,
    options: ParkOptions = {},
  ): Promise<readonly number[] | null> {
    if (!this.#partials.save(partial, before)) return null;
    const { key, expiresAt, data } = partial;
    const { keys, writes } = this.#parking(options);
    try {
      await this.#commit.change(this.#put('partials', key, [expiresAt, storable(data)]), ...writes);
    } catch (error) {
      this.#partials.undo(partial, before);
      throw error;
    }
    return keys;
  }

  async findPartialsDue(now: number, most: number): Promise<readonly PartialMessage[]> {
    return this.#partials.due(now, most);
  }

  async forgetPartial(partial: PartialMessage): Promise<void> {
    if (this.#partials.forget(partial)) await this.#commit.change(remove('partials', partial.key));
  }

  async park(event: Omit<ParkedEvent, 'key'>): Promise<number> {
    const { keys, writes } = this.#parking({ park: [event] });
    await this.#commit.change(...writes);
    return keys[0]!;
  }

  async parked(): Promise<readonly ParkedEvent[]> {
    await this.#commit.idle();
    return [...this.#databases.parked.getRange()]
      .map(({ key, value: [kind, data] }) => ({ key, kind, data }))
      .filter(({ key }) => !this.#held.has(key));
  }

  unpark(key: number): Promise<void> {
    this.#held.delete(key);
    return this.#commit.change(remove('parked', key));
  }

  get #databases(): Databases {
    if (!this.#file) throw closed();
    return this.#file.databases;
  }

  /** What an earlier process left. */
  #load(): void {
    const { outbox, states, progress, outcomes, parked, partials } = this.#databases;
    const groups = [...outcomes.getRange()].map(({ key, value }) => ({ key, records: [...value], untold: 0 }));
    const settled = new Map(
      groups.flatMap((group) => group.records.map((record) => [record[0], { group, record }] as const)),
    );
    const progressed = new Set(progress.getKeys());
    this.#waiting = new WaitingList();
    this.#busy.clear();
    this.#rows = new Set();
    this.#changedRows = new Set();
    this.#found = [];
    this.#kept = 0;
    this.#held = new Set();
    this.#partials = new Partials();
    for (const { key, value } of partials.getRange()) {
      this.#partials.save({ key, expiresAt: value[0], data: value[1] }, null);
    }
    for (const { key, value } of outbox.getRange()) {
      const row = new Row(key, states.get(key) ?? Buffer.alloc(messagesIn(value)));
      this.#rows.add(row);
      this.#nextNumber = key + row.length;
      for (const entry of entriesOf(value, row)) {
        const number = numberOf(entry);
        const outcome = settled.get(number);
        entry.progressed = progressed.has(number);
        if (outcome) {
          outcome.group.untold += 1;
          entry.end = outcome;
          this.#found.push(entry);
        } else this.#waiting.add(entry);
      }
    }
    for (const { key, untold } of groups) {
      this.#nextGroup = key + 1;
      if (untold === 0) void this.#commit.change(remove('outcomes', key));
    }
    for (const key of parked.getKeys({ reverse: true, limit: 1 })) this.#nextEvent = key + 1;
  }

  #write(batch: Writes): Promise<SmppError | null> {
    return this.#file ? this.#file.commit(batch) : Promise.resolve(closed());
  }

  /** What has gathered for the transaction that begins now, and what its end means. */
  #contribute(arrivals: number): Contribution {
    const arrived = this.#arriving.splice(0, arrivals);
    const lease = this.#waiting.size === 0 && arrived.length > 0 ? this.#lease : null;
    // Somebody waits for work: these are stored as leased at once.
    const direct = lease ? urgentFirst(arrived).slice(0, lease.limit) : [];
    if (lease) this.#lease = null;

    const rows = this.#newRows(arrived, direct);
    const strangers = this.#strangers;
    this.#strangers = [];
    const group = this.#settling;
    this.#settling = null;
    const tidy = this.#untidyRows.filter((row) => row.untidy && !row.isOver);
    this.#untidyRows = [];
    const changed = this.#changedRows;
    this.#changedRows = new Set();

    return {
      arrivals: [...rows, ...tidy.flatMap((row) => this.#tidyWrites(row))],
      changes: [
        ...strangers.flatMap((entry) => this.#rowWrites([entry])),
        ...(group ? [this.#put('outcomes', group.key, group.records)] : []),
        ...this.#sent.take((to, key, record) => this.#put(to, key, record)),
        ...Array.from(changed).flatMap((row) => this.#stateWrites(row)),
      ],
      arrived: (stored) => {
        this.#unstored -= arrived.length;
        for (const entry of arrived) entry.record = null;
        if (stored) {
          for (const row of tidy) row.untidySince = null;
          for (const { row } of arrived) this.#rows.add(row);
          for (const entry of arrived) if (!entry.row.isLeased(entry.place)) this.#wait(entry);
          lease?.resolve(direct.map((entry) => this.#handOut(entry, entry.message!)));
        } else {
          for (const row of tidy) row.untidy = true;
          if (lease) this.#lease ??= lease;
        }
        this.#serveLease();
      },
      changed: (stored) => {
        this.#sent.written();
        for (const entry of strangers) this.#rows.add(entry.row);
        // What the disk does not have, the next transaction brings.
        for (const row of changed) {
          if (!stored) this.#changedRows.add(row);
          else if (row.isOver) this.#rows.delete(row);
        }
      },
    };
  }

  #parking({ park = [], handing = false }: ParkOptions): { readonly keys: number[]; readonly writes: Write[] } {
    const keys = park.map(() => this.#nextEvent++);
    if (handing) for (const key of keys) this.#held.add(key);
    return { keys, writes: park.map(({ kind, data }, at) => this.#put('parked', keys[at], [kind, storable(data)])) };
  }

  #newEntry(message: OutboxMessage): Entry {
    const { urgent, queuedAt, expiresAt } = message;
    // After closing it will be refused anyway.
    const record = this.#file?.encode(messageRecord(message)) ?? Buffer.alloc(0);
    return {
      urgent,
      queuedAt,
      expiresAt,
      row: Row.none,
      place: 0,
      size: record.length,
      record,
      message,
      interrupted: false,
      progressed: false,
      end: null,
    };
  }

  #leased(id: string): Entry | undefined {
    const entry = this.#busy.get(id);
    return entry?.end ? undefined : entry;
  }

  /** Of an outcome whose message never was in the outbox: both are kept together, like those of others. */
  #stranger(outcome: Outcome): Entry {
    const entry = this.#newEntry(messageOf(outcome));
    this.#enterRow([entry]);
    this.#strangers.push(entry);
    this.#busy.set(outcome.id, entry);
    return entry;
  }

  #enterRow(entries: readonly Entry[]): void {
    const row = Row.ofNew(this.#nextNumber, entries.length);
    this.#nextNumber += entries.length;
    entries.forEach((entry, place) => {
      entry.row = row;
      entry.place = place;
    });
  }

  /** @param leased those of them that are leased already */
  #newRows(arrived: readonly Entry[], leased: readonly Entry[]): Write[] {
    const rows = [...rowsOf(arrived)];
    for (const entries of rows) this.#enterRow(entries);
    for (const { row, place } of leased) row.setLeased(place, true);
    return rows.flatMap((entries) => this.#rowWrites(entries));
  }

  #rowWrites(entries: readonly Entry[]): Write[] {
    const { row } = entries[0]!;
    return [
      this.#put('outbox', row.key, rowRecord(entries)),
      this.#put('states', row.key, row.states),
      ...entries.flatMap((entry) => this.#progressOf(entry, entry.message!)),
    ];
  }

  #stateWrites(row: Row): Write[] {
    return row.isOver
      ? [remove('outbox', row.key), remove('states', row.key)]
      : [this.#put('states', row.key, row.states)];
  }

  #tidyWrites(row: Row): Write[] {
    row.untidy = false;
    const record = this.#databases.outbox.get(row.key);
    return record ? [this.#put('outbox', row.key, tidied(record, row))] : [];
  }

  #tidy(rows: readonly Row[]): void {
    if (rows.length === 0 || !this.#file) return;
    this.#untidyRows = rows;
    void this.#commit.change();
  }

  /** Rows that have had texts of what was told in them for long enough. */
  #untidyFor(now: number): Row[] {
    const due: Row[] = [];
    for (const row of this.#rows) {
      if (!row.untidy) continue;
      row.untidySince ??= now;
      if (now - row.untidySince >= TIDY_AFTER) due.push(row);
    }
    return due;
  }

  #wait(entry: Entry): void {
    if (this.#kept < KEPT) this.#kept += entry.size;
    else entry.message = null;
    this.#waiting.add(entry);
  }

  #serveLease(): void {
    const lease = this.#lease;
    if (!lease || this.#waiting.size === 0 || !this.#file) return;
    this.#lease = null;
    const messages = this.#take(this.#waiting.take(lease.limit));
    for (const { id } of messages) this.#setLeased(this.#busy.get(id)!, true);
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
      if (entry.message) this.#kept -= entry.size;
      const message = entry.message ?? this.#messageOf(entry);
      return message ? this.#handOut(entry, message) : [];
    });
  }

  #handOut(entry: Entry, message: OutboxMessage): OutboxMessage {
    entry.message = null;
    entry.interrupted = false;
    this.#busy.set(message.id, entry);
    return message;
  }

  #messageOf(entry: Entry): OutboxMessage | null {
    try {
      const record = this.#file!.decode(recordAt(this.#rowOf(entry), entry.place)) as MessageRecord;
      const progress = entry.progressed ? this.#databases.progress.get(numberOf(entry)) : undefined;
      return toMessage(record, progress, entry, entry.interrupted);
    } catch (error) {
      this.#options.log.error(
        `store: message number ${String(numberOf(entry))} cannot be read and will not be sent: ${String(error)}`,
      );
      return null;
    }
  }

  #rowOf({ row }: Entry): RowRecord {
    if (this.#read?.row === row) return this.#read.record;
    const record = this.#databases.outbox.get(row.key);
    if (!record) throw new Error('it is gone');
    this.#read = { row, record };
    return record;
  }

  #writeProgress(entry: Entry, message: OutboxMessage): Promise<void> {
    return this.#commit.change(...this.#progressOf(entry, message));
  }

  #progressOf(entry: Entry, message: OutboxMessage): Write[] {
    if (!hasProgress(message)) return [];
    entry.progressed = true;
    return [this.#put('progress', numberOf(entry), progressRecord(message))];
  }

  #put(to: Write['to'], key: unknown, record: unknown): Write {
    // After closing it will be refused anyway.
    return { to, key, value: this.#file?.encode(record) ?? null };
  }

  #setLeased({ row, place }: Entry, leased: boolean): void {
    if (row.setLeased(place, leased)) this.#changedRows.add(row);
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
