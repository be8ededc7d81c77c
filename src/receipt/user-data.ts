import type { EncodingName } from '../message/message';
import type { Delivery } from '../smpp/pdu';

/** esm_class bit 6: the body begins with a user data header (SMPP 3.4 section 5.2.12). */
const UDH_INDICATOR = 0x40;

/** One information element of a user data header (3GPP TS 23.040 section 9.2.3.24). */
export interface InformationElement {
  readonly id: number;
  readonly data: Buffer;
}

/** The body of a delivery without its user data header, and the elements of that header. */
export interface UserData {
  readonly elements: readonly InformationElement[];
  readonly content: Buffer;
}

/**
 * Takes the user data header off a body whose esm_class announces one. An empty header is valid. A body that does not
 * begin with a header is left as it is, with a warning. A header that ends in stray octets is taken off, with a
 * warning.
 */
export function splitUserData(delivery: Pick<Delivery, 'esmClass' | 'body'>, warnings: string[]): UserData {
  const { body } = delivery;
  if ((delivery.esmClass & UDH_INDICATOR) === 0) return { elements: [], content: body };
  const end = 1 + (body[0] ?? 0);
  const { elements, stray } = end <= body.length ? readElements(body, end) : { elements: [], stray: end };
  if (body.length === 0 || (elements.length === 0 && stray > 0)) {
    warnings.push('esm_class announces a user data header, but the body does not begin with one');
    return { elements: [], content: body };
  }
  if (stray > 0) warnings.push(`the user data header ends in ${String(stray)} octets that are no element`);
  return { elements, content: body.subarray(end) };
}

/** The elements before `end`, and the number of octets behind the last element that belong to none (`stray`). */
function readElements(body: Buffer, end: number): { readonly elements: InformationElement[]; readonly stray: number } {
  const elements: InformationElement[] = [];
  let at = 1;
  while (at + 2 <= end) {
    const next = at + 2 + body[at + 1]!;
    if (next > end) break;
    elements.push({ id: body[at]!, data: body.subarray(at + 2, next) });
    at = next;
  }
  return { elements, stray: end - at };
}

/** By bits 3 and 2 of a data_coding with a message class (3GPP TS 23.038 section 4). */
const CLASS_ALPHABETS = ['gsm7', 'binary', 'ucs2', null] as const;

/**
 * The alphabet a data_coding names (SMPP 3.4 section 5.2.19); null where it is unknown.
 * 1 is read as GSM 7-bit, as the platform's guide has it. 0x10 to 0x1F and 0xF0 to 0xFF carry a message class and
 * the alphabet in bits 3 and 2, or bit 2 (3GPP TS 23.038 section 4).
 */
export function alphabetOf(dataCoding: number): EncodingName | null {
  switch (dataCoding) {
    case 0:
    case 1:
      return 'gsm7';
    case 2:
    case 4:
      return 'binary';
    case 3:
      return 'latin1';
    case 8:
      return 'ucs2';
  }
  if (dataCoding >> 4 === 0x1) return CLASS_ALPHABETS[(dataCoding >> 2) & 3] ?? null;
  if (dataCoding >> 4 === 0xf) return (dataCoding & 4) === 0 ? 'gsm7' : 'binary';
  return null;
}

/**
 * UTF-16 octets as text, big-endian unless a byte order mark says otherwise. The mark and an odd last octet are
 * dropped.
 */
export function decodeUcs2(octets: Buffer): string {
  if (octets[0] === 0xff && octets[1] === 0xfe) return octets.toString('utf16le', 2, octets.length & ~1);
  const swapped = Buffer.from(octets.subarray(0, octets.length & ~1)).swap16();
  const text = swapped.toString('utf16le');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
