import { COMMAND, responseTo } from './command';

const HEADER = 16;

/** A PDU without a body (SMPP 3.4 section 3.2): most refusals, enquire_link, unbind and their responses. */
export function headerOnly(commandId: number, status: number, sequence: number): Buffer {
  const pdu = Buffer.allocUnsafe(HEADER);
  writeHeader(pdu, commandId, status, sequence);
  return pdu;
}

/**
 * submit_sm_resp or data_sm_resp of an accepted message. Written by hand, because the 1.5 µs of the codec would be the
 * largest cost of a submit.
 */
export function submitAnswer(requestId: number, sequence: number, messageId: string): Buffer {
  const pdu = Buffer.allocUnsafe(HEADER + messageId.length + 1);
  writeHeader(pdu, responseTo(requestId), 0, sequence);
  pdu.write(messageId, HEADER, 'latin1');
  pdu[pdu.length - 1] = 0;
  return pdu;
}

const NUL = Buffer.of(0);
const STATE_EN_ROUTE = 1;
const STATE_UNKNOWN = 7;

/** query_sm_resp of a message on its way: no final_date and no error_code yet (SMPP 3.4 section 4.8.2). */
export function queryAnswer(sequence: number, messageId: string): Buffer {
  const body = Buffer.from(`${messageId}\0\0${String.fromCharCode(STATE_EN_ROUTE)}\0`, 'latin1');
  const pdu = Buffer.concat([Buffer.alloc(HEADER), body]);
  writeHeader(pdu, responseTo(COMMAND.querySm), 0, sequence);
  return pdu;
}

/**
 * A refusal with the body that some responses have even then: bind, query_sm and submit_multi (SMPP 3.4 sections 4.1.2,
 * 4.1.4, 4.1.6, 4.8.2 and 4.5.2). A client that reads the body before it looks at the status would otherwise take the
 * link for cut.
 */
export function refusal(requestId: number, status: number, sequence: number, systemId: string): Buffer {
  const body = refusalBody(requestId, systemId);
  const pdu = Buffer.concat([Buffer.alloc(HEADER), body]);
  writeHeader(pdu, responseTo(requestId), status, sequence);
  return pdu;
}

function refusalBody(requestId: number, systemId: string): Buffer {
  switch (requestId) {
    case COMMAND.bindReceiver:
    case COMMAND.bindTransmitter:
    case COMMAND.bindTransceiver:
      return Buffer.from(`${systemId}\0`, 'latin1');
    case COMMAND.querySm:
      // No message_id, no final_date, and no error_code.
      return Buffer.of(0, 0, STATE_UNKNOWN, 0);
    case COMMAND.submitMulti:
      // No message_id, and no_unsuccess.
      return Buffer.concat([NUL, NUL]);
    default:
      return Buffer.alloc(0);
  }
}

/** The fields of a deliver_sm that the simulator sets; all others are 0 or empty. */
export interface DeliverFields {
  readonly sourceTon: number;
  readonly sourceNpi: number;
  readonly source: string;
  readonly destinationTon: number;
  readonly destinationNpi: number;
  readonly destination: string;
  readonly esmClass: number;
  readonly dataCoding: number;
  /** At most 254 octets. */
  readonly shortMessage: Buffer;
  /** Optional parameters as they go on the wire; empty on an SMPP 3.3 bind. */
  readonly tlvs: Buffer;
}

/** Octets of a deliver_sm's body without addresses, message and TLVs: its integers and the NULs of its strings. */
const DELIVER_FIXED = 17;

/**
 * deliver_sm (SMPP 3.4 section 4.6.1). By hand, as the codec takes ten times as long and receipts are as many as
 * submits.
 */
export function deliverSm(sequence: number, fields: DeliverFields): Buffer {
  const { source, destination, shortMessage, tlvs } = fields;
  const length = HEADER + DELIVER_FIXED + source.length + destination.length + shortMessage.length + tlvs.length;
  const pdu = Buffer.alloc(length);
  writeHeader(pdu, COMMAND.deliverSm, 0, sequence);
  let at = HEADER + 1; // service_type: empty
  pdu[at++] = fields.sourceTon;
  pdu[at++] = fields.sourceNpi;
  at += pdu.write(source, at, 'latin1') + 1;
  pdu[at++] = fields.destinationTon;
  pdu[at++] = fields.destinationNpi;
  at += pdu.write(destination, at, 'latin1') + 1;
  pdu[at] = fields.esmClass;
  at += 7; // protocol_id, priority_flag, two empty times, registered_delivery, replace_if_present_flag: 0
  pdu[at] = fields.dataCoding;
  at += 2; // sm_default_msg_id: 0
  pdu[at++] = shortMessage.length;
  at += shortMessage.copy(pdu, at);
  tlvs.copy(pdu, at);
  return pdu;
}

function writeHeader(pdu: Buffer, commandId: number, status: number, sequence: number): void {
  pdu.writeUInt32BE(pdu.length, 0);
  pdu.writeUInt32BE(commandId, 4);
  pdu.writeUInt32BE(status, 8);
  pdu.writeUInt32BE(sequence, 12);
}
