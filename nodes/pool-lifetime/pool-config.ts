import { isIPv6 } from 'node:net';
import * as tls from 'node:tls';
import type { Node, NodeDef } from 'node-red';
import { choice, flag, isBlank, plainText, wholeNumber } from '../../src/message/input';
import { serverName, type PoolSettings, type ServerSettings, type TlsSettings } from '../../src/pool/settings';
import { parseRedisUrl } from '../../src/redis/address';
import type { RedisSettings } from '../../src/redis/connection';

/** Longest delay that a timer of Node.js can hold, in seconds. */
const LONGEST_TIMER = 2_147_483;
const HOST_NAME = /^[^\s/:[\]]+$/;
const ENV = /^\$\{([^}]+)\}$/;

/** A pool as it lies in the flow file: anything may be missing, a numeric string, or an environment variable that is not set. */
export type PoolDef = NodeDef & Readonly<Record<string, unknown>>;

export interface PoolCredentials {
  readonly systemId?: string;
  readonly password?: string;
  readonly redisUser?: string;
  readonly redisPassword?: string;
}

/** What a core tls-config node offers. */
export interface TlsNode extends Node {
  readonly valid?: boolean;
  addTLSOptions(options: TlsSettings): TlsSettings;
}

export type StoreKind = 'memory' | 'disk' | 'redis';

export interface PoolConfig {
  readonly settings: PoolSettings;
  readonly store: StoreKind;
  /** With the redis store. */
  readonly redis: RedisSettings | null;
  readonly keepOnDeploy: boolean;
}

/** Something wrong with the settings. The text never holds a credential's value. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

/** A sentence of the node's catalogue. */
export type Say = (key: string, values?: Readonly<Record<string, unknown>>) => string;

/** An environment variable that is not set: Node-RED leaves `${NAME}` where its value should be. */
export interface Unresolved {
  /** Where: "servers[0].host". */
  readonly property: string;
  readonly name: string;
}

function isUnresolved(value: unknown): boolean {
  return typeof value === 'string' && ENV.test(value);
}

/** Every `${NAME}` left in a value, however deep. */
export function findUnresolved(value: unknown, property = ''): Unresolved[] {
  if (typeof value === 'string') {
    const name = ENV.exec(value)?.[1];
    return name === undefined ? [] : [{ property, name }];
  }
  if (Array.isArray(value))
    return value.flatMap((item, index) => findUnresolved(item, `${property}[${String(index)}]`));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => findUnresolved(item, property ? `${property}.${key}` : key));
}

