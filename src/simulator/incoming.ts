import { InvalidInputError } from '../base/errors';
import { encodeGsm } from './alphabet';
import type { Delivery } from './mailbox';
import type { DeliverFields } from './pdu-writer';
import { deliverSm } from './pdu-writer';
import type { Platform } from './platform';

const GSM = 0;
const UCS2 = 8;
const ONE_SMS = { [GSM]: 160, [UCS2]: 140 } as const;
/** Septets or octets left in one SMS beside a user data header of 6 octets. */
const ONE_PART = { [GSM]: 153, [UCS2]: 134 } as const;
const MAX_PARTS = 255;
const UDH_INDICATOR = 0x40;
const INTERNATIONAL = { ton: 1, npi: 1 } as const;
const SHORT_CODE = { ton: 3, npi: 0 } as const;
const ALPHANUMERIC = { ton: 5, npi: 0 } as const;
/** Digits of the longest short code. */
const MAX_SHORT_CODE = 7;
const ADDRESS = /^[ -~]{1,20}$/;
const NUMBER = /^\d+$/;

/**
 * Delivers a text from a handset to the account `systemId`, by default the first one. It is cut as a handset does it,
 * with an 8-bit reference: in the GSM alphabet where all its characters are in it, else in UCS-2.
 * @param body of `POST /incoming` (docs/simulator.md, "Control API")
 * @returns the number of parts.
 * @throws {InvalidInputError} where `to`, `from` or `text` cannot be sent, or there is no such account.
 */
export function sendIncoming(platform: Platform, body: Readonly<Record<string, unknown>>): number {
  const { to, from, text, systemId } = body;
  const source = readAddress('from', from);
  const destination = readAddress('to', to);
  if (typeof text !== 'string') throw new InvalidInputError('text', 'text must be a text');
  const [first] = platform.accounts.values();
  const account = systemId === undefined ? first : platform.accounts.get(String(systemId));
  if (!account) throw new InvalidInputError('systemId', 'There is no such account');
  const parts = cut(text, platform.nextReference());
  if (parts.length > MAX_PARTS) throw new InvalidInputError('text', `text needs more than ${MAX_PARTS} parts`);
  for (const part of parts) {
    account.mailbox.post(
      new Incoming({
        sourceTon: source.ton,
        sourceNpi: source.npi,
        source: source.address,
        destinationTon: destination.ton,
        destinationNpi: destination.npi,
        destination: destination.address,
        tlvs: Buffer.alloc(0),
        ...part,
      }),
    );
  }
  return parts.length;
}

class Incoming implements Delivery {
  readonly kind = 'incoming';
  attempts = 0;
  readonly #fields: DeliverFields;

  constructor(fields: DeliverFields) {
    this.#fields = fields;
  }

  encode(sequence: number): Buffer {
    return deliverSm(sequence, this.#fields);
  }

  written(): void {
    // Nothing to record: the message log holds only messages to handsets.
  }
}

function readAddress(
  field: string,
  value: unknown,
): { readonly ton: number; readonly npi: number; readonly address: string } {
  const address = typeof value === 'number' ? String(value) : value;
  if (typeof address !== 'string' || !ADDRESS.test(address)) {
    throw new InvalidInputError(field, `${field} must be a number or a name of at most 20 characters`);
  }
  return { ...typeOf(address), address };
}

function typeOf(address: string): { readonly ton: number; readonly npi: number } {
  if (!NUMBER.test(address)) return ALPHANUMERIC;
  return address.length <= MAX_SHORT_CODE ? SHORT_CODE : INTERNATIONAL;
}

type Part = Pick<DeliverFields, 'esmClass' | 'dataCoding' | 'shortMessage'>;

function cut(text: string, reference: number): Part[] {
  const gsm = encodeGsm(text);
  const dataCoding = gsm ? GSM : UCS2;
  const characters = gsm ?? Array.from(text, (character) => [...Buffer.from(character, 'utf16le').swap16()]);
  const pieces = pack(characters, ONE_SMS[dataCoding]);
  if (pieces.length === 1) return [{ esmClass: 0, dataCoding, shortMessage: pieces[0]! }];
  const parts = pack(characters, ONE_PART[dataCoding]);
  return parts.map((part, index) => ({
    esmClass: UDH_INDICATOR,
    dataCoding,
    shortMessage: Buffer.concat([Buffer.of(5, 0, 3, reference, parts.length, index + 1), part]),
  }));
}

/** Fills pieces of at most `size` octets without cutting a character in two. */
function pack(characters: readonly (readonly number[])[], size: number): Buffer[] {
  const pieces: number[][] = [[]];
  for (const octets of characters) {
    if (pieces.at(-1)!.length + octets.length > size) pieces.push([]);
    pieces.at(-1)!.push(...octets);
  }
  return pieces.map((piece) => Buffer.from(piece));
}
