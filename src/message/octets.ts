import { writeGsm7 } from './gsm7';
import type { EncodingName } from './message';
import type { Segment } from './segment';

/** Octets that a unit of each encoding takes on the wire; a GSM septet travels unpacked. */
const OCTETS_A_UNIT: Readonly<Record<EncodingName, number>> = { gsm7: 1, latin1: 1, ucs2: 2, binary: 1 };

/** A segment's text in octets, behind its user data header (empty where it has none). */
export function segmentOctets({ text, units }: Segment, encoding: EncodingName, header: Uint8Array): Buffer {
  const octets = Buffer.allocUnsafe(header.length + units * OCTETS_A_UNIT[encoding]);
  // Setting an empty header would take as long as the rest of this function.
  if (header.length > 0) octets.set(header);
  switch (encoding) {
    case 'gsm7':
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
