import { InvalidInputError } from '../base/errors';

/** What is wrong with a server until it is cleared. */
export interface Faults {
  /** Everything the server writes leaves so many milliseconds late. */
  readonly delayMs: number;
  /** Connections are taken and read, nothing is ever answered or sent. */
  readonly silent: boolean;
  /** Every submit is refused with 0x58. */
  readonly throttle: boolean;
  /** Every submit is taken, and its link is cut before the answer. */
  readonly cut: boolean;
  /** Every n-th PDU the server writes has a wrong length, command or body; 0 = none. */
  readonly corruptEvery: number;
  /** One octet every so many milliseconds on each link; 0 = at once. */
  readonly dripMs: number;
}

export const NO_FAULTS: Faults = { delayMs: 0, silent: false, throttle: false, cut: false, corruptEvery: 0, dripMs: 0 };

/**
 * Faults from the body of a request; what is absent is off.
 * @throws {InvalidInputError} on an unknown name or a value of the wrong kind.
 */
export function readFaults(body: Readonly<Record<string, unknown>>): Faults {
  for (const [name, value] of Object.entries(body)) {
    const off = (NO_FAULTS as unknown as Record<string, unknown>)[name];
    if (off === undefined) {
      throw new InvalidInputError(name, `There is no fault ${name}; there are ${Object.keys(NO_FAULTS).join(', ')}`);
    }
    if (typeof value !== typeof off) throw new InvalidInputError(name, `${name} must be a ${typeof off}`);
    if (typeof value === 'number' && !(Number.isInteger(value) && value >= 0)) {
      throw new InvalidInputError(name, `${name} must be a whole number, 0 or more`);
    }
  }
  return { ...NO_FAULTS, ...body };
}

const HEADER = 16;

/** The PDU with one thing wrong: its length, its command, or an octet of its body. */
export function corrupt(pdu: Buffer, random: () => number): Buffer {
  const damaged = Buffer.from(pdu);
  const kind = Math.floor(random() * 3);
  if (kind === 0) damaged.writeUInt32BE(random() < 0.5 ? 5 : 0x7fffffff, 0);
  else if (kind === 1 || pdu.length === HEADER) damaged[6] = 0xff;
  else damaged[HEADER + Math.floor(random() * (pdu.length - HEADER))]! ^= 0x80;
  return damaged;
}
