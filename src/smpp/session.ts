import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Cancel, Clock } from '../base/clock';
import { tlsWords } from '../base/tls-words';
import { encodePdu } from './codec';
import { COMMAND, commandId, commandStatus as statusOf, isResponse, responseTo, sequenceNumber } from './commands';
import { decodeDelivery, encodeDeliveryAnswer } from './deliver';
import { FrameReader, FramingError } from './framing';
import { linkVerdict, type LinkLimits } from './link-timers';
import { PduError, type Delivery } from './pdu';
import { readMessageId, stampSequence } from './submit';
import { Window, type Pending } from './window';

export type SessionMode = 'transceiver' | 'transmitter' | 'receiver';

/** Everything one attempt at a bind needs. Times in milliseconds. */
export interface SessionOptions extends LinkLimits {
  readonly host: string;
  readonly port: number;
  /** Options for tls.connect, complete (rejectUnauthorized, servername, ca, minVersion …); null for plain TCP. */
  readonly tls: ConnectionOptions | null;
  readonly mode: SessionMode;
  readonly systemId: string;
  readonly password: string;
  readonly systemType: string;
  /** 0x34 or 0x33. */
  readonly interfaceVersion: number;
  readonly addressRange: string;
  readonly addrTon: number;
  readonly addrNpi: number;
  /** Most submits that may be unanswered at once. */
  readonly window: number;
  /** A connection that stands already, its TLS included: the session binds on it at once. */
  readonly socket?: Socket;
}

export type CloseCode =
  | 'dns'
  | 'connect-refused'
  | 'unreachable'
  | 'connect-timeout'
  | 'tls'
  | 'closed-before-bind'
  | 'bind-timeout'
  | 'bind-refused'
  | 'silent'
  | 'no-answers'
  | 'partial'
  | 'framing'
  | 'reset'
  | 'closed'
  | 'maintenance'
  | 'unbound'
  | 'destroyed';

export interface CloseReason {
  readonly code: CloseCode;
  /** In words, without host or bind (the caller knows them) and without any secret. */
  readonly message: string;
  /** command_status of a refused bind. */
  readonly status?: number;
}

/** A submit that ends without an answer. `sent` is false where none of its octets was handed to the socket. */
export interface Unanswered<T> {
  readonly item: T;
  readonly sent: boolean;
}

/** Sees every PDU as it is written or read; must not keep the frame. */
export type Tap = (outgoing: boolean, frame: Buffer) => void;

/** Hears what happens on a session. `closed` comes exactly once and is the last call. No method may throw. */
export interface SessionHandler<T> {
  /** While somebody looks on. */
  readonly tap?: Tap | null;
  /** @param answer the whole PDU that answers the bind */
  bound(answer: Buffer): void;
  /** The answer to a submit; `latency` in milliseconds, `messageId` null where the answer had none. */
  answered(item: T, status: number, messageId: string | null, latency: number): void;
  /**
   * No answer came within the response timeout, on a link that is still alive. A later answer goes to `answeredLate`.
   */
  timedOut(item: T): void;
  answeredLate(item: T, status: number, messageId: string | null): void;
  /** Every call must end in one call of `answer` with a command_status. */
  delivered(delivery: Delivery, answer: (status: number) => void): void;
  /** The platform wants to close: no submit is accepted any more, the window is being settled. */
  leaving(): void;
  /** A full socket buffer has room again. */
  writable(): void;
  /** Worth a line in the log: something the peer did that SMPP does not foresee. */
  odd(message: string): void;
  closed(reason: CloseReason, unanswered: readonly Unanswered<T>[]): void;
}

type Phase = 'connecting' | 'binding' | 'bound' | 'leaving' | 'unbinding' | 'closed';

const BIND_COMMAND = {
  transceiver: 'bind_transceiver',
  transmitter: 'bind_transmitter',
  receiver: 'bind_receiver',
} as const;

