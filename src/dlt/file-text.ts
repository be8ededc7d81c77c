/** The octets of a portal's file as text. Portals write UTF-8, UTF-16 (Excel) or Windows-1252, mostly without saying which. */

/** Octets that are looked at to tell UTF-16 without a mark from the others. */
const LOOKED_AT = 4096;

function hasMark(octets: Uint8Array, ...mark: readonly number[]): boolean {
  return mark.every((octet, index) => octets[index] === octet);
}

/** Text in a Latin script has a zero in every second octet of its UTF-16. */
function zerosAt(octets: Uint8Array, parity: 0 | 1): number {
  let zeros = 0;
  for (let at: number = parity; at < Math.min(octets.length, LOOKED_AT); at += 2) if (octets[at] === 0) zeros += 1;
  return zeros;
}

function encodingOf(octets: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' {
  if (hasMark(octets, 0xef, 0xbb, 0xbf)) return 'utf-8';
  if (hasMark(octets, 0xff, 0xfe)) return 'utf-16le';
  if (hasMark(octets, 0xfe, 0xff)) return 'utf-16be';
  const [even, odd] = [zerosAt(octets, 0), zerosAt(octets, 1)];
  const many = Math.min(octets.length, LOOKED_AT) / 8;
  if (odd > many && odd > even) return 'utf-16le';
  if (even > many) return 'utf-16be';
  return isUtf8(octets) ? 'utf-8' : 'windows-1252';
}

function isUtf8(octets: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(octets);
    return true;
  } catch {
    return false;
  }
}

/** What 0x80 to 0x9F are in Windows-1252. Some versions of Node.js decode it as Latin-1. */
const HIGH = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function windows1252(octets: Uint8Array): string {
  return new TextDecoder('latin1').decode(octets).replace(/[\x80-\x9f]/g, (one) => HIGH[one.charCodeAt(0) - 0x80]!);
}

/** Never throws: what is no text becomes one that no table can be read from. */
export function textOfFile(octets: Uint8Array): string {
  const encoding = encodingOf(octets);
  return encoding === 'windows-1252' ? windows1252(octets) : new TextDecoder(encoding).decode(octets);
}
