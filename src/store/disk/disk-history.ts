import { ignoreFailure } from '../../base/background';
import { nextTurn } from '../../base/turns';
import { withReceipts, type HistoryEntry } from '../../history/entry';
import { matches, type MessageFilter } from '../../history/filter';
import type { History, HistoryPage, Kept } from '../../history/history';
import { messageIdKey } from '../../receipt/match';
import type { SentMessage } from '../store';
import type { GroupCommit } from './group-commit';
import { HistoryBlocks } from './history-blocks';
import { hash, HistoryIndex, PAGE, secondOf } from './history-index';
import type { SentRecords } from './sent-records';
import { storeClosed } from './store-error';
import { remove, type StoreFile, type StoreLog } from './store-file';

/** Milliseconds of looking in one call. */
const SLICE = 5;
/** Entries that one call of `prune` removes at most. */
const PRUNE_AT_ONCE = 20_000;
/** Blocks that wait for room on the disk at most. */
const UNWRITTEN = 100;

export interface DiskHistoryServices {
  readonly file: StoreFile;
  readonly commit: GroupCommit;
  readonly sent: SentRecords;
}

interface Open extends DiskHistoryServices {
  readonly blocks: HistoryBlocks;
  readonly index: HistoryIndex;
}

/**
 * The history in the store's file. Entries are written with the outcomes they tell of, and only where the disk has more
 * room left than the outbox needs.
 */
export class DiskHistory implements History {
  readonly #log: StoreLog;
  #parts: Open | null = null;
  #first = 1;
  #next = 1;
  #size = 0;
  /** True while new entries are dropped, because the disk is short of room. */
  #short = false;
  /** The page where `takeOver` found the last entry: those that come next lie near it. */
  #takenOver = 0;

  constructor(log: StoreLog) {
    this.#log = log;
  }

