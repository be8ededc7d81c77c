/** Which alphabet a text goes in. No Buffer and no node: module, because the editor counts with it too. */
import { InvalidInputError } from '../base/errors';
import { codePoint, visible } from './character';
import { isGsm7, septets } from './gsm7';
import type { EncodingName } from './message';
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
  readonly warnings: readonly string[];
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

/** The first character that keeps a text out of GSM 7-bit. */
export function firstOutsideGsm7(text: string): Outsider | undefined {
  return firstOutside(text, isGsm7);
}

const ALPHABETS = { gsm7: 'the GSM 7-bit alphabet', latin1: 'Latin-1', binary: 'hex (0-9, a-f), which binary needs' };

function outsiderError(outsider: Outsider, alphabet: keyof typeof ALPHABETS, remedy: string): InvalidInputError {
  const { character, position } = outsider;
  const name = visible(character) === character ? `"${character}" (${codePoint(character)})` : codePoint(character);
  const sentence = `text: ${name} at position ${position} is not in ${ALPHABETS[alphabet]}; ${remedy}`;
  return new InvalidInputError('text', sentence, { key: `outside.${alphabet}`, values: { character: name, position } });
}

const NO_WARNINGS: readonly string[] = [];

function asGsm7(text: string, smart: boolean): EncodedAs | undefined {
  const units = septets(text);
  if (units !== undefined) return { encoding: 'gsm7', text, units, warnings: NO_WARNINGS };
  if (!smart) return undefined;
  const replaced = replaceLookAlikes(text);
  const replacedUnits = septets(replaced.text);
  if (replacedUnits === undefined) return undefined;
  return {
    encoding: 'gsm7',
    text: replaced.text,
    units: replacedUnits,
    warnings: [`smartEncoding replaced ${listReplaced(replaced.counts, 'nothing')}`],
  };
}

function asForcedGsm7(text: string, smart: boolean): EncodedAs {
  const encoded = asGsm7(text, smart);
  if (encoded) return encoded;
  const outsider = firstOutside(text, (character) => isGsm7(character) || (smart && isLookAlike(character)))!;
  const help = !smart && isLookAlike(outsider.character) ? 'replace it, set smartEncoding,' : 'replace it';
  throw outsiderError(outsider, 'gsm7', `${help} or set encoding to "auto"`);
}

function asLatin1(text: string): EncodedAs {
  const outsider = firstOutside(text, (character) => character <= '\u00ff');
  if (outsider) throw outsiderError(outsider, 'latin1', 'replace it or set encoding to "auto"');
  return { encoding: 'latin1', text, units: text.length, warnings: NO_WARNINGS };
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
 * @throws InvalidInputError (`text`) naming the first character outside a forced alphabet and its position, or for half
 *   an octet
 */
export function chooseEncoding(text: string, encoding: 'auto' | EncodingName, smart: boolean): EncodedAs {
  switch (encoding) {
    case 'auto':
      return asGsm7(text, smart) ?? { encoding: 'ucs2', text, units: text.length, warnings: NO_WARNINGS };
    case 'gsm7':
      return asForcedGsm7(text, smart);
    case 'latin1':
      return asLatin1(text);
    case 'ucs2':
      return { encoding, text, units: text.length, warnings: NO_WARNINGS };
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
