import { SmppError } from '../base/errors';

/** `SMPP_PDU`: a PDU that cannot be read, or values that do not fit into one. The bind stays usable. */
export class PduError extends SmppError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('SMPP_PDU', message, options);
    this.name = 'PduError';
  }
}

/** An address (SMPP 3.4 sections 5.2.5 to 5.2.9): type of number, numbering plan, and digits or a name. */
export interface Address {
  readonly ton: number;
  readonly npi: number;
  readonly addr: string;
}

/** An optional parameter (SMPP 3.4 section 5.3): tag number and its value octets, without tag and length. */
export interface Tlv {
  readonly tag: number;
  readonly value: Buffer;
}

/** Everything one submit_sm (or data_sm) says, ready to be written. One segment of a message. */
export interface SubmitFields {
  readonly operation: 'submit_sm' | 'data_sm';
  /** At most 5 ASCII characters. */
  readonly serviceType: string;
  readonly source: Address;
  readonly destination: Address;
  readonly esmClass: number;
  readonly protocolId: number;
  readonly priorityFlag: number;
  /** "" or the 16 characters of SMPP 3.4 section 7.1.1. Not in data_sm. */
  readonly scheduleDeliveryTime: string;
  /** "" or the 16 characters of SMPP 3.4 section 7.1.1. Not in data_sm. */
  readonly validityPeriod: string;
  readonly registeredDelivery: number;
  readonly dataCoding: number;
  /** At most 254 octets, a user data header included. Empty when the text travels in message_payload. */
  readonly shortMessage: Buffer;
  /** In the order of the wire; message_payload is one of them where it is used. */
  readonly tlvs: readonly Tlv[];
}

/** A deliver_sm or data_sm as it came from the platform, every value raw. */
export interface Delivery {
  readonly command: 'deliver_sm' | 'data_sm';
  readonly sequenceNumber: number;
  readonly serviceType: string;
  readonly source: Address;
  readonly destination: Address;
  readonly esmClass: number;
  readonly protocolId: number;
  readonly priorityFlag: number;
  readonly scheduleDeliveryTime: string;
  readonly validityPeriod: string;
  readonly registeredDelivery: number;
  readonly dataCoding: number;
  /**
   * Octets of short_message, or of message_payload where short_message is empty. Both together where short_message
   * holds only the user data header. A user data header is still in it.
   */
  readonly body: Buffer;
  /** In the order of the wire, repeats kept, each read by its own length. */
  readonly tlvs: readonly Tlv[];
  /** What was odd about the PDU, in words. */
  readonly warnings: readonly string[];
}

/** Optional parameters this package knows by name (SMPP 3.4 section 5.3.2). */
export const TLV = {
  qosTimeToLive: 0x0017,
  receiptedMessageId: 0x001e,
  sarMsgRefNum: 0x020c,
  sarTotalSegments: 0x020e,
  sarSegmentSeqnum: 0x020f,
  networkErrorCode: 0x0423,
  messagePayload: 0x0424,
  messageState: 0x0427,
} as const;
