import type { Delivery, Tlv } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { deliveryStatusOf, stateOfNumber } from './delivery-status';
import { readReceiptText, type ReceiptFields } from './fields';
import { isTimeZone, readReceiptDate } from './receipt-date';
import type { DeliveryStatus, Receipt } from './receipt';
import { stateOfSynonym } from './status-words';

export interface ParseOptions {
  /** IANA zone of the receipt's dates; an unknown one counts as UTC, with a warning. */
  readonly timezone: string;
}

/** Ids of one receipt at most; a PDU has room for thousands. */
const MAX_IDS = 8;

/** esm_class, message type: intermediate delivery notification (SMPP 3.4 section 5.2.12). */
const INTERMEDIATE = 0x20;

/** A delivery as the receipt it is. Never throws: what cannot be read is null, and in `warnings` (the delivery's come first). */
export function parseReceipt(delivery: Delivery, options: ParseOptions): Receipt {
  const warnings = [...delivery.warnings];
  const { raw, fields } = readReceiptText(delivery, warnings);
  const tlvs = readReceiptTlvs(delivery.tlvs, warnings);
  const fate = deliveryStatusOf({
    status: statusOf(fields),
    error: fields.err ?? tlvs.networkError,
    messageState: tlvs.messageState,
    intermediate: (delivery.esmClass & INTERMEDIATE) !== 0,
  });
  warnOfFate(fate, tlvs.messageState, warnings);
  const messageIds = idsOf(fields, tlvs, warnings);
  if (messageIds.length === 0) warnings.push('receipt names no message id');
  if (!isTimeZone(options.timezone)) warnings.push(`time zone "${options.timezone}" is unknown, dates are read as UTC`);
  // Field by field: spreading the fate costs more than all the reading above.
  return {
    state: fate.state,
    final: fate.final,
    delivered: fate.delivered,
    status: fate.status,
    error: fate.error,
    description: fate.description,
    group: fate.group,
    retryable: fate.retryable,
    messageIds,
    submittedAt: readDate('submit date', fields.submitDate, options.timezone, warnings),
    doneAt: readDate('done date', fields.doneDate, options.timezone, warnings),
    raw,
    warnings,
  };
}

interface ReceiptTlvs {
  /** In the order of the wire, no empty ones, MAX_IDS at most. */
  readonly messageIds: string[];
  /** receipted_message_id came so many times. */
  named: number;
  messageState: number | null;
  /** The code of network_error_code in decimal. */
  networkError: string | null;
}

function readReceiptTlvs(tlvs: readonly Tlv[], warnings: string[]): ReceiptTlvs {
  const found: ReceiptTlvs = { messageIds: [], named: 0, messageState: null, networkError: null };
  for (const { tag, value } of tlvs) {
    switch (tag) {
      case TLV.receiptedMessageId: {
        found.named += 1;
        if (found.messageIds.length === MAX_IDS) break;
        const id = cString(value);
        if (id !== '' && !found.messageIds.includes(id)) found.messageIds.push(id);
        break;
      }
      case TLV.messageState:
        if (value.length !== 1) warnings.push(`message_state has ${String(value.length)} octets instead of 1`);
        else found.messageState ??= value[0]!;
        break;
      case TLV.networkErrorCode:
        // One octet of network type, two of its code (section 5.3.2.31).
        if (value.length !== 3) warnings.push(`network_error_code has ${String(value.length)} octets instead of 3`);
        else found.networkError ??= String(value.readUInt16BE(1));
    }
  }
  return found;
}

/** Its NUL may be missing, or followed by rubbish. */
function cString(value: Buffer): string {
  const end = value.indexOf(0);
  return value.toString('latin1', 0, end < 0 ? value.length : end).trim();
}

/** The text's ids, then the TLVs'; no repeats. */
function idsOf(fields: ReceiptFields, tlvs: ReceiptTlvs, warnings: string[]): readonly string[] {
  if (tlvs.named > MAX_IDS) {
    warnings.push(`${String(tlvs.named)} message ids in one receipt; only the first ${String(MAX_IDS)} are looked at`);
  }
  const ids = tlvs.messageIds;
  if (fields.longId !== null && !ids.includes(fields.longId)) ids.unshift(fields.longId);
  return fields.id === null ? ids : [fields.id, ...ids.filter((other) => other !== fields.id)];
}

/** The stat word; all of them where they are a state together: "NOT DELIVERED". */
function statusOf({ stat, longStat }: ReceiptFields): string | null {
  if (longStat !== null && stateOfSynonym(longStat) !== undefined) return longStat;
  return stat === null ? null : withoutColon(stat);
}

function withoutColon(word: string): string | null {
  if (!word.endsWith(':')) return word;
  return word === ':' ? null : word.slice(0, -1);
}

function warnOfFate(fate: DeliveryStatus, messageState: number | null, warnings: string[]): void {
  const { status, error, delivered } = fate;
  if (fate.group === 'unknown') {
    warnings.push(`no code table knows status ${status ?? '(none)'} with error ${error ?? '(none)'}`);
  }
  if (delivered && error !== null && /[^0]/.test(error)) warnings.push(`delivered, although the error is ${error}`);
  // Beyond delivered or not, the words of table and TLV differ too often to mean anything.
  if (messageState !== null && delivered !== (stateOfNumber(messageState) === 'DELIVERED')) {
    warnings.push(`message_state ${String(messageState)} contradicts status ${status ?? '(none)'}`);
  }
}

function readDate(label: string, text: string | null, timezone: string, warnings: string[]): string | null {
  if (text === null) return null;
  const date = readReceiptDate(text, timezone);
  // All zeros is how platforms write "none".
  if (date === null && /[^0]/.test(text)) warnings.push(`${label} "${text}" cannot be read`);
  return date;
}
