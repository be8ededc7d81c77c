import { COMMAND, HEADER_LENGTH } from './commands';
import { MAX_PDU_LENGTH } from './framing';
import { PduError, type Address, type SubmitFields } from './pdu';
import { tlvsLength, writeTlvs } from './tlv';

/** Octets of a short_message at most (sm_length, SMPP 3.4 section 5.2.21). */
const MAX_SHORT_MESSAGE = 254;

/**
 * A whole submit_sm or data_sm (SMPP 3.4 sections 4.4.1 and 4.7.1) with sequence number 0.
 * Written by hand because every segment passes here; the tests compare it with the library octet for octet.
 * @throws {PduError} (`SMPP_PDU`) on a value that does not fit its field.
 */
export function encodeSubmit(fields: SubmitFields): Buffer {
  checkOctets(fields);
  const length = HEADER_LENGTH + bodyLength(fields) + tlvsLength(fields.tlvs);
  if (length > MAX_PDU_LENGTH)
    throw new PduError(`The PDU would have ${length} octets; ${MAX_PDU_LENGTH} are possible`);
  const frame = Buffer.allocUnsafe(length);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(COMMAND[fields.operation], 4);
  frame.writeUInt32BE(0, 8); // command_status
  stampSequence(frame, 0);
  let end = writeCString(frame, HEADER_LENGTH, fields.serviceType);
  end = writeAddress(frame, end, fields.source);
  end = writeAddress(frame, end, fields.destination);
  end = fields.operation === 'submit_sm' ? writeSubmitSm(frame, end, fields) : writeDataSm(frame, end, fields);
  writeTlvs(frame, end, fields.tlvs);
  return frame;
}

export function stampSequence(frame: Buffer, sequence: number): void {
  frame.writeUInt32BE(sequence, 12);
}

/**
 * message_id of a submit_sm_resp or data_sm_resp (SMPP 3.4 sections 4.4.2 and 4.7.2); null where it is missing or
 * empty.
 */
export function readMessageId(frame: Buffer): string | null {
  let end = HEADER_LENGTH;
  while (end < frame.length && frame[end] !== 0) end++;
  return end > HEADER_LENGTH ? frame.toString('latin1', HEADER_LENGTH, end) : null;
}

function bodyLength(fields: SubmitFields): number {
  const common = fields.serviceType.length + 1 + addressLength(fields.source) + addressLength(fields.destination);
  if (fields.operation === 'data_sm') return common + 3;
  return common + fields.scheduleDeliveryTime.length + fields.validityPeriod.length + fields.shortMessage.length + 10;
}

function addressLength(address: Address): number {
  return address.addr.length + 3;
}

function writeSubmitSm(frame: Buffer, offset: number, fields: SubmitFields): number {
  frame[offset] = fields.esmClass;
  frame[offset + 1] = fields.protocolId;
  frame[offset + 2] = fields.priorityFlag;
  let end = writeCString(frame, offset + 3, fields.scheduleDeliveryTime);
  end = writeCString(frame, end, fields.validityPeriod);
  frame[end] = fields.registeredDelivery;
  frame[end + 1] = 0; // replace_if_present_flag
  frame[end + 2] = fields.dataCoding;
  frame[end + 3] = 0; // sm_default_msg_id
  frame[end + 4] = fields.shortMessage.length;
  frame.set(fields.shortMessage, end + 5);
  return end + 5 + fields.shortMessage.length;
}

function writeDataSm(frame: Buffer, offset: number, fields: SubmitFields): number {
  frame[offset] = fields.esmClass;
  frame[offset + 1] = fields.registeredDelivery;
  frame[offset + 2] = fields.dataCoding;
  return offset + 3;
}

function writeAddress(frame: Buffer, offset: number, address: Address): number {
  frame[offset] = address.ton;
  frame[offset + 1] = address.npi;
  return writeCString(frame, offset + 2, address.addr);
}

/** A loop, because the strings are short: for them a call of Buffer.write costs more than the copy. */
function writeCString(frame: Buffer, offset: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0 || code > 0xff) throw new PduError(`"${text}" has a character that an SMPP string cannot carry`);
    frame[offset + i] = code;
  }
  frame[offset + text.length] = 0;
  return offset + text.length + 1;
}

/** Refuses numbers above 255, of which a Buffer would silently keep the low octet. */
function checkOctets(fields: SubmitFields): void {
  const { source, destination } = fields;
  const addresses = source.ton | source.npi | destination.ton | destination.npi;
  const flags =
    fields.esmClass | fields.protocolId | fields.priorityFlag | fields.registeredDelivery | fields.dataCoding;
  if (((addresses | flags) & ~0xff) !== 0) throw new PduError('A field of one octet is out of range (0 to 255)');
  const limit = fields.operation === 'submit_sm' ? MAX_SHORT_MESSAGE : 0;
  if (fields.shortMessage.length > limit) {
    throw new PduError(
      `${fields.operation}: short_message has ${fields.shortMessage.length} octets; ${limit} are possible`,
    );
  }
}
