import assert from 'node:assert/strict';
import { TLV, type SubmitFields } from '../../src/smpp/pdu';

/** 3GPP TS 23.038 section 6.2.1.1, written a second time and differently: code points by septet. */
const ALPHABET = [
  [0x40, 0xa3, 0x24, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, 0x0a, 0xd8, 0xf8, 0x0d, 0xc5, 0xe5],
  [0x394, 0x5f, 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, -1, 0xc6, 0xe6, 0xdf, 0xc9],
  [0x20, 0x21, 0x22, 0x23, 0xa4, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f],
  [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f],
  [0xa1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f],
  [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xc4, 0xd6, 0xd1, 0xdc, 0xa7],
  [0xbf, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
  [0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xe4, 0xf6, 0xf1, 0xfc, 0xe0],
].flat();
/** Section 6.2.1.2.1. */
const EXTENSION = new Map([
  [0x0a, 0x0c],
  [0x14, 0x5e],
  [0x28, 0x7b],
  [0x29, 0x7d],
  [0x2f, 0x5c],
  [0x3c, 0x5b],
  [0x3d, 0x7e],
  [0x3e, 0x5d],
  [0x40, 0x7c],
  [0x65, 0x20ac],
]);

/** Every character of GSM 7-bit, extension included. */
export const GSM7_CHARACTERS = [...ALPHABET.filter((code) => code >= 0), ...EXTENSION.values()].map((code) =>
  String.fromCharCode(code),
);
export const EXTENSION_CHARACTERS = [...EXTENSION.values()].map((code) => String.fromCharCode(code));

/** Strict: what is no septet, no extension, or half of one fails. */
function readSeptets(octets: Buffer): string {
  let text = '';
  for (let i = 0; i < octets.length; i++) {
    const code = octets[i] === 0x1b ? EXTENSION.get(octets[++i]!) : ALPHABET[octets[i]!];
    assert.ok(code !== undefined && code >= 0, `octet ${i} of ${octets.toString('hex')} is no character`);
    text += String.fromCharCode(code);
  }
  return text;
}

function readUcs2(octets: Buffer): string {
  assert.equal(octets.length % 2, 0, 'half a UTF-16 unit');
  let text = '';
  for (let i = 0; i < octets.length; i += 2) text += String.fromCharCode(octets.readUInt16BE(i));
  return text;
}

function readText(octets: Buffer, dataCoding: number): string {
  switch (dataCoding) {
    case 0x00:
    case 0x10:
      return readSeptets(octets);
    case 0x03:
      return octets.toString('latin1');
    case 0x04:
      return octets.toString('hex');
    case 0x08:
    case 0x18:
      return readUcs2(octets);
    default:
      return assert.fail(`data_coding ${dataCoding}`);
  }
}

export interface Part {
  readonly reference: number | null;
  readonly total: number;
  readonly number: number;
  readonly text: string;
  /** Octets of the user data, its header included. */
  readonly octets: number;
}

export function tlvOf(pdu: SubmitFields, tag: number): Buffer | undefined {
  const values = pdu.tlvs.filter((tlv) => tlv.tag === tag).map(({ value }) => value);
  assert.ok(values.length <= 1, `the TLV 0x${tag.toString(16)} is there ${values.length} times`);
  return values[0];
}

function readHeader(octets: Buffer): Omit<Part, 'text' | 'octets'> {
  const [length, element, size] = octets;
  if (element === 0x00) {
    assert.deepEqual([length, size], [5, 3]);
    return { reference: octets.readUInt8(3), total: octets.readUInt8(4), number: octets.readUInt8(5) };
  }
  assert.deepEqual([length, element, size], [6, 8, 4]);
  return { reference: octets.readUInt16BE(3), total: octets.readUInt8(5), number: octets.readUInt8(6) };
}

function readSar(pdu: SubmitFields): Omit<Part, 'text' | 'octets'> {
  const reference = tlvOf(pdu, TLV.sarMsgRefNum);
  const total = tlvOf(pdu, TLV.sarTotalSegments);
  const number = tlvOf(pdu, TLV.sarSegmentSeqnum);
  if (!reference || !total || !number) return { reference: null, total: 1, number: 1 };
  assert.deepEqual([reference.length, total.length, number.length], [2, 1, 1]);
  return { reference: reference.readUInt16BE(0), total: total.readUInt8(0), number: number.readUInt8(0) };
}

/** What a handset makes of one PDU. */
export function readPart(pdu: SubmitFields): Part {
  const payload = tlvOf(pdu, TLV.messagePayload);
  if (payload) assert.equal(pdu.shortMessage.length, 0, 'short_message beside message_payload');
  const octets = payload ?? pdu.shortMessage;
  const hasHeader = (pdu.esmClass & 0x40) !== 0;
  const place = hasHeader ? readHeader(octets) : readSar(pdu);
  const body = hasHeader ? octets.subarray(octets.readUInt8(0) + 1) : octets;
  return { ...place, text: readText(body, pdu.dataCoding), octets: octets.length };
}

/** The text of a whole message; its parts may come in any order. Binary as hex. */
export function reassemble(pdus: readonly SubmitFields[]): string {
  const parts = pdus.map(readPart);
  assert.equal(new Set(parts.map(({ reference }) => reference)).size, 1, 'one reference');
  assert.ok(parts.every(({ total }) => total === pdus.length));
  const ordered = [...parts].sort((a, b) => a.number - b.number);
  assert.deepEqual(
    ordered.map(({ number }) => number),
    pdus.map((_, i) => i + 1),
  );
  return ordered.map(({ text }) => text).join('');
}
