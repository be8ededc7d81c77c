import type { Clock } from '../base/clock';
import type { HistoryEntry } from '../history/entry';
import type { History } from '../history/history';
import type { EncodingName } from '../message/message';
import type { DeliveryStatus } from '../receipt/receipt';
import type { ListRecipient } from './list-recipient';
import type { Outcome } from './outcome';

/** One text to one recipient, waiting to be submitted or in flight. Times are epoch milliseconds. */
export interface OutboxMessage {
  /** The id that this package gave the message; stable over restarts. */
  readonly id: string;
  /** Id of the smpp-send node that gets the outcome. */
  readonly node: string;
  /** Id of that node's flow, or of the subflow instance that it is in; null where it is not known. */
  readonly flow: string | null;
  readonly urgent: boolean;
  readonly queuedAt: number;
  readonly expiresAt: number;
  readonly to: string;
  readonly from: string;
  readonly encoding: EncodingName;
  readonly dataCoding: number;
  warnings: readonly string[];
  /** One submit_sm (data_sm) PDU a segment, complete but for its sequence number, which is 0. */
  readonly frames: readonly Buffer[];
  /** True where a receipt was asked for. Otherwise nothing is remembered of the message once it is accepted. */
  readonly receipt: boolean;
  /**
   * The flow's message. It may hold anything; a store on disk keeps what `storable` can keep of it. All recipients of
   * one input share this object, and such a store keeps it once, without the list.
   */
  msg: Readonly<Record<string, unknown>>;
  /** Present where the input named several recipients: the one that this message is for. */
  readonly recipient?: ListRecipient;
  /** What smpp-send was given as reference; comes back with the receipt. */
  readonly reference: unknown;
  /** Only where the pool's history keeps texts; octets of a binary message in hex. */
  readonly text?: string;
  /** One entry a segment: the message id the platform gave it, null until it is accepted. */
  messageIds: (string | null)[];
  /** Submits that the platform answered with trouble, or not at all. */
  attempts: number;
  /** True once a lease ended without the platform's answer: the message may have been submitted already. */
  possibleDuplicate: boolean;
  /** "host:port" that accepted the first segment; the others go there too. Null before, and where it is not known. */
  server: string | null;
  /**
   * As `lease` hands the message out: true where the process that had an earlier lease died, so that the message may
   * have been submitted already; false on a first lease and after a release.
   */
  leased: boolean;
  submittedAt: number | null;
}

/** What a receipt said of one segment. */
export interface SegmentReceipt extends DeliveryStatus {
  readonly messageId: string;
  readonly submittedAt: string | null;
  readonly doneAt: string | null;
  /** Epoch milliseconds of its arrival. */
  readonly at: number;
}

/**
 * A message the platform has accepted (in part at least), remembered for its receipts. Times are epoch milliseconds.
 */
export interface SentMessage {
  readonly id: string;
  readonly node: string;
  /** As in the outbox message. */
  readonly flow: string | null;
  /** `_msgid` of the flow's message. */
  readonly msgid: string | null;
  readonly to: string;
  readonly from: string;
  readonly encoding: EncodingName;
  /** "host:port" that accepted the first segment. */
  readonly server: string;
  /**
   * One "host:port" a segment, where the segments went to different servers; null where all went to `server`. See
   * `serverOf`.
   */
  readonly servers: readonly (string | null)[] | null;
  readonly submittedAt: number;
  readonly reference: unknown;
  readonly expiresAt: number;
  /** One message id a segment; null where no answer has come (yet). */
  readonly messageIds: readonly (string | null)[];
  /** The latest receipt of each segment; null where none has come. */
  readonly receipts: readonly (SegmentReceipt | null)[];
  /**
   * When the result goes to the flow although receipts are missing. Null before the first final receipt, and once the
   * result has been told.
   */
  readonly dueAt: number | null;
  /** True once the result went to the flow. */
  readonly told: boolean;
}

/**
 * "host:port" of the server that accepted this segment, which is also the one that brings its receipt; null where no
 * answer has come.
 */
export function serverOf({ server, servers, messageIds }: SentMessage, segment: number): string | null {
  if (messageIds[segment] == null) return null;
  return servers?.[segment] ?? server;
}

/**
 * An event for the flows that could not be handed over yet. `kind` and `data` belong to the pool; `data` is storable.
 */
