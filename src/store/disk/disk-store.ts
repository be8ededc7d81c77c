import { ignoreFailure } from '../../base/background';
import { systemClock, type Cancel, type Clock } from '../../base/clock';
import type { HistoryEntry } from '../../history/entry';
import { Partials } from '../partials';
import { storable } from '../storable';
import type { Outcome } from '../outcome';
import type {
  OutboxMessage,
  ParkedEvent,
  PartialChange,
  PartialMessage,
  SaveOptions,
  SentMessage,
  Store,
  StoreCounts,
} from '../store';
import { Bodies } from './bodies';
import { DiskHistory } from './disk-history';
import { GroupCommit, type Contribution } from './group-commit';
import { lockFolder, type FolderLock } from './lock';
import { Outbox } from './outbox';
import { OutboxRows } from './outbox-rows';
import { Outcomes } from './outcomes';
import { ParkedEvents } from './parked-events';
import { SentRecords } from './sent-records';
import { StoreClock } from './store-clock';
import { storeClosed, storeError, storeGone } from './store-error';
import { remove, StoreFile, type StoreLog, type Write } from './store-file';

export interface DiskStoreOptions {
  /** Made if missing. Only one store of one process can have it at a time. */
  readonly folder: string;
  /** Waiting messages at most. */
  readonly queueLimit: number;
  readonly log: StoreLog;
  readonly clock?: Clock;
}

/** The parts of an open store. */
interface Open {
  readonly file: StoreFile;
  readonly commit: GroupCommit;
  readonly rows: OutboxRows;
  readonly outbox: Outbox;
  readonly outcomes: Outcomes;
  readonly sent: SentRecords;
  readonly parked: ParkedEvents;
  readonly partials: Partials;
}

/** Milliseconds between two checks that the folder is still there; each transaction checks it too. */
const LOOK = 1000;
const NONE: StoreCounts = { waiting: 0, urgent: 0, oldest: null };

/**
 * Keeps everything in an LMDB file. Of a long queue only an entry a message is in memory, of sent messages nothing. All
 * writes go through the group commit; new messages can be leased once they are on the disk.
 */
export class DiskStore implements Store {
  readonly clock: StoreClock;
  readonly history: DiskHistory;
  readonly #options: DiskStoreOptions;
  #open: Open | null = null;
  /** The promise that the last `saveSent` without events returned, and the transaction it belongs to. */
  #saved: { readonly changed: Promise<void>; readonly noKeys: Promise<readonly number[]> } | null = null;
  #lock: FolderLock | null = null;
  #troubled: (words: string | null) => void = () => undefined;
  #cancelLook: Cancel | null = null;

  constructor(options: DiskStoreOptions) {
    this.#options = options;
    this.history = new DiskHistory(options.log);
    this.clock = new StoreClock(options.folder, options.clock ?? systemClock);
  }

