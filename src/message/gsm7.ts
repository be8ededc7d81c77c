/**
 * GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 section 6.2.1), unpacked: one octet a septet.
 * No Buffer and no node: module, because the editor counts with it too.
 */
import type { SeptetTable } from './national-language';

const ESCAPE = 0x1b;
/** The 128 characters in the order of their septets; the place of the escape holds a character that is never looked up. */
const ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
/** Septet after the escape, and its character. */
const EXTENSION: readonly (readonly [number, string])[] = [
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
];

const OUTSIDE = 0xff;
/** Set on the septet of a character that needs the escape before it. */
const EXTENDED = 0x80;
/** Septet by UTF-16 code unit. The euro sign has the highest one. */
const SEPTETS = new Uint8Array(0x20ac + 1).fill(OUTSIDE);
const CHARACTERS = Array.from(ALPHABET);
const EXTENDED_CHARACTERS: (string | undefined)[] = new Array(128).fill(undefined);
/** The default alphabet by septet; 1B holds the escape. */
export const GSM_TABLE: SeptetTable = CHARACTERS;
/** The default extension table, by the septet behind the escape. */
export const EXTENSION_TABLE: SeptetTable = EXTENDED_CHARACTERS;

for (const [septet, character] of CHARACTERS.entries()) SEPTETS[character.charCodeAt(0)] = septet;
SEPTETS[ESCAPE] = OUTSIDE;
for (const [septet, character] of EXTENSION) {
  SEPTETS[character.charCodeAt(0)] = septet | EXTENDED;
  EXTENDED_CHARACTERS[septet] = character;
}

/** True when the character (one code point) is in the alphabet or its extension table. */
export function isGsm7(character: string): boolean {
  return character.length === 1 && (SEPTETS[character.charCodeAt(0)] ?? OUTSIDE) !== OUTSIDE;
}

/** Septets that a UTF-16 code unit of a GSM 7-bit text takes: 1 or 2. */
export function septetsOfUnit(unit: number): 1 | 2 {
  return SEPTETS[unit]! & EXTENDED ? 2 : 1;
}

/** Septets that the text takes, extension characters counted double; undefined when a character is outside the alphabet. */
export function septets(text: string): number | undefined {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const septet = unit < SEPTETS.length ? SEPTETS[unit]! : OUTSIDE;
    if (septet === OUTSIDE) return undefined;
    count += 1 + (septet >> 7);
  }
  return count;
}

/** Writes a text of the alphabet (see `septets`) at `offset`; returns the offset behind it. */
export function writeGsm7(text: string, octets: Uint8Array, offset: number): number {
  for (let i = 0; i < text.length; i++) {
    const septet = SEPTETS[text.charCodeAt(i)]!;
    if (septet & EXTENDED) octets[offset++] = ESCAPE;
    octets[offset++] = septet & 0x7f;
  }
  return offset;
}

/** Tables in place of the default alphabet (`locking`) and of its extension table (`single`); null: not replaced. */
export interface ShiftTables {
  readonly locking: SeptetTable | null;
  readonly single: SeptetTable | null;
}

const NO_SHIFT: ShiftTables = { locking: null, single: null };
const REPLACEMENT = 0xfffd;
const SPACE = 0x20;
/** Code units for one call of `fromCharCode`. Its arguments lie on the stack, whose size is limited. */
const AT_ONCE = 8192;

/**
 * The text of unpacked septets. An unknown extension reads as the alphabet's character, as 3GPP TS 23.038 tells a
 * receiver. A space stands for an escape behind an escape (the standard again), for an escape at the end, and for a
 * septet that a locking shift table leaves blank (as in handsets). An octet above 0x7F is no septet and becomes U+FFFD.
 */
export function decodeGsm7(octets: Uint8Array, { locking, single }: ShiftTables = NO_SHIFT): string {
  const main = unitsOf(locking ?? CHARACTERS);
  const extension = unitsOf(single ?? EXTENDED_CHARACTERS);
  const units = new Uint16Array(octets.length);
  let length = 0;
  for (let at = 0; at < octets.length; at++) {
    let septet = octets[at]!;
    let unit = 0;
    if (septet === ESCAPE) {
      septet = ++at < octets.length ? octets[at]! : ESCAPE;
      unit = septet === ESCAPE ? SPACE : (extension[septet] ?? 0);
    }
    units[length++] = unit || (main[septet] ?? REPLACEMENT) || SPACE;
  }
  let text = '';
  for (let at = 0; at < length; at += AT_ONCE) {
    const some = units.subarray(at, Math.min(at + AT_ONCE, length));
    text += String.fromCharCode.apply(null, some as unknown as number[]);
  }
  return text;
}

/** The results of `unitsOf`, by table. */
const unitsByTable = new Map<SeptetTable, Uint16Array>();

/** The single UTF-16 code unit of each character of a table; 0 where the table has no character. */
function unitsOf(table: SeptetTable): Uint16Array {
  const known = unitsByTable.get(table);
  if (known) return known;
  const units = Uint16Array.from(table, (character) => character?.charCodeAt(0) ?? 0);
  unitsByTable.set(table, units);
  return units;
}
