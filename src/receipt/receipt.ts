/** Message states of the contract (SMPP 3.4 section 5.2.28 and 5.0's SCHEDULED and SKIPPED). */
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

export type DeliveryGroup =
  | 'delivered'
  | 'number'
  | 'temporary'
  | 'network'
  | 'submission'
  | 'range'
  | 'account'
  | 'unexplained'
  | 'policy'
  | 'time-window'
  | 'duplicate'
  | 'template'
  | 'dlt'
  | 'multipart'
  | 'pending'
  | 'unknown';

/** What became of a message (or segment), in the words of the contract. */
export interface DeliveryStatus {
  readonly state: MessageState;
  readonly final: boolean;
  readonly delivered: boolean;
  /** The platform's word as it came; null where there was none. */
  readonly status: string | null;
  /** The platform's error text as it came, leading zeros kept; null where there was none. */
  readonly error: string | null;
  readonly description: string;
  readonly group: DeliveryGroup;
  readonly retryable: boolean;
}

/** A delivery report, parsed. */
export interface Receipt extends DeliveryStatus {
  /** Every id the report names, best first: the text's, then receipted_message_id's. No empty ones, no repeats. */
  readonly messageIds: readonly string[];
  /** ISO 8601 or null. */
  readonly submittedAt: string | null;
  readonly doneAt: string | null;
  /** The receipt text as a string (Latin-1 of the octets unless the data_coding says otherwise). */
  readonly raw: string;
  readonly warnings: readonly string[];
}
