import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import tls from 'node:tls';
import type { Account } from './account';
import { Budget } from './budget';
import type { Certificate } from './certificate';
import type { Faults } from './faults';
import { NO_FAULTS, stallLeft } from './faults';
import type { Platform } from './platform';
import type { Allowance, Counters, Host, SessionState } from './session';
import { Session } from './session';

const HOST = '127.0.0.1';
const HANDSHAKE_TIMEOUT = 30_000;
const BACKLOG = 4096;

/** One server as `GET /state` shows it. */
export interface ServerState extends Readonly<Counters> {
  /** From 1. */
  readonly server: number;
  readonly port: number;
  /** Null without TLS. */
  readonly tlsPort: number | null;
  readonly state: 'up' | 'draining' | 'stopped';
  /** Bound sessions. */
  readonly binds: number;
  readonly sessions: readonly SessionState[];
  readonly faults: Faults;
}

const NO_COUNTS: Readonly<Counters> = { submits: 0, accepted: 0, refused: 0, throttled: 0, receipts: 0 };

/** One server of the platform: a plain port and perhaps a TLS port. */
export class Server implements Host {
  readonly number: number;
  readonly random: () => number;
  readonly counters: Counters = { ...NO_COUNTS };
  written = 0;
  readonly #platform: Platform;
  readonly #plain: net.Server;
  readonly #secure: tls.Server | null;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<Session>();
  readonly #allowances = new Map<Account, Allowance>();
  #port: number;
  #tlsPort: number;
  #faults = NO_FAULTS;
  #faultsSince = 0;
  #state: ServerState['state'] = 'stopped';

  /**
   * @param port 0 = any free port, which stays the same over stop and start; `tlsPort` likewise
   * @param certificate null = no TLS port
   */
  constructor(number: number, platform: Platform, port: number, tlsPort: number, certificate: Certificate | null) {
    this.number = number;
    this.random = platform.faultRandom;
    this.#platform = platform;
    this.#port = port;
    this.#tlsPort = tlsPort;
    this.#plain = net.createServer({ noDelay: true }, (socket) => this.#accept(socket, false));
    this.#secure = certificate && this.#createSecure(certificate);
    for (const listener of this.#listeners) listener.on('connection', (socket: Socket) => this.#track(socket));
  }

  get port(): number {
    return this.#port;
  }

  get tlsPort(): number | null {
    return this.#secure && this.#tlsPort;
  }

  get state(): ServerState['state'] {
    return this.#state;
  }

  get faults(): Faults {
    return this.#faults;
  }

  set faults(faults: Faults) {
    this.#faults = faults;
    this.#faultsSince = performance.now();
    for (const allowance of this.#allowances.values()) allowance.budget = allowance.budget.changedTo(this.#perSecond);
    for (const account of this.#platform.accounts.values()) account.mailbox.pump();
  }

  /** Milliseconds until the current stall ends; 0 outside of a stall. */
  get stalled(): number {
    return this.#faults.stall ? stallLeft(this.#faults, performance.now() - this.#faultsSince) : 0;
  }

  view(): ServerState {
    const sessions = Array.from(this.#sessions, (session) => session.state).filter((state) => state !== null);
    const { number: server, port, tlsPort, state, faults } = this;
    return { server, port, tlsPort, state, binds: sessions.length, ...this.counters, sessions, faults };
  }

  allowance(account: Account): Allowance {
    let allowance = this.#allowances.get(account);
    if (!allowance) {
      allowance = { bound: 0, budget: new Budget(this.#perSecond) };
      this.#allowances.set(account, allowance);
    }
    return allowance;
  }

  async start(): Promise<void> {
    if (this.#state === 'stopped') {
      this.#port = await listen(this.#plain, this.#port);
      if (this.#secure) this.#tlsPort = await listen(this.#secure, this.#tlsPort);
    }
    this.#state = 'up';
  }

  /** Cuts every link and refuses connections. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    const closed = this.#listeners.map((listener) => new Promise((resolve) => listener.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Maintenance: asks every customer to unbind and takes no new bind. */
  drain(): void {
    if (this.#state !== 'up') return;
    this.#state = 'draining';
    for (const session of this.#sessions) session.unbind();
  }

  tick(now: number): void {
    for (const session of this.#sessions) session.tick(now);
  }

  forget(session: Session): void {
    this.#sessions.delete(session);
  }

  reset(): void {
    Object.assign(this.counters, NO_COUNTS);
    this.faults = NO_FAULTS;
  }

  /** Submits a second of each account; 0 = no limit. */
  get #perSecond(): number {
    return this.#faults.limit || this.#platform.settings.throughput;
  }

  get #listeners(): net.Server[] {
    return this.#secure ? [this.#plain, this.#secure] : [this.#plain];
  }

  #createSecure(certificate: Certificate): tls.Server {
    // The platform takes TLS 1.0 or better, which OpenSSL 3 allows at its security level 0 only.
    const options = {
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
      handshakeTimeout: HANDSHAKE_TIMEOUT,
    } as const;
    const server = tls.createServer({ ...certificate, ...options, noDelay: true }, (socket) =>
      this.#accept(socket, true),
    );
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  #accept(socket: Socket, secure: boolean): void {
    this.#sessions.add(new Session(socket, this, this.#platform, secure));
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

function listen(server: net.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: HOST, backlog: BACKLOG }, () => {
      server.off('error', reject);
      // An error while listening, such as too many open files, must not end the process.
      server.on('error', () => undefined);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
