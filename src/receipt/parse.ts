import type { Delivery, Tlv } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import type { CodeTable } from './code-table';
import { deliveryStatusOf, stateOfNumber } from './delivery-status';
import { readReceiptText, type ReceiptFields } from './fields';
import { isTimeZone, readReceiptDate } from './receipt-date';
import type { DeliveryStatus, Receipt } from './receipt';
import { stateOfSynonym } from './status-words';

export interface ParseOptions {
  /** IANA zone of the receipt's dates; an unknown one counts as UTC, with a warning. */
  readonly timezone: string;
  /** The platform's delivery codes; absent: those of the guide. */
  readonly codes?: CodeTable;
}

/** Most message ids that are read from one receipt; a PDU has room for thousands. */
const MAX_IDS = 8;

/** esm_class, message type: intermediate delivery notification (SMPP 3.4 section 5.2.12). */
const INTERMEDIATE = 0x20;

/**
 * Reads a delivery report from its text and TLVs. Never throws: a field that cannot be read is null and named in
 * `warnings`, behind the warnings of the delivery itself.
 */
export function parseReceipt(delivery: Delivery, options: ParseOptions): Receipt {
  const warnings = [...delivery.warnings];
  const { raw, fields } = readReceiptText(delivery, warnings);
  const tlvs = readReceiptTlvs(delivery.tlvs, warnings);
  const fate = deliveryStatusOf(
    {
      status: statusOf(fields),
      error: fields.err ?? tlvs.networkError,
      messageState: tlvs.messageState,
      intermediate: (delivery.esmClass & INTERMEDIATE) !== 0,
    },
    options.codes,
  );
  warnOfFate(fate, tlvs.messageState, warnings);
  const messageIds = idsOf(fields, tlvs, warnings);
  if (messageIds.length === 0) warnings.push('receipt names no message id');
  if (!isTimeZone(options.timezone)) warnings.push(`time zone "${options.timezone}" is unknown, dates are read as UTC`);
  // Field by field, because spreading `fate` costs more than all the reading above.
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
  /** Values of receipted_message_id in the order of the wire: none empty, no repeats, MAX_IDS at most. */
  readonly messageIds: string[];
  /** How often receipted_message_id came, beyond MAX_IDS too. */
  named: number;
  messageState: number | null;
  /** The error code inside network_error_code, in decimal. */
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
        // One octet of network type, two of error code (SMPP 3.4 section 5.3.2.31).
        if (value.length !== 3) warnings.push(`network_error_code has ${String(value.length)} octets instead of 3`);
        else found.networkError ??= String(value.readUInt16BE(1));
    }
  }
  return found;
}

/** The text before the first NUL. Some platforms leave the NUL out, others write rubbish behind it. */
function cString(value: Buffer): string {
  const end = value.indexOf(0);
  return value.toString('latin1', 0, end < 0 ? value.length : end).trim();
}

/** The ids of the receipt text, then those of the TLVs, without repeats. */
function idsOf(fields: ReceiptFields, tlvs: ReceiptTlvs, warnings: string[]): readonly string[] {
  if (tlvs.named > MAX_IDS) {
    warnings.push(`${String(tlvs.named)} message ids in one receipt; only the first ${String(MAX_IDS)} are looked at`);
  }
  const ids = tlvs.messageIds;
  if (fields.longId !== null && !ids.includes(fields.longId)) ids.unshift(fields.longId);
  return fields.id === null ? ids : [fields.id, ...ids.filter((other) => other !== fields.id)];
}

/**
 * The first word of the stat field; the whole field where its words name a state together that the first does not name alone, as in
 * "NOT DELIVERED", but not in "DELIVRD 2607151040".
 */
function statusOf({ stat, longStat }: ReceiptFields): string | null {
  const together = longStat === null ? undefined : stateOfSynonym(longStat);
  if (together !== undefined && together !== stateOfSynonym(stat ?? '')) return longStat;
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
  // Only delivered or not is compared: code table and message_state call the same failure by too many names.
  if (messageState !== null && delivered !== (stateOfNumber(messageState) === 'DELIVERED')) {
    warnings.push(`message_state ${String(messageState)} contradicts status ${status ?? '(none)'}`);
  }
}

function readDate(label: string, text: string | null, timezone: string, warnings: string[]): string | null {
  if (text === null) return null;
  const date = readReceiptDate(text, timezone);
  // Platforms write all zeros for "no date".
  if (date === null && /[^0]/.test(text)) warnings.push(`${label} "${text}" cannot be read`);
  return date;
}
