import type { SecureContextOptions } from 'node:tls';
import type { MessageProfile } from '../message/message';
import { namedCodeTable } from '../receipt/code-file';
import { GUIDE_TABLE, type CodeTable } from '../receipt/code-table';
import { parseTags } from './settings-check';
import type { PoolSettingValues } from './settings-table';

export type BindMode = PoolSettingValues['bindMode'];

export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Binds on this server; pairs with bindMode "transmitter-receiver". */
  readonly binds: number;
  /** Submit PDUs a second over all binds of this server; 0 = no limit. */
  readonly throughput: number;
}

export interface TlsSettings extends SecureContextOptions {
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** Settings that come to the pool in `servers`, `tls` or `profile`, or concern only the config node and its store. */
const ELSEWHERE = [
  ...(['name', 'tls', 'binds', 'throughput', 'store', 'redisUrl', 'redisPrefix', 'keepOnDeploy'] as const),
  ...(['version', 'from', 'country', 'alphabet'] as const),
  ...(['dltPeId', 'dltTmId', 'dltTags', 'dltFormat', 'dltTmForm', 'dltRequired'] as const),
] as const;

/** A pool's settings, checked, with every default filled in. Names, units and ranges: settings-table. */
export interface PoolSettings extends Omit<PoolSettingValues, (typeof ELSEWHERE)[number]> {
  readonly servers: readonly ServerSettings[];
  readonly systemId: string;
  readonly password: string;
  readonly tls: TlsSettings;
  /** Version, DLT form and defaults of every message. */
  readonly profile: MessageProfile;
  /** The delivery codes that `codeTable` names. */
  readonly codes: CodeTable;
}

/** Builds a pool's settings from checked values of the settings table. */
export function poolSettings(
  values: PoolSettingValues,
  more: Pick<PoolSettings, 'servers' | 'systemId' | 'password' | 'tls'>,
): PoolSettings {
  const own = Object.entries(values).filter(([name]) => !(ELSEWHERE as readonly string[]).includes(name));
  return {
    ...(Object.fromEntries(own) as Omit<PoolSettingValues, (typeof ELSEWHERE)[number]>),
    ...more,
    profile: messageProfile(values),
    // What names a file gets its table from whoever may read files.
    codes: namedCodeTable(values.codeTable) ?? GUIDE_TABLE,
  };
}

/** The settings that apply to every message: version, sender, country, alphabet, DLT. `dltTags` must have been checked. */
export function messageProfile(values: PoolSettingValues): MessageProfile {
  const { version, from, country, alphabet, dltPeId, dltTmId, dltTags, dltFormat, dltTmForm, dltRequired } = values;
  return {
    version,
    from,
    country,
    alphabet,
    peId: dltPeId,
    tmId: dltTmId,
    dltTags: parseTags(dltTags)!,
    dltFormat,
    dltTmForm,
    dltRequired,
  };
}

/** "host:port", the name of a server in statuses, events and logs. */
export function serverName(server: { readonly host: string; readonly port: number }): string {
  return server.host.includes(':') ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`;
}
