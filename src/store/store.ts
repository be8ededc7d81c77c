import type { Clock } from '../base/clock';
import type { EncodingName } from '../message/message';
import type { DeliveryStatus } from '../receipt/receipt';
import type { ListRecipient } from './list-recipient';
import type { Outcome } from './outcome';

/** One text to one recipient, waiting to be submitted or in flight. Times are epoch milliseconds. */
export interface OutboxMessage {
  /** Ours; stable over restarts. */
  readonly id: string;
  /** Id of the smpp-send node that gets the outcome. */
  readonly node: string;
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
  /** False where no receipt was asked for: then nothing is remembered of it once it is accepted. */
  readonly receipt: boolean;
  /**
   * The flow's message. It may hold anything; a store on disk keeps what can be stored of it (`storable`). That of several recipients is
   * one object for all of them, which a store keeps without the list.
   */
  msg: Readonly<Record<string, unknown>>;
  /** Of one of several recipients: which one of them it is. */
  readonly recipient?: ListRecipient;
  /** What smpp-send was given as reference; comes back with the receipt. */
  readonly reference: unknown;
  /** Message ids of segments the platform has accepted, null for the others; one entry a segment. */
  messageIds: (string | null)[];
  /** Submits that the platform answered with trouble, or not at all. */
  attempts: number;
  /** True once a lease of it ended without an answer: it may have been submitted already. */
  possibleDuplicate: boolean;
  /** "host:port" that accepted the first of its segments: the rest goes there too. Null before, and where that is not known any more. */
  server: string | null;
  /**
   * As `lease` hands it out: true where an earlier lease of it never ended, because its process died, so that it may
   * have been submitted already; false on a first lease and after a release.
   */
  leased: boolean;
  submittedAt: number | null;
}

/** What is known of one segment's fate. */
export interface SegmentReceipt extends DeliveryStatus {
  readonly messageId: string;
  readonly submittedAt: string | null;
  readonly doneAt: string | null;
  /** Epoch milliseconds of its arrival. */
  readonly at: number;
}

/** A message the platform has accepted (in part at least), remembered for its receipts. Times are epoch milliseconds. */
export interface SentMessage {
  readonly id: string;
  readonly node: string;
  /** `_msgid` of the flow's message. */
  readonly msgid: string | null;
  readonly to: string;
  readonly from: string;
  readonly encoding: EncodingName;
  /** "host:port" that accepted the first of its segments. */
  readonly server: string;
  /** One entry a segment, where they went to different servers; null where all went to `server`. See `serverOf`. */
  readonly servers: readonly (string | null)[] | null;
  readonly submittedAt: number;
  readonly reference: unknown;
  readonly expiresAt: number;
  /** One entry a segment; null where no answer has come (yet). */
  readonly messageIds: readonly (string | null)[];
  /** One entry a segment; the latest receipt of it. */
  readonly receipts: readonly (SegmentReceipt | null)[];
  /** When its result falls due although receipts are missing; null before the first final one and once it has been told. */
  readonly dueAt: number | null;
  /** True once its result went to the flow. */
  readonly told: boolean;
}

/** Which server accepted this segment, and so brings its receipt; null where no answer has come (yet). */
export function serverOf({ server, servers, messageIds }: SentMessage, segment: number): string | null {
  if (messageIds[segment] == null) return null;
  return servers?.[segment] ?? server;
}

/** Something for the flows that could not be handed over yet. `kind` and `data` are the pool's business; `data` is storable. */
export interface ParkedEvent {
  readonly key: number;
  readonly kind: string;
  readonly data: unknown;
  /** Of an instance that is gone, which may have handed it over already. */
  readonly again?: true;
}

/**
 * What is known of a longer incoming message of which parts have come; the parts themselves are kept beside it. `data` is the pool's
 * business; it is storable, and small, for it is written anew with every part.
 */
export interface PartialMessage {
  readonly key: string;
  /** Epoch milliseconds; from then on `findPartialsDue` finds it. */
  readonly expiresAt: number;
  /** What it takes with its parts, as the pool counts it. */
  readonly octets: number;
  readonly data: unknown;
}

/** The warning with what an instance that is gone may have told its flows already. */
export const TOLD_BEFORE = 'another instance, which is gone, may have told this already';

export interface StoreCounts {
  /** Messages waiting, urgent ones included, leased ones not. */
  readonly waiting: number;
  readonly urgent: number;
  /** Epoch milliseconds at which the oldest waiting message was queued; null when none waits. */
  readonly oldest: number | null;
}

export interface ParkOptions {
  /** Parked in the same step. */
  readonly park?: readonly Omit<ParkedEvent, 'key'>[];
  /** What was parked is being handed over meanwhile: `parked` leaves it out while this process has the store. */
  readonly handing?: boolean;
}

export interface PartialChange extends ParkOptions {
  /** The parts kept so far are removed. */
  readonly clear?: boolean;
  /** Parts to be kept, by their number; storable. Each is written once. */
  readonly parts?: ReadonlyMap<number, unknown>;
}

export interface SaveOptions extends ParkOptions {
  /** As it was found: where another instance has changed it since, nothing is stored. */
  readonly before?: SentMessage;
}

