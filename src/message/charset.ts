/** Single-octet charsets that a platform may have in the place of the GSM alphabet, by iconv-lite. It is loaded only for pools that name one. */
import type * as IconvLite from 'iconv-lite';
import { InvalidInputError } from '../base/errors';
import { describe } from './input';

/** The name that stands for the GSM 7-bit alphabet itself. */
export const GSM = 'gsm';

/** A charset of 256 octets or fewer, each of which is one character. */
export class Charset {
  /** All characters, in the order of their octets. */
  readonly characters: string;
  readonly #octets = new Map<number, number>();
  /** UTF-16 units by octet; U+FFFD where the charset has no character. */
  readonly #units: Uint16Array;

  constructor(
    readonly name: string,
    units: Uint16Array,
  ) {
    this.#units = units;
    let characters = '';
    for (const [octet, unit] of units.entries()) {
      if (unit === REPLACEMENT || this.#octets.has(unit)) continue;
      this.#octets.set(unit, octet);
      characters += String.fromCharCode(unit);
    }
    this.characters = characters;
  }

  /** True where the character (one code point) has an octet. */
  readonly has = (character: string): boolean => character.length === 1 && this.#octets.has(character.charCodeAt(0));

  /** Writes a text whose characters all have an octet at `offset`; returns the offset behind it. */
  write(text: string, octets: Uint8Array, offset: number): number {
    for (let i = 0; i < text.length; i++) octets[offset++] = this.#octets.get(text.charCodeAt(i))!;
    return offset;
  }

  /** An octet without a character becomes U+FFFD. */
  decode(octets: Uint8Array): string {
    let text = '';
    for (const octet of octets) text += String.fromCharCode(this.#units[octet]!);
    return text;
  }
}

const REPLACEMENT = 0xfffd;
/** Octets that in a charset of several octets a character end with, one from each range in use. */
const SECOND_OCTETS = [0x30, 0x40, 0x5f, 0x7e, 0x81, 0xa1, 0xbf, 0xfe];

const charsets = new Map<string, Charset | null>();

/**
 * The charset that an `alphabet` setting names; null for "gsm".
 * @throws InvalidInputError (`alphabet`) for a name that iconv-lite does not know, and for a charset of several octets a
 *   character
 */
export function charsetOf(alphabet: string): Charset | null {
  if (alphabet === GSM) return null;
  const name = alphabet.toLowerCase();
  let charset = name === GSM ? null : charsets.get(name);
  if (charset === undefined) {
    charset = load(name);
    charsets.set(name, charset);
  }
  return charset;
}

function load(name: string): Charset {
  const iconv = (require as (module: string) => unknown)('iconv-lite') as typeof IconvLite;
  if (!iconv.encodingExists(name)) throw refusal(name, 'is not a charset that is known here');
  const decode = (...octets: readonly number[]): string => iconv.decode(Buffer.from(octets), name, { stripBOM: false });
  const characters = Array.from({ length: 256 }, (_, octet) => decode(octet));
  const joins = (first: number): boolean =>
    SECOND_OCTETS.some((second) => decode(first, second) !== characters[first]! + characters[second]!);
  if (characters.some(({ length }) => length !== 1) || characters.some((_, octet) => joins(octet))) {
    throw refusal(name, 'is no charset in which each character is one octet');
  }
  return new Charset(
    name,
    Uint16Array.from(characters, (character) => character.charCodeAt(0)),
  );
}

function refusal(name: string, what: string): InvalidInputError {
  return new InvalidInputError(
    'alphabet',
    `alphabet: ${describe(name)} ${what}; give "gsm" or one such as latin1, ascii, cp1252 or iso-8859-15`,
    { key: 'alphabet', values: {} },
  );
}
