import type { EncodingName } from '../message/message';
import { decodeGsm7 } from '../message/gsm7';
import type { Delivery } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';
import { findTlv } from '../smpp/tlv';
import type { InformationElement } from './user-data';
import { alphabetOf, decodeUcs2, splitUserData } from './user-data';

/** Which part of which long message. References of different widths are different references. */
export interface Concatenation {
  readonly reference: number;
  /** 2 to 255. */
  readonly total: number;
  /** From 1. */
  readonly part: number;
  readonly width: 8 | 16 | 'sar';
}

/** One ordinary incoming PDU, decoded. */
export interface IncomingPart {
  /** Octets where the data_coding is binary or none of ours. */
  readonly text: string | Buffer;
  readonly encoding: EncodingName;
  readonly dataCoding: number;
  /** Null where the PDU is a whole message. */
  readonly concat: Concatenation | null;
  /** The delivery's first. */
  readonly warnings: readonly string[];
}

// Information elements (3GPP TS 23.040 section 9.2.3.24).
const CONCATENATION_8 = 0x00;
const CONCATENATION_16 = 0x08;
const NATIONAL_SINGLE_SHIFT = 0x24;
const NATIONAL_LOCKING_SHIFT = 0x25;

/** Decodes an incoming message or a part of one. Never throws; the text is a copy, not a view of the frame. */
export function decodeIncoming(delivery: Delivery): IncomingPart {
  const warnings = [...delivery.warnings];
  const { elements, content } = splitUserData(delivery, warnings);
  return {
    ...decodeText(delivery.dataCoding, elements, content, warnings),
    dataCoding: delivery.dataCoding,
    concat: concatOfElements(elements, warnings) ?? concatOfTlvs(delivery, warnings),
    warnings,
  };
}

function decodeText(
  dataCoding: number,
  elements: readonly InformationElement[],
  content: Buffer,
  warnings: string[],
): Pick<IncomingPart, 'text' | 'encoding'> {
  const alphabet = alphabetOf(dataCoding);
  switch (alphabet) {
    case 'ucs2':
      if (content.length % 2 !== 0) warnings.push('UCS-2 text ends in half a character, which was dropped');
      return { text: decodeUcs2(content), encoding: 'ucs2' };
    case 'gsm7':
      if (content.some((octet) => octet > 0x7f)) {
        warnings.push('text is marked as GSM 7-bit but has octets above 0x7F; read as Latin-1');
        return { text: content.toString('latin1'), encoding: 'latin1' };
      }
      if (elements.some(({ id }) => id === NATIONAL_SINGLE_SHIFT || id === NATIONAL_LOCKING_SHIFT)) {
        warnings.push('text uses a national language table; some characters may be wrong');
      }
      return { text: decodeGsm7(content), encoding: 'gsm7' };
    case 'latin1':
      return { text: content.toString('latin1'), encoding: 'latin1' };
    default:
      if (alphabet === null) warnings.push(`data_coding ${String(dataCoding)} is not known; octets left as they came`);
      return { text: Buffer.from(content), encoding: 'binary' };
  }
}

function concatOfElements(elements: readonly InformationElement[], warnings: string[]): Concatenation | null {
  for (const { id, data } of elements) {
    if (id === CONCATENATION_8 && data.length === 3) return concatenation(data[0]!, data[1]!, data[2]!, 8, warnings);
    if (id === CONCATENATION_16 && data.length === 4) {
      return concatenation(data.readUInt16BE(0), data[2]!, data[3]!, 16, warnings);
    }
  }
  return null;
}

function concatOfTlvs({ tlvs }: Delivery, warnings: string[]): Concatenation | null {
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
