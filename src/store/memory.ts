import { SmppError } from '../base/errors';
import { OrderedHashMap } from '../base/ordered-hash-map';
import { nextTurn } from '../base/turns';
import type { HistoryEntry } from '../history/entry';
import { MemoryHistory } from '../history/memory-history';
import { messageIdKey } from '../receipt/match';
import { Partials } from './partials';
import type { Outcome } from './outcome';
import type {
  OutboxMessage,
  ParkedEvent,
  ParkOptions,
  PartialChange,
  PartialMessage,
  SaveOptions,
  SentMessage,
  Store,
  StoreCounts,
} from './store';
import { WaitingList } from './waiting';

export interface MemoryStoreOptions {
  /** Waiting messages at most. */
  readonly queueLimit: number;
}

/** No write here ever fails or waits, so all callers share one promise. */
const DONE = Promise.resolve(undefined);
const NO_KEYS: Promise<readonly number[]> = Promise.resolve([]);
/**
 * Sent messages under one key at most; a platform that repeats its ids must not make receipts slow. The newest stay.
 */
const SAME_KEY = 16;
/** Sent messages forgotten in one call at most. */
const FORGET_AT_ONCE = 10_000;
/** Fitting messages handed out in one turn of the event loop. */
const TAKE_AT_ONCE = 500;