const MAX_SEQUENCE = 0x7fffffff;
/** Unanswered deliveries we take on one bind; above that the platform is asked to try later (ESME_RMSGQFUL). */
const MAX_DELIVERIES = 2000;
/** Submits that timed out, of which a late answer is still recognised. */
const MAX_LATE = 10_000;
/** Milliseconds a peer gets to answer our unbind, and then to close its side. */
const UNBIND_GRACE = 3000;
const CLOSE_GRACE = 1000;
/** Milliseconds at most that a platform's unbind waits for our window to be settled. */
const LEAVE_GRACE = 5000;
/** Octets of our answers that a peer may leave unread before we read no more of its requests. */
const UNREAD_LIMIT = 1 << 20;
/** Milliseconds a timer may be late; above that this process did not listen meanwhile (a blocked event loop, SIGSTOP, a suspended machine). */
const LATE = 250;
/** Turns of the event loop, at most, that only read the socket after this process did not listen. */
const CATCH_UP_TURNS = 1000;
/** Turns in a row with nothing to read that end this reading early. */
const QUIET_TURNS = 3;
/**
 * Milliseconds more that a peer gets when this process did not listen: our full buffers may have kept it from
 * answering.
 */
const CATCH_UP_GRACE = 5000;
/**
 * Submits timed out, with no submit answered meanwhile, at which the link counts as dead. A single one may be an
 * accident.
 */
const MAX_SWALLOWED = 2;

const ESME_RINVCMDID = 0x03;
const ESME_RMSGQFUL = 0x14;
const ESME_RX_T_APPN = 0x64;
const ESME_RX_P_APPN = 0x65;

/**
 * One bind on one connection, from connect to close. It never reconnects: a new attempt is a new Session. Owns the
 * socket, the framing, the window and the timers. Every failure ends in `closed`, which hands back the unanswered
 * submits.
 */
export class Session<T> {
  readonly #options: SessionOptions;
  readonly #handler: SessionHandler<T>;
  readonly #clock: Clock;
  readonly #reader = new FrameReader();
  readonly #socket: Socket;
  readonly #pending = new Window<T>();
  readonly #late = new Map<number, Pending<T>>();
  #phase: Phase = 'connecting';
  #sequence = 0;
  #bindSequence = 0;
  #unbindSequence = 0;
  /** Sequence number of the platform's unbind while we settle the window. */
  #owedUnbind: number | null = null;
  #deliveries = 0;
  #outgoing: Buffer[] = [];
  /** Submits in `#outgoing`. */
  #unwritten: Pending<T>[] = [];
  #flushing = false;
  #blocked = false;
  /** True once our side of the connection is closed: nothing more can be written. */
  #ended = false;
  #failure: CloseReason | null = null;
  #cancelTimer: Cancel | null = null;
  #timerAt = Infinity;
  #cancelLeave: Cancel | null = null;
  #unbound: (() => void)[] = [];
  #since: number;
  #lastHeard: number;
  #lastAnswer: number;
  /** Submits that timed out since the last answer to any. */
  #swallowed = 0;
  #enquiringSince: number | null = null;
  #partialSince: number | null = null;
  /** Milliseconds in which this process did not listen. They do not count against the peer. */
  #deaf = 0;
  /** Chunks read so far. */
  #chunks = 0;

  constructor(options: SessionOptions, handler: SessionHandler<T>, clock: Clock) {
    this.#options = options;
    this.#handler = handler;
    this.#clock = clock;
    this.#since = this.#lastHeard = this.#lastAnswer = this.#now();
    this.#socket = this.#connect();
    this.#watch();
    if (options.socket) this.#connected();
  }

  /** Unanswered submits. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** True when a submit would be sent now: bound, not as a receiver, window not full, socket not blocked. */
  get ready(): boolean {
    return (
      this.#phase === 'bound' &&
      !this.#blocked &&
      this.#pending.size < this.#options.window &&
      this.#options.mode !== 'receiver'
    );
  }

