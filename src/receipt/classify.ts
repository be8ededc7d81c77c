import type { Delivery } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { readReceiptText } from './fields';

/** A delivery report, a text from a handset, or a handset's (or user's) acknowledgement of a message of ours. */
export type DeliveryKind = 'receipt' | 'message' | 'acknowledgement';

// esm_class, message type (SMPP 3.4 section 5.2.12): 0x04 receipt, 0x08 and 0x10 acknowledgements, 0x20 intermediate notification.
const RECEIPT_BITS = 0x24;
const TYPE_BITS = 0x3c;

/**
 * What a delivery is. By esm_class where it says receipt; a whole receipt, a text with both an id and a stat label, is one under
 * every esm_class. Where there is no text, the TLVs that only receipts carry tell. Beside a text they prove nothing: some platforms
 * attach them to ordinary messages.
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
