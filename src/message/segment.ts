/** Cuts a text into segments. No Buffer and no node: module: the editor's live counter is this code. */
import { InvalidInputError } from '../base/errors';
import type { DefaultCharset, EncodedAs } from './encoding';
import { asGsm7, asUcs2, chooseEncoding } from './encoding';
import { septetsOfUnit } from './gsm7';
import type { EncodingName, LongMessageMode } from './message';
import { shiftCodes, type LanguageChoice, type ShiftCode } from './shift-code';
import { listReplaced, replaceLookAlikes } from './smart';

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

/** Septets behind a user data header of so many octets: 140 octets hold 160, and a header is padded to whole septets. */
function septetsBehind(header: number): number {
  return Math.floor(((140 - header) * 8) / 7);
}

const OCTETS: Limits = { single: 140, udh: 134, udh16: 133, payload: PAYLOAD_OCTETS };
const LIMITS: Readonly<Record<EncodingName, Limits>> = {
  gsm7: { single: septetsBehind(0), udh: septetsBehind(6), udh16: septetsBehind(7), payload: PAYLOAD_OCTETS },
  ucs2: { single: 70, udh: 67, udh16: 66, payload: Math.floor(PAYLOAD_OCTETS / 2) },
  latin1: OCTETS,
  binary: OCTETS,
};

/** National language tables need a header in every segment. */
function limitsOf({ encoding, shift }: Pick<EncodedAs, 'encoding' | 'shift'>): Limits {
  if (!shift) return LIMITS[encoding];
  const header = 1 + shift.elements.length;
  const [single, udh, udh16] = [header, header + 5, header + 6].map(septetsBehind) as [number, number, number];
  return { single, udh, udh16, payload: PAYLOAD_OCTETS };
}

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
  /** The national language tables that the segments are written with; absent where they need none. */
  readonly shift?: ShiftCode;
  readonly warnings: readonly string[];
}

export interface SegmentOptions {
  readonly encoding: 'auto' | EncodingName;
  readonly smartEncoding: boolean;
  readonly longMessage: LongMessageMode;
  /** National language tables for texts that the GSM alphabet does not hold; absent: none. */
  readonly language?: LanguageChoice;
  /** What the platform has under data_coding 0; absent or null: the GSM alphabet. */
  readonly charset?: DefaultCharset | null;
}

