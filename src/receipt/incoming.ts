import type { Charset } from '../message/charset';
import type { EncodingName } from '../message/message';
import type { Delivery } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { findTlv } from '../smpp/tlv';
import { joinText, type TextPiece } from './incoming-text';
import type { InformationElement } from './user-data';
import { splitUserData } from './user-data';

/** Place of a PDU in a long message. The same reference in another `width` is another message. */
export interface Concatenation {
  readonly reference: number;
  /** 2 to 255. */
  readonly total: number;
  /** From 1. */
  readonly part: number;
  readonly width: 8 | 16 | 'sar';
}

/** One ordinary incoming PDU, read but not decoded, because its text may be a piece of a longer one. */
export interface IncomingPart extends TextPiece {
  /** Null where the PDU is a whole message. */
  readonly concat: Concatenation | null;
  /** The warnings of the delivery come first. */
  readonly warnings: readonly string[];
}

// Information elements (3GPP TS 23.040 section 9.2.3.24).
const CONCATENATION_8 = 0x00;
const CONCATENATION_16 = 0x08;
const NATIONAL_SINGLE_SHIFT = 0x24;
const NATIONAL_LOCKING_SHIFT = 0x25;

/** The fields of a delivery that its text and its place in a long message are read from. */
export type Incoming = Pick<Delivery, 'esmClass' | 'dataCoding' | 'body' | 'tlvs' | 'warnings'>;

/** Reads an incoming message or a part of one. Never throws. `content` is a view of the body, not a copy. */
export function readIncoming(delivery: Incoming): IncomingPart {
  const warnings = [...delivery.warnings];
  const { elements, content } = splitUserData(delivery, warnings);
  return {
    content,
    dataCoding: delivery.dataCoding,
    locking: languageOf(elements, NATIONAL_LOCKING_SHIFT),
    single: languageOf(elements, NATIONAL_SINGLE_SHIFT),
    concat: concatOfElements(elements, warnings) ?? concatOfTlvs(delivery, warnings),
    warnings,
  };
}

/** One ordinary incoming PDU, decoded by itself. */
export interface DecodedIncoming {
  /** Octets (a Buffer) where the data_coding is binary or unknown. */
  readonly text: string | Buffer;
  readonly encoding: EncodingName;
  readonly dataCoding: number;
  readonly concat: Concatenation | null;
  readonly warnings: readonly string[];
}

/**
 * Decodes an incoming message that is one PDU. Never throws. `text` is a copy, not a view of the frame.
 * @param charset what the platform has in the place of the GSM alphabet; null: nothing
 */
export function decodeIncoming(delivery: Delivery, charset: Charset | null = null): DecodedIncoming {
  const part = readIncoming(delivery);
  const { text, encoding, warnings } = joinText([[part]], charset);
  const { dataCoding, concat } = part;
  return { text, encoding, dataCoding, concat, warnings: [...part.warnings, ...warnings] };
}

/** Language identifier of the header; 0 without one. Of repeated elements the last counts (section 9.2.3.24). */
function languageOf(elements: readonly InformationElement[], element: number): number {
  return elements.findLast(({ id, data }) => id === element && data.length === 1)?.data[0] ?? 0;
}

/** The concatenation of the header: of several elements, the last valid one counts. */
function concatOfElements(elements: readonly InformationElement[], warnings: string[]): Concatenation | null {
  let concat: Concatenation | null = null;
  for (const { id, data } of elements) {
    if (id === CONCATENATION_8 && data.length === 3) {
      concat = concatenation(data[0]!, data[1]!, data[2]!, 8, warnings) ?? concat;
    } else if (id === CONCATENATION_16 && data.length === 4) {
      concat = concatenation(data.readUInt16BE(0), data[2]!, data[3]!, 16, warnings) ?? concat;
    }
  }
  return concat;
}

function concatOfTlvs({ tlvs }: Incoming, warnings: string[]): Concatenation | null {
  const reference = findTlv(tlvs, TLV.sarMsgRefNum);
  const total = findTlv(tlvs, TLV.sarTotalSegments);
  const part = findTlv(tlvs, TLV.sarSegmentSeqnum);
  if (reference?.length !== 2 || total?.length !== 1 || part?.length !== 1) return null;
  return concatenation(reference.readUInt16BE(0), total[0]!, part[0]!, 'sar', warnings);
}

function concatenation(
  reference: number,
  total: number,
  part: number,
  width: Concatenation['width'],
  warnings: string[],
): Concatenation | null {
  if (part < 1 || part > total) {
    warnings.push(`part ${String(part)} of ${String(total)} does not exist; taken as a whole message`);
    return null;
  }
  return total === 1 ? null : { reference, total, part, width };
}
