/** Alphabet of an SMS; `binary` is octets that are no text. */
export type Alphabet = 'gsm' | 'latin1' | 'ucs2' | 'binary';

/** data_coding values without a message class (SMPP 3.4 section 5.2.19); the platform's guide reads 1 as GSM too. */
const PLAIN: Readonly<Record<number, Alphabet>> = {
  0: 'gsm',
  1: 'gsm',
  2: 'binary',
  3: 'latin1',
  4: 'binary',
  8: 'ucs2',
};
/** Bits 3 and 2 of data_coding 0x10 to 0x1F (3GPP TS 23.038 section 4). */
const WITH_CLASS: readonly (Alphabet | null)[] = ['gsm', 'binary', 'ucs2', null];

/** The alphabet of a data_coding; null where the platform does not know it. */
export function alphabetOf(dataCoding: number): Alphabet | null {
  const group = dataCoding >> 4;
  if (group === 0) return PLAIN[dataCoding] ?? null;
  if (group === 0x1) return WITH_CLASS[(dataCoding >> 2) & 3]!;
  if (group === 0xf) return dataCoding & 4 ? 'binary' : 'gsm';
  return null;
}

/** The GSM default alphabet, indexed by septet (3GPP TS 23.038 section 6.2.1). */
const GSM =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const ESCAPE = 0x1b;
/** The GSM extension table, by the septet behind an escape (3GPP TS 23.038 section 6.2.1.1). */
const GSM_EXTENSION: Readonly<Record<number, string>> = {
  0x0a: '\f',
  0x14: '^',
  0x28: '{',
  0x29: '}',
  0x2f: '\\',
  0x3c: '[',
  0x3d: '~',
  0x3e: ']',
  0x40: '|',
  0x65: '€',
};

const GSM_OCTETS = new Map<string, readonly number[]>([
  ...Array.from(GSM, (character, septet) => [character, [septet]] as const).filter(([, [septet]]) => septet !== ESCAPE),
  ...Object.entries(GSM_EXTENSION).map(([septet, character]) => [character, [ESCAPE, Number(septet)]] as const),
]);

/** Text of the octets of an SMS, one septet an octet for `gsm`. Binary octets become hex, an unknown septet U+FFFD. */
export function decodeText(octets: Buffer, alphabet: Alphabet): string {
  switch (alphabet) {
    case 'gsm':
      return decodeGsm(octets);
    case 'latin1':
      return octets.toString('latin1');
    case 'ucs2':
      return Buffer.from(octets.subarray(0, octets.length & ~1))
        .swap16()
        .toString('utf16le');
    case 'binary':
      return octets.toString('hex');
  }
}

function decodeGsm(octets: Buffer): string {
  let text = '';
  let escaped = false;
  for (const octet of octets) {
    if (octet === ESCAPE && !escaped) {
      escaped = true;
      continue;
    }
    // An unknown extension is shown as the plain character, as on a phone.
    text += (escaped ? GSM_EXTENSION[octet] : undefined) ?? GSM[octet] ?? '\ufffd';
    escaped = false;
  }
  return text;
}

/** Septets of each character of the text, one or two each; null where a character is not in the GSM alphabet. */
export function encodeGsm(text: string): readonly (readonly number[])[] | null {
  const characters = Array.from(text, (character) => GSM_OCTETS.get(character));
  return characters.every((octets) => octets !== undefined) ? characters : null;
}
