import { ignoreFailure } from '../../base/background';
import { SmppError } from '../../base/errors';
import { OrderedHashMap } from '../../base/ordered-hash-map';
import { nextTurn } from '../../base/turns';
import { queueFull } from '../memory';
import { progressRecord, storableRecord, toMessage, type SharedBody } from '../records';
import type { OutboxMessage, StoreCounts } from '../store';
import { WaitingList } from '../waiting';
import type { Bodies } from './bodies';
import type { GroupCommit } from './group-commit';
import { numberOf, Row, rowsOf, entriesOf, weightOf, type Entry, type OutcomeEnd } from './outbox-row';
import type { OutboxRows } from './outbox-rows';
import { storeError } from './store-error';
import type { StoreFile, StoreLog, Write } from './store-file';

/**
 * Waiting messages stay in memory up to so many octets of their records, so that a short queue is never read from the
 * disk; beyond them the flow's own message is let go too.
 */
const KEPT = 2 ** 22;
/** Octets of records that are handed out in one call at most, for they are all read into memory. */
const AT_ONCE = 2 ** 22;
/** Messages that may be read from the disk in one turn of the event loop. */
const READ_AT_ONCE = 200;

interface Lease {
  readonly limit: number;
  readonly resolve: (messages: readonly OutboxMessage[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface OutboxServices {
  readonly file: StoreFile;
  readonly rows: OutboxRows;
  readonly bodies: Bodies;
  readonly commit: GroupCommit;
  readonly queueLimit: number;
  readonly log: StoreLog;
}

/** Waiting and leased messages. Beyond KEPT octets a waiting message has only an entry in memory. */
export class Outbox {
  readonly #services: OutboxServices;
  readonly #waiting = new WaitingList<Entry>();
  /** New messages that are in no transaction yet. */
  readonly #arriving: Entry[] = [];
  /**
   * Number of new messages that are not on the disk yet: `#arriving`, and those in the transaction that is being
   * committed.
   */
  #unstored = 0;
  #lease: Lease | null = null;
  /** Messages that are leased, or whose outcome nobody was told yet. */
  readonly #busy = new OrderedHashMap<Entry>();
  /** Octets of waiting messages that are in memory. */
  #kept = 0;

  constructor(services: OutboxServices) {
    this.#services = services;
  }

  /**
   * Loads what an earlier process left.
   * @param ends outcomes of messages that have ended, by the message's number
   * @returns the entries of these messages
   */
  load(ends: ReadonlyMap<number, OutcomeEnd>): Entry[] {
    const { file, rows, bodies, commit } = this.#services;
    const ended: Entry[] = [];
    bodies.load();
    const progressed = new Set(file.keys('progress'));
    for (const { row, record } of rows.load()) {
      for (const entry of entriesOf(record, row)) {
        const number = numberOf(entry);
        entry.progressed = progressed.has(number);
        entry.end = ends.get(number) ?? null;
        if (entry.end) ended.push(entry);
        else this.#waiting.add(entry);
      }
    }
    const orphans = bodies.orphans();
    if (orphans.length > 0) ignoreFailure(commit.change(...orphans), 'the commit logs its failures');
    return ended;
  }

  counts(): StoreCounts {
    const { size, urgent, oldest } = this.#waiting;
    return { waiting: size, urgent, oldest };
  }

  /** The messages that wait at this moment, the newest first; those that leave before they are read are left out. */
  *waiting(): Iterable<OutboxMessage> {
    for (const entry of this.#waiting.newestFirst()) {
      if (entry.row.isLeased(entry.place) && !entry.interrupted) continue;
      if (entry.row.isTold(entry.place)) continue;
      const message = entry.message ?? this.read(entry);
      if (message) yield message;
    }
  }

  async *takeFitting(fits: (message: OutboxMessage) => boolean): AsyncIterable<readonly OutboxMessage[]> {
    const chosen = new Set<Entry>();
    let looked = 0;
    for (const entry of this.#waiting.newestFirst()) {
      if (++looked % READ_AT_ONCE === 0) await nextTurn();
      if ((entry.row.isLeased(entry.place) && !entry.interrupted) || entry.row.isTold(entry.place)) continue;
      const message = entry.message ?? this.read(entry);
      if (message && fits(message)) chosen.add(entry);
    }
    // What was leased meanwhile is not in line any more.
    const taken = this.#waiting.takeFitting((entry) => chosen.has(entry));
    let handedOut = 0;
    try {
      while (handedOut < taken.length) {
        const some = taken.slice(handedOut, handedOut + READ_AT_ONCE);
        handedOut += some.length;
        yield this.#take(some);
        await nextTurn();
      }
    } finally {
      for (const entry of taken.slice(handedOut).reverse()) this.#waiting.giveBack(entry);
      this.#serveLease();
    }
  }

  enqueue(message: OutboxMessage): Promise<void> {
    const { commit, queueLimit } = this.#services;
    if (this.#waiting.size + this.#unstored >= queueLimit) return Promise.reject(queueFull(queueLimit));
    try {
      this.#arriving.push(this.newEntry(message, this.#services.bodies.of(message)));
    } catch (error) {
      return Promise.reject(storeError(error));
    }
    this.#unstored += 1;
    if (this.#lease) commit.hurry();
    return commit.arrival();
  }

  lease(limit: number): Promise<readonly OutboxMessage[]> {
    return new Promise((resolve, reject) => {
      this.#lease = { limit, resolve, reject };
      this.#serveLease();
      if (this.#arriving.length > 0) this.#services.commit.hurry();
    });
  }

  cancelLease(): void {
    this.#lease?.resolve([]);
    this.#lease = null;
  }

  release(message: OutboxMessage): Promise<void> {
    const entry = this.leased(message.id);
    if (!entry) return Promise.reject(notLeased(message.id));
    this.#giveBack(entry, message);
    const written = this.#services.commit.change(...this.#progressOf(entry, message));
    this.#serveLease();
    return written;
  }

  progress(message: OutboxMessage): Promise<void> {
    const entry = this.leased(message.id);
    if (!entry) return Promise.reject(notLeased(message.id));
    return this.#services.commit.change(...this.#progressOf(entry, message));
  }

  takeExpired(now: number): readonly OutboxMessage[] {
    return this.#take(this.#waiting.takeExpired(now, upTo(AT_ONCE)));
  }

  /** The entry of a message that was handed out and has not ended. */
  leased(id: string): Entry | undefined {
    const entry = this.#busy.get(id);
    return entry?.end ? undefined : entry;
  }

  /** The entry of a message that has ended and whose outcome was not told. */
  ended(id: string): Entry | undefined {
    const entry = this.#busy.get(id);
    return entry?.end ? entry : undefined;
  }

  allEnded(): Entry[] {
    return this.#busy.values().filter(({ end }) => end !== null);
  }

  /** Keeps the entry of a message that is leased, or whose outcome is not told. */
  hold(id: string, entry: Entry): void {
    this.#busy.set(id, entry);
  }

  letGo(id: string): void {
    this.#busy.delete(id);
  }

  /**
   * A new entry with its encoded record.
   * @param body the content it shares with other recipients; null where it has its own
   */
  newEntry(message: OutboxMessage, body: SharedBody | null = null): Entry {
    const { urgent, queuedAt, expiresAt } = message;
    const stored = storableRecord(message, body);
    const record = this.#services.file.encode(stored.record);
    return {
      urgent,
      queuedAt,
      expiresAt,
      row: Row.none,
      place: 0,
      body: body && body.key,
      size: record.length,
      record,
      message,
      left: stored.left,
      interrupted: false,
      progressed: false,
      end: null,
    };
  }

  /** Reads a message from the disk. @returns null, with an error in the log, where it cannot be read */
  read(entry: Entry): OutboxMessage | null {
    try {
      const { record, progress, body } = this.#services.rows.read(entry);
      const message = toMessage(record, progress, entry, entry.interrupted, body);
      return entry.left ? { ...message, msg: { ...message.msg, ...entry.left } } : message;
    } catch {
      // The error itself is not logged: the decoder quotes what it could not read, which may be a message's text.
      const number = String(numberOf(entry));
      this.#services.log.error(`store: message number ${number} of the outbox cannot be read and will not be sent`);
      return null;
    }
  }

  /** New messages for the transaction that begins now. @param arrivals how many of them */
  contribution(arrivals: number) {
    const { rows, bodies } = this.#services;
    const arrived = this.#arriving.splice(0, arrivals);
    const lease = this.#waiting.size === 0 && arrived.length > 0 ? this.#lease : null;
    // A lease waits and nothing else does: new messages are stored as leased, which saves a second transaction.
    const direct = lease ? urgentFirst(arrived).slice(0, lease.limit) : [];
    if (lease) this.#lease = null;
    const groups = [...rowsOf(arrived)];
    for (const entries of groups) rows.enter(entries);
    for (const { row, place } of direct) row.setLeased(place, true);
    return {
      arrivals: () => groups.flatMap((entries) => this.rowWrites(entries)),
      arrived: (stored: boolean) => {
        this.#unstored -= arrived.length;
        for (const entry of arrived) entry.record = null;
        bodies.arrived(
          groups.map(([first]) => first!.row),
          stored,
        );
        if (stored) {
          rows.stored(arrived);
          for (const entry of arrived) if (!entry.row.isLeased(entry.place)) this.#wait(entry);
          lease?.resolve(direct.map((entry) => this.#handOut(entry, entry.message!)));
        } else if (lease) this.#lease ??= lease;
        this.#serveLease();
      },
    };
  }

  /** The writes that store a new row with the progress of its messages. @param entries all entries of the row */
  rowWrites(entries: readonly Entry[]): Write[] {
    const progress = entries.flatMap((entry) => this.#progressOf(entry, entry.message!));
    return [...this.#services.rows.writes(entries), ...progress];
  }

  #wait(entry: Entry): void {
    if (this.#kept < KEPT) this.#kept += weightOf(entry);
    else entry.message = null;
    this.#waiting.add(entry);
  }

  /** Puts a message back to the front of its lane. */
  #giveBack(entry: Entry, message: OutboxMessage): void {
    this.#busy.delete(message.id);
    // A message given back with `leased` still set may be in flight for all we know.
    if (message.leased) entry.interrupted = true;
    else this.#services.rows.setLeased(entry, false);
    entry.message = message;
    this.#kept += weightOf(entry);
    this.#waiting.giveBack(entry);
  }

  #serveLease(): void {
    const lease = this.#lease;
    if (!lease || this.#waiting.size === 0) return;
    const { commit, rows } = this.#services;
    this.#lease = null;
    const messages = this.#take(this.#waiting.take(lease.limit, upTo(AT_ONCE)));
    for (const { id } of messages) rows.setLeased(this.#busy.get(id)!, true);
    commit.hurry();
    const undo = (): void => {
      for (const message of [...messages].reverse()) this.#giveBack(this.#busy.get(message.id)!, message);
    };
    commit.attempt([], undo).then(() => {
      if (messages.length > 0) lease.resolve(messages);
      else this.lease(lease.limit).then(lease.resolve, lease.reject);
    }, lease.reject);
  }

  /**
   * The messages of entries that were taken from the lanes. An unreadable message stays on the disk and is left out.
   */
  #take(entries: readonly Entry[]): OutboxMessage[] {
    return entries.flatMap((entry) => {
      if (entry.message) this.#kept -= weightOf(entry);
      const message = entry.message ?? this.read(entry);
      return message ? this.#handOut(entry, message) : [];
    });
  }

  #handOut(entry: Entry, message: OutboxMessage): OutboxMessage {
    entry.message = null;
    entry.interrupted = false;
    this.#busy.set(message.id, entry);
    return message;
  }

  #progressOf(entry: Entry, message: OutboxMessage): Write[] {
    if (!hasProgress(message)) return [];
    entry.progressed = true;
    return [this.#services.file.put('progress', numberOf(entry), progressRecord(message))];
  }
}

function urgentFirst(entries: readonly Entry[]): Entry[] {
  return [...entries.filter(({ urgent }) => urgent), ...entries.filter(({ urgent }) => !urgent)];
}

/** True as long as the records of all entries asked for take at most so many octets. */
function upTo(octets: number): (entry: Entry) => boolean {
  let room = octets;
  return (entry) => (room -= weightOf(entry)) >= 0;
}

function hasProgress({ attempts, possibleDuplicate, submittedAt, messageIds }: OutboxMessage): boolean {
  return attempts > 0 || possibleDuplicate || submittedAt !== null || messageIds.some((id) => id !== null);
}

function notLeased(id: string): SmppError {
  return new SmppError('SMPP_STORE_FAILED', `Message ${id} is not leased`);
}
