/** Which alphabet a text goes in. No Buffer and no node: module, because the editor counts with it too. */
import { InvalidInputError } from '../base/errors';
import { codePoint, visible } from './character';
import { isGsm7, septets } from './gsm7';
import type { EncodingName } from './message';
import type { ShiftCode } from './shift-code';
import { isLookAlike, listReplaced, replaceLookAlikes } from './smart';

/** A character that an alphabet does not have. */
export interface Outsider {
  readonly character: string;
  /** UTF-16 index, for a text field's selection. */
  readonly index: number;
  /** Counted in characters (code points) from 1, for people. */
  readonly position: number;
}

export interface EncodedAs {
  readonly encoding: EncodingName;
  /** What is sent: the text given, or the one with its look-alikes replaced; for binary, hex digits. */
  readonly text: string;
  /** Septets, UTF-16 code units, or octets, as the encoding has them. */
  readonly units: number;
  /** The national language tables of a GSM 7-bit text that needs them; absent otherwise. */
  readonly shift?: ShiftCode;
  readonly warnings: readonly string[];
}

/** A charset that a platform has under data_coding 0 in the place of the GSM alphabet. */
export interface DefaultCharset {
  readonly name: string;
  /** @param character one code point */
  readonly has: (character: string) => boolean;
}

function firstOutside(text: string, contains: (character: string) => boolean): Outsider | undefined {
  let index = 0;
  let position = 1;
  for (const character of text) {
    if (!contains(character)) return { character, index, position };
    index += character.length;
    position++;
  }
  return undefined;
}

/** The first character that keeps a text out of GSM 7-bit, or out of the charset that the platform has in its place. */
export function firstOutsideGsm7(text: string, charset: DefaultCharset | null = null): Outsider | undefined {
  return firstOutside(text, (character) => isGsm7(character) && charset?.has(character) !== false);
}

const ALPHABETS = { gsm7: 'the GSM 7-bit alphabet', latin1: 'Latin-1', binary: 'hex (0-9, a-f), which binary needs' };

function outsiderError(outsider: Outsider, alphabet: keyof typeof ALPHABETS, remedy: string): InvalidInputError {
  const { character, position } = outsider;
  const name = nameOf(character);
  const sentence = `text: ${name} at position ${position} is not in ${ALPHABETS[alphabet]}; ${remedy}`;
  return new InvalidInputError('text', sentence, { key: `outside.${alphabet}`, values: { character: name, position } });
}

function nameOf(character: string): string {
  return visible(character) === character ? `"${character}" (${codePoint(character)})` : codePoint(character);
}

const NO_WARNINGS: readonly string[] = [];

/** Septets of a text that data_coding 0 holds; undefined where it does not. */
function septetsUnder0(text: string, charset: DefaultCharset | null): number | undefined {
  const units = septets(text);
  if (units === undefined || charset === null) return units;
  return firstOutside(text, charset.has) ? undefined : units;
}

/** The text in GSM 7-bit, its look-alikes replaced where `smart` and where that brings it there; undefined where it does not fit. */
export function asGsm7(text: string, smart: boolean, charset: DefaultCharset | null): EncodedAs | undefined {
  const units = septetsUnder0(text, charset);
  if (units !== undefined) return { encoding: 'gsm7', text, units, warnings: NO_WARNINGS };
  if (!smart) return undefined;
  const replaced = replaceLookAlikes(text);
  const replacedUnits = septetsUnder0(replaced.text, charset);
  if (replacedUnits === undefined) return undefined;
  return {
    encoding: 'gsm7',
    text: replaced.text,
    units: replacedUnits,
    warnings: [`smartEncoding replaced ${listReplaced(replaced.counts, 'nothing')}`],
  };
}

function asForcedGsm7(text: string, smart: boolean, charset: DefaultCharset | null): EncodedAs {
  const encoded = asGsm7(text, smart, charset);
  if (encoded) return encoded;
  const isHeld = (character: string): boolean => isGsm7(character) && charset?.has(character) !== false;
  const outsider = firstOutside(text, (character) => isHeld(character) || (smart && isLookAlike(character)));
  // Where all that is left are look-alikes, one of their replacements is not in the charset.
  if (!outsider || isGsm7(outsider.character)) throw outsiderOfCharset(text, isHeld, charset!);
  const help = !smart && isLookAlike(outsider.character) ? 'replace it, set smartEncoding,' : 'replace it';
  throw outsiderError(outsider, 'gsm7', `${help} or set encoding to "auto"`);
}

