import { isoTime, type Clock } from '../base/clock';
import { worstStatus } from '../receipt/delivery-status';
import type { DeliveryStatus, MessageState } from '../receipt/receipt';

/** How a message ended, in the words of `msg.smpp.outcome`. */
export const OUTCOMES = [
  'accepted',
  'refused',
  'expired',
  'unknown',
  'invalid',
  'overflow',
  'failed',
  'cancelled',
] as const;
export type OutcomeWord = (typeof OUTCOMES)[number];

/**
 * What is known of one message, from the moment it was taken. Times are moments of the pool's clock in milliseconds,
 * null where they have not come; flows and people get a `PublicEntry`.
 */
export interface HistoryEntry {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  /** Null while the message waits or is on its way. */
  readonly outcome: OutcomeWord | null;
  /** Of the delivery report; of a long message the worst of its segments. Null before the first report. */
  readonly state: MessageState | null;
  /** The platform's word in the report, as it came. */
  readonly status: string | null;
  /** The platform's error in the report, as it came; before a report, the code of a failed outcome. */
  readonly error: string | null;
  /** What `state` or the failed outcome means, in words. */
  readonly description: string | null;
  /** Id of the DLT template. */
  readonly template: string | null;
  readonly segments: number;
  /** One a segment; null where the platform has not accepted it. */
  readonly messageIds: readonly (string | null)[];
  /** "host:port" that answered last. */
  readonly server: string | null;
  readonly queuedAt: number;
  readonly submittedAt: number | null;
  readonly answeredAt: number | null;
  /** When the latest final report arrived. */
  readonly doneAt: number | null;
  readonly attempts: number;
  readonly possibleDuplicate: boolean;
  readonly reference: unknown;
  /** Id of the smpp-send node. */
  readonly node: string;
  /** Only where the pool keeps texts. */
  readonly text?: string;
}

/** An entry as flows, the admin endpoint and the live view get it (docs/reference.md): times are ISO 8601. */
export interface PublicEntry extends Omit<HistoryEntry, 'queuedAt' | 'submittedAt' | 'answeredAt' | 'doneAt'> {
  readonly queuedAt: string;
  readonly submittedAt: string | null;
  readonly answeredAt: string | null;
  readonly doneAt: string | null;
}

/** Names of an entry's fields, in the order in which they are shown. */
export const ENTRY_FIELDS = [
  'id',
  'to',
  'from',
  'outcome',
  'state',
  'status',
  'error',
  'description',
  'template',
  'segments',
  'messageIds',
  'server',
  'queuedAt',
  'submittedAt',
  'answeredAt',
  'doneAt',
  'attempts',
  'possibleDuplicate',
  'reference',
  'node',
  'text',
] as const satisfies readonly (keyof HistoryEntry)[];

/** @param clock in whose time the entry's moments are */
export function publicEntry(entry: HistoryEntry, clock: Clock): PublicEntry {
  const iso = (moment: number | null): string | null => (moment === null ? null : isoTime(clock, moment));
  const { queuedAt, submittedAt, answeredAt, doneAt } = entry;
  return {
    ...entry,
    queuedAt: isoTime(clock, queuedAt),
    submittedAt: iso(submittedAt),
    answeredAt: iso(answeredAt),
    doneAt: iso(doneAt),
  };
}

/** A receipt of one segment, with the moment of its arrival. */
export interface EntryReceipt extends DeliveryStatus {
  readonly at: number;
}

/** A message as it is remembered for its receipts: an id and a receipt for each segment, null where none has come. */
export interface EntryReceipts {
  readonly messageIds: readonly (string | null)[];
  readonly receipts: readonly (EntryReceipt | null)[];
}

/** The entry with what its receipts say. */
export function withReceipts(entry: HistoryEntry, sent: EntryReceipts): HistoryEntry {
  const { messageIds } = sent;
  const known = sent.receipts.filter((receipt) => receipt !== null);
  if (known.length === 0) return { ...entry, messageIds };
  const final = known.filter((receipt) => receipt.final);
  const { state, status, error, description } = worstStatus(final.length > 0 ? final : known);
  const doneAt = final.length > 0 ? Math.max(...final.map(({ at }) => at)) : null;
  return { ...entry, messageIds, state, status, error, description, doneAt };
}
