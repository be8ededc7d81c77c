/** The PDUs of SMPP 3.4 that this world's platform reads and writes. Written from the specification for this world alone. */

export const BIND_RECEIVER = 0x01;
export const BIND_TRANSMITTER = 0x02;
export const SUBMIT_SM = 0x04;
export const DELIVER_SM = 0x05;
export const UNBIND = 0x06;
export const BIND_TRANSCEIVER = 0x09;
export const ENQUIRE_LINK = 0x15;
export const RESPONSE = 0x80000000;
export const GENERIC_NACK = 0x80000000;

const HEADER = 16;
const ASKS_FOR_RECEIPT = 0x01;
const HAS_UDH = 0x40;
export const IS_RECEIPT = 0x04;

const MESSAGE_PAYLOAD = 0x0424;
const SAR_REFERENCE = 0x020c;
const SAR_TOTAL = 0x020e;
const SAR_NUMBER = 0x020f;
export const RECEIPTED_MESSAGE_ID = 0x001e;
export const MESSAGE_STATE = 0x0427;

export interface Pdu {
  readonly command: number;
  readonly status: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** Joins the pieces of a stream and cuts it into PDUs. */
export class PduStream {
  #rest: Buffer = Buffer.alloc(0);

  push(octets: Buffer): Pdu[] {
    let rest = this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets]);
    const pdus: Pdu[] = [];
    while (rest.length >= HEADER) {
      const length = rest.readUInt32BE(0);
      if (length < HEADER || length > 65_536) throw new Error(`a PDU of ${String(length)} octets`);
      if (rest.length < length) break;
      pdus.push({
        command: rest.readUInt32BE(4),
        status: rest.readUInt32BE(8),
        sequence: rest.readUInt32BE(12),
        body: rest.subarray(HEADER, length),
      });
      rest = rest.subarray(length);
    }
    this.#rest = rest;
    return pdus;
  }
}

export function pdu(command: number, status: number, sequence: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const octets = Buffer.allocUnsafe(HEADER + body.length);
  octets.writeUInt32BE(octets.length, 0);
  octets.writeUInt32BE(command >>> 0, 4);
  octets.writeUInt32BE(status, 8);
  octets.writeUInt32BE(sequence, 12);
  body.copy(octets, HEADER);
  return octets;
}

export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, 'latin1');
}

/** A submit_sm as the platform sees it. */
export interface Submit {
  readonly from: string;
  readonly to: string;
  readonly wantsReceipt: boolean;
  /** 'segment of' an own numbering; null where the message is whole. */
  readonly part: { readonly reference: number; readonly total: number; readonly number: number } | null;
  /** What it says, as far as its characters are ASCII. */
  readonly words: string;
}

export function readSubmit(body: Buffer): Submit {
  let at = 0;
  const string = (): string => {
    const end = body.indexOf(0, at);
    if (end < 0) throw new Error('a text without an end');
    const value = body.toString('latin1', at, end);
    at = end + 1;
    return value;
  };
  const octet = (): number => body.readUInt8(at++);
  string();
  at += 2;
  const from = string();
  at += 2;
  const to = string();
  const esmClass = octet();
  at += 2;
  string();
  string();
  const registered = octet();
  at += 1;
  const coding = octet();
  at += 1;
  const length = octet();
  let message = body.subarray(at, at + length);
  at += length;
  const sar: { reference?: number; total?: number; number?: number } = {};
  while (at + 4 <= body.length) {
    const tag = body.readUInt16BE(at);
    const size = body.readUInt16BE(at + 2);
    const value = body.subarray(at + 4, at + 4 + size);
    at += 4 + size;
    if (tag === MESSAGE_PAYLOAD) message = value;
    else if (tag === SAR_REFERENCE) sar.reference = value.readUInt16BE(0);
    else if (tag === SAR_TOTAL) sar.total = value.readUInt8(0);
    else if (tag === SAR_NUMBER) sar.number = value.readUInt8(0);
  }
  if (at !== body.length) throw new Error('octets behind the end');
  let part: Submit['part'] =
    sar.total === undefined ? null : { reference: sar.reference!, total: sar.total, number: sar.number! };
  if ((esmClass & HAS_UDH) !== 0) {
    const header = message.subarray(1, 1 + message.readUInt8(0));
    message = message.subarray(1 + header.length);
    part = concatenation(header) ?? part;
  }
  const words = coding === 8 ? Buffer.from(message).swap16().toString('utf16le') : message.toString('latin1');
  return { from, to, wantsReceipt: (registered & ASKS_FOR_RECEIPT) !== 0, part, words };
}

function concatenation(header: Buffer): Submit['part'] {
  for (let at = 0; at + 2 <= header.length;) {
    const element = header.readUInt8(at);
    const value = header.subarray(at + 2, at + 2 + header.readUInt8(at + 1));
    if (element === 0x00)
      return { reference: value.readUInt8(0), total: value.readUInt8(1), number: value.readUInt8(2) };
    if (element === 0x08)
      return { reference: value.readUInt16BE(0), total: value.readUInt8(2), number: value.readUInt8(3) };
    at += 2 + value.length;
  }
  return null;
}

export interface Deliver {
  readonly from: string;
  readonly to: string;
  readonly esmClass: number;
  readonly message: Buffer;
  readonly tlvs: readonly (readonly [tag: number, value: Buffer])[];
}

export function deliver({ from, to, esmClass, message, tlvs }: Deliver): Buffer {
  const fields = [
    text(''),
    Buffer.from([1, 1]),
    text(from),
    Buffer.from([1, 1]),
    text(to),
    Buffer.from([esmClass, 0, 0]),
    text(''),
    text(''),
    Buffer.from([0, 0, 0, 0, message.length]),
    message,
  ];
  for (const [tag, value] of tlvs) {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(tag, 0);
    head.writeUInt16BE(value.length, 2);
    fields.push(head, value);
  }
  return Buffer.concat(fields);
}
