/** State of a message (docs/codes.md): those of SMPP 3.4 section 5.2.28, and SCHEDULED and SKIPPED of 5.0. */
export type MessageState =
  | 'DELIVERED'
  | 'EXPIRED'
  | 'DELETED'
  | 'UNDELIVERABLE'
  | 'ACCEPTED'
  | 'ENROUTE'
  | 'UNKNOWN'
  | 'REJECTED'
  | 'SCHEDULED'
  | 'SKIPPED';

/** Why a message has its state, in groups that a flow can act on (docs/codes.md, "Delivery reports"). */
export const DELIVERY_GROUPS = [
  'delivered',
  'number',
  'temporary',
  'network',
  'submission',
  'range',
  'account',
  'unexplained',
  'policy',
  'time-window',
  'duplicate',
  'template',
  'dlt',
  'multipart',
  'pending',
  'unknown',
] as const;

export type DeliveryGroup = (typeof DELIVERY_GROUPS)[number];

/** What became of a message or segment: fields of the payload of `smpp-dlr-in` (docs/reference.md). */
export interface DeliveryStatus {
  readonly state: MessageState;
  /** False where the platform still tries: a pending state, or an intermediate notification. */
  readonly final: boolean;
  readonly delivered: boolean;
  /** The platform's status word as it came; null where the receipt has none. */
  readonly status: string | null;
  /** The platform's error text as it came, leading zeros kept; null where the receipt has none. */
  readonly error: string | null;
  readonly description: string;
  readonly group: DeliveryGroup;
  /** True of a final failure where the same message may get through later. */
  readonly retryable: boolean;
}

/** A delivery report, parsed. */
export interface Receipt extends DeliveryStatus {
  /** Every message id in the report, those of the text before receipted_message_id. None is empty, none comes twice. */
  readonly messageIds: readonly string[];
  /** ISO 8601 in UTC, like `doneAt`; null where the receipt has no date that can be read. */
  readonly submittedAt: string | null;
  readonly doneAt: string | null;
  /** The receipt text as a string (Latin-1 of the octets unless the data_coding says otherwise). */
  readonly raw: string;
  readonly warnings: readonly string[];
}
