import type { EncodingName } from '../message/message';
import type { DeliveryStatus } from '../receipt/receipt';

export type PoolState = 'up' | 'degraded' | 'down' | 'stopped';
export type ServerState = 'up' | 'degraded' | 'down' | 'stopped';
export type BindState = 'connecting' | 'bound' | 'leaving' | 'waiting' | 'refused' | 'quota' | 'stopped';

export type EventName =
  | 'pool.up'
  | 'pool.degraded'
  | 'pool.down'
  | 'server.up'
  | 'server.down'
  | 'bind.up'
  | 'bind.down'
  | 'bind.refused'
  | 'server.throttled'
  | 'server.recovered'
  | 'bind.deaf'
  | 'queue.high'
  | 'queue.normal'
  | 'outcome.orphaned'
  | 'store.away'
  | 'store.back'
  | 'snapshot';

/** What happened; `time` is ISO 8601, `server` "host:port", `bind` the bind's name. */
export interface PoolEvent {
  readonly event: EventName;
  readonly time: string;
  readonly server?: string;
  readonly bind?: string;
  /** In words; `code` names the same reason for programs. */
  readonly reason?: string;
  readonly code?: string;
  /** With outcome.orphaned: the outcome nobody was there to hear. */
  readonly outcome?: Readonly<Record<string, unknown>>;
  readonly snapshot: Snapshot;
}

/** The pool at one moment: `msg.payload.snapshot` (docs/reference.md, smpp-status). */
export interface Snapshot {
  readonly state: PoolState;
  readonly bound: number;
  readonly binds: number;
  readonly queue: {
    readonly waiting: number;
    readonly urgent: number;
    readonly inFlight: number;
    readonly limit: number;
    readonly oldestSeconds: number;
  };
  readonly totals: Readonly<Totals>;
  readonly hindrance: Hindrance | null;
  readonly servers: readonly ServerSnapshot[];
  /**
   * With a shared store: every living Node-RED instance, this one included (`self`), oldest first; up to two seconds
   * old. The rest of the snapshot is about this instance alone, except for the waiting messages.
   */
  readonly instances?: readonly InstanceSnapshot[];
}

export type HindranceCode =
  'servers-down' | 'stopped' | 'store-away' | 'throttled' | 'window-full' | 'budget' | 'message-held';

/** Why the queue does not move, or not as fast as it might: the most limiting reason, in one sentence. */
export interface Hindrance {
  readonly code: HindranceCode;
  readonly text: string;
}

/** One of the Node-RED instances that share an account. */
export interface InstanceSnapshot {
  readonly id: string;
  readonly self: boolean;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601: when its pool was opened. */
  readonly since: string;
  readonly servers: readonly {
    readonly server: string;
    readonly bound: number;
    /** Names of its binds that are bound. Only one instance at a time has a bind of a given name. */
    readonly binds: readonly string[];
    /** Its submits in the last second. */
    readonly rate: number;
    /** Its fastest answer of the last minute or two; null while there are too few. */
    readonly fastestMs: number | null;
  }[];
}

export interface ServerSnapshot {
  readonly server: string;
  readonly state: ServerState;
  readonly bound: number;
  readonly throughput: number;
  /** PDUs a second in force now; 0 = no limit. */
  readonly allowed: number;
  /** Submits in the last second. */
  readonly rate: number;
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
  /** The last trouble of any of its binds, `time` ISO 8601. It is kept when they are bound again. */
  readonly lastError: { readonly time: string; readonly reason: string } | null;
  /** ISO 8601: since when it is in this state. */
  readonly since: string;
  readonly binds: readonly BindSnapshot[];
}

export interface BindSnapshot {
  readonly bind: string;
  readonly mode: 'transceiver' | 'transmitter' | 'receiver';
  readonly state: BindState;
  readonly inFlight: number;
  readonly window: number;
  /** ISO 8601: since when it is in this state. */
  readonly since: string;
  readonly lastError: string | null;
}

export interface Totals {
  accepted: number;
  refused: number;
  expired: number;
  unknown: number;
  failed: number;
  cancelled: number;
  throttled: number;
  receipts: number;
  unmatched: number;
  incoming: number;
  reconnects: number;
}

export const NO_TOTALS: Readonly<Totals> = {
  accepted: 0,
  refused: 0,
  expired: 0,
  unknown: 0,
  failed: 0,
  cancelled: 0,
  throttled: 0,
  receipts: 0,
  unmatched: 0,
  incoming: 0,
  reconnects: 0,
};

/** A delivery report for the flows: one of a segment, or the result of a whole message. Plain data. */
export interface DeliveryReport extends DeliveryStatus {
  readonly kind: 'report';
  readonly scope: 'segment' | 'message';
  readonly messageId: string | null;
  readonly to: string;
  readonly from: string;
  readonly submittedAt: string | null;
  readonly doneAt: string | null;
  /** Counts over the message's segments; null for an unmatched report. */
  readonly segments: {
    readonly total: number;
    readonly delivered: number;
    readonly failed: number;
    readonly pending: number;
  } | null;
  readonly server: string | null;
  readonly bind: string | null;
  /** The receipt text; null for a result that came without a receipt, at the end of `receiptWait`. */
  readonly raw: string | null;
  /** Tag in hex → value in hex. */
  readonly tlvs: Readonly<Record<string, string>>;
  readonly matched: boolean;
  readonly warnings: readonly string[];
  /** Number of the segment (from 1) this report is about; null when unmatched or for a whole message of several. */
  readonly segment: number | null;
  readonly sent: SentInfo | null;
  /** The flow of the sent message's node; null where it is not known, absent in reports that an earlier version parked. */
  readonly flow?: string | null;
}

/** `msg.sent` of a report (docs/reference.md, smpp-dlr-in). */
export interface SentInfo {
  readonly id: string;
  readonly _msgid: string | null;
  readonly to: string;
  readonly from: string;
  readonly segments: number;
  readonly encoding: EncodingName;
  readonly submittedAt: string;
  readonly server: string;
  readonly reference: unknown;
  readonly node: string;
}

/** An ordinary message from a handset, whole. Plain data. */
export interface IncomingMessage {
  readonly kind: 'incoming';
  readonly text: string | Buffer;
  readonly to: string;
  readonly from: string;
  readonly encoding: string;
  readonly dataCoding: number;
  readonly segments: number;
  readonly server: string;
  readonly bind: string;
  readonly tlvs: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}
