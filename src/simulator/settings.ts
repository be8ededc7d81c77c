import { readFile } from 'node:fs/promises';
import { InvalidInputError } from '../base/errors';
import type { AccountOptions } from './account';
import type { DltRegistry } from './dlt';
import { checkRegistry } from './dlt';
import type { PlatformSettings } from './platform';

/** Options of the simulator, named as the flags of its command (docs/simulator.md, "Flags"). All are optional. */
export interface SimulatorOptions {
  /** How many servers the platform has. Default 2. */
  readonly servers?: number;
  /** Port of the first server, the others follow; 0 (the default) = any free ports. */
  readonly port?: number;
  /** Gives each server a TLS twin: on its port + 1000, or any free port where `port` is 0. Default false. */
  readonly tls?: boolean;
  /** Customers, as `id:password` or with credits. Default `demo:demo`. */
  readonly account?: readonly (string | AccountOptions)[];
  /** Binds an account may have on each server; 0 = no limit. Default 3. */
  readonly binds?: number;
  /** Submits per second of an account on each server; 0 = no limit. Default 50. */
  readonly throughput?: number;
  /** Seconds without a request after which a link is cut. Default 300. */
  readonly idle?: number;
  /** Port of the control API and its page; 0 (the default) = any free port. */
  readonly control?: number;
  /** The same seed and the same traffic give the same ids, delays and damage. Default 1. */
  readonly seed?: number;
  /** Milliseconds from a submit to its receipt. Default 200. */
  readonly dlrDelay?: number;
  /** Refuses messages without the three DLT parameters. Default false. */
  readonly requireDlt?: boolean;
  /** Takes an interface_version above 0x34 for SMPP 3.4, not for 3.3 as the platform's guide has it. Default false. */
  readonly lenientVersion?: boolean;
  /** DLT registry that messages are checked against. Default: none. */
  readonly dlt?: DltRegistry;
  /** Path of a JSON file with any of these options. Options given in the call win over the file. */
  readonly config?: string;
}

export interface Settings extends PlatformSettings {
  readonly servers: number;
  readonly port: number;
  readonly tls: boolean;
  readonly control: number;
}

type Given = Omit<SimulatorOptions, 'config'>;

const DEFAULTS: Required<Omit<Given, 'dlt'>> = {
  servers: 2,
  port: 0,
  tls: false,
  account: ['demo:demo'],
  binds: 3,
  throughput: 50,
  idle: 300,
  control: 0,
  seed: 1,
  dlrDelay: 200,
  requireDlt: false,
  lenientVersion: false,
};

/** Lowest and highest value of each option that is a number. */
const RANGE: Readonly<Partial<Record<keyof typeof DEFAULTS, readonly [number, number]>>> = {
  servers: [1, 100],
  port: [0, 65535],
  binds: [0, 1e6],
  throughput: [0, 1e6],
  idle: [0.1, 86_400],
  control: [0, 65535],
  seed: [0, 2 ** 32 - 1],
  dlrDelay: [0, 86_400_000],
};

/**
 * Merges defaults, config file and given options.
 * @throws {InvalidInputError} on an unknown option or an impossible value; what reading the config file throws.
 */
export async function readSettings({ config, ...given }: SimulatorOptions): Promise<Settings> {
  const { dlt = null, ...merged } = { ...DEFAULTS, ...(await readConfig(config)), ...withoutUndefined(given) };
  for (const [name, value] of Object.entries(merged)) checkOption(name, value);
  if (dlt) checkRegistry(dlt);
  return { ...merged, dlt, account: merged.account.map(readAccount) };
}

/**
 * The options of a config file, unchecked; none without a file.
 * @throws the system's error where the file cannot be read; SyntaxError where it is no JSON.
 */
export async function readConfig(file: string | undefined): Promise<Given> {
  return file === undefined ? {} : (JSON.parse(await readFile(file, 'utf8')) as Given);
}

/** Drops undefined options: spread over others, they would hide the value to fall back to. */
export function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function checkOption(name: string, value: unknown): void {
  if (!(name in DEFAULTS)) throw new InvalidInputError(name, `There is no option ${name}`);
  const expected = DEFAULTS[name as keyof typeof DEFAULTS];
  if (typeof value !== typeof expected || Array.isArray(value) !== Array.isArray(expected)) {
    throw new InvalidInputError(name, `${name} must be a ${Array.isArray(expected) ? 'list' : typeof expected}`);
  }
  const range = RANGE[name as keyof typeof DEFAULTS];
  if (!range) return;
  const [low, high] = range;
  // Only `idle` may be a fraction.
  const fits =
    typeof value === 'number' && value >= low && value <= high && (name === 'idle' || Number.isInteger(value));
  if (!fits) throw new InvalidInputError(name, `${name} must be a number from ${low} to ${high}`);
}

function readAccount(account: string | AccountOptions): AccountOptions {
  if (typeof account !== 'string') {
    if (typeof account.systemId === 'string' && typeof account.password === 'string') return account;
    throw new InvalidInputError('account', 'An account needs a systemId and a password');
  }
  const colon = account.indexOf(':');
  if (colon > 0) return { systemId: account.slice(0, colon), password: account.slice(colon + 1) };
  throw new InvalidInputError('account', 'An account is written as id:password');
}
