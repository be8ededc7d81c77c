import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { FrameReader, FramingError } from '../smpp/framing';
import { PDU } from '../smpp/library';
import type { Account } from './account';
import type { Budget } from './budget';
import { COMMAND, isResponse, responseTo } from './command';
import type { Delivery, Receiver } from './mailbox';
import { magicOf } from './magic';
import { readMessageRequest, type MessageRequest } from './message-request';
import { Output, type OutputConditions } from './output';
import { headerOnly, queryAnswer, refusal, submitAnswer } from './pdu-writer';
import type { Platform } from './platform';
import { STATUS } from './status';
import type { Submit } from './submit';
import { readSubmit } from './submit';

export type BindMode = 'transmitter' | 'receiver' | 'transceiver';

/** One bind as `GET /state` shows it. */
export interface SessionState {
  readonly systemId: string;
  readonly mode: BindMode;
  readonly version: '3.3' | '3.4';
  readonly tls: boolean;
  /** Number of deliver_sm without an answer yet. */
  readonly unanswered: number;
}

const SYSTEM_ID = 'smpp-simulator';
const VERSION_34 = 0x34;
const MAX_SEQUENCE = 0x7fffffff;
/** Most deliver_sm of one bind without an answer. */
const WINDOW = 1000;
/** Milliseconds, or the idle limit if shorter, to bind, to answer a deliver_sm, and to leave after an unbind. */
const PATIENCE = 30_000;
/** Milliseconds: a deliver_sm that was not taken comes again after 1 s, then 2 s, … up to a minute. */
const RETRY_STEP = 1000;
const MAX_RETRY = 60_000;
/** Milliseconds from a receipt to the answer of its submit, for recipients of the kind `receipt-first`. */
const LATE_ANSWER = 50;

const BIND_MODES: Readonly<Record<number, BindMode>> = {
  [COMMAND.bindReceiver]: 'receiver',
  [COMMAND.bindTransmitter]: 'transmitter',
  [COMMAND.bindTransceiver]: 'transceiver',
};

/** Requests of SMPP 3.4 that this platform does not serve: refused with their own response, unknown ones with generic_nack. */
const UNSUPPORTED: ReadonlySet<number> = new Set([COMMAND.deliverSm, COMMAND.submitMulti]);

/** Requests about a message that was accepted. */
const MESSAGE_REQUESTS: ReadonlySet<number> = new Set([COMMAND.querySm, COMMAND.replaceSm, COMMAND.cancelSm]);

interface BindFields {
  readonly system_id?: string;
  readonly password?: string;
  readonly interface_version?: number;
}

interface Bind {
  readonly account: Account;
  readonly mode: BindMode;
  /** True where the bind speaks SMPP 3.4, and so may use optional parameters. */
  readonly is34: boolean;
  readonly version: number;
}

interface Unanswered {
  readonly delivery: Delivery;
  readonly at: number;
}

/** What one server has done since the start or the last reset. */
export interface Counters {
  /** submit_sm and data_sm received: the sum of `accepted`, `refused` and `throttled`. */
  submits: number;
  accepted: number;
  refused: number;
  /** Answered with 0x58. */
  throttled: number;
  /** Receipts written, repeats included. */
  receipts: number;
}

/** Binds and budget of one account on one server. */
export interface Allowance {
  /** Current binds. */
  bound: number;
  budget: Budget;
}

/** A server as its sessions see it. */
export interface Host extends OutputConditions {
  readonly number: number;
  readonly state: 'up' | 'draining' | 'stopped';
  readonly counters: Counters;
  allowance(account: Account): Allowance;
  /** Called when the session's connection has closed. */
  forget(session: Session): void;
}

/** One connection of a customer to one server. */
export class Session implements Receiver {
  readonly #socket: Socket;
  readonly #server: Host;
  readonly #platform: Platform;
  readonly #frames = new FrameReader();
  readonly #output: Output;
  readonly #unanswered = new Map<number, Unanswered>();
  readonly #tls: boolean;
  /** PATIENCE or the idle limit, whichever is shorter, in milliseconds. */
  readonly #patience: number;
  #bind: Bind | null = null;
  #closing = false;
  #sequence = 0;
  #lastRequest = performance.now();
  #enquired = false;
  #unbindingSince: number | null = null;
  #notedVersion = false;
  /** Octets that came while the server stands still, and the timer that reads them after it; else null. */
  #unread: { readonly chunks: Buffer[]; readonly timer: NodeJS.Timeout } | null = null;