function splitSeptets(text: string, limit: number, widthOf: (unit: number) => number): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  let units = 0;
  for (let i = 0; i < text.length; i++) {
    const width = widthOf(text.charCodeAt(i));
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

function split({ encoding, text, shift }: EncodedAs, limit: number): Segment[] {
  if (encoding === 'gsm7') return splitSeptets(text, limit, shift?.widthOf ?? septetsOfUnit);
  return encoding === 'binary' ? splitHex(text, limit) : splitUnits(text, limit);
}

function whole(encoded: EncodedAs, form: 'single' | 'payload', limit: number): Segmentation {
  const { encoding, text, units, shift, warnings } = encoded;
  return {
    encoding,
    form,
    segments: [{ text, units }],
    limit,
    remaining: limit - units,
    warnings,
    ...(shift && { shift }),
  };
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
  const { encoding, units, shift, warnings } = encoded;
  const limit = limitsOf(encoded)[form === 'udh16' ? 'udh16' : 'udh'];
  // The size is compared first, so that a text of megabytes is not cut up only to be refused.
  const segments = units > MAX_SEGMENTS * limit ? [] : split(encoded, limit);
  if (segments.length === 0 || segments.length > MAX_SEGMENTS) {
    const remedy = 'shorten it or set longMessage to "payload"';
    throw tooLong(encoded, 'tooMany', limit, remedy);
  }
  const last = segments[segments.length - 1]!;
  return { encoding, form, segments, limit, remaining: limit - last.units, warnings, ...(shift && { shift }) };
}

/**
 * Chooses the encoding and cuts the text: 160/153 septets (152 with a 16-bit reference), 70/67 (66) UTF-16 units,
 * 140/134 (133) octets; 3 octets less for each national language table that a header names. Neither an extension
 * character nor a surrogate pair is ever cut. A text that fits one segment is `single` whatever `longMessage` says.
 * @throws InvalidInputError (`text`) for a character outside a forced alphabet, more than 255 segments, a payload of
 *   more than 65535 octets, and more than one segment where `longMessage` is "reject"
 */
export function segmentText(text: string, options: SegmentOptions): Segmentation {
  if (text.length > MAX_TEXT_CHARACTERS) throw tooLarge(text.length, 'characters', MAX_TEXT_CHARACTERS);
  const { encoding, smartEncoding, longMessage, language = 'none', charset = null } = options;
  if (language !== 'none' && (encoding === 'auto' || encoding === 'gsm7')) return inLanguage(text, options);
  return cut(chooseEncoding(text, encoding, smartEncoding, charset), longMessage);
}

function cut(encoded: EncodedAs, longMessage: LongMessageMode): Segmentation {
  const limits = limitsOf(encoded);
  if (encoded.units <= limits.single) return whole(encoded, 'single', limits.single);
  switch (longMessage) {
    case 'reject':
      throw tooLong(encoded, 'reject', limits.single, 'shorten it or set longMessage to "udh"');
    case 'payload':
      if (encoded.units <= limits.payload) return whole(encoded, 'payload', limits.payload);
      throw tooLong(encoded, 'payload', limits.payload, 'shorten it or send several messages');
    default:
      return concatenated(encoded, longMessage);
  }
}

/** The text as it is cut where a `language` is set: in the GSM alphabet if it fits, else in the form with the fewest segments. */
function inLanguage(text: string, options: SegmentOptions): Segmentation {
  const { encoding, smartEncoding, longMessage, charset = null } = options;
  const plain = asGsm7(text, smartEncoding, charset);
  if (plain) return cut(plain, longMessage);
  const forms =
    charset === null && (longMessage === 'udh' || longMessage === 'udh16') ? shiftedForms(text, options) : null;
  if (forms === null) {
    const segmentation = cut(chooseEncoding(text, encoding, smartEncoding, charset), longMessage);
    return { ...segmentation, warnings: [...segmentation.warnings, IGNORED] };
  }
  const [best] = forms
    .map((form) => ({ form, count: segmentsOf(form, longMessage) }))
    .sort((one, other) => one.count - other.count);
  if (!best) return cut(chooseEncoding(text, encoding, smartEncoding, charset), longMessage);
  if (encoding === 'gsm7') return cut(best.form, longMessage);
  const ucs2 = asUcs2(text);
  const others = segmentsOf(ucs2, longMessage);
  // Every handset knows UCS-2: the tables must save segments, unless they are asked for by name.
  return cut(
    best.count < others || (best.count === others && options.language !== 'auto') ? best.form : ucs2,
    longMessage,
  );
}

const IGNORED =
  'language is not used: national language tables need the pool\'s alphabet "gsm" and longMessage "udh" or "udh16"';

/** Each way to write the text with national language tables. With `smartEncoding` look-alikes are replaced where the text needs it. */
function shiftedForms(text: string, { smartEncoding, language = 'none' }: SegmentOptions): EncodedAs[] {
  let written = text;
  let codes = shiftCodes(text, language);
  const warnings: string[] = [];
  if (codes.length === 0 && smartEncoding) {
    const replaced = replaceLookAlikes(text);
    written = replaced.text;
    codes = shiftCodes(written, language);
    warnings.push(`smartEncoding replaced ${listReplaced(replaced.counts, 'nothing')}`);
  }
  return codes.map(({ code, units }) => ({
    encoding: 'gsm7',
    text: written,
    units,
    shift: code,
    warnings:
      language === 'auto'
        ? [
            ...warnings,
            `sent with the ${code.language.name} language table; a handset without it shows other characters`,
          ]
        : warnings,
  }));
}

/** Infinity where the text is too long. */
function segmentsOf(encoded: EncodedAs, longMessage: LongMessageMode): number {
  const { single, udh, udh16 } = limitsOf(encoded);
  if (encoded.units <= single) return 1;
  const limit = longMessage === 'udh16' ? udh16 : udh;
  if (encoded.units > MAX_SEGMENTS * limit) return Infinity;
  return split(encoded, limit).length;
}