  /**
   * @throws {SmppError} SMPP_STORE_LOCKED, SMPP_STORE_VERSION, SMPP_STORE_BINARY, SMPP_STORE_FULL, SMPP_STORE_FAILED
   */
  async open(): Promise<void> {
    const { folder, log } = this.#options;
    try {
      this.#lock = await lockFolder(folder, (text) => {
        log.warn(text);
      });
      const open = this.#assemble(await StoreFile.open(folder, log));
      open.outcomes.load();
      open.parked.load();
      loadPartials(open);
      this.history.open(open);
      this.#open = open;
      this.clock.start();
      this.#look();
    } catch (error) {
      this.#lock?.release();
      this.#lock = null;
      throw storeError(error);
    }
  }

  /** Why nothing can be stored, in words; null where it can. */
  get trouble(): string | null {
    return this.#open?.commit.failure?.message ?? null;
  }

  watch(troubled: (words: string | null) => void): void {
    this.#troubled = troubled;
  }

  async close(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    const { file, commit, rows, outbox } = open;
    outbox.cancelLease();
    if (rows.tidy()) ignoreFailure(commit.change(), 'the commit logs its failures');
    await commit.idle();
    if (commit.failure) {
      this.#options.log.error(
        `store: what happened last could not be stored; the next start may send messages again: ${commit.failure.message}`,
      );
    }
    this.#open = null;
    this.history.close();
    this.#cancelLook?.();
    commit.end();
    outbox.cancelLease();
    try {
      await this.clock.stop();
      await file.close();
    } finally {
      this.#lock?.release();
      this.#lock = null;
    }
  }

  counts(): StoreCounts {
    return this.#open?.outbox.counts() ?? NONE;
  }

  enqueue(message: OutboxMessage): Promise<void> {
    return this.#open?.outbox.enqueue(message) ?? rejected();
  }

  lease(limit: number): Promise<readonly OutboxMessage[]> {
    return this.#open?.outbox.lease(limit) ?? rejected();
  }

  cancelLease(): void {
    this.#open?.outbox.cancelLease();
  }

  release(message: OutboxMessage): Promise<void> {
    return this.#open?.outbox.release(message) ?? rejected();
  }

  progress(message: OutboxMessage, sent?: SentMessage): Promise<void> {
    if (!this.#open) return rejected();
    if (sent) this.#open.sent.save(sent);
    return this.#open.outbox.progress(message);
  }

  async takeExpired(now: number): Promise<readonly OutboxMessage[]> {
    const { rows, commit, outbox } = this.#opened();
    if (rows.tidy(now)) ignoreFailure(commit.change(), 'the commit logs its failures');
    return outbox.takeExpired(now);
  }

  settle(outcome: Outcome, sent?: SentMessage, entry?: HistoryEntry): Promise<undefined> {
    if (!this.#open) return rejected();
    if (sent) this.#open.sent.save(sent);
    if (entry) this.history.note(entry);
    return this.#open.outcomes.settle(outcome);
  }

  takeFitting(fits: (message: OutboxMessage) => boolean): AsyncIterable<readonly OutboxMessage[]> {
    return this.#opened().outbox.takeFitting(fits);
  }

  waiting(): Iterable<OutboxMessage> {
    return this.#opened().outbox.waiting();
  }

  async untold(): Promise<readonly Outcome[]> {
    return this.#opened().outcomes.untold();
  }

  told(id: string): Promise<void> {
    return this.#open?.outcomes.told(id) ?? rejected();
  }

  async findSent(keys: readonly string[]): Promise<readonly SentMessage[]> {
    return this.#opened().sent.find(keys);
  }

  sentUnder(key: string): readonly SentMessage[] {
    return this.#opened().sent.find([key]);
  }

  saveSent(sent: SentMessage, options?: SaveOptions): Promise<readonly number[]> {
    if (!this.#open) return rejected();
    if (options?.park && options.park.length > 0) return this.#saveSentWith(sent, options);
    if (options?.late) this.history.noteLate(sent);
    // Without an event to be parked, the flows have the receipt already: the change must be kept even where the commit
    // fails.
    this.#open.sent.save(sent);
    const changed = this.#open.commit.change();
    // Calls of one transaction share a promise.
    if (this.#saved?.changed !== changed) this.#saved = { changed, noKeys: changed.then(() => []) };
    return this.#saved.noKeys;
  }

  async #saveSentWith(sent: SentMessage, options: SaveOptions): Promise<readonly number[]> {
    const open = this.#opened();
    const { keys, writes, undo } = open.parked.parking(options);
    const unsave = open.sent.save(sent);
    await open.commit.attempt(writes, () => {
      undo();
      unsave();
    });
    return keys;
  }

  async findDue(now: number): Promise<readonly SentMessage[]> {
    const { sent, commit } = this.#opened();
    const due = sent.findDue(now);
    if (sent.hasChanges) await commit.change();
    return due;
  }

  async forgetSent(now: number): Promise<number> {
    const { sent, commit } = this.#opened();
    const forgotten = sent.forget(now);
    if (forgotten.length === 0) return 0;
    this.history.takeOver(forgotten);
    await commit.change();
    return forgotten.length;
  }

  async findPartial(key: string): Promise<PartialMessage | null> {
    return this.#opened().partials.find(key);
  }

  async findParts(key: string): Promise<ReadonlyMap<number, unknown>> {
    return this.#opened().partials.parts(key);
  }

  async savePartial(
    partial: PartialMessage,
    before: PartialMessage | null,
    change: PartialChange = {},
  ): Promise<readonly number[] | null> {
    const { partials, parked, file, commit } = this.#opened();
    const { key, expiresAt, octets, data } = partial;
    const parts = Array.from(change.parts ?? [], ([number, part]) =>
      file.put('parts', partKey(key, number), storable(part)),
    );
    const kept = change.clear ? partials.parts(key).keys() : [];
    const gone = Array.from(kept).filter((number) => !change.parts?.has(number));
    const unsave = partials.save(partial, before, change);
    if (!unsave) return null;
    const head = file.put('partials', key, [expiresAt, storable(data), octets]);
    const { keys, writes, undo } = parked.parking(change);
    await commit.attempt([head, ...withoutParts(key, gone), ...parts, ...writes], () => {
      undo();
      unsave();
    });
    return keys;
  }

  async findPartialsDue(now: number, octets: number): Promise<readonly PartialMessage[]> {
    return this.#opened().partials.due(now, octets);
  }

  async forgetPartial(partial: PartialMessage): Promise<void> {
    const { partials, commit } = this.#opened();
    const { key } = partial;
    const gone = [...partials.parts(key).keys()];
    if (partials.forget(partial)) await commit.change(remove('partials', key), ...withoutParts(key, gone));
  }

  async park(event: Omit<ParkedEvent, 'key'>): Promise<number> {
    return this.#opened().parked.park(event);
  }

  async parked(): Promise<readonly ParkedEvent[]> {
    return this.#opened().parked.all();
  }

  unpark(key: number): Promise<void> {
    return this.#open?.parked.unpark(key) ?? rejected();
  }

  /** Notices a removed folder while nothing is written; without this only the next message would. */
  #look(): void {
    this.#cancelLook = this.clock.after(LOOK, () => {
      if (!this.#open) return;
      // This transaction fails, and reports the missing folder like any other failure.
      if (!this.#open.file.isThere || !this.#lock?.stands)
        ignoreFailure(this.#open.commit.change(), 'the commit logs its failures');
      this.#look();
    });
  }

  /** @throws {SmppError} SMPP_STORE_CLOSED */
  #opened(): Open {
    if (!this.#open) throw storeClosed();
    return this.#open;
  }

  #assemble(file: StoreFile): Open {
    const { clock } = this;
    const { queueLimit, log } = this.#options;
    const commit: GroupCommit = new GroupCommit({
      commit: async (batch) => (this.#lock?.stands === false ? storeGone(this.#options.folder) : file.commit(batch)),
      contribute: (arrivals) =>
        joined([
          outbox.contribution(arrivals),
          outcomes.contribution(),
          sent.contribution(),
          rows.contribution(),
          this.history.contribution(),
          // After a failure something must be written, to show whether the disk works again.
          { changes: () => (commit.failure ? [file.put('state', 'tried', clock.now())] : []) },
        ]),
      turned: (failure) => {
        if (failure) log.error(`store: nothing can be stored, so nothing is sent: ${failure.message}`);
        else log.warn('store: it works again');
        this.#troubled(failure?.message ?? null);
      },
      clock,
      log,
    });
    const bodies = new Bodies(file);
    const rows = new OutboxRows(file, bodies);
    const outbox: Outbox = new Outbox({ file, rows, bodies, commit, queueLimit, log });
    const outcomes: Outcomes = new Outcomes(file, outbox, rows, commit);
    const sent = new SentRecords(file);
    return {
      file,
      commit,
      rows,
      outbox,
      outcomes,
      sent,
      parked: new ParkedEvents(file, commit),
      partials: new Partials(),
    };
  }
}

/** Loads incomplete multipart messages that an earlier process left. */
function loadPartials({ file, partials }: Open): void {
  const kept = new Map<string, Map<number, unknown>>();
  for (const { key, value } of file.range('parts')) {
    const end = key.lastIndexOf(' ');
    const name = key.slice(0, end);
    if (!kept.has(name)) kept.set(name, new Map());
    kept.get(name)!.set(Number(key.slice(end)), value);
  }
  for (const { key, value } of file.range('partials')) {
    // Records of an earlier version have no octets.
    const [expiresAt, data, octets = 0] = value;
    partials.save({ key, expiresAt, octets, data }, null, { parts: kept.get(key) ?? new Map() });
  }
}

function partKey(key: string, number: number): string {
  return `${key} ${String(number)}`;
}

function withoutParts(key: string, numbers: readonly number[]): Write[] {
  return numbers.map((number) => remove('parts', partKey(key, number)));
}

/** One contribution of several, in their order. */
function joined(parts: readonly Partial<Contribution>[]): Contribution {
  return {
    arrivals: () => parts.flatMap((part) => part.arrivals?.() ?? []),
    changes: () => parts.flatMap((part) => part.changes?.() ?? []),
    extras: () => parts.flatMap((part) => part.extras?.() ?? []),
    extrasWritten: (stored, full) => {
      for (const part of parts) part.extrasWritten?.(stored, full);
    },
    arrived: (stored) => {
      for (const part of parts) part.arrived?.(stored);
    },
    changed: (stored) => {
      for (const part of parts) part.changed?.(stored);
    },
  };
}

function rejected(): Promise<never> {
  return Promise.reject(storeClosed());
}
