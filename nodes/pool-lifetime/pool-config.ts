import * as tls from 'node:tls';
import type { Node, NodeDef } from 'node-red';
import { charsetOf } from '../../src/message/charset';
import { describe, isBlank } from '../../src/message/input';
import { checkSetting, isEnv } from '../../src/pool/settings-check';
import {
  defaultSettings,
  POOL_SETTINGS,
  SERVER_SETTINGS,
  type PoolSettingValues,
  type Setting,
} from '../../src/pool/settings-table';
import {
  poolSettings,
  serverName,
  type PoolSettings,
  type ServerSettings,
  type TlsSettings,
} from '../../src/pool/settings';
import type { RedisSettings } from '../../src/redis/connection';

const ENV_NAME = /^\$\{([^}]+)\}$/;

/** A pool in the flow file: a property may be missing, a numeric text, or an environment variable that is not set. */
export type PoolDef = NodeDef & Readonly<Record<string, unknown>>;

export interface PoolCredentials {
  readonly systemId?: string;
  readonly password?: string;
  readonly redisUser?: string;
  readonly redisPassword?: string;
}

/** A tls-config node of Node-RED's core. */
export interface TlsNode extends Node {
  readonly valid?: boolean;
  addTLSOptions(options: TlsSettings): TlsSettings;
}

export type StoreKind = PoolSettingValues['store'];

export interface PoolConfig {
  readonly settings: PoolSettings;
  readonly store: StoreKind;
  /** Null with any other store than redis. */
  readonly redis: RedisSettings | null;
  readonly keepOnDeploy: boolean;
}

/** Something wrong with the settings. The text never holds a credential's value. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

/** Returns a sentence of the node's catalogue. */
export type Say = (key: string, values?: Readonly<Record<string, unknown>>) => string;

/** An environment variable that is not set: Node-RED leaves `${NAME}` where its value should be. */
export interface Unresolved {
  /** Path of the property: "servers[0].host". */
  readonly property: string;
  readonly name: string;
}

/** Every `${NAME}` left in a value, however deep. */
export function findUnresolved(value: unknown, property = ''): Unresolved[] {
  if (typeof value === 'string') {
    const name = ENV_NAME.exec(value)?.[1];
    return name === undefined ? [] : [{ property, name }];
  }
  if (Array.isArray(value))
    return value.flatMap((item, index) => findUnresolved(item, `${property}[${String(index)}]`));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => findUnresolved(item, property ? `${property}.${key}` : key));
}

/** Fills in the defaults and collects every problem. The settings are of use only where there is no problem. */
export function readPoolConfig(
  def: PoolDef,
  credentials: PoolCredentials,
  tlsNode: TlsNode | null,
  say: Say,
): { config: PoolConfig; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const values = readValues(def, problems);
  const servers = readServers(def, values, problems, say);
  for (const { property, name } of findUnresolved({ ...def, name: '', ...credentials, servers: enabledRows(def) })) {
    problems.push({ field: property, message: say('errors.unresolved', { name, property }) });
  }
  if (isBlank(credentials.systemId)) problems.push({ field: 'systemId', message: say('errors.noAccount') });
  problems.push(...charsetProblems(values.alphabet));
  const { version, bindMode, store, keepOnDeploy } = values;
  const redisByTls = store === 'redis' && values.redisUrl.startsWith('rediss');
  const serversByTls = servers.some(({ tls: wanted }) => wanted);
  const tlsOptions = redisByTls || serversByTls ? readTls(values.tls, tlsNode, problems, say) : {};
  const settings = poolSettings(
    // SMPP 3.3 has no bind_transceiver.
    version === '3.3' && bindMode === 'transceiver' ? { ...values, bindMode: 'transmitter-receiver' } : values,
    {
      servers,
      systemId: credentials.systemId ?? '',
      password: credentials.password ?? '',
      tls: serversByTls ? tlsOptions : {},
    },
  );
  if (store === 'redis') problems.push(...redisUrlProblems(values.redisUrl, say));
  const redis = store === 'redis' ? redisSettings(values, credentials, redisByTls ? redisTls(tlsOptions) : {}) : null;
  return { config: { settings, store, redis, keepOnDeploy }, problems };
}

/** Which charsets there are is not in the settings table. */
function charsetProblems(alphabet: string): Problem[] {
  try {
    charsetOf(alphabet);
    return [];
  } catch (error) {
    return [{ field: 'alphabet', message: (error as Error).message }];
  }
}