export interface ParkedEvent {
  readonly key: number;
  readonly kind: string;
  readonly data: unknown;
  /** True where a process that is gone parked the event: it may have handed it over already. */
  readonly again?: true;
}

/**
 * An incoming multipart message that is not complete. Its parts are kept beside it. `data` belongs to the pool; it is
 * storable, and small, because it is written anew with every part.
 */
export interface PartialMessage {
  readonly key: string;
  /** Epoch milliseconds from which `findPartialsDue` finds the message. */
  readonly expiresAt: number;
  /** Octets of the message with its parts, as the pool counts them. */
  readonly octets: number;
  readonly data: unknown;
}

/** The warning on an outcome or event that a process that died, or an instance that is gone, may have told already. */
export const TOLD_BEFORE = 'a process that is gone may have told this already';

export interface StoreCounts {
  /** Messages waiting, urgent ones included, leased ones not. */
  readonly waiting: number;
  readonly urgent: number;
  /** Epoch milliseconds at which the oldest waiting message was queued; null when none waits. */
  readonly oldest: number | null;
}

export interface ParkOptions {
  /** Events to be parked in the same transaction. */
  readonly park?: readonly Omit<ParkedEvent, 'key'>[];
  /**
   * True where the caller hands these events over itself: `parked` leaves them out while this process has the store.
   */
  readonly handing?: boolean;
}

export interface PartialChange extends ParkOptions {
  /** True removes the parts kept so far. */
  readonly clear?: boolean;
  /** Parts to be added, by their number; storable. Each is written once. */
  readonly parts?: ReadonlyMap<number, unknown>;
}

export interface SaveOptions extends ParkOptions {
  /** The sent message as it was found. Where another instance has changed it since, nothing is stored. */
  readonly before?: SentMessage;
  /** True where the message has ended without these message ids: its entry in the history lacks them. */
  readonly late?: boolean;
}

/** What a shared store tells its pool of the other instances. */
export interface SharedWork {
  /** True where this instance has a smpp-send node of that id. */
  hasSender(node: string): boolean;
  /**
   * Another instance has settled an outcome that this one must tell: this one took the message, or the instance that
   * took it is gone.
   */
  outcome(outcome: Outcome): void;
  /** More parked events may be found now: those of an instance that is gone were taken over. */
  parked(): void;
  /** Messages with these ids are no longer leased here: another instance has them. */
  lost(ids: readonly string[]): void;
  /** @param words why the store cannot be reached; null once it can be again */
  troubled(words: string | null): void;
}

/**
 * Keeps everything that must not be lost. One store serves one pool; every method may be called from `open` on until
 * `close`. A promise that resolves means that the change survives what the store promises to survive (memory: nothing;
 * disk: kill -9). Rejections are SmppError with SMPP_QUEUE_FULL or SMPP_STORE_*; a rejected call has changed nothing.
 * Facts are an exception in a store that is not shared (`release`, `progress`, `settle`, `told`, `unpark`, and
 * `saveSent` of receipts the flows have heard): it keeps them though the call is rejected, and stores them with the
 * next commit that succeeds.
 */
export interface Store {
  /** The clock of all times in the store, where it has one of its own. The pool uses it too. */
  readonly clock?: Clock;
  /** Loads what an earlier process left. Messages that it had leased wait again. */
  open(): Promise<void>;
  close(): Promise<void>;
  counts(): StoreCounts;
  /**
   * Only a store that several instances share has this method. To be called after `untold`. A message belongs to the
   * instance that enqueued it: its outcome is told there.
   */
  share?(work: SharedWork): void;
  /** Why the store cannot be reached or cannot write, in words; null where it can. */
  readonly trouble?: string | null;
  /**
   * Only a store that is not shared has this method: it calls `troubled` whenever `trouble` changes between words and
   * null.
   */
  watch?(troubled: (words: string | null) => void): void;
  /** Number of other instances that live; only in a shared store. */
  readonly others?: number;
  /** What became of messages that have ended; absent in a store that keeps no history. */
  readonly history?: History;

