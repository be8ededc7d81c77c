import { InvalidInputError } from '../base/errors';

/** Milliseconds: a fixed number, or the lowest and highest of a random one. */
export type Delay = number | readonly [number, number];

/**
 * The server stands still for `forMs` in every `everyMs` (both milliseconds): it neither reads nor writes. Submits that
 * came meanwhile count against the limit at the moment they are read.
 */
export interface Stall {
  readonly everyMs: number;
  readonly forMs: number;
}

/** Faults of one server, until they are replaced or the simulator is reset (docs/simulator.md, "Control API"). */
export interface Faults {
  /** How late everything leaves that the server writes. */
  readonly delayMs: Delay;
  /** Connections are taken and read, nothing is ever answered or sent. */
  readonly silent: boolean;
  /** Every submit is refused with 0x58. */
  readonly throttle: boolean;
  /** Every submit is accepted, and its link is cut before the answer. */
  readonly cut: boolean;
  /** Every n-th PDU the server writes has a wrong length, command or body; 0 = none. */
  readonly corruptEvery: number;
  /** Milliseconds between two octets on each link; 0 = everything at once. */
  readonly dripMs: number;
  /** Submits a second of an account on this server, in place of the option `throughput`; 0 = as configured. */
  readonly limit: number;
  readonly stall: Stall | null;
}

export const NO_FAULTS: Faults = {
  delayMs: 0,
  silent: false,
  throttle: false,
  cut: false,
  corruptEvery: 0,
  dripMs: 0,
  limit: 0,
  stall: null,
};

/** A day. A timer of Node takes at most 24 days. */
const MOST_MILLISECONDS = 86_400_000;
const MOST_PER_SECOND = 1_000_000;

type Reader = (name: string, value: unknown) => unknown;

const READERS: Readonly<Record<keyof Faults, Reader>> = {
  delayMs: readDelay,
  silent: readSwitch,
  throttle: readSwitch,
  cut: readSwitch,
  corruptEvery: (name, value) => readWhole(name, value, 0, Number.MAX_SAFE_INTEGER),
  dripMs: (name, value) => readWhole(name, value, 0, MOST_MILLISECONDS),
  limit: (name, value) => readWhole(name, value, 0, MOST_PER_SECOND),
  stall: readStall,
};

/**
 * Reads faults from the body of a request; a fault that is absent is off.
 * @throws {InvalidInputError} on an unknown name or a value of the wrong kind.
 */
export function readFaults(body: Readonly<Record<string, unknown>>): Faults {
  const given = Object.entries(body).map(([name, value]) => {
    if (!Object.hasOwn(READERS, name)) {
      throw new InvalidInputError(name, `There is no fault ${name}; there are ${Object.keys(READERS).join(', ')}`);
    }
    return [name, READERS[name as keyof Faults](name, value)];
  });
  return { ...NO_FAULTS, ...(Object.fromEntries(given) as Partial<Faults>) };
}

function readSwitch(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidInputError(name, `${name} must be true or false`);
}

function readWhole(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidInputError(name, `${name} must be a whole number from ${least} to ${most}`);
}

function readDelay(name: string, value: unknown): Delay {
  if (!Array.isArray(value)) return readWhole(name, value, 0, MOST_MILLISECONDS);
  const [from, to] = value.map((end: unknown) => readWhole(name, end, 0, MOST_MILLISECONDS));
  if (value.length === 2 && from! <= to!) return [from!, to!];
  throw new InvalidInputError(name, `${name} must be a number of milliseconds, or two: [from, to]`);
}

function readStall(name: string, value: unknown): Stall | null {
  if (value === null) return null;
  const { everyMs, forMs, ...rest } = (typeof value === 'object' ? value : {}) as Record<string, unknown>;
  if (everyMs === undefined || forMs === undefined || Object.keys(rest).length > 0) {
    throw new InvalidInputError(name, `${name} must be {everyMs, forMs}`);
  }
  const every = readWhole(`${name}.everyMs`, everyMs, 1, MOST_MILLISECONDS);
  return { everyMs: every, forMs: readWhole(`${name}.forMs`, forMs, 1, every - 1) };
}

/** Milliseconds that a stall still lasts, `elapsed` milliseconds after the faults were set; 0 outside of one. */
export function stallLeft({ stall }: Faults, elapsed: number): number {
  if (!stall || elapsed < stall.everyMs) return 0;
  return Math.max(0, stall.forMs - (elapsed % stall.everyMs));
}

const HEADER = 16;

/** A copy of the PDU with one thing wrong: its length, its command, or one octet of its body. */
export function corrupt(pdu: Buffer, random: () => number): Buffer {
  const damaged = Buffer.from(pdu);
  const kind = Math.floor(random() * 3);
  if (kind === 0) damaged.writeUInt32BE(random() < 0.5 ? 5 : 0x7fffffff, 0);
  else if (kind === 1 || pdu.length === HEADER) damaged[6] = 0xff;
  else damaged[HEADER + Math.floor(random() * (pdu.length - HEADER))]! ^= 0x80;
  return damaged;
}
