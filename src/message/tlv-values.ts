/** A message's own optional parameters: rows of tag, type and value. */
import { InvalidInputError } from '../base/errors';
import type { Tlv } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { describe, isBlank } from './input';
import type { CustomTlv } from './message';

/** A TLV's length field has 16 bits (SMPP 3.4 section 5.3.1). */
const MAX_OCTETS = 65535;
const INTEGER_OCTETS = { int8: 1, int16: 2, int32: 4 } as const;
const TYPES: readonly CustomTlv['type'][] = ['octets', 'cstring', 'int8', 'int16', 'int32', 'hex'];

/** Tags that `prepareMessage` writes for a long text, each with the reason for the error. */
const WRITTEN_HERE = new Map<number, string>([
  [TLV.messagePayload, 'message_payload carries the text; set longMessage to "payload" instead'],
  [TLV.sarMsgRefNum, 'sar_msg_ref_num is written where longMessage is "sar"'],
  [TLV.sarTotalSegments, 'sar_total_segments is written where longMessage is "sar"'],
  [TLV.sarSegmentSeqnum, 'sar_segment_seqnum is written where longMessage is "sar"'],
]);

function invalid(row: string, problem: string): InvalidInputError {
  return new InvalidInputError('tlvs', `tlvs: ${row}: ${problem}`);
}

export function tagName(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(4, '0');
}

function readTag(row: string, value: unknown): number {
  const match = typeof value === 'string' ? /^(?:0x)?([\da-f]{1,4})$/i.exec(value.trim()) : null;
  const tag = match ? parseInt(match[1]!, 16) : 0;
  if (tag === 0)
    throw invalid(
      row,
      `the tag ${describe(value)} is not a hex number from "0001" to "FFFF"; give it as a string such as "1403"`,
    );
  return tag;
}

function integerOctets(row: string, value: unknown, octets: 1 | 2 | 4): Buffer {
  const max = 2 ** (8 * octets) - 1;
  const number = typeof value === 'string' && /^\s*(\d+|0x[\da-f]+)\s*$/i.test(value) ? Number(value) : value;
  if (!Number.isInteger(number) || (number as number) < 0 || (number as number) > max) {
    throw invalid(row, `${describe(value)} is not a whole number from 0 to ${max}; give one or another type`);
  }
  const written = Buffer.alloc(octets);
  written.writeUIntBE(number as number, 0, octets);
  return written;
}

function hexOctets(row: string, value: unknown): Buffer {
  const hex = typeof value === 'string' ? value.replace(/\s/g, '') : '';
  if (typeof value !== 'string' || !/^([\da-f]{2})*$/i.test(hex)) {
    throw invalid(row, `${describe(value)} is not hex; give two hex digits an octet`);
  }
  return Buffer.from(hex, 'hex');
}

function textOctets(row: string, value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (Number.isSafeInteger(value) || typeof value === 'boolean') return Buffer.from(String(value), 'ascii');
  if (typeof value === 'number')
    throw invalid(row, `the number ${value} cannot be written digit for digit; give it as a string`);
  throw invalid(row, `${describe(value)} cannot be written as octets; give a string or a Buffer`);
}

function cstringOctets(row: string, value: unknown): Buffer {
  const text = textOctets(row, value);
  if (text.includes(0))
    throw invalid(row, 'a cstring ends at its first NUL and the value has one; use the type octets');
  return Buffer.concat([text, Buffer.alloc(1)]);
}

function valueOctets(row: string, type: CustomTlv['type'], value: unknown): Buffer {
  switch (type) {
    case 'octets':
      return textOctets(row, value);
    case 'cstring':
      return cstringOctets(row, value);
    case 'hex':
      return value instanceof Uint8Array ? Buffer.from(value) : hexOctets(row, value);
    default:
      return integerOctets(row, value, INTEGER_OCTETS[type]);
  }
}

function customTlv(row: string, fields: unknown, taken: ReadonlyMap<number, string>): Tlv {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalid(row, `${describe(fields)} is no row; give {tag, type, value}`);
  }
  const { tag: rawTag, type: rawType, value } = fields as Partial<Record<keyof CustomTlv, unknown>>;
  const tag = readTag(row, rawTag);
  const named = `${row} (${tagName(tag)})`;
  const reason = WRITTEN_HERE.get(tag) ?? taken.get(tag);
  if (reason !== undefined) throw invalid(named, `the message has this TLV already: ${reason}; remove the row`);
  const type = TYPES.find((known) => known === rawType);
  if (type === undefined)
    throw invalid(named, `the type ${describe(rawType)} is not known; use one of ${TYPES.join(', ')}`);
  if (value === undefined || value === null)
    throw invalid(named, `there is no value (${describe(value)}); give one or remove the row`);
  const octets = valueOctets(named, type, value);
  if (octets.length > MAX_OCTETS)
    throw invalid(
      named,
      `${octets.length} octets are too long for a TLV, which holds ${MAX_OCTETS}; shorten the value`,
    );
  return { tag, value: octets };
}

/**
 * The TLVs of the rows, in their order. Text is written as UTF-8, integers as unsigned, most significant octet first.
 * @param rows an array of {tag, type, value}; blank for none
 * @param taken tags that the message has already, each with the reason
 * @throws InvalidInputError (`tlvs`) naming the row, from 1, its tag and what is wrong with it
 */
export function customTlvs(rows: unknown, taken: ReadonlyMap<number, string>): Tlv[] {
  if (isBlank(rows)) return [];
  if (!Array.isArray(rows))
    throw new InvalidInputError('tlvs', `tlvs: ${describe(rows)} is no list; give an array of {tag, type, value}`);
  return rows.map((row, i) => customTlv(`row ${i + 1}`, row, taken));
}