  get bound(): boolean {
    return this.#phase === 'bound';
  }

  /** Sends a submit_sm or data_sm frame under a sequence number of this session. Only while `ready`. */
  submit(frame: Buffer, item: T): void {
    const sequence = this.#nextSequence();
    stampSequence(frame, sequence);
    const pending = { sequence, item, response: responseTo(commandId(frame)), at: this.#now(), sent: false };
    this.#pending.add(pending);
    this.#unwritten.push(pending);
    this.#write(frame);
    if (this.#pending.size === 1) this.#watch();
  }

  /** Settles the window for at most `grace` milliseconds, unbinds and closes. Deliveries are answered meanwhile. Resolves when closed. */
  unbind(grace: number): Promise<void> {
    if (this.#phase === 'closed') return Promise.resolve();
    const done = new Promise<void>((resolve) => this.#unbound.push(resolve));
    if (this.#phase === 'connecting' || this.#phase === 'binding') {
      this.destroy({ code: 'unbound', message: 'disconnected' });
    } else if (this.#phase === 'bound') {
      this.#phase = 'leaving';
      if (this.#pending.size === 0) this.#sayGoodbye();
      else this.#leaveAfter(grace);
    }
    return done;
  }

  /** Closes at once; `closed` hands back the unanswered submits. */
  destroy(reason: CloseReason): void {
    if (this.#phase === 'closed') return;
    this.#failure ??= reason;
    this.#socket.destroy();
    this.#close();
  }

  #connect(): Socket {
    const { host, port, tls } = this.#options;
    // Always a fresh options object: host and port only, never a path, which would dial a Unix socket.
    const socket = this.#options.socket ?? (tls ? connectTls({ ...tls, host, port }) : connectTcp({ host, port }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= connectionFailure(error, this.#phase === 'connecting', tls !== null);
    });
    socket.on(tls ? 'secureConnect' : 'connect', () => {
      this.#guard(() => {
        this.#connected();
      });
    });
    socket.on('data', (chunk: Buffer) => {
      this.#guard(() => {
        this.#received(chunk);
      });
    });
    socket.on('drain', () => {
      this.#guard(() => {
        this.#blocked = false;
        socket.resume();
        this.#handler.writable();
      });
    });
    socket.on('end', () => {
      this.#guard(() => {
        this.#failure ??= closedIn(this.#phase, this.#now() - this.#since);
        this.#end();
      });
    });
    socket.on('close', () => {
      this.#close();
    });
    // Receipts and submits share the link: Nagle's algorithm against delayed ACKs costs 4 to 41 times the throughput.
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    return socket;
  }

  /** An error in our own code must end this link, not Node-RED. */
  #guard(work: () => void): void {
    if (this.#phase === 'closed') return;
    try {
      work();
    } catch (error) {
      this.destroy({ code: 'destroyed', message: `internal error: ${String(error)}` });
    }
  }

  #connected(): void {
    const { mode, systemId, password, systemType, interfaceVersion, addressRange, addrTon, addrNpi } = this.#options;
    this.#phase = 'binding';
    this.#since = this.#now();
    this.#bindSequence = this.#nextSequence();
    const fields = {
      system_id: systemId,
      password,
      system_type: systemType,
      interface_version: interfaceVersion,
      addr_ton: addrTon,
      addr_npi: addrNpi,
      address_range: addressRange,
    };
    this.#write(encodePdu(BIND_COMMAND[mode], fields, this.#bindSequence));
    this.#watch();
  }

  /** Monotonic milliseconds, less those in which we did not listen. */
  #now(): number {
    return this.#clock.now() - this.#deaf;
  }

  #received(chunk: Buffer): void {
    this.#chunks += 1;
    this.#lastHeard = this.#now();
    // Any octet proves the link as well as an enquire_link_resp would.
    const wasAsked = this.#enquiringSince !== null;
    this.#enquiringSince = null;
    let frames: readonly Buffer[];
    let broken: FramingError | null = null;
    try {
      frames = this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      frames = error.frames;
      broken = error;
    }
    for (const frame of frames) {
      if (this.#closedNow()) return;
      this.#handler.tap?.(false, frame);
      this.#handle(frame);
    }
    if (broken && !this.#closedNow()) {
      this.destroy(strangerReason(broken));
      return;
    }
    const isPartial = this.#reader.pending > 0;
    const isNewPartial = isPartial && (this.#partialSince === null || frames.length > 0);
    if (!isPartial) this.#partialSince = null;
    else if (isNewPartial) this.#partialSince = this.#lastHeard;
    if (wasAsked || isNewPartial) this.#watch();
  }

  #closedNow(): boolean {
    return this.#phase === 'closed';
  }

  #handle(frame: Buffer): void {
    const id = commandId(frame);
    switch (id) {
      case COMMAND.submit_sm_resp:
      case COMMAND.data_sm_resp:
        this.#answer(id, sequenceNumber(frame), statusOf(frame), readMessageId(frame));
        return;
      case COMMAND.deliver_sm:
      case COMMAND.data_sm:
        this.#deliver(frame, id);
        return;
      case COMMAND.enquire_link:
        this.#write(encodePdu('enquire_link_resp', {}, sequenceNumber(frame)));
        return;
      case COMMAND.enquire_link_resp:
        return;
      case COMMAND.bind_receiver_resp:
      case COMMAND.bind_transmitter_resp:
      case COMMAND.bind_transceiver_resp:
        this.#bindAnswer(frame, id);
        return;
      case COMMAND.unbind:
        this.#platformLeaves(sequenceNumber(frame));
        return;
      case COMMAND.unbind_resp:
        if (this.#phase === 'unbinding' && sequenceNumber(frame) === this.#unbindSequence) this.#end();
        return;
      case COMMAND.generic_nack:
        this.#nack(frame);
        return;
      case COMMAND.outbind:
      case COMMAND.alert_notification:
        return;
      default:
        this.#unknown(frame, id);
    }
  }

  #bindAnswer(frame: Buffer, id: number): void {
    const expected = responseTo(COMMAND[BIND_COMMAND[this.#options.mode]]);
    if (this.#phase !== 'binding' || id !== expected || sequenceNumber(frame) !== this.#bindSequence) {
      this.#handler.odd(`answer to a bind we did not send (0x${id.toString(16)}), ignored`);
      return;
    }
    const status = statusOf(frame);
    if (status !== 0) {
      this.destroy({ code: 'bind-refused', message: 'the platform refused the bind', status });
      return;
    }
    this.#phase = 'bound';
    this.#lastAnswer = this.#now();
    this.#watch();
    this.#handler.bound(frame);
  }

  #answer(id: number, sequence: number, status: number, messageId: string | null): void {
    const inTime = this.#pending.get(sequence);
    const pending = inTime ?? this.#late.get(sequence);
    if (pending === undefined || (id !== pending.response && id !== COMMAND.generic_nack)) {
      const what = `0x${id.toString(16)} with sequence number ${String(sequence)}`;
      this.#handler.odd(`answer to a submit we did not send (${what}), ignored`);
      return;
    }
    const now = this.#now();
    this.#lastAnswer = now;
    this.#swallowed = 0;
    if (inTime) {
      this.#pending.remove(inTime);
      this.#handler.answered(inTime.item, status, messageId, Math.max(0, now - inTime.at));
      this.#settled();
    } else {
      this.#late.delete(sequence);
      this.#handler.answeredLate(pending.item, status, messageId);
    }
  }

  #nack(frame: Buffer): void {
    const sequence = sequenceNumber(frame);
    const status = statusOf(frame) || ESME_RINVCMDID;
    if (this.#pending.get(sequence) || this.#late.has(sequence))
      this.#answer(COMMAND.generic_nack, sequence, status, null);
    else if (this.#phase === 'binding') {
      this.destroy({ code: 'bind-refused', message: 'the platform did not understand the bind', status });
    } else this.#handler.odd(`generic_nack with status 0x${status.toString(16)}, sequence number ${String(sequence)}`);
  }

  #deliver(frame: Buffer, id: number): void {
    const sequence = sequenceNumber(frame);
    const respond = (status: number): void => {
      this.#write(encodeDeliveryAnswer(id, sequence, status));
    };
    if (this.#deliveries >= MAX_DELIVERIES) {
      respond(ESME_RMSGQFUL);
      return;
    }
    this.#deliveries += 1;
    let answered = false;
    const answer = (status: number): void => {
      if (answered) return;
      answered = true;
      this.#deliveries -= 1;
      respond(status);
    };
    let delivery: Delivery;
    try {
      delivery = decodeDelivery(frame);
    } catch (error) {
      // The framing is good, so the bind stays usable. A permanent error keeps the platform from sending this PDU for
      // ever.
      const octets = frame.subarray(0, 200).toString('hex');
      this.#handler.odd(`${commandName(id)} that cannot be read (${String(error)}), refused: ${octets}`);
      answer(error instanceof PduError ? ESME_RX_P_APPN : ESME_RX_T_APPN);
      return;
    }
    try {
      this.#handler.delivered(delivery, answer);
    } catch (error) {
      // The fault is ours: a temporary error makes the platform deliver it again.
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#handler.odd(`internal error on a ${commandName(id)}, asked for again: ${words}`);
      answer(ESME_RX_T_APPN);
    }
  }

  #unknown(frame: Buffer, id: number): void {
    if (isResponse(id)) {
      this.#handler.odd(`unexpected response 0x${id.toString(16)}, ignored`);
      return;
    }
    this.#handler.odd(`request 0x${id.toString(16)} that we do not serve, answered with generic_nack`);
    this.#write(encodePdu('generic_nack', {}, sequenceNumber(frame), ESME_RINVCMDID));
  }

  #platformLeaves(sequence: number): void {
    if (this.#phase === 'leaving') {
      // We are leaving already. The window is settled first all the same, then this unbind is answered.
      this.#owedUnbind ??= sequence;
      return;
    }
    if (this.#phase !== 'bound') {
      this.#write(encodePdu('unbind_resp', {}, sequence));
      if (this.#phase === 'unbinding') this.#end();
      return;
    }
    this.#phase = 'leaving';
    this.#owedUnbind = sequence;
    this.#failure = { code: 'maintenance', message: 'the platform closes the connection (unbind)' };
    this.#handler.leaving();
    if (this.#pending.size === 0) this.#sayGoodbye();
    else this.#leaveAfter(LEAVE_GRACE);
  }

  /** After every answer: a session that is leaving goes once its window is empty. */
  #settled(): void {
    if (this.#phase === 'leaving' && this.#pending.size === 0) this.#sayGoodbye();
  }

  #sayGoodbye(): void {
    if (this.#owedUnbind === null) this.#sendUnbind();
    else {
      this.#write(encodePdu('unbind_resp', {}, this.#owedUnbind));
      this.#end();
    }
  }

  #leaveAfter(grace: number): void {
    this.#cancelLeave?.();
    this.#cancelLeave = this.#clock.after(grace, () => {
      this.#guard(() => {
        this.#sayGoodbye();
      });
    });
  }

  #sendUnbind(): void {
    this.#phase = 'unbinding';
    this.#failure ??= { code: 'unbound', message: 'disconnected' };
    this.#unbindSequence = this.#nextSequence();
    this.#write(encodePdu('unbind', {}, this.#unbindSequence));
    this.#cancelLeave?.();
    this.#cancelLeave = this.#clock.after(UNBIND_GRACE, () => {
      this.#end();
    });
  }

  /** Closes our side: the written octets go out, then FIN. A peer that does not close is cut off after CLOSE_GRACE. */
  #end(): void {
    if (this.#phase === 'closed' || this.#ended) return;
    this.#phase = 'unbinding';
    this.#flush();
    this.#ended = true;
    this.#socket.end();
    this.#cancelLeave?.();
    this.#cancelLeave = this.#clock.after(CLOSE_GRACE, () => {
      this.destroy({ code: 'unbound', message: 'disconnected' });
    });
  }

  #write(frame: Buffer): void {
    if (this.#phase === 'closed' || this.#ended) return;
    this.#handler.tap?.(true, frame);
    this.#outgoing.push(frame);
    if (this.#flushing) return;
    this.#flushing = true;
    // One socket write a turn of the event loop, not one a PDU: writes are more than half of the CPU time otherwise.
    setImmediate(() => {
      this.#guard(() => {
        this.#flush();
      });
    });
  }

  #flush(): void {
    this.#flushing = false;
    const frames = this.#outgoing;
    if (frames.length === 0 || this.#socket.destroyed) return;
    this.#outgoing = [];
    // Always copied: a frame is stamped anew when it is sent again, while the socket may still hold these octets.
    if (!this.#socket.write(Buffer.concat(frames))) this.#blocked = true;
    if (this.#socket.writableLength > UNREAD_LIMIT) this.#socket.pause();
    for (const pending of this.#unwritten) pending.sent = true;
    this.#unwritten = [];
  }

  #nextSequence(): number {
    do this.#sequence = sequenceAfter(this.#sequence);
    while (!this.#pending.free(this.#sequence) || this.#late.has(this.#sequence));
    return this.#sequence;
  }

  /** Looks at the clock and sets the one timer of this session to the next moment at which time asks for something. */
  #watch(): void {
    for (;;) {
      if (this.#phase === 'closed') return;
      const verdict = linkVerdict(
        {
          connectingSince: this.#phase === 'connecting' ? this.#since : null,
          bindingSince: this.#phase === 'binding' ? this.#since : null,
          lastHeard: this.#lastHeard,
          enquiringSince: this.#enquiringSince,
          partialSince: this.#partialSince,
          oldestSubmit: this.#pending.oldest,
        },
        this.#options,
        this.#now(),
      );
      if (verdict.action === 'wait') {
        this.#wakeAt(verdict.until);
        return;
      }
      if (verdict.action === 'dead') {
        this.destroy({ code: verdict.code, message: DEAD[verdict.code] });
        return;
      }
      if (verdict.action === 'enquire') {
        this.#enquiringSince = this.#now();
        this.#write(encodePdu('enquire_link', {}, this.#nextSequence()));
      } else this.#submitTimeout();
    }
  }

  #wakeAt(at: number): void {
    // A timer that is early only looks again; setting it anew for every submit would cost more than the submit.
    if (at >= this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = at;
    this.#cancelTimer = this.#clock.after(Math.max(0, at - this.#now()), () => {
      this.#timerAt = Infinity;
      const late = this.#now() - at;
      this.#guard(() => {
        if (late > LATE) this.#catchUp(late);
        else this.#watch();
      });
    });
  }

  /** Read first, judge after: answers that came while we did not listen lie in the socket. */
  #catchUp(late: number): void {
    this.#deaf += late + Math.min(CATCH_UP_GRACE, this.#options.responseTimeout);
    const read = (before: number, turns: number, quiet: number): void => {
      setImmediate(() => {
        this.#guard(() => {
          const stillQuiet = this.#chunks > before ? 0 : quiet + 1;
          if (stillQuiet >= QUIET_TURNS || turns >= CATCH_UP_TURNS) this.#watch();
          else read(this.#chunks, turns + 1, stillQuiet);
        });
      });
    };
    read(this.#chunks, 0, 0);
  }

  #submitTimeout(): void {
    const sentBefore = this.#now() - this.#options.responseTimeout;
    const overdue = this.#pending.all().filter(({ at }) => at <= sentBefore);
    for (const { at } of overdue) if (at >= this.#lastAnswer) this.#swallowed += 1;
    // A peer that answers enquire_link but no submit at all is as dead as a silent one.
    if (this.#swallowed >= MAX_SWALLOWED) {
      this.destroy({ code: 'no-answers', message: 'the platform answers no submit any more' });
      return;
    }
    for (const pending of overdue) {
      this.#pending.remove(pending);
      if (this.#late.size >= MAX_LATE) this.#late.delete(this.#late.keys().next().value!);
      this.#late.set(pending.sequence, pending);
      this.#handler.timedOut(pending.item);
    }
    this.#settled();
  }

  #close(): void {
    if (this.#phase === 'closed') return;
    const before = this.#phase;
    this.#phase = 'closed';
    this.#cancelTimer?.();
    this.#cancelLeave?.();
    const unanswered = this.#pending.all().map(({ item, sent }) => ({ item, sent }));
    this.#pending.clear();
    this.#late.clear();
    this.#outgoing = [];
    this.#handler.closed(this.#failure ?? closedIn(before, this.#now() - this.#since), unanswered);
    for (const resolve of this.#unbound.splice(0)) resolve();
  }
}

/** Sequence numbers run from 1 to 0x7FFFFFFF, then from 1 again (SMPP 3.4 section 3.2). */
export function sequenceAfter(last: number): number {
  return last >= MAX_SEQUENCE ? 1 : last + 1;
}

function commandName(id: number): string {
  return id === COMMAND.data_sm ? 'data_sm' : 'deliver_sm';
}

const DEAD = {
  'connect-timeout': 'no connection within the response timeout',
  'bind-timeout': 'connected, but the bind was not answered',
  silent: 'the platform does not answer enquire_link',
  partial: 'the platform stopped in the middle of a PDU',
} as const;

/** The reason that a socket's error gives. @param early true until the connection, its TLS included, stands */
export function connectionFailure(error: NodeJS.ErrnoException, early: boolean, tls: boolean): CloseReason {
  const code = error.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { code: 'dns', message: `unknown host (${code})` };
  if (code === 'ECONNREFUSED') return { code: 'connect-refused', message: 'connection refused: nothing listens there' };
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return { code: 'unreachable', message: `host not reachable (${code})` };
  }
  if (code.startsWith('ERR_SSL') || (early && tls && code !== 'ECONNRESET')) {
    return { code: 'tls', message: tlsWords(code, error.message) };
  }
  if (code !== 'ECONNRESET' && code !== 'EPIPE') return { code: 'reset', message: error.message };
  if (!early) return { code: 'reset', message: `connection reset (${code})` };
  const hint = tls ? ' (does this port speak TLS?)' : '';
  return { code: 'closed-before-bind', message: `connection reset before the bind${hint}` };
}

function closedIn(phase: Phase, elapsed: number): CloseReason {
  if (phase === 'connecting' || phase === 'binding') {
    return {
      code: 'closed-before-bind',
      message: `the platform closed the connection before the bind was answered (after ${String(Math.round(elapsed))} ms)`,
    };
  }
  if (phase === 'leaving' || phase === 'unbinding') return { code: 'unbound', message: 'disconnected' };
  return { code: 'closed', message: 'the platform closed the connection' };
}

/** A TLS alert record begins with 0x15 and its version, 0x03. */
const TLS_ALERT = 0x1503;

function strangerReason({ commandLength, message }: FramingError): CloseReason {
  const isTls = commandLength >>> 16 === TLS_ALERT;
  const hint = isTls ? 'this port speaks TLS' : message;
  return { code: isTls ? 'tls' : 'framing', message: `the peer sent bytes that are not SMPP (${hint})` };
}

/** servername for tls.connect; "" for an IP address, which must not be sent as SNI (RFC 6066 section 3). */
export function serverNameFor(host: string): string {
  return isIP(host) === 0 ? host : '';
}
