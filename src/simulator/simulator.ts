import { performance } from 'node:perf_hooks';
import { selfSignedCertificate } from './certificate';
import { Control } from './control';
import type { Message } from './messages';
import { Platform } from './platform';
import { Server } from './server';
import type { SimulatorOptions } from './settings';
import type { SimulatorState } from './state';
import { readSettings } from './settings';

export type { AccountOptions } from './account';
export type { DltRegistry, DltTemplate, Standing } from './dlt';
export type { Faults } from './faults';
export type { Message } from './messages';
export type { ServerState } from './server';
export type { SessionState } from './session';
export type { SimulatorOptions } from './settings';
export type { SimulatorState } from './state';

/** A running simulator. */
export interface Simulator {
  /** Ports of server 1, 2, … in this order; `tlsPort` is null without the option `tls`. */
  readonly servers: readonly { readonly port: number; readonly tlsPort: number | null }[];
  /** Base URL of the control API and of its page, without a slash at its end. */
  readonly controlUrl: string;
  /** PEM of the certificate of the TLS ports, for a client's list of authorities; null without the option `tls`. */
  readonly certificate: string | null;
  state(): SimulatorState;
  /** The newest `last` messages (default: all remembered), from the oldest to the newest. */
  messages(last?: number): Message[];
  /** Cuts every link, closes every port and forgets every timer; the process can end. */
  close(): Promise<void>;
}

const TLS_PORT_STEP = 1000;
/** Checks of each link in one idle limit. The period between two checks is 20 ms at least and a second at most. */
const LOOKS = 10;

/**
 * Starts a platform on 127.0.0.1: several SMPP servers with shared accounts, receipts and DLT checks, and a control
 * API.
 * @param note is called with a sentence on a refusal whose reason the answer alone does not tell
 * @throws {InvalidInputError} on an impossible option; the system's error where a port is taken or `config` cannot be
 * read.
 */
export async function createSimulator(
  options: SimulatorOptions = {},
  note?: (words: string) => void,
): Promise<Simulator> {
  const settings = await readSettings(options);
  const platform = new Platform(settings, note);
  const certificate = settings.tls ? selfSignedCertificate() : null;
  const servers = Array.from({ length: settings.servers }, (_, index) => {
    const port = settings.port === 0 ? 0 : settings.port + index;
    return new Server(index + 1, platform, port, port === 0 ? 0 : port + TLS_PORT_STEP, certificate);
  });
  const state = (): SimulatorState => ({
    accounts: Array.from(platform.accounts.values(), ({ systemId, credits }) => ({ systemId, credits })),
    servers: servers.map((server) => server.view()),
  });
  const messages = (last?: number) => platform.log.views(last);
  const control = new Control({ platform, servers, state, messages, certificate: certificate?.cert ?? null });
  const period = Math.min(1000, Math.max(20, (settings.idle * 1000) / LOOKS));
  const ticker = setInterval(() => {
    const now = performance.now();
    for (const server of servers) server.tick(now);
  }, period);
  const close = async (): Promise<void> => {
    clearInterval(ticker);
    await Promise.all([control.close(), ...servers.map((server) => server.stop())]);
    platform.timetable.clear();
  };
  try {
    for (const server of servers) await server.start();
    const controlUrl = await control.listen(settings.control);
    const ports = servers.map(({ port, tlsPort }) => ({ port, tlsPort }));
    return { servers: ports, controlUrl, certificate: certificate?.cert ?? null, state, messages, close };
  } catch (error) {
    await close();
    throw error;
  }
}