  constructor(socket: Socket, server: Host, platform: Platform, tls: boolean) {
    this.#socket = socket;
    this.#server = server;
    this.#platform = platform;
    this.#tls = tls;
    this.#patience = Math.min(PATIENCE, platform.settings.idle * 1000);
    this.#output = new Output(socket, server);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // 'close' follows; an ESME that vanishes is nothing to report.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#gone());
  }

  get state(): SessionState | null {
    if (!this.#bind) return null;
    const { account, mode, is34 } = this.#bind;
    const version = is34 ? '3.4' : '3.3';
    return { systemId: account.systemId, mode, version, tls: this.#tls, unanswered: this.#unanswered.size };
  }

  get ready(): boolean {
    return this.#unanswered.size < WINDOW && this.#unbindingSince === null && !this.#server.faults.silent;
  }

  deliver(delivery: Delivery): void {
    const sequence = this.#nextSequence();
    this.#unanswered.set(sequence, { delivery, at: performance.now() });
    this.#output.send(delivery.encode(sequence, this.#bind!.is34));
    delivery.written(this.#server.number);
    if (delivery.kind === 'receipt') this.#server.counters.receipts += 1;
  }

  /** Asks a bound customer to leave, sends an unbound one away. */
  unbind(): void {
    if (!this.#bind) {
      this.#end();
      return;
    }
    this.#unbindingSince = performance.now();
    this.#output.send(headerOnly(COMMAND.unbind, 0, this.#nextSequence()));
  }

  /**
   * Cuts an idle link, asks a quiet one with enquire_link, and takes back deliver_sm without an answer. A link is idle
   * without requests and deliver_sm_resp: an answer to enquire_link alone does not keep it. Called about ten times in
   * the idle limit.
   */
  tick(now: number): void {
    if (this.#server.faults.silent) return;
    const idle = this.#platform.settings.idle * 1000;
    const silence = now - this.#lastRequest;
    const limit = this.#bind ? idle : this.#patience;
    const overstays = this.#unbindingSince !== null && now - this.#unbindingSince > this.#patience;
    if (silence > limit || overstays) {
      this.#socket.destroy();
      return;
    }
    if (this.#bind && !this.#enquired && silence > idle / 2) {
      this.#enquired = true;
      this.#output.send(headerOnly(COMMAND.enquireLink, 0, this.#nextSequence()));
    }
    for (const [sequence, { at }] of this.#unanswered) {
      if (now - at <= this.#patience) break;
      this.#notTaken(sequence);
    }
  }

  #receive(chunk: Buffer): void {
    const { stalled } = this.#server;
    if (this.#unread) this.#unread.chunks.push(chunk);
    else if (stalled > 0) this.#waitUnread(chunk, stalled);
    else this.#read(chunk);
  }

  /** Keeps the chunk until the server goes on, and leaves the rest in the operating system's buffers. */
  #waitUnread(chunk: Buffer, milliseconds: number): void {
    this.#socket.pause();
    const timer = setTimeout(() => {
      const { chunks } = this.#unread!;
      this.#unread = null;
      this.#read(Buffer.concat(chunks));
      this.#socket.resume();
    }, Math.ceil(milliseconds));
    this.#unread = { chunks: [chunk], timer };
  }

  #read(chunk: Buffer): void {
    try {
      this.#handleAll(this.#frames.push(chunk));
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#handleAll(error.frames);
      if (this.#closing) return;
      this.#output.send(headerOnly(COMMAND.genericNack, STATUS.commandLength, 0));
      this.#end();
    }
  }

  #handleAll(frames: readonly Buffer[]): void {
    if (this.#server.faults.silent) return;
    const now = performance.now();
    for (const frame of frames) {
      if (this.#closing) return;
      this.#handle(frame, now);
    }
  }

  #handle(frame: Buffer, now: number): void {
    const command = frame.readUInt32BE(4);
    const sequence = frame.readUInt32BE(12);
    if (isResponse(command)) {
      this.#handleResponse(command, frame.readUInt32BE(8), sequence, now);
      return;
    }
    this.#heard(now);
    if (command === COMMAND.submitSm || (command === COMMAND.dataSm && this.#bind?.is34 !== false)) {
      this.#handleSubmit(frame, command, sequence, now);
    } else if (command in BIND_MODES) {
      this.#handleBind(frame, command, sequence);
    } else if (command === COMMAND.enquireLink) {
      this.#respond(command, STATUS.ok, sequence);
    } else if (command === COMMAND.unbind) {
      this.#respond(command, STATUS.ok, sequence);
      this.#end();
    } else if (MESSAGE_REQUESTS.has(command)) {
      this.#handleMessageRequest(frame, command, sequence);
    } else if (UNSUPPORTED.has(command) || command === COMMAND.dataSm) {
      this.#refuse(command, STATUS.commandId, sequence);
      if (command === COMMAND.dataSm) this.#noteVersion('data_sm');
    } else {
      this.#output.send(headerOnly(COMMAND.genericNack, STATUS.commandId, sequence));
    }
  }

  #heard(now: number): void {
    this.#lastRequest = now;
    this.#enquired = false;
  }

  #handleResponse(command: number, status: number, sequence: number, now: number): void {
    if (command === responseTo(COMMAND.unbind) && this.#unbindingSince !== null) {
      this.#end();
      return;
    }
    const taken = command === responseTo(COMMAND.deliverSm) && status === STATUS.ok;
    if (!this.#unanswered.has(sequence)) return;
    this.#heard(now);
    if (!taken) {
      this.#notTaken(sequence);
      return;
    }
    this.#unanswered.delete(sequence);
    this.#bind?.account.mailbox.pump();
  }

  #handleBind(frame: Buffer, command: number, sequence: number): void {
    const mode = BIND_MODES[command]!;
    const fields = readBind(frame);
    const account = this.#platform.accounts.get(fields?.system_id ?? '');
    const status = this.#judgeBind(fields, account);
    if (status !== STATUS.ok || !account) {
      this.#refuse(command, status, sequence);
      if (this.#server.state === 'draining') this.#end();
      return;
    }
    const { interface_version: interfaceVersion = 0 } = fields!;
    const { lenientVersion } = this.#platform.settings;
    const is34 = interfaceVersion === VERSION_34 || (lenientVersion && interfaceVersion > VERSION_34);
    this.#bind = { account, mode, is34, version: interfaceVersion };
    this.#server.allowance(account).bound += 1;
    const version = is34 ? { sc_interface_version: VERSION_34 } : {};
    const answer = { sequence_number: sequence, system_id: SYSTEM_ID, ...version };
    this.#output.send(new PDU(`bind_${mode}_resp`, answer).toBuffer());
    if (mode !== 'transmitter') account.mailbox.join(this);
  }

  #judgeBind(fields: BindFields | null, account: Account | undefined): number {
    if (!fields) return STATUS.commandLength;
    if (this.#bind) return STATUS.alreadyBound;
    if (this.#server.state === 'draining') return STATUS.systemError;
    if (!account) return STATUS.systemId;
    if (!account.hasPassword(fields.password ?? '')) return STATUS.password;
    const { binds } = this.#platform.settings;
    return binds > 0 && this.#server.allowance(account).bound >= binds ? STATUS.alreadyBound : STATUS.ok;
  }

  #handleSubmit(frame: Buffer, command: number, sequence: number, now: number): void {
    const { counters } = this.#server;
    counters.submits += 1;
    const submit = this.#admit(frame, now);
    if (typeof submit !== 'number') {
      this.#handleAdmitted(submit, command, sequence);
      return;
    }
    if (submit === STATUS.throttled) counters.throttled += 1;
    else counters.refused += 1;
    if (submit === STATUS.tlvNotAllowed) this.#noteVersion('optional parameters');
    this.#respond(command, submit, sequence);
  }

  /** The submit, once its credit is paid; or the command_status to refuse it with. */
  #admit(frame: Buffer, now: number): Submit | number {
    if (!this.#bind || this.#bind.mode === 'receiver') return STATUS.bindStatus;
    const { account, is34 } = this.#bind;
    if (this.#server.faults.throttle || !this.#server.allowance(account).budget.take(now)) return STATUS.throttled;
    const submit = readSubmit(frame, is34);
    if (typeof submit === 'number') return submit;
    const status = this.#platform.judge(account, submit, magicOf(submit.to));
    return status === STATUS.ok ? submit : status;
  }

  #handleAdmitted(submit: Submit, command: number, sequence: number): void {
    const { account } = this.#bind!;
    const kind = magicOf(submit.to)?.kind;
    const pending = this.#platform.accept(account, this.#server.number, submit);
    this.#server.counters.accepted += 1;
    const answerMayBeLost = kind === 'no-answer' || kind === 'cut-before-answer';
    const { cut } = this.#server.faults;
    if (cut || (answerMayBeLost && this.#platform.losesAnswer(account, submit))) {
      if (cut || kind === 'cut-before-answer') this.#end();
      return;
    }
    this.#platform.planFate(pending);
    const answer = submitAnswer(command, sequence, pending.segment.messageId);
    if (kind === 'receipt-first') this.#platform.timetable.after(LATE_ANSWER, () => this.#output.send(answer));
    else this.#output.send(answer);
    if (kind === 'cut-after-answer') this.#end();
  }

  #handleMessageRequest(frame: Buffer, command: number, sequence: number): void {
    const answer = this.#judgeMessageRequest(frame, command);
    if (typeof answer === 'number') this.#refuse(command, answer, sequence);
    else if (answer.kind === 'query') this.#output.send(queryAnswer(sequence, answer.messageId));
    else this.#respond(command, STATUS.ok, sequence);
  }

  /** The request, once it is done; or the command_status to refuse it with. */
  #judgeMessageRequest(frame: Buffer, command: number): MessageRequest | number {
    if (!this.#bind || this.#bind.mode === 'receiver') return STATUS.bindStatus;
    const request = readMessageRequest(frame, command);
    if (typeof request === 'number') return request;
    const status = this.#platform.handle(this.#bind.account, request);
    return status === STATUS.ok ? request : status;
  }

  /** Plans to send a refused or unanswered deliver_sm again, perhaps on another bind. */
  #notTaken(sequence: number): void {
    const { delivery } = this.#unanswered.get(sequence)!;
    const { account } = this.#bind!;
    this.#unanswered.delete(sequence);
    delivery.attempts += 1;
    const wait = Math.min(delivery.attempts * RETRY_STEP, MAX_RETRY);
    this.#platform.timetable.after(wait, () => account.mailbox.post(delivery));
    account.mailbox.pump();
  }

  #refuse(command: number, status: number, sequence: number): void {
    this.#output.send(refusal(command, status, sequence, SYSTEM_ID));
  }

  /** Explains, once a bind, a refusal because of its interface_version: the status alone does not tell the reason. */
  #noteVersion(what: string): void {
    const bind = this.#bind;
    if (!bind || bind.is34 || this.#notedVersion) return;
    this.#notedVersion = true;
    const version = `0x${bind.version.toString(16).padStart(2, '0')}`;
    const remedy = bind.version > VERSION_34 ? '; --lenient-version takes it for 3.4' : '';
    this.#platform.note(
      `server ${this.#server.number}, ${bind.account.systemId}: ${what} refused, for interface_version ${version} is not 0x34 and so ` +
        `means SMPP 3.3, by the platform's guide${remedy}`,
    );
  }

  /** Answers with a header alone: a refusal, or the whole response to enquire_link and unbind. */
  #respond(command: number, status: number, sequence: number): void {
    this.#output.send(headerOnly(responseTo(command), status, sequence));
  }

  #end(): void {
    this.#closing = true;
    this.#leave();
    this.#output.end();
  }

  #gone(): void {
    this.#closing = true;
    this.#output.discard();
    clearTimeout(this.#unread?.timer);
    this.#leave();
    this.#server.forget(this);
  }

  #leave(): void {
    if (!this.#bind) return;
    const { account, mode } = this.#bind;
    this.#bind = null;
    this.#server.allowance(account).bound -= 1;
    const unanswered = Array.from(this.#unanswered.values(), ({ delivery }) => delivery);
    this.#unanswered.clear();
    if (mode !== 'transmitter') account.mailbox.leave(this, unanswered);
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence % MAX_SEQUENCE) + 1;
    return this.#sequence;
  }
}

function readBind(frame: Buffer): BindFields | null {
  try {
    return new PDU(frame) as BindFields;
  } catch {
    return null;
  }
}
