import type { ConnectionOptions } from 'node:tls';
import { background } from '../base/background';
import { isoTime, type Cancel, type Clock } from '../base/clock';
import { commandStatus } from '../smpp/command-status';
import type { Delivery } from '../smpp/pdu';
import {
  serverNameFor,
  Session,
  type CloseReason,
  type SessionHandler,
  type SessionMode,
  type SessionOptions,
  type Tap,
  type Unanswered,
} from '../smpp/session';
import { retryDelay, type RetryKind } from './backoff';
import type { BindSnapshot, BindState } from './events';
import { Lanes, type QueuedSegment } from './backlog';
import { AnswerCounts } from './measures';
import type { PoolSettings, ServerSettings } from './settings';

/** Milliseconds after which a bind counts as sound: its next failure starts the backoff anew. */
const SOUND_AFTER = 10_000;
/** Milliseconds between two lines of the log about odd PDUs: a peer that sends nothing else must not fill the disk. */
const ODD_PAUSE = 60_000;

/** Hears what a bind reports; `bind` is always the bind that calls. Latencies in milliseconds. */
export interface BindOwner {
  readonly clock: Clock;
  readonly settings: PoolSettings;
  bound(bind: Bind): void;
  /** A bind that stood is gone (`wasBound`), or an attempt failed for another reason than the last one. */
  lost(bind: Bind, wasBound: boolean, reason: string, code: string): void;
  /** The platform refused the bind; `news` where its reason differs from the last one. */
  refused(bind: Bind, kind: 'credentials' | 'quota', reason: string, code: string, news: boolean): void;
  answered(bind: Bind, item: QueuedSegment, status: number, messageId: string | null, latency: number): void;
  answeredLate(bind: Bind, item: QueuedSegment, status: number, messageId: string | null): void;
  unanswered(bind: Bind, items: readonly Unanswered<QueuedSegment>[]): void;
  delivered(bind: Bind, delivery: Delivery, answer: (status: number) => void): void;
  writable(): void;
  odd(bind: Bind, message: string): void;
}

/** Fields of the pool that a refused bind blames, by its command_status (SMPP 3.4 section 5.1.3). */
const CREDENTIAL_FIELDS: Readonly<Record<number, string>> = {
  0x0d: 'system id, password or system type',
  0x0e: 'password',
  0x0f: 'system id',
  0x53: 'system type',
};
const ESME_RALYBND = 0x05;

/** One bind of one server over all its sessions: attempts again after each failure, until it is stopped. */
export class Bind implements SessionHandler<QueuedSegment> {
  readonly name: string;
  readonly answers = new AnswerCounts();
  /** While somebody looks on. */
  tap: Tap | null = null;
  readonly mode: SessionMode;
  /** Messages that have begun on this bind. */
  readonly followers = new Lanes();
  readonly #server: ServerSettings;
  readonly #owner: BindOwner;
  #session: Session<QueuedSegment> | null = null;
  #state: BindState = 'stopped';
  #since: number;
  #cancelRetry: Cancel | null = null;
  #failures = 0;
  /** Epoch milliseconds; null while the present session is not bound yet. */
  #boundAt: number | null = null;
  #lastError: string | null = null;
  /** The failure that the owner was last told of: the same one is not told twice. */
  #lastFailure: string | null = null;
  #oddAt = -Infinity;
  #oddSkipped = 0;

  constructor(name: string, mode: SessionMode, server: ServerSettings, owner: BindOwner) {
    this.name = name;
    this.mode = mode;
    this.#server = server;
    this.#owner = owner;
    this.#since = owner.clock.now();
  }

  get state(): BindState {
    return this.#state;
  }

  get isBound(): boolean {
    return this.#state === 'bound';
  }

  get inFlight(): number {
    return this.#session?.inFlight ?? 0;
  }

  /** True when a submit would go out now. */
  get ready(): boolean {
    return this.#session !== null && this.#session.ready;
  }

  submit(frame: Buffer, item: QueuedSegment): void {
    this.#session!.submit(frame, item);
  }