/** Fills in the contract's defaults and collects everything that is wrong; the settings are of use only where nothing is. */
export function readPoolConfig(
  def: PoolDef,
  credentials: PoolCredentials,
  tlsNode: TlsNode | null,
  say: Say,
): { config: PoolConfig; problems: readonly Problem[] } {
  const read = new Reader(def, say);
  const servers = readServers(read, say);
  read.reportUnresolved({ ...def, name: '', ...credentials, servers: enabledRows(def) });
  if (isBlank(credentials.systemId)) read.problems.push({ field: 'systemId', message: say('errors.noAccount') });
  const version = read.word('version', '3.4', '3.3');
  const bindMode = read.word('bindMode', 'transceiver', 'transmitter-receiver', 'transmitter', 'receiver');
  const store = read.word<StoreKind>('store', 'disk', 'memory', 'redis');
  const redisByTls = store === 'redis' && typeof def.redisUrl === 'string' && def.redisUrl.startsWith('rediss');
  const serversByTls = servers.some(({ tls: wanted }) => wanted);
  const tlsOptions = redisByTls || serversByTls ? readTls(read, tlsNode, say) : {};
  const settings: PoolSettings = {
    servers,
    // SMPP 3.3 has no bind_transceiver.
    bindMode: version === '3.3' && bindMode === 'transceiver' ? 'transmitter-receiver' : bindMode,
    systemId: credentials.systemId ?? '',
    password: credentials.password ?? '',
    systemType: read.text('systemType', 'smpp'),
    addressRange: read.text('addressRange'),
    addrTon: read.whole('addrTon', 0, 0, 255),
    addrNpi: read.whole('addrNpi', 0, 0, 255),
    window: read.whole('window', 10, 1),
    enquireLink: read.whole('enquireLink', 60, 1, LONGEST_TIMER),
    responseTimeout: read.whole('responseTimeout', 30, 1, LONGEST_TIMER),
    tls: serversByTls ? tlsOptions : {},
    tlsMinVersion: read.word('tlsMinVersion', 'TLSv1.2', 'TLSv1', 'TLSv1.1', 'TLSv1.3'),
    profile: {
      version,
      from: read.text('from'),
      peId: read.text('dltPeId'),
      tmId: read.text('dltTmId'),
      dltTags: read.attempt('dltTags', DLT_TAGS, readTags),
      dltFormat: read.word('dltFormat', 'octets', 'cstring'),
      dltTmForm: read.word('dltTmForm', 'plain', 'hash'),
      dltRequired: read.flag('dltRequired', false),
    },
    queueLimit: read.whole('queueLimit', 100_000, 1),
    messageExpiry: read.whole('messageExpiry', 86_400, 1),
    receiptExpiry: read.whole('receiptExpiry', 259_200, 1),
    onLinkLoss: read.word('onLinkLoss', 'resend', 'fail'),
    receiptWait: read.whole('receiptWait', 600, 0),
    messageIds: read.word('messageIds', 'auto', 'exact', 'hex-to-dec', 'dec-to-hex'),
    receiptTimezone: read.attempt('receiptTimezone', 'UTC', readTimezone),
  };
  const redis = store === 'redis' ? readRedis(read, credentials, redisByTls ? redisTls(tlsOptions) : {}) : null;
  return { config: { settings, store, redis, keepOnDeploy: read.flag('keepOnDeploy', true) }, problems: read.problems };
}

/** Reads one property after the other and remembers what was wrong, so that the user hears of everything at once. */
class Reader {
  readonly problems: Problem[] = [];
  readonly def: PoolDef;
  readonly #say: Say;

  constructor(def: PoolDef, say: Say) {
    this.def = def;
    this.#say = say;
  }

