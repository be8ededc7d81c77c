import { isoTime, type Clock } from '../base/clock';
import { sameStatus, worstStatus } from '../receipt/delivery-status';
import { namedBy } from '../receipt/handset';
import type { DeliveryStatus, Receipt } from '../receipt/receipt';
import type { Delivery, Tlv } from '../smpp/pdu';
import type { SentMessage } from '../store/store';
import type { DeliveryReport, SentInfo } from './events';

/** The server ("host:port") and the bind that a PDU came in by. */
export interface Origin {
  readonly server: string;
  readonly bind: string;
}

/** A receipt with the PDU that brought it. */
export interface ReceiptArrival {
  readonly receipt: Receipt;
  readonly delivery: Delivery;
  readonly origin: Origin;
}

/** The report of a receipt that matches no sent message. @param sender the pool's `from` setting, "" where blank */
export function unmatchedReport(arrival: ReceiptArrival, sender: string): DeliveryReport {
  const { source, destination } = arrival.delivery;
  return receiptReport(arrival, namedBy(source.addr, destination.addr, sender));
}

function receiptReport(
  { receipt, delivery, origin }: ReceiptArrival,
  { to, from }: { readonly to: string; readonly from: string },
): DeliveryReport {
  return {
    kind: 'report',
    scope: 'segment',
    ...statusOnly(receipt),
    messageId: receipt.messageIds[0] ?? null,
    to,
    from,
    submittedAt: receipt.submittedAt,
    doneAt: receipt.doneAt,
    segments: null,
    ...origin,
    raw: receipt.raw,
    tlvs: tlvsInHex(delivery.tlvs),
    matched: false,
    warnings: receipt.warnings,
    segment: null,
    sent: null,
    flow: null,
  };
}

/**
 * The report of one segment, from 0.
 * @param warnings beside those of the receipt
 * @param clock in whose time the message was submitted
 */
export function segmentReport(
  sent: SentMessage,
  segment: number,
  arrival: ReceiptArrival,
  warnings: readonly string[],
  clock: Clock,
): DeliveryReport {
  return {
    ...receiptReport(arrival, sent),
    matched: true,
    warnings: [...arrival.receipt.warnings, ...warnings],
    segment: segment + 1,
    segments: segmentCounts(sent),
    sent: sentInfo(sent, clock),
    flow: sent.flow,
  };
}

/**
 * The report of a whole message.
 * @param arrival the receipt that completed the report; null where the wait for receipts ended
 * @param warnings beside those of the receipt
 * @param clock in whose time the message was submitted
 * @param status of this report; without it the worst known status of the segments, among the final ones where there are
 * any
 */
export function messageReport(
  sent: SentMessage,
  arrival: ReceiptArrival | null,
  warnings: readonly string[],
  clock: Clock,
  status?: DeliveryStatus,
): DeliveryReport {
  const known = sent.receipts.filter((entry) => entry !== null);
  const worst = status ?? worstStatus(known.some(({ final }) => final) ? known.filter(({ final }) => final) : known);
  const worstEntry = known.find((entry) => sameStatus(entry, worst));
  const receipt = arrival?.receipt;
  return {
    kind: 'report',
    scope: 'message',
    ...statusOnly(worst),
    messageId: worstEntry?.messageId ?? receipt?.messageIds[0] ?? sent.messageIds.find((id) => id) ?? null,
    to: sent.to,
    from: sent.from,
    submittedAt: receipt?.submittedAt ?? known[0]?.submittedAt ?? null,
    doneAt: latest(known.map(({ doneAt }) => doneAt)),
    segments: segmentCounts(sent),
    server: arrival?.origin.server ?? null,
    bind: arrival?.origin.bind ?? null,
    raw: receipt?.raw ?? null,
    tlvs: arrival ? tlvsInHex(arrival.delivery.tlvs) : {},
    matched: true,
    warnings: [...(receipt?.warnings ?? []), ...warnings],
    segment: sent.messageIds.length === 1 ? 1 : null,
    sent: sentInfo(sent, clock),
    flow: sent.flow,
  };
}

/** A receipt's (or a report's) status without the rest of it. */
export function statusOnly({
  state,
  final,
  delivered,
  status,
  error,
  description,
  group,
  retryable,
}: DeliveryStatus): DeliveryStatus {
  return { state, final, delivered, status, error, description, group, retryable };
}

/** Tag in four hex digits → value in hex; where a tag repeats, its last value. */
export function tlvsInHex(tlvs: readonly Tlv[]): Record<string, string> {
  return Object.fromEntries(tlvs.map(({ tag, value }) => [tag.toString(16).padStart(4, '0'), value.toString('hex')]));
}

function segmentCounts(sent: SentMessage): NonNullable<DeliveryReport['segments']> {
  const total = sent.receipts.length;
  const delivered = sent.receipts.filter((entry) => entry?.final && entry.delivered).length;
  const failed = sent.receipts.filter((entry) => entry?.final && !entry.delivered).length;
  return { total, delivered, failed, pending: total - delivered - failed };
}

function sentInfo(sent: SentMessage, clock: Clock): SentInfo {
  return {
    id: sent.id,
    _msgid: sent.msgid,
    to: sent.to,
    from: sent.from,
    segments: sent.messageIds.length,
    encoding: sent.encoding,
    submittedAt: isoTime(clock, sent.submittedAt),
    server: sent.server,
    reference: sent.reference,
    node: sent.node,
  };
}

/** The latest of ISO 8601 times. */
function latest(times: readonly (string | null)[]): string | null {
  return times.reduce((last, time) => (last === null || (time !== null && time > last) ? time : last), null);
}
