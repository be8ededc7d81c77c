/** How segments say that they belong together. References are taken modulo what their field holds; numbers count from 1. */
import type { Tlv } from '../smpp/pdu';
import { TLV } from '../smpp/pdu';

/** esm_class: the text begins with a user data header (SMPP 3.4 section 5.2.12). */
export const UDHI = 0x40;

/**
 * Information element 0x00 (3GPP TS 23.040 section 9.2.3.24.1), with the header's length before it.
 * @param more the octets of further elements
 */
export function header8(reference: number, total: number, number: number, more: readonly number[] = []): Buffer {
  return Buffer.of(0x05 + more.length, 0x00, 0x03, reference, total, number, ...more);
}

/** Information element 0x08 (3GPP TS 23.040 section 9.2.3.24.8), with the header's length before it, and `more`. */
export function header16(reference: number, total: number, number: number, more: readonly number[] = []): Buffer {
  return Buffer.of(0x06 + more.length, 0x08, 0x04, reference >> 8, reference, total, number, ...more);
}

/** The three sar TLVs of a segment (SMPP 3.4 sections 5.3.2.22 to 5.3.2.24). */
export function sarTlvs(reference: number, total: number, number: number): Tlv[] {
  return [
    { tag: TLV.sarMsgRefNum, value: Buffer.of(reference >> 8, reference) },
    { tag: TLV.sarTotalSegments, value: Buffer.of(total) },
    { tag: TLV.sarSegmentSeqnum, value: Buffer.of(number) },
  ];
}

/** Counters of references; a power of two. Recipients whose numbers have the same hash share a counter. */
const COUNTERS = 2 ** 16;

/**
 * The references of concatenated messages. A handset joins segments that have the same reference and sender. References
 * are therefore counted for each recipient: all 256 of an 8-bit reference are used before one comes again. Counting
 * begins at random, because the references of an earlier process are not known.
 */
export class ConcatenationReferences {
  readonly #next = new Uint16Array(COUNTERS).fill(Math.floor(Math.random() * 0x10000));

  /** @param to the recipient's address as it is sent. @returns 0 to 65535; the low octet alone is an 8-bit reference */
  take(to: string): number {
    // FNV-1a. Its high half is better mixed than its low half.
    let hash = 0x811c9dc5;
    for (let i = 0; i < to.length; i++) hash = Math.imul(hash ^ to.charCodeAt(i), 0x01000193);
    return this.#next[(hash >>> 16) ^ (hash & 0xffff)]!++;
  }
}
