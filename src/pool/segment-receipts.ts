import { sameStatus } from '../receipt/delivery-status';
import type { Receipt } from '../receipt/receipt';
import type { SegmentReceipt, SentMessage } from '../store/store';
import { statusOnly } from './report';

/** What a receipt changes. */
export interface Noted {
  /** The sent message with the receipt noted, as it is to be stored. */
  readonly sent: SentMessage;
  /** For the report, beside the receipt's own warnings. */
  readonly warnings: readonly string[];
  /**
   * The report for listeners that want one a message. `whole`: the result, or a later final receipt that differs from
   * it. `interim`: the message is still on its way. `none`: no report.
   */
  readonly report: 'whole' | 'interim' | 'none';
}

/**
 * Notes a receipt of a segment (from 0). An interim receipt never overwrites a final one. Nor does a success overwrite
 * a failure where another segment has the same message id, for the success may be that segment's.
 * @param now epoch milliseconds
 * @param receiptWait milliseconds from the first final receipt until the result is due without the rest
 * @returns null where the receipt repeats the known status
 */
export function noteReceipt(
  sent: SentMessage,
  segment: number,
  receipt: Receipt,
  now: number,
  receiptWait: number,
): Noted | null {
  const before = sent.receipts[segment] ?? null;
  if (before && sameStatus(before, receipt)) return null;
  const isLater = before?.final === true;
  const warnings: string[] = [];
  if (isLater && receipt.final) {
    warnings.push(
      `another final report came before: ${before.status ?? before.state}, error ${before.error ?? 'none'}`,
    );
  }
  const isKept = isLater && (!receipt.final || (!before.delivered && receipt.delivered && sharesId(sent, segment)));
  const receipts = isKept ? sent.receipts : withEntry(sent, segment, receipt, now);
  if (sent.told) return { sent: { ...sent, receipts }, warnings, report: warnings.length > 0 ? 'whole' : 'none' };
  if (!receipt.final) return { sent: { ...sent, receipts }, warnings, report: isLater ? 'none' : 'interim' };
  const told = receipts.every((entry) => entry?.final);
  const dueAt = told ? null : (sent.dueAt ?? now + receiptWait);
  return { sent: { ...sent, receipts, told, dueAt }, warnings, report: told ? 'whole' : 'none' };
}

function withEntry(sent: SentMessage, segment: number, receipt: Receipt, now: number): (SegmentReceipt | null)[] {
  const entry: SegmentReceipt = {
    ...statusOnly(receipt),
    messageId: receipt.messageIds[0] ?? '',
    submittedAt: receipt.submittedAt,
    doneAt: receipt.doneAt,
    at: now,
  };
  return sent.receipts.map((old, index) => (index === segment ? entry : old));
}

function sharesId({ messageIds }: SentMessage, segment: number): boolean {
  return messageIds.some((id, other) => other !== segment && id === messageIds[segment]);
}
