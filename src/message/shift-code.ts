/**
 * GSM 7-bit texts in the letters of a national language (3GPP TS 23.038 section 6.2.1.2). No Buffer and no node: module, because the
 * editor counts with it too.
 */
import { EXTENSION_TABLE, GSM_TABLE } from './gsm7';
import {
  NATIONAL_LANGUAGES,
  septetsByCharacter,
  type LanguageCode,
  type NationalLanguage,
  type SeptetTable,
} from './national-language';

/** What a message's `language` may be. */
export type LanguageChoice = 'none' | 'auto' | LanguageCode;

export const LANGUAGE_CHOICES: readonly LanguageChoice[] = [
  'none',
  'auto',
  ...NATIONAL_LANGUAGES.map(({ code }) => code),
];

const ESCAPE = 0x1b;
/** Set on the septet of a character that needs the escape before it. */
const EXTENDED = 0x80;
/** Information elements (3GPP TS 23.040 sections 9.2.3.24.15 and 9.2.3.24.16). */
const SINGLE_SHIFT = 0x24;
const LOCKING_SHIFT = 0x25;

/** One way to write GSM 7-bit: the tables of a language in the place of the default alphabet, of its extension table, or of both. */
export class ShiftCode {
  readonly language: NationalLanguage;
  /** The information elements that name the tables, without the header's length octet. */
  readonly elements: readonly number[];
  readonly #septets = new Map<number, number>();

  constructor(language: NationalLanguage, tables: { readonly locking: boolean; readonly single: boolean }) {
    this.language = language;
    this.elements = [
      ...(tables.locking ? [LOCKING_SHIFT, 1, language.id] : []),
      ...(tables.single ? [SINGLE_SHIFT, 1, language.id] : []),
    ];
    this.#add(tables.single ? language.single : EXTENSION_TABLE, EXTENDED);
    // A character of both tables goes without an escape.
    this.#add((tables.locking ? language.locking : null) ?? GSM_TABLE, 0);
  }

  #add(table: SeptetTable, flag: number): void {
    for (const [character, septet] of septetsByCharacter(table)) {
      if (septet !== ESCAPE) this.#septets.set(character.charCodeAt(0), septet | flag);
    }
  }

  /** Septets that the text takes, those behind an escape counted double; undefined where a character is in neither table. */
  septets(text: string): number | undefined {
    let count = 0;
    for (let i = 0; i < text.length; i++) {
      const septet = this.#septets.get(text.charCodeAt(i));
      if (septet === undefined) return undefined;
      count += 1 + (septet >> 7);
    }
    return count;
  }

  /** Septets of one UTF-16 unit of a text that the tables hold: 1 or 2. */
  readonly widthOf = (unit: number): number => 1 + (this.#septets.get(unit)! >> 7);

  /** Writes a text that the tables hold at `offset`, one octet a septet; returns the offset behind it. */
  write(text: string, octets: Uint8Array, offset: number): number {
    for (let i = 0; i < text.length; i++) {
      const septet = this.#septets.get(text.charCodeAt(i))!;
      if (septet & EXTENDED) octets[offset++] = ESCAPE;
      octets[offset++] = septet & ~EXTENDED;
    }
    return offset;
  }
}

const codes = new Map<LanguageCode, readonly ShiftCode[]>();

function codesOf(language: NationalLanguage): readonly ShiftCode[] {
  let known = codes.get(language.code);
  if (!known) {
    known = [
      new ShiftCode(language, { locking: false, single: true }),
      ...(language.locking
        ? [
            new ShiftCode(language, { locking: true, single: false }),
            new ShiftCode(language, { locking: true, single: true }),
          ]
        : []),
    ];
    codes.set(language.code, known);
  }
  return known;
}

/** The ways in which a language, or with "auto" any language, holds the text. */
export function shiftCodes(
  text: string,
  choice: LanguageChoice,
): { readonly code: ShiftCode; readonly units: number }[] {
  if (choice === 'none') return [];
  const languages = NATIONAL_LANGUAGES.filter(({ code }) => choice === 'auto' || code === choice);
  return languages.flatMap(codesOf).flatMap((code) => {
    const units = code.septets(text);
    return units === undefined ? [] : [{ code, units }];
  });
}
