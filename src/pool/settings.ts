import type { SecureContextOptions } from 'node:tls';
import type { MessageProfile } from '../message/message';

export type BindMode = 'transceiver' | 'transmitter-receiver' | 'transmitter' | 'receiver';
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

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

/** A pool, with every default filled in and every value checked. Names and units are the contract's, section 1. */
export interface PoolSettings {
  readonly servers: readonly ServerSettings[];
  readonly bindMode: BindMode;
  readonly systemId: string;
  readonly password: string;
  readonly systemType: string;
  readonly addressRange: string;
  readonly addrTon: number;
  readonly addrNpi: number;
  /** Unanswered submits a bind. */
  readonly window: number;
  /** Seconds of silence before an enquire_link. */
  readonly enquireLink: number;
  /** Seconds. */
  readonly responseTimeout: number;
  readonly tls: TlsSettings;
  readonly tlsMinVersion: TlsVersion;
  /** Version, DLT form and defaults of every message. */
  readonly profile: MessageProfile;
  readonly queueLimit: number;
  /** Seconds. */
  readonly messageExpiry: number;
  /** Seconds. */
  readonly receiptExpiry: number;
  readonly onLinkLoss: 'resend' | 'fail';
  /** Seconds. */
  readonly receiptWait: number;
  readonly messageIds: 'auto' | 'exact' | 'hex-to-dec' | 'dec-to-hex';
  /** IANA zone. */
  readonly receiptTimezone: string;
}

/** "host:port", the name of a server in statuses, events and logs. */
export function serverName(server: { readonly host: string; readonly port: number }): string {
  return server.host.includes(':') ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`;
}