  // The outbox.
  enqueue(message: OutboxMessage): Promise<void>;
  /**
   * Leases at most `limit` waiting messages, urgent first, else oldest first. They are marked as leased before the
   * promise resolves. Resolves as soon as one message waits, or with an empty list when `cancelLease` or `close` is
   * called. One call at a time.
   */
  lease(limit: number): Promise<readonly OutboxMessage[]>;
  cancelLease(): void;
  /** Gives a leased message back, to the front of its lane, with its counters as they are now. */
  release(message: OutboxMessage): Promise<void>;
  /**
   * Saves what changed of a leased message (messageIds, attempts, possibleDuplicate, server), and `sent`. Like
   * `settle`, this adds message ids and servers to what is remembered, and leaves the receipts that other instances
   * noted as they are.
   */
  progress(message: OutboxMessage, sent?: SentMessage): Promise<void>;
  /**
   * Leases waiting messages whose `expiresAt` is not after `now`. Not always all of them in one call.
   */
  takeExpired(now: number): Promise<readonly OutboxMessage[]>;
  /**
   * In one step, the leased message leaves the outbox, its outcome waits for `told`, and `sent` is remembered under its
   * message ids. The outcome's `msg` is the one that was enqueued. An outcome whose message never was in the outbox is
   * kept as it is.
   * @param entry for the history of this store; it is kept in the same step
   * @returns 'elsewhere' where another instance tells the outcome
   */
  settle(outcome: Outcome, sent?: SentMessage, entry?: HistoryEntry): Promise<undefined | 'elsewhere'>;
  /**
   * Leases the waiting messages that fit, some at a time. Those that were not handed out when the caller stops wait
   * again, in their old places. Absent in a shared store.
   */
  takeFitting?(fits: (message: OutboxMessage) => boolean): AsyncIterable<readonly OutboxMessage[]>;
  /**
   * The messages that wait at this moment, leased ones not, the newest first. It may read as it goes, and leaves out
   * what has left the store meanwhile. Absent in a shared store.
   */
  waiting?(): Iterable<OutboxMessage>;
  /** Outcomes that no flow has heard of, including those that an earlier process left. */
  untold(): Promise<readonly Outcome[]>;
  told(id: string): Promise<void>;

  // Sent messages.
  /** `findSent` for one key without a promise. Absent in a store that cannot answer at once. */
  sentUnder?(key: string): readonly SentMessage[];
  /** Sent messages under any of these keys (`messageIdKey` of receipt/match), in the order of the keys. */
  findSent(keys: readonly string[]): Promise<readonly SentMessage[]>;
  /**
   * Replaces a sent message; `findSent` sees the change at once.
   * @returns the keys of the parked events; null where another instance has changed the message since `options.before`:
   * find it again
   */
  saveSent(sent: SentMessage, options?: SaveOptions): Promise<readonly number[] | null>;
  /** Sent messages whose `dueAt` is not after `now`; not always all of them in one call. */
  findDue(now: number): Promise<readonly SentMessage[]>;
  /** Forgets sent messages whose `expiresAt` is not after `now`, a bounded number in one call. @returns how many */
  forgetSent(now: number): Promise<number>;

  // Incoming multipart messages, whose parts may come to any instance.
  findPartial(key: string): Promise<PartialMessage | null>;
  /** The kept parts of the message under this key, by their number. */
  findParts(key: string): Promise<ReadonlyMap<number, unknown>>;
  /**
   * Replaces a partial message and adds to its parts; `findPartial` and `findParts` see the change at once.
   * @param before the object that was found or saved last; null where there was none
   * @returns the keys of the parked events; null where the message was changed since `before`: find it again
   */
  savePartial(
    partial: PartialMessage,
    before: PartialMessage | null,
    change?: PartialChange,
  ): Promise<readonly number[] | null>;
  /**
   * Partial messages whose `expiresAt` is not after `now`, and the oldest others until the rest takes at most `octets`.
   * Not always all of them in one call.
   */
  findPartialsDue(now: number, octets: number): Promise<readonly PartialMessage[]>;
  /** Forgets a partial message that was found or saved, with its parts, unless it was changed since. */
  forgetPartial(partial: PartialMessage): Promise<void>;

  // Events that wait for the flows, in the order of parking.
  /** Keeps an event. @returns its key, for `unpark` */
  park(event: Omit<ParkedEvent, 'key'>): Promise<number>;
  parked(): Promise<readonly ParkedEvent[]>;
  unpark(key: number): Promise<void>;
}
