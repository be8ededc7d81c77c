import type { Delivery } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { readReceiptText } from './fields';

/** A delivery report, a text from a handset, or the acknowledgement of a sent message by the handset or its user. */
export type DeliveryKind = 'receipt' | 'message' | 'acknowledgement';

// esm_class, message type (SMPP 3.4 section 5.2.12): 0x04 receipt, 0x08 and 0x10 acknowledgements, 0x20 intermediate notification.
const RECEIPT_BITS = 0x24;
const TYPE_BITS = 0x3c;

/**
 * Tells the kind of a delivery. It is a receipt where esm_class says so, or where its text has both an id and a stat
 * label, whatever esm_class says. Without any text, receipted_message_id or message_state make it a receipt. Beside a
 * text these TLVs prove nothing, because some platforms attach them to ordinary messages. Never throws.
 */
export function classify(delivery: Delivery): DeliveryKind {
  if ((delivery.esmClass & RECEIPT_BITS) !== 0) return 'receipt';
  const { raw, fields } = readReceiptText(delivery, []);
  if (fields.isReceipt) return 'receipt';
  const type = delivery.esmClass & TYPE_BITS;
  if (type === 0x08 || type === 0x10) return 'acknowledgement';
  if (raw.trim() !== '') return 'message';
  return delivery.tlvs.some(({ tag }) => tag === TLV.receiptedMessageId || tag === TLV.messageState)
    ? 'receipt'
    : 'message';
}
