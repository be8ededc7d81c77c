/** Cuts a text into segments. No Buffer and no node: module: the editor's live counter is this code. */
import { InvalidInputError } from '../base/errors';
import type { EncodedAs } from './encoding';
import { chooseEncoding } from './encoding';
import { septetsOfUnit } from './gsm7';
import type { EncodingName, LongMessageMode } from './message';

export const MAX_SEGMENTS = 255;
/** Octets of a message_payload at most: a TLV's length field has 16 bits (SMPP 3.4 section 5.3.1). */
const PAYLOAD_OCTETS = 65535;

/**
 * Characters of the longest text that any encoding can send: the longest payload in hex, with a blank between two
 * octets.
 */
const MAX_TEXT_CHARACTERS = 3 * PAYLOAD_OCTETS;
export const MAX_TEXT_OCTETS = PAYLOAD_OCTETS;

interface Limits {
  /** Units of a message that needs no header. */
  readonly single: number;
  /**
   * Units behind the 6 octets of a header with an 8-bit reference; also for `sar`, where the platform adds such a
   * header.
   */
  readonly udh: number;
  /** Units behind the 7 octets of a header with a 16-bit reference. */
  readonly udh16: number;
  readonly payload: number;
}

const OCTETS: Limits = { single: 140, udh: 134, udh16: 133, payload: PAYLOAD_OCTETS };
const LIMITS: Readonly<Record<EncodingName, Limits>> = {
  // Septets: 140 octets hold 160; a header is padded to whole septets.
  gsm7: { single: 160, udh: 153, udh16: 152, payload: PAYLOAD_OCTETS },
  ucs2: { single: 70, udh: 67, udh16: 66, payload: Math.floor(PAYLOAD_OCTETS / 2) },
  latin1: OCTETS,
  binary: OCTETS,
};
const UNITS: Readonly<Record<EncodingName, string>> = {
  gsm7: 'septets',
  ucs2: 'UTF-16 units',
  latin1: 'octets',
  binary: 'octets',
};

export interface Segment {
  /** For binary: hex digits. */
  readonly text: string;
  /** Septets (extension characters double), UTF-16 code units, or octets. */
  readonly units: number;
}

export interface Segmentation {
  readonly encoding: EncodingName;
  /** How the segments belong together; `single` needs nothing. */
  readonly form: 'single' | 'udh' | 'udh16' | 'sar' | 'payload';
  readonly segments: readonly Segment[];
  /** Units that one segment of this form holds. */
  readonly limit: number;
  /** Units left in the last segment. */
  readonly remaining: number;
  readonly warnings: readonly string[];
}

export interface SegmentOptions {
  readonly encoding: 'auto' | EncodingName;
  readonly smartEncoding: boolean;
  readonly longMessage: LongMessageMode;
}

function splitSeptets(text: string, limit: number): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  let units = 0;
  for (let i = 0; i < text.length; i++) {
    const width = septetsOfUnit(text.charCodeAt(i));
    if (units + width > limit) {
      segments.push({ text: text.slice(start, i), units });
      start = i;
      units = 0;
    }
    units += width;
  }
  segments.push({ text: text.slice(start), units });
  return segments;
}

function cutsSurrogatePair(text: string, at: number): boolean {
  return (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

function splitUnits(text: string, limit: number): Segment[] {
  const segments: Segment[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + limit, text.length);
    if (end < text.length && cutsSurrogatePair(text, end)) end--;
    segments.push({ text: text.slice(start, end), units: end - start });
    start = end;
  }
  return segments;
}

function splitHex(hex: string, limit: number): Segment[] {
  return splitUnits(hex, 2 * limit).map(({ text, units }) => ({ text, units: units / 2 }));
}

function split({ encoding, text }: EncodedAs, limit: number): Segment[] {
  if (encoding === 'gsm7') return splitSeptets(text, limit);
  return encoding === 'binary' ? splitHex(text, limit) : splitUnits(text, limit);
}

function whole(encoded: EncodedAs, form: 'single' | 'payload', limit: number): Segmentation {
  const { encoding, text, units, warnings } = encoded;
  return { encoding, form, segments: [{ text, units }], limit, remaining: limit - units, warnings };
}

/** What limits the text, in words. The keys are those of the error's `reason`. */
const HOLDERS = {
  tooMany: `there are at most ${MAX_SEGMENTS} segments, each of`,
  reject: 'longMessage is "reject" and one segment holds',
  payload: 'message_payload holds',
};

function tooLong(
  { encoding, units }: EncodedAs,
  holder: keyof typeof HOLDERS,
  limit: number,
  remedy: string,
): InvalidInputError {
  const size = `${units} ${UNITS[encoding]} of ${encoding}`;
  const sentence = `text: ${size} are too long: ${HOLDERS[holder]} at most ${limit}; ${remedy}`;
  return new InvalidInputError('text', sentence, { key: holder, values: { units, limit, segments: MAX_SEGMENTS } });
}

/** The error for a text that no form can hold. Such a text is refused by its size, before its characters are read. */
export function tooLarge(size: number, unit: 'characters' | 'octets', limit: number): InvalidInputError {
  return new InvalidInputError(
    'text',
    `text: ${size} ${unit} are too long: whatever the encoding, at most ${limit} can be sent; shorten it or send several messages`,
    { key: 'payload', values: { units: size, limit, segments: MAX_SEGMENTS } },
  );
}

function concatenated(encoded: EncodedAs, form: 'udh' | 'udh16' | 'sar'): Segmentation {
  const { encoding, units, warnings } = encoded;
  const limit = LIMITS[encoding][form === 'udh16' ? 'udh16' : 'udh'];
  // The size is compared first, so that a text of megabytes is not cut up only to be refused.
  const segments = units > MAX_SEGMENTS * limit ? [] : split(encoded, limit);
  if (segments.length === 0 || segments.length > MAX_SEGMENTS) {
    const remedy = 'shorten it or set longMessage to "payload"';
    throw tooLong(encoded, 'tooMany', limit, remedy);
  }
  const last = segments[segments.length - 1]!;
  return { encoding, form, segments, limit, remaining: limit - last.units, warnings };
}

/**
 * Chooses the encoding and cuts the text: 160/153 septets (152 with a 16-bit reference), 70/67 (66) UTF-16 units,
 * 140/134 (133) octets. Neither an extension character nor a surrogate pair is ever cut. A text that fits one segment
 * is `single` whatever `longMessage` says.
 * @throws InvalidInputError (`text`) for a character outside a forced alphabet, more than 255 segments, a payload of
 *   more than 65535 octets, and more than one segment where `longMessage` is "reject"
 */
export function segmentText(text: string, options: SegmentOptions): Segmentation {
  if (text.length > MAX_TEXT_CHARACTERS) throw tooLarge(text.length, 'characters', MAX_TEXT_CHARACTERS);
  const encoded = chooseEncoding(text, options.encoding, options.smartEncoding);
  const limits = LIMITS[encoded.encoding];
  if (encoded.units <= limits.single) return whole(encoded, 'single', limits.single);
  switch (options.longMessage) {
    case 'reject':
      throw tooLong(encoded, 'reject', limits.single, 'shorten it or set longMessage to "udh"');
    case 'payload':
      if (encoded.units <= limits.payload) return whole(encoded, 'payload', limits.payload);
      throw tooLong(encoded, 'payload', limits.payload, 'shorten it or send several messages');
    default:
      return concatenated(encoded, options.longMessage);
  }
}