/** Every setting but name and servers. An unset environment variable counts as the default, see findUnresolved. */
export function readValues(def: Readonly<Record<string, unknown>>, problems: Problem[]): PoolSettingValues {
  const values: Record<string, unknown> = defaultSettings();
  for (const [name, row] of Object.entries<Setting>(POOL_SETTINGS)) {
    // readServers reads the list of servers. The name may be any text.
    if (row.kind === 'rows' || name === 'name' || isEnv(def[name])) continue;
    // The settings table has `store` before the settings that only one kind of store reads.
    if (row.onlyWith && values[row.onlyWith.name] !== row.onlyWith.value) continue;
    try {
      values[name] = checkSetting(name, row, def[name]);
    } catch (error) {
      problems.push({ field: name, message: (error as Error).message });
    }
  }
  return values as unknown as PoolSettingValues;
}

type Row = Readonly<Record<string, unknown>>;

function enabledRows({ servers }: PoolDef): (Row & { readonly row: number })[] {
  const rows = Array.isArray(servers) ? (servers as readonly unknown[]) : [];
  return rows
    .map((row, index) => ({ ...(typeof row === 'object' ? row : { host: row }), row: index + 1 }))
    .filter((row: Row & { readonly row: number }) => row.enabled !== false && row.enabled !== 'false');
}

function readServers(def: PoolDef, pool: PoolSettingValues, problems: Problem[], say: Say): ServerSettings[] {
  const rows = enabledRows(def);
  if (rows.length === 0 && !isEnv(def.servers)) problems.push({ field: 'servers', message: say('errors.noServers') });
  const servers: ServerSettings[] = [];
  for (const row of rows) {
    if (findUnresolved(row).length > 0) continue;
    try {
      const server = readServer(row, pool);
      if (servers.some((other) => serverName(other) === serverName(server))) throw new Error('it is in the list twice');
      servers.push(server);
    } catch (error) {
      const server = [row.host, row.port].map((part) => (typeof part === 'string' ? part : describe(part))).join(':');
      const message = say('errors.server', { row: row.row, server, reason: (error as Error).message });
      problems.push({ field: 'servers', message });
    }
  }
  return servers;
}

function readServer(row: Row, { binds, throughput }: PoolSettingValues): ServerSettings {
  const read = (name: keyof typeof SERVER_SETTINGS): unknown => checkSetting(name, SERVER_SETTINGS[name], row[name]);
  read('enabled');
  return {
    host: read('host'),
    port: read('port'),
    tls: read('tls'),
    binds: isBlank(row.binds) ? binds : read('binds'),
    throughput: isBlank(row.throughput) ? throughput : read('throughput'),
  } as ServerSettings;
}

/** Without a tls-config node the platform's certificate is checked against the well-known authorities. */
function readTls(id: string, node: TlsNode | null, problems: Problem[], say: Say): TlsSettings {
  if (id === '') return {};
  if (node?.valid === true) return node.addTLSOptions({});
  problems.push({ field: 'tls', message: say('errors.tls') });
  return {};
}

/** A flow file is shared and kept in repositories: a user or password in the address is refused, as in the dialog. */
function redisUrlProblems(redisUrl: string, say: Say): Problem[] {
  if (!/^[^/]*\/\/[^/]*@/.test(redisUrl)) return [];
  return [{ field: 'redisUrl', message: say('errors.redisLogin') }];
}

function redisSettings(
  { redisUrl, redisPrefix }: PoolSettingValues,
  { redisUser = '', redisPassword = '' }: PoolCredentials,
  tlsOptions: RedisSettings['tls'],
): RedisSettings {
  return { url: redisUrl, prefix: redisPrefix, user: redisUser, password: redisPassword, tls: tlsOptions };
}

/**
 * The pool has one tls-config node, made for the platform. Redis gets its authorities and its client certificate. Redis
 * does not get the platform's server name, nor the permission to skip the check of the certificate.
 */
function redisTls({ ca, cert, key, passphrase }: TlsSettings): RedisSettings['tls'] {
  const given = [ca ?? []].flat();
  return {
    ...(given.length > 0 && { ca: [...wellKnown(), ...given] }),
    ...(cert && key && { cert, key, passphrase }),
  };
}

/** The authorities that Node.js trusts by default; from Node.js 22.15 on with those of NODE_EXTRA_CA_CERTS. */
function wellKnown(): readonly string[] {
  const { getCACertificates } = tls as { readonly getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}
