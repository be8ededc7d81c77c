import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { ignoreFailure } from '../base/background';
import { systemClock, type Clock } from '../base/clock';
import { decodePdu } from '../smpp/codec';
import { commandStatus } from '../smpp/command-status';
import { connectionFailure, Session, type CloseReason, type SessionMode, type SessionOptions } from '../smpp/session';
import { tlsWords } from '../base/tls-words';
import { sessionOptions } from './bind';
import type { ProbeFacts, ProbeProblem, ProbeStep, ProbeStepName } from './probe-step';
import { MODES } from './server';
import type { PoolSettings, ServerSettings } from './settings';

/** Milliseconds for the whole of a probe. */
const LIMIT = 15_000;
const DAY = 86_400_000;
/** Days before its end from which on a certificate gets a warning. */
const ENDS_SOON = 30;

type Found = Partial<Pick<ProbeStep, 'facts' | 'warning'>>;

/**
 * Tries to bind once, as the pool would, and says how far it came: name, connection, TLS, bind, unbind. Takes at most
 * 15 seconds, leaves no connection behind and never throws. Of a pair, first the transmitter is tried, then the
 * receiver.
 * @param signal gives up when aborted
 */
export async function probe(
  settings: PoolSettings,
  server: ServerSettings,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<readonly ProbeStep[]> {
  const run = new Probe(settings, server, clock);
  const giveUp = (): void => {
    run.end('cancelled');
  };
  const cancelLimit = clock.after(LIMIT, () => {
    run.end('timeout');
  });
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  try {
    await run.go();
  } finally {
    cancelLimit();
    signal.removeEventListener('abort', giveUp);
    run.end('over');
  }
  return run.steps;
}

class Probe {
  readonly steps: ProbeStep[] = [];
  readonly #settings: PoolSettings;
  readonly #server: ServerSettings;
  readonly #clock: Clock;
  /** Rejects when the probe has to end: cancelled, out of time, or over. */
  readonly #over: Promise<never>;
  #stop!: () => void;
  /** Why the probe has to end; null while it may go on. */
  #ended: 'cancelled' | 'timeout' | 'over' | null = null;
  #socket: Socket | null = null;
  /** Error code of Node.js for the last failure of the connection; "" where there was none. */
  #errorCode = '';

  constructor(settings: PoolSettings, server: ServerSettings, clock: Clock) {
    this.#settings = settings;
    this.#server = server;
    this.#clock = clock;
    this.#over = new Promise((_resolve, reject) => {
      this.#stop = () => {
        reject(new Error('over'));
      };
    });
    ignoreFailure(this.#over, 'it is raced against, and only says that the time is over');
  }

  end(why: 'cancelled' | 'timeout' | 'over'): void {
    this.#ended ??= why;
    this.#stop();
    this.#socket?.destroy();
  }

  async go(): Promise<void> {
    const { host } = this.#server;
    let addresses: LookupAddress[] = [];
    const resolve = async (): Promise<Found> => {
      addresses = await lookup(host, { all: true });
      return { facts: { addresses: addresses.map(({ address }) => address).join(', ') } };
    };
    if (isIP(host) === 0 && !(await this.#step('resolve', resolve))) return;
    for (const mode of MODES[this.#settings.bindMode]) if (!(await this.#tryMode(mode, addresses))) return;
  }

  /** Tries one mode, from connect to unbind. @returns true where every step succeeded */
  async #tryMode(mode: SessionMode, addresses: LookupAddress[]): Promise<boolean> {
    const options = sessionOptions(this.#settings, this.#server, mode);
    const { tls } = options;
    let session: Session<never> | null = null;
    return (
      (await this.#step('connect', () => this.#connect(addresses))) &&
      (!tls || (await this.#step('tls', () => this.#secure(tls)))) &&
      (await this.#step('bind', async () => {
        const bound = await this.#bind(options);
        session = bound.session;
        return bound.found;
      })) &&
      (await this.#step('unbind', async () => {
        await session?.unbind(0);
        return {};
      }))
    );
  }

  async #step(step: ProbeStepName, work: () => Promise<Found>): Promise<boolean> {
    const since = this.#clock.now();
    let found: Found = {};
    let problem: ProbeProblem | null = null;
    try {
      found = await Promise.race([this.#ended ? this.#over : work(), this.#over]);
    } catch (error) {
      if (error instanceof Refusal) found = error;
      problem = this.#ended ? endedIn(step, this.#ended) : this.#problemIn(step, error);
    }
    const ms = Math.round(this.#clock.now() - since);
    this.steps.push({ step, ms, facts: found.facts ?? {}, warning: found.warning ?? null, problem });
    return problem === null;
  }

  /** Connects to the addresses of the resolve step, without a second lookup: the report shows those that were tried. */
  async #connect(addresses: LookupAddress[]): Promise<Found> {
    const { host, port } = this.#server;
    const known: LookupFunction = (_host, { all }, callback) => {
      if (all) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    };
    const socket = this.#watch(
      connectTcp({ host, port, noDelay: true, ...(addresses.length > 0 ? { lookup: known } : {}) }),
    );
    await once(socket, 'connect');
    return { facts: { address: socket.remoteAddress ?? '' } };
  }

  /**
   * Completes the handshake with any certificate, so that it can be shown. The probe ends before the bind where the
   * pool would not trust it.
   */
  async #secure(options: ConnectionOptions): Promise<Found> {
    const socket = connectTls({
      ...options,
      host: this.#server.host,
      socket: this.#socket!,
      rejectUnauthorized: false,
    });
    this.#watch(socket);
    await once(socket, 'secureConnect');
    const facts = tlsFacts(socket, this.#clock.wallOf(this.#clock.now()));
    if (!socket.authorized) {
      const code = String(socket.authorizationError);
      const problem = { code, message: tlsWords(code, code) };
      if (options.rejectUnauthorized !== false) throw new Refusal(problem, facts);
      return { facts, warning: { ...problem, code: 'certificate-unchecked' } };
    }
    const { daysLeft } = facts;
    const endsSoon = typeof daysLeft === 'number' && daysLeft < ENDS_SOON;
    const message = `the certificate ends in ${String(daysLeft)} days`;
    return { facts, warning: endsSoon ? { code: 'certificate-ends-soon', message } : null };
  }

  #bind(options: SessionOptions): Promise<{ session: Session<never>; found: Found }> {
    return new Promise((resolve, reject) => {
      const session: Session<never> = new Session<never>(
        { ...options, socket: this.#socket! },
        {
          bound: (answer) => {
            resolve({ session, found: { facts: bindFacts(options.mode, answer) } });
          },
          closed: (reason) => {
            reject(new Refusal(this.#problemOf(reason), {}));
          },
          // A delivery is left unanswered: the platform keeps it, and brings it to a bind that stays.
          delivered: () => undefined,
          answered: () => undefined,
          timedOut: () => undefined,
          answeredLate: () => undefined,
          leaving: () => undefined,
          writable: () => undefined,
          odd: () => undefined,
        },
        this.#clock,
      );
    });
  }

  #watch<S extends Socket>(socket: S): S {
    this.#socket = socket;
    this.#errorCode = '';
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? '';
    });
    return socket;
  }

  #problemIn(step: ProbeStepName, error: unknown): ProbeProblem {
    if (error instanceof Refusal) return error.problem;
    const failure: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    this.#errorCode = failure.code ?? '';
    // Our own TLS stack refuses an unreadable certificate or key before anything is sent.
    if (step === 'tls' && this.#errorCode.startsWith('ERR_OSSL'))
      return { code: 'tls-configuration', message: `TLS configuration: ${failure.message}` };
    return this.#problemOf(connectionFailure(failure, true, step === 'tls'));
  }

  #problemOf({ code, message, status }: CloseReason): ProbeProblem {
    if (status !== undefined) {
      const { name, description } = commandStatus(status);
      return { code: name, message: description, status };
    }
    if (code === 'tls') return { code: this.#server.tls ? this.#errorCode : 'speaks-tls', message };
    return { code, message };
  }
}

class Refusal extends Error {
  constructor(
    readonly problem: ProbeProblem,
    readonly facts: ProbeFacts,
  ) {
    super(problem.message);
  }
}

const ENDED: Readonly<Record<ProbeStepName, string>> = {
  resolve: 'the name server did not answer in time',
  connect: 'no connection in time',
  tls: 'connected, but TLS did not come about in time',
  bind: 'connected, but the bind was not answered in time',
  unbind: 'the unbind was not answered in time',
};

function endedIn(step: ProbeStepName, why: string): ProbeProblem {
  if (why === 'cancelled') return { code: 'cancelled', message: 'given up' };
  return { code: `${step}-timeout`, message: ENDED[step] };
}

function tlsFacts(socket: TLSSocket, now: number): ProbeFacts {
  const certificate = socket.getPeerCertificate() as PeerCertificate | Record<string, never>;
  const facts = { protocol: socket.getProtocol() ?? '', cipher: socket.getCipher().name };
  if (!certificate.valid_to) return facts;
  const end = Date.parse(certificate.valid_to);
  return {
    ...facts,
    subject: nameIn(certificate.subject),
    issuer: nameIn(certificate.issuer),
    validTo: new Date(end).toISOString(),
    daysLeft: Math.floor((end - now) / DAY),
  };
}

/** The common name, else the organisation. A field that a certificate repeats is an array. */
function nameIn({ CN, O }: PeerCertificate['subject']): string {
  return String(CN ?? O ?? '');
}

function bindFacts(mode: SessionMode, answer: Buffer): ProbeFacts {
  try {
    const { system_id, sc_interface_version } = decodePdu(answer).fields;
    return {
      mode,
      platform: typeof system_id === 'string' ? system_id : '',
      ...(typeof sc_interface_version === 'number' ? { version: versionName(sc_interface_version) } : {}),
    };
  } catch {
    return { mode };
  }
}

/** The version of an sc_interface_version (SMPP 3.4 section 5.3.2.25): 0x34 is "3.4". */
function versionName(version: number): string {
  return `${String(version >>> 4)}.${String(version & 15)}`;
}
