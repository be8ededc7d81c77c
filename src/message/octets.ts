import type { Charset } from './charset';
import { writeGsm7 } from './gsm7';
import type { EncodingName } from './message';
import type { Segment } from './segment';
import type { ShiftCode } from './shift-code';

/** Octets that a unit of each encoding takes on the wire; a GSM septet travels unpacked. */
const OCTETS_A_UNIT: Readonly<Record<EncodingName, number>> = { gsm7: 1, latin1: 1, ucs2: 2, binary: 1 };

/** What writes a GSM 7-bit text where that is not the default alphabet. */
export type SeptetWriter = Pick<ShiftCode | Charset, 'write'>;

/**
 * A segment's text in octets, behind its user data header (empty where it has none).
 * @param writer national language tables, or the charset that the platform has in the place of the GSM alphabet
 */
export function segmentOctets(
  { text, units }: Segment,
  encoding: EncodingName,
  header: Uint8Array,
  writer: SeptetWriter | null = null,
): Buffer {
  const octets = Buffer.allocUnsafe(header.length + units * OCTETS_A_UNIT[encoding]);
  // Setting an empty header would take as long as the rest of this function.
  if (header.length > 0) octets.set(header);
  switch (encoding) {
    case 'gsm7':
      // A charset has one octet for a character of two septets.
      if (writer) return octets.subarray(0, writer.write(text, octets, header.length));
      writeGsm7(text, octets, header.length);
      break;
    case 'ucs2':
      octets.write(text, header.length, 'utf16le');
      octets.subarray(header.length).swap16();
      break;
    case 'latin1':
      octets.write(text, header.length, 'latin1');
      break;
    case 'binary':
      octets.write(text, header.length, 'hex');
  }
  return octets;
}