  /** @param delay milliseconds before the first attempt */
  start(delay: number): void {
    if (this.#state !== 'stopped') return;
    this.#failures = 0;
    this.#lastError = this.#lastFailure = null;
    this.#attemptAfter(delay, 'connecting');
  }

  /** Puts off the next attempt, because another bind of the server was refused with the same login. */
  hold(kind: 'credentials' | 'quota', reason: string): void {
    if (this.#session || this.#state === 'stopped') return;
    this.#lastError = this.#lastFailure = reason;
    this.#attemptAfter(retryDelay(kind, 1, Math.random()), kind === 'quota' ? 'quota' : 'refused');
  }

  /** Ends the wait of a refused bind: another bind was accepted with the same login. @param delay milliseconds */
  wake(delay: number): void {
    if (this.#state === 'refused') this.#attemptAfter(delay, 'waiting');
  }

  /** Unbinds after settling the window for at most `grace` milliseconds, and stays stopped until `start`. */
  async stop(grace: number): Promise<void> {
    this.#cancelRetry?.();
    const session = this.#session;
    this.#enter('stopped');
    await session?.unbind(grace);
  }

  /** Unbinds and binds anew: the link looks alive but does not do its work. @param grace milliseconds for the window */
  rebind(grace: number): void {
    if (!this.isBound || !this.#session) return;
    const session = this.#session;
    this.#enter('leaving');
    background(session.unbind(grace), { error: (text) => this.#owner.odd(this, text) }, 'unbind');
  }

  /** Closes without an unbind; unanswered submits are handed back. */
  destroy(): void {
    this.#cancelRetry?.();
    this.#enter('stopped');
    this.#session?.destroy({ code: 'destroyed', message: 'closed' });
  }

  snapshot(): BindSnapshot {
    return {
      bind: this.name,
      mode: this.mode,
      state: this.#state,
      inFlight: this.inFlight,
      window: this.mode === 'receiver' ? 0 : this.#owner.settings.window,
      since: isoTime(this.#owner.clock, this.#since),
      lastError: this.#lastError,
    };
  }

  bound(): void {
    this.#enter('bound');
    this.#boundAt = this.#owner.clock.now();
    this.#lastError = this.#lastFailure = null;
    this.#owner.bound(this);
  }

  answered(item: QueuedSegment, status: number, messageId: string | null, latency: number): void {
    this.answers.add(status);
    this.#owner.answered(this, item, status, messageId, latency);
  }

  answeredLate(item: QueuedSegment, status: number, messageId: string | null): void {
    this.#owner.answeredLate(this, item, status, messageId);
  }

  timedOut(item: QueuedSegment): void {
    this.#owner.unanswered(this, [{ item, sent: true }]);
  }

  delivered(delivery: Delivery, answer: (status: number) => void): void {
    this.#owner.delivered(this, delivery, answer);
  }

  leaving(): void {
    if (this.#state === 'bound') this.#enter('leaving');
    this.#owner.writable();
  }

  writable(): void {
    this.#owner.writable();
  }

  odd(message: string): void {
    const now = this.#owner.clock.now();
    if (now - this.#oddAt < ODD_PAUSE) {
      this.#oddSkipped += 1;
      return;
    }
    this.#owner.odd(this, this.#oddSkipped > 0 ? `${message} (and ${String(this.#oddSkipped)} more before)` : message);
    this.#oddAt = now;
    this.#oddSkipped = 0;
  }

  closed(reason: CloseReason, unanswered: readonly Unanswered<QueuedSegment>[]): void {
    const stoodFor = this.#boundAt === null ? null : this.#owner.clock.now() - this.#boundAt;
    const stood = stoodFor !== null;
    this.#session = null;
    this.#boundAt = null;
    if (unanswered.length > 0) this.#owner.unanswered(this, unanswered);
    if (this.#state === 'stopped') {
      if (stood) this.#owner.lost(this, true, reason.message, reason.code);
    } else if (reason.code === 'unbound') {
      // We unbound ourselves: in `rebind`, or in `stop`, with `start` called before the old session was gone.
      this.#attemptAfter(0, 'connecting');
      if (stood) this.#owner.lost(this, true, reason.message, reason.code);
    } else {
      if (stood && stoodFor > SOUND_AFTER) this.#failures = 0;
      this.#failures += 1;
      this.#failed(reason, stood);
    }
  }

  #failed(reason: CloseReason, stood: boolean): void {
    const status = reason.code === 'bind-refused' ? (reason.status ?? 0) : null;
    if (status === ESME_RALYBND) {
      this.#refused('quota', 'ESME_RALYBND', 'the platform allows no more binds for this account (0x05)');
    } else if (status !== null && commandStatus(status).class === 'account') {
      const { name, description } = commandStatus(status);
      const field = CREDENTIAL_FIELDS[status];
      this.#refused(
        'credentials',
        name,
        field
          ? `${field} refused by the platform (${name})`
          : `the platform refused the bind: ${description} (${name})`,
      );
    } else {
      const kind: RetryKind = reason.code === 'maintenance' ? 'maintenance' : 'network';
      const news = this.#isNews(`${reason.code} ${String(status)}`);
      this.#lastError = status === null ? reason.message : `${reason.message}: ${commandStatus(status).name}`;
      this.#attemptAfter(retryDelay(kind, this.#failures, Math.random()), 'waiting');
      if (stood || news) this.#owner.lost(this, stood, this.#lastError, reason.code);
    }
  }

  #refused(kind: 'credentials' | 'quota', code: string, words: string): void {
    const news = this.#isNews(words);
    this.#lastError = words;
    this.#attemptAfter(retryDelay(kind, this.#failures, Math.random()), kind === 'quota' ? 'quota' : 'refused');
    this.#owner.refused(this, kind, words, code, news);
  }

  #isNews(failure: string): boolean {
    const isNews = failure !== this.#lastFailure;
    this.#lastFailure = failure;
    return isNews;
  }

  #attemptAfter(delay: number, state: BindState): void {
    this.#enter(state);
    this.#cancelRetry?.();
    this.#cancelRetry = this.#owner.clock.after(delay, () => {
      this.#attempt();
    });
  }

  #attempt(): void {
    // The old session is still closing; `closed` schedules the next attempt.
    if (this.#session) return;
    const { settings, clock } = this.#owner;
    if (this.#state === 'waiting' && this.#failures === 0) this.#enter('connecting');
    try {
      this.#session = new Session<QueuedSegment>(sessionOptions(settings, this.#server, this.mode), this, clock);
    } catch (error) {
      // The TLS stack refuses an unreadable certificate or key before it connects.
      const words = error instanceof Error ? error.message : String(error);
      this.closed({ code: 'tls', message: `TLS configuration: ${words}` }, []);
    }
  }

  #enter(state: BindState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#owner.clock.now();
  }
}

/** The options of one session in this mode, from the settings of the pool and the server; times in milliseconds. */
export function sessionOptions(settings: PoolSettings, server: ServerSettings, mode: SessionMode): SessionOptions {
  return {
    host: server.host,
    port: server.port,
    tls: server.tls ? tlsOptions(settings, server.host) : null,
    mode,
    systemId: settings.systemId,
    password: settings.password,
    systemType: settings.systemType,
    interfaceVersion: settings.profile.version === '3.3' ? 0x33 : 0x34,
    addressRange: settings.addressRange,
    addrTon: settings.addrTon,
    addrNpi: settings.addrNpi,
    window: settings.window,
    enquireLink: settings.enquireLink * 1000,
    responseTimeout: settings.responseTimeout * 1000,
  };
}

/** Every option is explicit, so that no default of the TLS stack decides. */
function tlsOptions(settings: PoolSettings, host: string): ConnectionOptions {
  const old = settings.tlsMinVersion === 'TLSv1' || settings.tlsMinVersion === 'TLSv1.1';
  return {
    rejectUnauthorized: true,
    servername: serverNameFor(host),
    ...settings.tls,
    minVersion: settings.tlsMinVersion,
    // OpenSSL 3 refuses TLS 1.0 and 1.1 above security level 0; lowered for such a platform's connection alone.
    ...(old ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  };
}