  reportUnresolved(value: unknown): void {
    for (const { property, name } of findUnresolved(value)) {
      this.problems.push({ field: property, message: this.#say('errors.unresolved', { name, property }) });
    }
  }

  /**
   * An environment variable that is not set counts as blank here: `reportUnresolved` tells of it.
   * @param absent what is read where there is nothing; without it that is the fallback
   */
  attempt<T>(field: string, fallback: T, read: (value: unknown) => T, absent?: unknown): T {
    const value = this.def[field] ?? absent;
    if (value === undefined || isUnresolved(value)) return fallback;
    try {
      return read(value);
    } catch (error) {
      this.problems.push({ field, message: (error as Error).message });
      return fallback;
    }
  }

  whole(field: string, fallback: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
    return this.attempt(field, fallback, (value) => wholeNumber(field, value, min, max) ?? fallback);
  }

  word<T extends string>(field: string, fallback: T, ...others: readonly T[]): T {
    return this.attempt(field, fallback, (value) => choice(field, value, [fallback, ...others], fallback));
  }

  text(field: string, fallback = ''): string {
    return this.attempt(field, fallback, (value) => plainText(field, value));
  }

  flag(field: string, fallback: boolean): boolean {
    return this.attempt(field, fallback, (value) => (isBlank(value) ? fallback : flag(field, value)));
  }
}

type Row = Readonly<Record<string, unknown>>;

function enabledRows({ servers }: PoolDef): (Row & { readonly row: number })[] {
  const rows = Array.isArray(servers) ? (servers as readonly Row[]) : [];
  return rows
    .map((row, index) => ({ ...row, row: index + 1 }) as Row & { readonly row: number })
    .filter(({ enabled }) => enabled !== false && enabled !== 'false');
}

function readServers(read: Reader, say: Say): ServerSettings[] {
  const binds = read.whole('binds', 1, 1, 100);
  const throughput = read.whole('throughput', 50, 0);
  const rows = enabledRows(read.def);
  if (rows.length === 0 && !isUnresolved(read.def.servers)) {
    read.problems.push({ field: 'servers', message: say('errors.noServers') });
  }
  const servers: ServerSettings[] = [];
  for (const row of rows) {
    if (findUnresolved(row).length > 0) continue;
    try {
      const server = readServer(row, binds, throughput);
      if (servers.some((other) => serverName(other) === serverName(server))) throw new Error('it is in the list twice');
      servers.push(server);
    } catch (error) {
      const server = `${String(row.host)}:${String(row.port)}`;
      const message = say('errors.server', { row: row.row, server, reason: (error as Error).message });
      read.problems.push({ field: 'servers', message });
    }
  }
  return servers;
}

function readServer(row: Row, binds: number, throughput: number): ServerSettings {
  const host = plainText('host', row.host).replace(/^\[(.*)\]$/, '$1');
  if (!HOST_NAME.test(host) && !isIPv6(host))
    throw new Error('host: give a host name or an IP address, without port and slashes');
  const port = wholeNumber('port', row.port, 1, 65535);
  if (port === undefined) throw new Error('port: there is none; give a number from 1 to 65535');
  return {
    host,
    port,
    tls: flag('tls', row.tls),
    binds: wholeNumber('binds', row.binds, 1, 100) ?? binds,
    throughput: wholeNumber('throughput', row.throughput, 0, Number.MAX_SAFE_INTEGER) ?? throughput,
  };
}

/** Without a tls-config node the platform's certificate is checked against the well-known authorities. */
function readTls(read: Reader, node: TlsNode | null, say: Say): TlsSettings {
  if (isBlank(read.def.tls) || isUnresolved(read.def.tls)) return {};
  if (node?.valid === true) return node.addTLSOptions({});
  read.problems.push({ field: 'tls', message: say('errors.tls') });
  return {};
}

function readRedis(
  read: Reader,
  { redisUser = '', redisPassword = '' }: PoolCredentials,
  tlsOptions: RedisSettings['tls'],
): RedisSettings {
  const address = (value: unknown): string => {
    const url = plainText('redisUrl', value);
    parseRedisUrl(url);
    return url;
  };
  const prefix = (value: unknown): string => {
    const word = plainText('redisPrefix', value) || 'smpp';
    if (/[\s{}]/.test(word)) throw new Error('redisPrefix: give a word without blanks and braces');
    return word;
  };
  return {
    url: read.attempt('redisUrl', '', address, ''),
    prefix: read.attempt('redisPrefix', 'smpp', prefix),
    user: redisUser,
    password: redisPassword,
    tls: tlsOptions,
  };
}

/**
 * The pool has one tls-config node, made for the platform: its authorities and its client certificate are good for Redis too; the
 * name of the platform, and that anybody may pose as it, are not.
 */
function redisTls({ ca, cert, key, passphrase }: TlsSettings): RedisSettings['tls'] {
  const given = [ca ?? []].flat();
  return {
    ...(given.length > 0 && { ca: [...wellKnown(), ...given] }),
    ...(cert && key && { cert, key, passphrase }),
  };
}

/** Authorities that Node.js trusts where none are given; from version 22.15 on it says those of NODE_EXTRA_CA_CERTS too. */
function wellKnown(): readonly string[] {
  const { getCACertificates } = tls as { readonly getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

function readTimezone(value: unknown): string {
  const timeZone = plainText('receiptTimezone', value) || 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new Error(`receiptTimezone: "${timeZone}" is not known; give an IANA time zone such as Asia/Kolkata`);
  }
  return timeZone;
}

type Tags = PoolSettings['profile']['dltTags'];
const DLT_TAGS: Tags = [0x1400, 0x1401, 0x1402];

function readTags(value: unknown): Tags {
  const words = plainText('dltTags', value).split(',');
  if (words.length === 1 && words[0] === '') return DLT_TAGS;
  const tags = words.map((word) => (/^\s*(0x)?[0-9a-f]{1,4}\s*$/i.test(word) ? Number.parseInt(word, 16) : NaN));
  if (tags.length !== 3 || tags.includes(NaN) || new Set(tags).size !== 3) {
    throw new Error('dltTags: give three different hexadecimal tags separated by commas, such as 1400,1401,1402');
  }
  return [tags[0]!, tags[1]!, tags[2]!];
}