/** Keeps everything in this process: it survives a deploy (closing keeps the content), but no restart. */
export class MemoryStore implements Store {
  /** The limit of the pool that has the store now: the content survives a deploy that changes it. */
  queueLimit: number;
  readonly history = new MemoryHistory((id) => this.#sent.get(id));
  readonly #waiting = new WaitingList<OutboxMessage>();
  readonly #outcomes = new OrderedHashMap<Outcome>();
  /** By id, in the order of sending, which is also the order of expiry. */
  readonly #sent = new Map<string, SentMessage>();
  /**
   * Ids by key of a message id. Nearly always one, kept as a string: an array gave the garbage collector two more
   * objects a message.
   */
  readonly #sentByKey = new Map<string, string | readonly string[]>();
  readonly #due = new Set<string>();
  readonly #partials = new Partials();
  readonly #parked = new Map<number, ParkedEvent>();
  /** Keys of events that are being handed over already: `parked` leaves them out. */
  readonly #held = new Set<number>();
  #nextKey = 1;
  #lease: { readonly limit: number; readonly resolve: (messages: readonly OutboxMessage[]) => void } | null = null;
  #serving = false;

  constructor(options: MemoryStoreOptions) {
    this.queueLimit = options.queueLimit;
  }

  open(): Promise<void> {
    return DONE;
  }

  close(): Promise<void> {
    this.cancelLease();
    this.#held.clear();
    return DONE;
  }

  counts(): StoreCounts {
    const { size, urgent, oldest } = this.#waiting;
    return { waiting: size, urgent, oldest };
  }

  enqueue(message: OutboxMessage): Promise<void> {
    if (this.#waiting.size >= this.queueLimit) return Promise.reject(queueFull(this.queueLimit));
    this.#waiting.add(message);
    this.#serveLease();
    return DONE;
  }

  lease(limit: number): Promise<readonly OutboxMessage[]> {
    if (this.#waiting.size > 0) return Promise.resolve(this.#waiting.take(limit));
    return new Promise((resolve) => {
      this.#lease = { limit, resolve };
    });
  }

  cancelLease(): void {
    this.#lease?.resolve([]);
    this.#lease = null;
  }

  release(message: OutboxMessage): Promise<void> {
    message.leased = false;
    this.#waiting.giveBack(message);
    this.#serveLease();
    return DONE;
  }

  progress(_message: OutboxMessage, sent?: SentMessage): Promise<void> {
    if (sent) this.#remember(sent);
    return DONE;
  }

  takeExpired(now: number): Promise<readonly OutboxMessage[]> {
    return Promise.resolve(this.#waiting.takeExpired(now));
  }

  settle(outcome: Outcome, sent?: SentMessage, entry?: HistoryEntry): Promise<undefined> {
    this.#outcomes.set(outcome.id, outcome);
    if (sent) this.#remember(sent);
    if (entry) this.history.add(entry);
    return DONE;
  }

  async *takeFitting(fits: (message: OutboxMessage) => boolean): AsyncIterable<readonly OutboxMessage[]> {
    const taken = this.#waiting.takeFitting(fits);
    let handedOut = 0;
    try {
      while (handedOut < taken.length) {
        const some = taken.slice(handedOut, handedOut + TAKE_AT_ONCE);
        handedOut += some.length;
        yield some;
        await nextTurn();
      }
    } finally {
      for (const message of taken.slice(handedOut).reverse()) this.#waiting.giveBack(message);
      this.#serveLease();
    }
  }

  waiting(): Iterable<OutboxMessage> {
    return this.#waiting.newestFirst();
  }

  untold(): Promise<readonly Outcome[]> {
    return Promise.resolve(this.#outcomes.values());
  }

  told(id: string): Promise<void> {
    this.#outcomes.delete(id);
    return DONE;
  }

  findSent(keys: readonly string[]): Promise<readonly SentMessage[]> {
    const ids = new Set(keys.flatMap((key) => this.#idsOf(key)));
    return Promise.resolve([...ids].map((id) => this.#sent.get(id)!));
  }

  sentUnder(key: string): readonly SentMessage[] {
    const ids = this.#sentByKey.get(key);
    if (ids === undefined) return [];
    return typeof ids === 'string' ? [this.#sent.get(ids)!] : ids.map((id) => this.#sent.get(id)!);
  }

  saveSent(sent: SentMessage, options?: SaveOptions): Promise<readonly number[]> {
    this.#remember(sent);
    return options?.park ? Promise.resolve(this.#parkAll(options)) : NO_KEYS;
  }

  findDue(now: number): Promise<readonly SentMessage[]> {
    const due = [...this.#due].map((id) => this.#sent.get(id)!);
    return Promise.resolve(due.filter(({ dueAt }) => dueAt !== null && dueAt <= now));
  }

  forgetSent(now: number): Promise<number> {
    const forgotten = new Map<string, SentMessage>();
    for (const sent of this.#sent.values()) {
      if (sent.expiresAt > now || forgotten.size === FORGET_AT_ONCE) break;
      this.#forget(sent);
      forgotten.set(sent.id, sent);
    }
    if (forgotten.size > 0) this.history.takeOver(forgotten);
    return Promise.resolve(forgotten.size);
  }

  findPartial(key: string): Promise<PartialMessage | null> {
    return Promise.resolve(this.#partials.find(key));
  }

  findParts(key: string): Promise<ReadonlyMap<number, unknown>> {
    return Promise.resolve(this.#partials.parts(key));
  }

  savePartial(
    partial: PartialMessage,
    before: PartialMessage | null,
    change: PartialChange = {},
  ): Promise<readonly number[] | null> {
    return Promise.resolve(this.#partials.save(partial, before, change) && this.#parkAll(change));
  }

  findPartialsDue(now: number, octets: number): Promise<readonly PartialMessage[]> {
    return Promise.resolve(this.#partials.due(now, octets));
  }

  forgetPartial(partial: PartialMessage): Promise<void> {
    this.#partials.forget(partial);
    return DONE;
  }

  park(event: Omit<ParkedEvent, 'key'>): Promise<number> {
    return Promise.resolve(this.#park(event));
  }

  parked(): Promise<readonly ParkedEvent[]> {
    return Promise.resolve([...this.#parked.values()].filter(({ key }) => !this.#held.has(key)));
  }

  unpark(key: number): Promise<void> {
    this.#parked.delete(key);
    this.#held.delete(key);
    return DONE;
  }

  /** Serves a waiting lease once this turn's messages are all here, so that a burst is one lease and not many. */
  #serveLease(): void {
    if (!this.#lease || this.#serving) return;
    this.#serving = true;
    process.nextTick(() => {
      this.#serving = false;
      const lease = this.#lease;
      if (!lease || this.#waiting.size === 0) return;
      this.#lease = null;
      lease.resolve(this.#waiting.take(lease.limit));
    });
  }

  #parkAll({ park = [], handing = false }: ParkOptions): number[] {
    const keys = park.map((event) => this.#park(event));
    if (handing) for (const key of keys) this.#held.add(key);
    return keys;
  }

  #park(event: Omit<ParkedEvent, 'key'>): number {
    const key = this.#nextKey++;
    this.#parked.set(key, { key, ...event });
    return key;
  }

  #remember(sent: SentMessage): void {
    const before = this.#sent.get(sent.id);
    this.#sent.set(sent.id, sent);
    if (sent.dueAt === null) this.#due.delete(sent.id);
    else this.#due.add(sent.id);
    for (let segment = 0; segment < sent.messageIds.length; segment++) {
      const id = sent.messageIds[segment];
      if (id && !before?.messageIds[segment]) this.#index(messageIdKey(id), sent.id);
    }
  }

  #index(key: string, id: string): void {
    const ids = this.#idsOf(key);
    if (ids.length === 0) this.#sentByKey.set(key, id);
    else if (!ids.includes(id)) this.#sentByKey.set(key, [...ids.slice(1 - SAME_KEY), id]);
  }

  #idsOf(key: string): readonly string[] {
    const ids = this.#sentByKey.get(key) ?? [];
    return typeof ids === 'string' ? [ids] : ids;
  }

  #forget(sent: SentMessage): void {
    this.#sent.delete(sent.id);
    this.#due.delete(sent.id);
    for (const id of sent.messageIds) {
      if (!id) continue;
      const key = messageIdKey(id);
      const others = this.#idsOf(key).filter((other) => other !== sent.id);
      if (others.length > 0) this.#sentByKey.set(key, others);
      else this.#sentByKey.delete(key);
    }
  }
}

/** The error of a message that finds the queue full. Code SMPP_QUEUE_FULL. @param limit waiting messages at most */
export function queueFull(limit: number): SmppError {
  return new SmppError(
    'SMPP_QUEUE_FULL',
    `The queue is full: ${String(limit)} messages wait already. Send more slowly, or raise the queue limit of the pool`,
  );
}
