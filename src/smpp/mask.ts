/**
 * PDUs that may be shown to others: passwords, and where that is wanted numbers and texts, replaced octet for octet, so that lengths,
 * segments and everything else stay as they were.
 */
import { COMMAND } from './commands';

const HEADER = 16;
const UDH_INDICATOR = 0x40;
/** "x" for texts, "0" for numbers, "*" for passwords. */
const MASK = 0x78;
const DIGIT_MASK = 0x30;
const PASSWORD_MASK = 0x2a;
/** Octets at the front of a number that stay: the country. */
const KEPT = 2;
const ALPHANUMERIC = 5;

/** SMPP 3.4 section 5.3.2.32. */
const MESSAGE_PAYLOAD = 0x0424;
/** Subaddresses of source and destination, callback number and its name (SMPP 3.4 section 5.3.2). */
const PERSONAL_TLVS: ReadonlySet<number> = new Set([0x0202, 0x0203, 0x0381, 0x0303]);

/** Walks over the fields of a PDU; throws where the PDU ends before its field. */
class Fields {
  #at = HEADER;

  constructor(readonly pdu: Buffer) {}

  get rest(): Buffer {
    return this.pdu.subarray(this.#at);
  }

  octet(): number {
    return this.octets(1)[0]!;
  }

  octets(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.pdu.length) throw new RangeError('the PDU ends before its field');
    const octets = this.pdu.subarray(this.#at, end);
    this.#at = end;
    return octets;
  }

  /** The octets before the NUL. */
  cString(): Buffer {
    const end = this.pdu.indexOf(0, this.#at);
    if (end < 0) throw new RangeError('a text without an end');
    const octets = this.pdu.subarray(this.#at, end);
    this.#at = end + 1;
    return octets;
  }
}

/**
 * A copy of a whole PDU, its password masked.
 * @param texts false: addresses and texts are masked too. Of a receipt the fields before "text:" stay. What cannot be read is masked whole
 */
export function masked(frame: Buffer, texts: boolean): Buffer {
  const pdu = Buffer.from(frame);
  const fields = new Fields(pdu);
  try {
    maskFields(pdu.readUInt32BE(4), fields, texts);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    pdu.fill(MASK, HEADER);
  }
  return pdu;
}

function maskFields(command: number, fields: Fields, texts: boolean): void {
  switch (command) {
    case COMMAND.bind_receiver:
    case COMMAND.bind_transmitter:
    case COMMAND.bind_transceiver:
    case COMMAND.outbind:
      fields.cString();
      fields.cString().fill(PASSWORD_MASK);
      return;
    case COMMAND.submit_sm:
    case COMMAND.deliver_sm:
      if (!texts) maskMessage(fields);
      return;
    case COMMAND.data_sm:
      if (!texts) maskData(fields);
      return;
    case COMMAND.query_sm:
      if (texts) return;
      fields.cString();
      maskAddress(fields);
      return;
    case COMMAND.cancel_sm:
      if (texts) return;
      fields.cString();
      fields.cString();
      maskAddress(fields);
      maskAddress(fields);
      return;
    case COMMAND.replace_sm:
      if (!texts) maskReplacement(fields);
      return;
    case COMMAND.alert_notification:
      if (texts) return;
      maskAddress(fields);
      maskAddress(fields);
      return;
    case COMMAND.submit_multi:
      if (!texts) fields.rest.fill(MASK);
  }
}

function maskMessage(fields: Fields): void {
  fields.cString();
  maskAddress(fields);
  maskAddress(fields);
  const esmClass = fields.octets(3)[0]!;
  fields.cString();
  fields.cString();
  const dataCoding = fields.octets(4)[2]!;
  maskText(fields.octets(fields.octet()), esmClass, dataCoding);
  maskTlvs(fields, esmClass, dataCoding);
}

function maskData(fields: Fields): void {
  fields.cString();
  maskAddress(fields);
  maskAddress(fields);
  const [esmClass, , dataCoding] = fields.octets(3) as unknown as [number, number, number];
  maskTlvs(fields, esmClass, dataCoding);
}

function maskReplacement(fields: Fields): void {
  fields.cString();
  maskAddress(fields);
  fields.cString();
  fields.cString();
  fields.octets(2);
  maskText(fields.octets(fields.octet()), 0, 0);
}

/** A sender's name stays: it is no person. */
function maskAddress(fields: Fields): void {
  const ton = fields.octet();
  fields.octet();
  const address = fields.cString();
  if (ton !== ALPHANUMERIC) address.subarray(KEPT).fill(DIGIT_MASK);
}

function maskText(body: Buffer, esmClass: number, dataCoding: number): void {
  const header = esmClass & UDH_INDICATOR && body.length > 0 ? body[0]! + 1 : 0;
  const text = body.subarray(Math.min(header, body.length));
  const isReceipt = /\bid:\S.*\bstat:/is.test(text.toString('latin1'));
  const from = isReceipt ? text.toString('latin1').search(/text:/i) + 'text:'.length : 0;
  if (isReceipt && from < 'text:'.length) return;
  const isUcs2 = dataCoding === 8 || (dataCoding >> 4 === 1 && ((dataCoding >> 2) & 3) === 2);
  if (isUcs2 && !isReceipt) for (let at = 0; at < text.length; at++) text[at] = at % 2 === 0 ? 0 : MASK;
  else text.fill(MASK, from);
}

function maskTlvs(fields: Fields, esmClass: number, dataCoding: number): void {
  while (fields.rest.length > 0) {
    const head = fields.octets(4);
    const value = fields.octets(head.readUInt16BE(2));
    const tag = head.readUInt16BE(0);
    if (tag === MESSAGE_PAYLOAD) maskText(value, esmClass, dataCoding);
    else if (PERSONAL_TLVS.has(tag)) value.fill(MASK);
  }
}
