import { COMMAND, commandId, HEADER_LENGTH, responseTo, sequenceNumber } from './commands';
import { PduError, TLV, type Address, type Delivery } from './pdu';
import { findTlv, readTlvs } from './tlv';

/** esm_class bit 6: the body begins with a user data header (SMPP 3.4 section 5.2.12). */
const UDH_INDICATOR = 0x40;

/**
 * Reads a deliver_sm or data_sm (SMPP 3.4 sections 4.6.1 and 4.7.1). Not read by the library, which decodes the text of
 * receipts by its data_coding and so damages message ids. Strings are read as Latin-1; body and TLV values are views of
 * the frame.
 * @throws {PduError} (`SMPP_PDU`) where the mandatory fields are cut short, or the PDU has another command_id.
 */
export function decodeDelivery(frame: Buffer): Delivery {
  if (frame.length < HEADER_LENGTH) throw new PduError(`A PDU of ${frame.length} octets has no header`);
  const id = commandId(frame);
  if (id === COMMAND.deliver_sm) return decodeDeliverSm(frame);
  if (id === COMMAND.data_sm) return decodeDataSm(frame);
  throw new PduError(`command_id 0x${id.toString(16)} is no deliver_sm and no data_sm`);
}

/**
 * The answer to a deliver_sm or data_sm, whose command_id is `command`. The message_id is empty (SMPP 3.4 sections
 * 4.6.2 and 4.7.2); an answer with a status other than 0 is a header only.
 */
export function encodeDeliveryAnswer(command: number, sequence: number, status: number): Buffer {
  const frame = Buffer.alloc(HEADER_LENGTH + (status === 0 ? 1 : 0));
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(responseTo(command), 4);
  frame.writeUInt32BE(status, 8);
  frame.writeUInt32BE(sequence, 12);
  return frame;
}

function decodeDeliverSm(frame: Buffer): Delivery {
  const fields = new FieldReader(frame);
  const serviceType = fields.cString('service_type');
  const source = fields.address('source_addr');
  const destination = fields.address('destination_addr');
  const esmClass = fields.octet('esm_class');
  const protocolId = fields.octet('protocol_id');
  const priorityFlag = fields.octet('priority_flag');
  const scheduleDeliveryTime = fields.cString('schedule_delivery_time');
  const validityPeriod = fields.cString('validity_period');
  const registeredDelivery = fields.octet('registered_delivery');
  fields.octet('replace_if_present_flag');
  const dataCoding = fields.octet('data_coding');
  fields.octet('sm_default_msg_id');
  const smLength = fields.octet('sm_length');
  const shortMessage = frame.subarray(fields.offset, fields.offset + smLength);
  const { tlvs, warnings } = readTlvs(frame, fields.offset + shortMessage.length);
  const payload = findTlv(tlvs, TLV.messagePayload);
  if (shortMessage.length < smLength)
    warnings.unshift(`sm_length says ${smLength} octets, the PDU has ${shortMessage.length}`);
  const isHeaderAlone =
    (esmClass & UDH_INDICATOR) !== 0 && shortMessage.length > 2 && shortMessage[0] === shortMessage.length - 1;
  const isCut = isHeaderAlone && payload !== undefined && payload.length > 0;
  if (shortMessage.length > 0 && payload?.length && !isCut)
    warnings.push('message_payload beside a short_message was not used');
  return {
    command: 'deliver_sm',
    sequenceNumber: sequenceNumber(frame),
    serviceType,
    source,
    destination,
    esmClass,
    protocolId,
    priorityFlag,
    scheduleDeliveryTime,
    validityPeriod,
    registeredDelivery,
    dataCoding,
    // Some platforms put the user data header into short_message and the text into message_payload.
    body: isCut
      ? Buffer.concat([shortMessage, payload])
      : shortMessage.length > 0
        ? shortMessage
        : (payload ?? shortMessage),
    tlvs: isCut ? tlvs.filter(({ tag }) => tag !== TLV.messagePayload) : tlvs,
    warnings,
  };
}

function decodeDataSm(frame: Buffer): Delivery {
  const fields = new FieldReader(frame);
  const serviceType = fields.cString('service_type');
  const source = fields.address('source_addr');
  const destination = fields.address('destination_addr');
  const esmClass = fields.octet('esm_class');
  const registeredDelivery = fields.octet('registered_delivery');
  const dataCoding = fields.octet('data_coding');
  const { tlvs, warnings } = readTlvs(frame, fields.offset);
  return {
    command: 'data_sm',
    sequenceNumber: sequenceNumber(frame),
    serviceType,
    source,
    destination,
    esmClass,
    protocolId: 0,
    priorityFlag: 0,
    scheduleDeliveryTime: '',
    validityPeriod: '',
    registeredDelivery,
    dataCoding,
    body: findTlv(tlvs, TLV.messagePayload) ?? Buffer.alloc(0),
    tlvs,
    warnings,
  };
}

/** Walks the mandatory fields of one PDU. */
class FieldReader {
  offset = HEADER_LENGTH;
  readonly #frame: Buffer;

  constructor(frame: Buffer) {
    this.#frame = frame;
  }

  octet(field: string): number {
    const value = this.#frame[this.offset++];
    if (value === undefined) throw new PduError(`The PDU ends before its ${field}`);
    return value;
  }

  cString(field: string): string {
    const start = this.offset;
    const end = this.#frame.indexOf(0, start);
    if (end < 0) throw new PduError(`The PDU ends inside its ${field}`);
    this.offset = end + 1;
    return this.#frame.toString('latin1', start, end);
  }

  address(field: string): Address {
    return { ton: this.octet(`${field}_ton`), npi: this.octet(`${field}_npi`), addr: this.cString(field) };
  }
}
