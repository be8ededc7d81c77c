import { poolSettings as settingsOf, type PoolSettings } from '../src/pool/settings';
import { defaultSettings } from '../src/pool/settings-table';
import { FROM, WINDOW } from './load';

/** The defaults, but a window of 100. @param throughput submits a second for each server, 0 = no limit */
export function poolSettings(ports: readonly number[], binds: number, throughput: number): PoolSettings {
  const servers = ports.map((port) => ({ host: '127.0.0.1', port, tls: false, binds, throughput }));
  const account = { systemId: 'demo', password: 'demo' };
  return settingsOf({ ...defaultSettings(), window: WINDOW, from: FROM }, { servers, ...account, tls: {} });
}
