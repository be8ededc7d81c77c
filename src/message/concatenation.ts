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

/** Recipients whose references are counted apart; a power of two. Others share a count, and are as far apart as it has come. */
const COUNTERS = 2 ** 16;

/**
 * The references of concatenated messages. A handset joins what has one reference and one sender, so each recipient counts for itself:
 * the 256 of an 8-bit reference are all used before one comes again. Begins at random, for nothing is known of an earlier process.
 */
export class ConcatenationReferences {
  readonly #next = new Uint16Array(COUNTERS).fill(Math.floor(Math.random() * 0x10000));

  /** @param to the recipient, as it goes to the wire. @returns 0 to 65535; its low octet is as good by itself */
  take(to: string): number {
    // FNV-1a; its high half is the better mixed one.
    let hash = 0x811c9dc5;
    for (let i = 0; i < to.length; i++) hash = Math.imul(hash ^ to.charCodeAt(i), 0x01000193);
    return this.#next[(hash >>> 16) ^ (hash & 0xffff)]!++;
  }
}
