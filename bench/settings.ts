import type { PoolSettings } from '../src/pool/settings';
import { FROM, WINDOW } from './load';

/** The contract's defaults, but a window of 100. @param throughput submits a second for each server, 0 = no limit */
export function poolSettings(ports: readonly number[], binds: number, throughput: number): PoolSettings {
  return {
    servers: ports.map((port) => ({ host: '127.0.0.1', port, tls: false, binds, throughput })),
    bindMode: 'transceiver',
    systemId: 'demo',
    password: 'demo',
    systemType: 'smpp',
    addressRange: '',
    addrTon: 0,
    addrNpi: 0,
    window: WINDOW,
    enquireLink: 60,
    responseTimeout: 30,
    tls: {},
    tlsMinVersion: 'TLSv1.2',
    profile: {
      version: '3.4',
      from: FROM,
      peId: '',
      tmId: '',
      dltTags: [0x1400, 0x1401, 0x1402],
      dltFormat: 'octets',
      dltTmForm: 'plain',
      dltRequired: false,
    },
    queueLimit: 100_000,
    messageExpiry: 86_400,
    receiptExpiry: 259_200,
    onLinkLoss: 'resend',
    receiptWait: 600,
    messageIds: 'auto',
    receiptTimezone: 'UTC',
  };
}