  open(services: DiskHistoryServices): void {
    const blocks = new HistoryBlocks(services.file);
    const index = new HistoryIndex(services.file);
    ({ first: this.#first, next: this.#next } = blocks.range());
    this.#size = index.load();
    this.#parts = { ...services, blocks, index };
  }

  close(): void {
    this.#parts = null;
    this.#size = 0;
  }

  get size(): number {
    return this.#size;
  }

  add(entry: HistoryEntry): void {
    // The outcome of a message that was refused while the store was closed is still told.
    if (!this.#parts) return;
    this.note(entry);
    ignoreFailure(this.#open.commit.change(), 'the commit logs its failures');
  }

  /** As `add`, for the transaction that the caller begins. */
  note(entry: HistoryEntry): void {
    if (this.#short) return;
    const number = this.#next++;
    this.#open.blocks.add(number, entry);
    this.#open.index.add(number, entry);
    this.#size += 1;
  }

  /** The sent message has an id that its entry lacks, because it came after the end. */
  noteLate(sent: SentMessage): void {
    const { commit, file } = this.#open;
    const key = sent.messageIds.length === 1 && sent.messageIds[0] ? messageIdKey(sent.messageIds[0]) : '';
    // A message of several segments is found by its own id.
    if (key !== '') ignoreFailure(commit.change(file.put('historyLate', sent.id, key)), 'the commit logs its failures');
  }

  find(filter: MessageFilter, limit: number, from = Infinity): Promise<HistoryPage> {
    const began = performance.now();
    const late = this.#byLateId(filter);
    const entries: HistoryEntry[] = [];
    let last = Math.min(from, this.#next - 1);
    while (last >= this.#first) {
      const page = Math.floor(last / PAGE);
      for (const number of this.#open.index.candidates(page, late ?? filter)) {
        if (number > last || number < this.#first) continue;
        if (entries.length === limit || performance.now() - began > SLICE) {
          return Promise.resolve({ entries, next: number });
        }
        const entry = this.#whole(number);
        if (entry && matches(filter, entry)) entries.push(entry);
      }
      last = page * PAGE - 1;
      if (performance.now() - began > SLICE) break;
    }
    return Promise.resolve({ entries, next: last >= this.#first ? last : null });
  }

  async forget(filter: MessageFilter): Promise<number> {
    const { commit } = this.#open;
    const wanted = this.#byLateId(filter) ?? filter;
    let forgotten = 0;
    let began = performance.now();
    for (let last = this.#next - 1; last >= this.#first; last = Math.floor(last / PAGE) * PAGE - 1) {
      for (const number of this.#open.index.candidates(Math.floor(last / PAGE), wanted)) {
        const entry = number >= this.#first ? this.#whole(number) : null;
        if (entry && matches(filter, entry)) {
          this.#open.blocks.remove(number);
          this.#open.index.remove(number);
          this.#size -= 1;
          forgotten += 1;
        }
      }
      if (performance.now() - began < SLICE) continue;
      await nextTurn();
      began = performance.now();
    }
    if (forgotten > 0) await commit.change();
    return forgotten;
  }

  async prune({ before, limit }: Kept): Promise<number> {
    let gone = 0;
    let number = this.#first;
    for (let page = Math.floor(number / PAGE); number < this.#next && gone < PRUNE_AT_ONCE; page++) {
      const times = this.#open.index.times(page);
      const end = Math.min(this.#next, (page + 1) * PAGE);
      for (; number < end; number++) {
        const time = times[number % PAGE] ?? 0;
        if (time === 0) continue;
        if (this.#size - gone <= limit && !this.#isBefore(number, time, before)) break;
        gone += 1;
      }
      if (number < end) break;
    }
    if (number === this.#first) return 0;
    const writes = [...this.#open.blocks.removeBefore(number), ...this.#open.index.removeBefore(number)];
    this.#first = number;
    this.#size -= gone;
    await this.#open.commit.change(...writes);
    return gone;
  }

  /** Takes over what the receipts of these messages said: they are being forgotten. */
  takeOver(forgotten: readonly SentMessage[]): void {
    const told = forgotten.filter(({ receipts, messageIds }) => receipts.some(Boolean) || messageIds.some(Boolean));
    const left = new Map(told.map((sent) => [sent.id, sent]));
    const hashes = new Set(told.map(({ id }) => hash(id)));
    const [oldest, newest] = [Math.floor(this.#first / PAGE), Math.floor((this.#next - 1) / PAGE)];
    const pages = newest - oldest + 1;
    const start = Math.min(Math.max(this.#takenOver, oldest), newest);
    for (let step = 0; step < pages && left.size > 0; step++) {
      const page = oldest + ((start - oldest + step) % pages);
      for (const number of this.#open.index.withIds(page, hashes)) {
        const entry = this.#open.blocks.get(number);
        const sent = entry && left.get(entry.id);
        if (!sent) continue;
        left.delete(sent.id);
        this.#takenOver = page;
        const whole = withReceipts(entry, sent);
        const isLate = whole.messageIds.some((id, at) => id !== entry.messageIds[at]);
        if (isLate) this.#open.index.add(number, whole);
        if (isLate || whole.state !== null) this.#open.blocks.replace(number, whole);
      }
    }
    const late = new Set(this.#open.file.keys('historyLate', { limit: 1 })).size > 0;
    if (late) this.#forgetLate(forgotten);
  }

  /** What is to be written by the transaction that begins now, where the disk has room for it. */
  contribution() {
    const blocks = this.#open.blocks.contribution();
    const index = this.#open.index.contribution();
    return {
      extras: () => [...blocks.writes(), ...index.writes()],
      /** @param stored false where the disk has no room for these, or the transaction failed */
      extrasWritten: (stored: boolean, full: boolean) => {
        blocks.written(stored);
        index.written(stored);
        this.#room(stored, full);
      },
    };
  }

  /** @throws {SmppError} SMPP_STORE_CLOSED */
  get #open(): Open {
    if (!this.#parts) throw storeClosed();
    return this.#parts;
  }

  #room(stored: boolean, full: boolean): void {
    if (stored && this.#short) {
      this.#short = false;
      this.#log.warn('store: the history is kept again');
    }
    if (!full || this.#open.blocks.unwritten <= UNWRITTEN || this.#short) return;
    this.#short = true;
    this.#log.error('store: the disk is nearly full, so the history is not kept until there is more room');
  }

  /** @param second of the time at which the message was queued */
  #isBefore(number: number, second: number, before: number): boolean {
    if (second !== secondOf(before)) return second < secondOf(before);
    return (this.#open.blocks.get(number)?.queuedAt ?? -Infinity) < before;
  }

  /** The entry with what its receipts say. */
  #whole(number: number): HistoryEntry | null {
    const { file, sent } = this.#open;
    const entry = this.#open.blocks.get(number);
    if (!entry) return null;
    const isLate = entry.messageIds.length <= 1 && !entry.messageIds[0];
    const late = isLate ? file.get('historyLate', entry.id) : undefined;
    const known = sent.ofMessage(entry.id, late === undefined ? entry.messageIds : [late]);
    return known ? withReceipts(entry, known) : entry;
  }

  /** A filter that finds a message by its id, where the platform's id that is looked for came after its end. */
  #byLateId(filter: MessageFilter): MessageFilter | null {
    const { file, sent } = this.#open;
    if (filter.messageId === undefined || filter.id !== undefined) return null;
    for (const { id } of sent.find([filter.messageId])) {
      if (file.get('historyLate', id) === filter.messageId) return { id };
    }
    return null;
  }

  #forgetLate(forgotten: readonly SentMessage[]): void {
    const { commit, file } = this.#open;
    const late = forgotten.filter(({ id }) => file.get('historyLate', id) !== undefined);
    const removals = late.map(({ id }) => remove('historyLate', id));
    ignoreFailure(commit.change(...removals), 'the commit logs its failures');
  }
}