/** What the other instances of a shared store may bring about here. */
export interface SharedWork {
  /** Is there a smpp-send node of this id here? */
  hasSender(node: string): boolean;
  /** An outcome that another instance has settled is this one's to tell: it took the message, or who took it is gone. */
  outcome(outcome: Outcome): void;
  /** There may be more parked events: of an instance that is gone. */
  parked(): void;
  /** These messages are no longer leased here: another instance has them. */
  lost(ids: readonly string[]): void;
  /** The store cannot be reached (in words), or can be again (null). */
  troubled(words: string | null): void;
}

/**
 * What must not be lost. One store serves one pool; every method may be called from `open` on until `close`.
 * A promise that resolves means: it would survive what the store promises to survive (memory: nothing; disk: kill -9).
 * Rejections are SmppError with SMPP_QUEUE_FULL or SMPP_STORE_*; a rejected call has changed nothing. A store that is not shared keeps
 * what has happened all the same (`release`, `progress`, `settle`, `told`, `unpark`, `saveSent` of what the flows have heard), and brings
 * it with the next commit that succeeds.
 */
export interface Store {
  /** The time that all moments in it are told in, where it has one of its own; the pool lives by it. */
  readonly clock?: Clock;
  /** Loads what an earlier process left. Messages found leased are waiting again. */
  open(): Promise<void>;
  close(): Promise<void>;
  counts(): StoreCounts;
  /**
   * Only stores that several instances share have it; to be called once `untold` has said what there is. A message belongs to the
   * instance that enqueued it: its outcome is told there.
   */
  share?(work: SharedWork): void;
  /** Why it cannot be reached, or nothing can be stored, in words; null where it can. */
  readonly trouble?: string | null;
  /** Only a store that is not shared has it: `troubled` hears whenever `trouble` turns. */
  watch?(troubled: (words: string | null) => void): void;
  /** Of a shared store: how many other instances live. */
  readonly others?: number;

  // The outbox.
  enqueue(message: OutboxMessage): Promise<void>;
  /**
   * At most `limit` waiting messages, urgent first, else oldest first, marked as leased before the promise resolves.
   * Resolves as soon as there is one; with none when `cancelLease` or `close` is called. One call at a time.
   */
  lease(limit: number): Promise<readonly OutboxMessage[]>;
  cancelLease(): void;
  /** Gives a leased message back, to the front of its lane, with its counters as they are now. */
  release(message: OutboxMessage): Promise<void>;
  /**
   * Saves what changed of a leased message (messageIds, attempts, possibleDuplicate, server), and what is remembered of it so far: this and
   * `settle` add message ids and servers to what is remembered, and leave the receipts that others noted as they are.
   */
  progress(message: OutboxMessage, sent?: SentMessage): Promise<void>;
  /**
   * Takes waiting messages whose `expiresAt` is not after `now` out of the lanes; they count as leased. Not always all of them
   * in one call.
   */
  takeExpired(now: number): Promise<readonly OutboxMessage[]>;
  /**
   * One step: the leased message leaves the outbox, its outcome waits for `told`, `sent` is remembered under its message ids.
   * The outcome's `msg` is the one that was enqueued. An outcome of a message that never was here is kept as it is.
   * @returns 'elsewhere' where another instance tells it
   */
  settle(outcome: Outcome, sent?: SentMessage): Promise<undefined | 'elsewhere'>;
  /** Outcomes that no flow has heard of, those of an earlier process too. */
  untold(): Promise<readonly Outcome[]>;
  told(id: string): Promise<void>;

  // Sent messages.
  /** What `findSent` finds under this key, where the store need not wait for it; absent where it must. */
  sentUnder?(key: string): readonly SentMessage[];
  /** Sent messages under any of these keys (`messageIdKey` of receipt/match), in the order of the keys. */
  findSent(keys: readonly string[]): Promise<readonly SentMessage[]>;
  /**
   * Replaces what is remembered; at once visible to `findSent`.
   * @returns the keys of what was parked; null where it was not as it was `before`: then it is to be found again
   */
  saveSent(sent: SentMessage, options?: SaveOptions): Promise<readonly number[] | null>;
  /** Sent messages whose `dueAt` is not after `now`; not always all of them in one call. */
  findDue(now: number): Promise<readonly SentMessage[]>;
  /** Forgets sent messages whose `expiresAt` is not after `now`; how many. Bounded work a call. */
  forgetSent(now: number): Promise<number>;

  // Longer incoming messages, whose parts may come to any instance.
  findPartial(key: string): Promise<PartialMessage | null>;
  /** The parts that are kept, by their number. */
  findParts(key: string): Promise<ReadonlyMap<number, unknown>>;
  /**
   * Replaces what is known of it, and adds to its parts; at once visible to `findPartial` and `findParts`.
   * @param before as it was found or saved; null where there was none
   * @returns the keys of what was parked; null where it is not as it was `before`: then it is to be found again
   */
  savePartial(
    partial: PartialMessage,
    before: PartialMessage | null,
    change?: PartialChange,
  ): Promise<readonly number[] | null>;
  /**
   * Those whose `expiresAt` is not after `now`, and the oldest where all together take more than so many octets; not always all of
   * them in one call.
   */
  findPartialsDue(now: number, octets: number): Promise<readonly PartialMessage[]>;
  /** Forgets one that was found or saved, and its parts, unless it was changed since. */
  forgetPartial(partial: PartialMessage): Promise<void>;

  // What waits for the flows, in the order it was parked.
  /** Keeps it; resolves with the key for `unpark`. */
  park(event: Omit<ParkedEvent, 'key'>): Promise<number>;
  parked(): Promise<readonly ParkedEvent[]>;
  unpark(key: number): Promise<void>;
}