function outsiderOfCharset(
  text: string,
  isHeld: (character: string) => boolean,
  charset: DefaultCharset,
): InvalidInputError {
  const { character, position } = firstOutside(text, isHeld)!;
  const name = nameOf(character);
  return new InvalidInputError(
    'text',
    `text: ${name} at position ${position} is not in ${charset.name}, which is the pool's alphabet under data_coding 0; ` +
      'replace it or set encoding to "auto"',
    { key: 'outside.charset', values: { character: name, position, charset: charset.name } },
  );
}

function asLatin1(text: string): EncodedAs {
  const outsider = firstOutside(text, (character) => character <= '\u00ff');
  if (outsider) throw outsiderError(outsider, 'latin1', 'replace it or set encoding to "auto"');
  return { encoding: 'latin1', text, units: text.length, warnings: NO_WARNINGS };
}

export function asUcs2(text: string): EncodedAs {
  return { encoding: 'ucs2', text, units: text.length, warnings: NO_WARNINGS };
}

function asBinary(text: string): EncodedAs {
  const hex = text.replace(/\s/g, '');
  if (!/^[\da-f]*$/i.test(hex)) {
    const outsider = firstOutside(text, (character) => /[\s\da-f]/i.test(character))!;
    throw outsiderError(outsider, 'binary', 'give hex digits or a Buffer, or set encoding to "auto"');
  }
  if (hex.length % 2 !== 0) {
    throw new InvalidInputError(
      'text',
      `text: ${hex.length} hex digits make no whole octets; give two digits an octet`,
      { key: 'oddHex', values: { digits: hex.length } },
    );
  }
  return { encoding: 'binary', text: hex, units: hex.length / 2, warnings: NO_WARNINGS };
}

/**
 * The encoding a text is sent in. `auto` is GSM 7-bit where the text fits it, else UCS-2. `smart` replaces look-alikes,
 * but only where that brings the whole text into GSM 7-bit. Binary text is hex digits; white space between them is
 * dropped.
 * @param charset where the platform has another alphabet than GSM under data_coding 0: a GSM 7-bit text must be in both
 * @throws InvalidInputError (`text`) naming the first character outside a forced alphabet and its position, or for half
 *   an octet
 */
export function chooseEncoding(
  text: string,
  encoding: 'auto' | EncodingName,
  smart: boolean,
  charset: DefaultCharset | null = null,
): EncodedAs {
  switch (encoding) {
    case 'auto':
      return asGsm7(text, smart, charset) ?? asUcs2(text);
    case 'gsm7':
      return asForcedGsm7(text, smart, charset);
    case 'latin1':
      return asLatin1(text);
    case 'ucs2':
      return asUcs2(text);
    case 'binary':
      return asBinary(text);
  }
}

const DATA_CODING = { gsm7: 0x00, latin1: 0x03, binary: 0x04, ucs2: 0x08 } as const;
/** data_coding of flash messages: message class 0 (3GPP TS 23.038 section 4). */
const FLASH_DATA_CODING: Partial<Record<EncodingName, number>> = { gsm7: 0x10, ucs2: 0x18 };

/**
 * data_coding of a message (SMPP 3.4 section 5.2.19).
 * @throws InvalidInputError (`flash`) when the encoding has no flash form
 */
export function dataCoding(encoding: EncodingName, flash: boolean): number {
  if (!flash) return DATA_CODING[encoding];
  const coding = FLASH_DATA_CODING[encoding];
  if (coding === undefined) {
    throw new InvalidInputError(
      'flash',
      `flash: a ${encoding} message has no flash form; set encoding to "auto", "gsm7" or "ucs2", or flash to false`,
      { key: 'flash', values: {} },
    );
  }
  return coding;
}
