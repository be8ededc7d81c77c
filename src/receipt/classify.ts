import type { Delivery } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { readReceiptText } from './fields';

/** A delivery report, a text from a handset, or a handset's (or user's) acknowledgement of a message of ours. */
export type DeliveryKind = 'receipt' | 'message' | 'acknowledgement';

// esm_class, message type (SMPP 3.4 section 5.2.12): 0x04 receipt, 0x08 and 0x10 acknowledgements, 0x20 intermediate notification.
const RECEIPT_BITS = 0x24;
const TYPE_BITS = 0x3c;

/**
 * What a delivery is: by esm_class where it says so, else by the TLVs that only receipts carry,
 * else by a text with both an id and a stat label. A vendor's TLV or a lone label proves nothing.
 */
export function classify(delivery: Delivery): DeliveryKind {
  if ((delivery.esmClass & RECEIPT_BITS) !== 0) return 'receipt';
  const type = delivery.esmClass & TYPE_BITS;
  if (type === 0x08 || type === 0x10) return 'acknowledgement';
  if (delivery.tlvs.some(({ tag }) => tag === TLV.receiptedMessageId || tag === TLV.messageState)) return 'receipt';
  return readReceiptText(delivery, []).fields.isReceipt ? 'receipt' : 'message';
}
