/** How segments say that they belong together. References are taken modulo what their field holds; numbers count from 1. */
import type { Tlv } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';

/** esm_class: the text begins with a user data header (SMPP 3.4 section 5.2.12). */
export const UDHI = 0x40;

/** Information element 0x00 (3GPP TS 23.040 section 9.2.3.24.1), with the header's length before it. */
export function header8(reference: number, total: number, number: number): Buffer {
  return Buffer.of(0x05, 0x00, 0x03, reference, total, number);
}

/** Information element 0x08 (3GPP TS 23.040 section 9.2.3.24.8), with the header's length before it. */
export function header16(reference: number, total: number, number: number): Buffer {
  return Buffer.of(0x06, 0x08, 0x04, reference >> 8, reference, total, number);
}

/** SMPP 3.4 sections 5.3.2.22 to 5.3.2.24. */
export function sarTlvs(reference: number, total: number, number: number): Tlv[] {
  return [
    { tag: TLV.sarMsgRefNum, value: Buffer.of(reference >> 8, reference) },
    { tag: TLV.sarTotalSegments, value: Buffer.of(total) },
    { tag: TLV.sarSegmentSeqnum, value: Buffer.of(number) },
  ];
}
