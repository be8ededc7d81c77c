import { randomBytes } from 'node:crypto';
import type { Cancel, Clock } from '../base/clock';
import { InvalidInputError, SmppError } from '../base/errors';
import { OrderedHashMap } from '../base/ordered-hash-map';
import { ConcatenationReferences } from '../message/concatenation';
import { joined, prepareMessage } from '../message/prepare';
import { Reactions } from '../base/reactions';
import { messageIdKey } from '../receipt/match';
import { commandStatus, type CommandStatus } from '../smpp/command-status';
import type { Unanswered } from '../smpp/session';
import { encodeSubmit } from '../smpp/submit';
import { notSent, outcomeError, outcomeOf, type Outcome, type OutcomeKind, type UnsentMessage } from '../store/outcome';
import type { OutboxMessage, SentMessage, Store } from '../store/store';
import { Backlog, type LeasedMessage, type Failure, type QueuedSegment } from './backlog';
import { troubleDelay } from './backoff';
import type { Totals } from './events';
import type { PoolLog, SendRequest } from './listeners';
import type { Server } from './server';
import type { PoolSettings } from './settings';

/** Answers of the class retry-elsewhere that a segment may get. */
const MAX_ATTEMPTS = 5;
/** Links that may break under a segment before we stop believing in chance: it might be what breaks them. */
const MAX_LOSSES = 5;
/** Submissions that may wait out a trouble of the platform before no more messages are leased. */
const MAX_DELAYED = 1000;
/** How much of a server's budget, or without one of its rate, is leased ahead, in seconds. */
const LEASE_AHEAD = 0.1;

/** Of a message that is one segment: one for all of them, for it is replaced, never changed. */
const NO_RECEIPT: readonly null[] = [null];

export interface OutboundServices {
  readonly settings: PoolSettings;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: PoolLog;
  readonly servers: readonly Server[];
  readonly totals: Totals;
  /** An outcome the flow shall hear of; `stored` says that the store keeps it until `told`. */
  tell(outcome: Outcome, stored: boolean): void;
  /** A segment was accepted with this message id: a receipt that came before its answer can be matched now. */
  accepted(messageId: string): void;
  throttled(server: Server): void;
}

/** The way of a message from the flow to its outcome: into the store, out to whichever server can take it, and its end. */
export class Outbound {
  readonly #services: OutboundServices;
  readonly #settings: PoolSettings;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #backlog = new Backlog();
  /** Those that were leased here, until their outcome is handed over. */
  readonly #actives = new OrderedHashMap<LeasedMessage>();
  /** The flow's own message objects, while this process lives. */
  readonly #live = new OrderedHashMap<Readonly<Record<string, unknown>>>();
  /** Submissions that wait out a trouble of the platform. */
  readonly #delayed = new Map<QueuedSegment, Cancel>();
  /**
   * Random, so that ids are unique over restarts; 7 characters, so that with the number behind it the id is one short string to V8.
   * A UUID is a rope of twenty, and it is kept as long as a message waits for its receipts.
   */
  readonly #idPrefix = randomBytes(6).toString('base64url').slice(0, 7);
  #idCount = 0;
  readonly #references = new ConcatenationReferences();
  /** The request to the store that is open, if one is. */
  #leasing: Promise<void> | null = null;
  readonly #entering = new Reactions<OutboxMessage, void>(
    () => {
      this.#lease();
    },
    (message, error) => {
      this.#live.delete(message.id);
      this.#tellNotSent(message, error, 'SMPP_STORE_FAILED');
    },
  );
  readonly #ending = new Reactions<
    { readonly active: LeasedMessage; readonly outcome: Outcome },
    undefined | 'elsewhere'
  >(
    ({ active, outcome }, where) => {
      this.#forget(active);
      if (where !== 'elsewhere') this.#services.tell(outcome, true);
    },
    ({ active, outcome }, error) => {
      // The flow must hear of it even when the disk will not keep it. A store of our own brings it with its next commit all the same:
      // there it is to be marked as told.
      this.#forget(active);
      this.#services.log.error(`store: the outcome of a message could not be stored: ${String(error)}`);
      this.#services.tell(outcome, !this.#store.share);
    },
  );
  #open = false;
  #pumping = false;
  #turn = 0;
  #order = 0;
  #cancelWake: Cancel | null = null;
  #wakeAt = Infinity;

  constructor(services: OutboundServices) {
    this.#services = services;
    this.#settings = services.settings;
    this.#store = services.store;
    this.#clock = services.clock;
  }

  /** Segments submitted and not answered. */
  get inFlight(): number {
    let count = 0;
    for (const server of this.#services.servers) for (const bind of server.binds) count += bind.inFlight;
    return count;
  }

  /** Messages of which nothing is in flight, though they are leased: they wait like those in the store. */
  get waiting(): { readonly count: number; readonly urgent: number; readonly oldest: number | null } {
    let count = 0;
    let urgent = 0;
    let oldest: number | null = null;
    for (const { inFlight, ended, message } of this.#actives.values()) {
      if (inFlight > 0 || ended) continue;
      count += 1;
      if (message.urgent) urgent += 1;
      oldest = Math.min(oldest ?? message.queuedAt, message.queuedAt);
    }
    return { count, urgent, oldest };
  }

  start(): void {
    this.#open = true;
    this.pump();
  }

  /** Takes a message; its outcome comes by `tell`, never before this returns. @returns our id */
  send(request: SendRequest): string {
    const id = this.#idPrefix + (this.#idCount++).toString(36);
    const now = this.#clock.now();
    let message: OutboxMessage;
    try {
      if (this.#settings.bindMode === 'receiver') throw receiveOnly();
      message = this.#outboxMessage(id, request, now);
    } catch (error) {
      const { to, from } = request.message;
      // As it was found: it may be what is wrong with the message.
      const found = { to, from: typeof from === 'string' ? from : '', warnings: request.warnings ?? [] };
      const { placeOf } = request;
      const placed = placeOf && error instanceof InvalidInputError ? error.at(placeOf) : error;
      setImmediate(() => {
        this.#tellNotSent(
          { id, node: request.node, msg: request.msg, queuedAt: now, ...found },
          placed,
          'SMPP_INVALID_INPUT',
        );
      });
      return id;
    }
    this.#live.set(id, request.msg);
    void this.#entering.on(this.#store.enqueue(message), message);
    return id;
  }

  /** Submits whatever may go now, once this turn of the event loop has said all it has to say. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    process.nextTick(() => {
      this.#pumping = false;
      if (this.#open) this.#pump();
    });
  }

  answered(server: Server, item: QueuedSegment, status: number, id: string | null, latency: number): void {
    const { active } = item;
    active.inFlight -= 1;
    active.server = server.name;
    active.answeredAt = this.#clock.now();
    server.latencies.add(latency);
    const throttled = status !== 0 && commandStatus(status).class === 'retry-here';
    server.budget.answered(item.ticket, active.answeredAt, throttled);
    this.pump();
    // Sent twice after a lost link, the first answer counts.
    if (active.ended || active.message.messageIds[item.segment] !== null) this.#endIfSettled(active);
    else if (status === 0) this.#accept(item, id ?? '');
    else this.#notAccepted(item, server, commandStatus(status));
  }

  /** An answer that came after its time: good news is still used. */
  answeredLate(server: Server, item: QueuedSegment, status: number, id: string | null): void {
    const { active } = item;
    if (status !== 0 || active.message.messageIds[item.segment] !== null) return;
    active.server = server.name;
    active.answeredAt = this.#clock.now();
    if (active.ended) {
      // The flow was told "unknown" already; its receipt shall find it all the same.
      active.message.messageIds[item.segment] = id ?? '';
      this.#noteServer(active, item.segment);
      if (active.message.receipt) void this.#report(this.#store.saveSent(this.#sent(active)));
      return;
    }
    // Where it waits for another submit, or is on its way again, that one finds it accepted.
    this.#accept(item, id ?? '');
  }

  /** A link ended (or a response timeout passed) under these. */
  unanswered(items: readonly Unanswered<QueuedSegment>[]): void {
    for (const { item, sent } of items) {
      const { active } = item;
      active.inFlight -= 1;
      if (active.ended || active.message.messageIds[item.segment] !== null) this.#endIfSettled(active);
      else if (!sent) this.#giveBack(item);
      else this.#outcomeUnknown(item);
    }
    this.pump();
  }

  /** Is there a submit to such a recipient whose answer is still to come? */
  expects(fits: (to: string, from: string) => boolean): boolean {
    for (const { inFlight, ended, message } of this.#actives.values()) {
      if (inFlight > 0 && !ended && fits(message.to, message.from)) return true;
    }
    return false;
  }

  /** What is remembered of a message changed; one whose segments are still on their way must not fall back. */
  noteSent(sent: SentMessage): void {
    const active = this.#actives.get(sent.id);
    if (active) active.sent = sent;
  }

  /** Resolves once the outcome of this message, if it has just ended, was handed over. */
  settled(id: string): Promise<void> | undefined {
    return this.#actives.get(id)?.settling ?? undefined;
  }

  /** Ends what has waited too long. To be called about once a second. */
  async expire(now: number): Promise<void> {
    for (const { active } of this.#backlog.remove((item) => item.active.message.expiresAt <= now)) {
      this.#fail(active, expired(active.message));
    }
    for (const message of await this.#store.takeExpired(now)) {
      message.possibleDuplicate ||= message.leased;
      const active = this.#activate(message);
      if (isPartlyAccepted(message)) await this.#report(this.#recall(active));
      this.#fail(active, expired(message));
    }
  }

  /** Of a message taken here and settled by another instance: with the flow's own message, where we still have it. */
  settledElsewhere(outcome: Outcome): Outcome {
    const msg = this.#live.delete(outcome.id);
    return msg ? { ...outcome, msg } : outcome;
  }

  /** Another instance has these now. What is in flight of them here ends all the same; which outcome counts is the store's to say. */
  lost(ids: readonly string[]): void {
    const gone = new Set(ids);
    this.#backlog.remove(({ active }) => gone.has(active.message.id));
    for (const active of this.#actives.values()) {
      if (active.ended || !gone.has(active.message.id)) continue;
      active.lost = true;
      this.#leave(active);
    }
  }

  /** No server can submit: what waits shall wait in the store, and where others share that, go out by one of them. */
  idle(): void {
    this.#store.cancelLease();
    if (!this.#store.share) return;
    const delayed = new Set(Array.from(this.#delayed.keys(), ({ active }) => active));
    const removed = this.#backlog.remove(({ active }) => active.inFlight === 0 && !delayed.has(active));
    const waiting = new Set(removed.map(({ active }) => active));
    for (const { message } of [...waiting].reverse()) {
      this.#actives.delete(message.id);
      void this.#report(this.#store.release(message));
    }
  }

  /** Gives everything that is not in flight back to the store and waits until every outcome on its way is stored. */
  async close(): Promise<void> {
    this.#open = false;
    this.#cancelWake?.();
    this.#store.cancelLease();
    for (const cancel of this.#delayed.values()) cancel();
    this.#delayed.clear();
    await this.#leasing;
    this.#backlog.remove(() => true);
    const returning = this.#actives
      .values()
      .filter(({ ended, lost }) => !ended && !lost)
      .reverse();
    await Promise.all(returning.map(({ message }) => this.#report(this.#store.release(message))));
    await Promise.all(this.#actives.values().map(({ settling }) => settling));
    this.#actives.clear();
  }

  #tellNotSent(message: UnsentMessage, error: unknown, code: string): void {
    const outcome = notSent(
      message,
      outcomeError(error instanceof SmppError ? error : new SmppError(code, wordsOf(error))),
    );
    this.#count(outcome.kind);
    this.#services.tell(outcome, false);
  }

  #count(kind: OutcomeKind): void {
    // The flow has made these itself.
    if (kind !== 'invalid' && kind !== 'overflow') this.#services.totals[kind] += 1;
  }

  #outboxMessage(id: string, request: SendRequest, now: number): OutboxMessage {
    const { messageExpiry, profile } = this.#settings;
    const prepared = prepareMessage(request.message, profile, (to) => this.#references.take(to));
    const frames = prepared.segments.map(encodeSubmit);
    return {
      id,
      node: request.node,
      urgent: prepared.urgent,
      queuedAt: now,
      expiresAt: now + (prepared.validity ?? messageExpiry) * 1000,
      to: prepared.to,
      from: prepared.from,
      encoding: prepared.encoding,
      dataCoding: prepared.dataCoding,
      warnings: request.warnings ? joined(request.warnings, prepared.warnings) : prepared.warnings,
      frames,
      receipt: prepared.receipt,
      msg: request.msg,
      reference: request.reference,
      messageIds: frames.map(() => null),
      attempts: 0,
      possibleDuplicate: false,
      server: null,
      leased: false,
      submittedAt: null,
    };
  }

  /** Asks the store for as many messages as the servers will soon take; one request at a time. */
  #lease(): void {
    if (this.#leasing || !this.#open || this.#delayed.size >= MAX_DELAYED) return;
    const room = this.#room();
    if (room <= 0) return;
    this.#leasing = this.#report(this.#enterNext(room));
  }

  async #enterNext(limit: number): Promise<void> {
    try {
      const actives = (await this.#store.lease(limit)).map((message) => this.#activate(message));
      for (const active of actives) if (isPartlyAccepted(active.message)) await this.#report(this.#recall(active));
      for (const active of actives) this.#enter(active);
      if (!this.#services.servers.some(({ canSubmit }) => canSubmit)) this.idle();
      if (actives.length > 0) this.pump();
    } finally {
      this.#leasing = null;
    }
  }

  /** What every server that can submit takes in a moment, less what we have. */
  #room(): number {
    let room = 0;
    for (const server of this.#services.servers) {
      if (!server.canSubmit) continue;
      const windows = server.submitBinds * this.#settings.window;
      const { allowed } = server.budget;
      // Without a limit it is fast answers that empty the windows while the store is asked for more.
      room +=
        allowed === 0
          ? Math.max(windows, Math.ceil(server.rate.perSecond(this.#clock.now()) * LEASE_AHEAD))
          : Math.min(windows, Math.ceil(allowed * LEASE_AHEAD) + 1);
    }
    return room - this.#backlog.size;
  }

  #activate(message: OutboxMessage): LeasedMessage {
    const active: LeasedMessage = {
      message,
      inFlight: 0,
      failure: null,
      server: null,
      servers: null,
      answeredAt: null,
      sent: null,
      ended: false,
      settling: null,
      lost: false,
    };
    this.#actives.set(message.id, active);
    return active;
  }

  /** Segments were accepted before it was leased: their receipts may have come already. */
  async #recall(active: LeasedMessage): Promise<void> {
    const { id, messageIds } = active.message;
    const keys = messageIds.flatMap((known) => (known === null ? [] : messageIdKey(known)));
    const found = (await this.#store.findSent(keys)).find((sent) => sent.id === id);
    // What came in the meantime is newer.
    active.sent ??= found ?? null;
    active.message.server ??= active.sent?.server ?? null;
    active.servers = active.sent?.servers ? [...active.sent.servers] : null;
  }

  /** A message comes from the store; one that was in flight when its process died has an unknown past. */
  #enter(active: LeasedMessage): void {
    const { message } = active;
    if (message.messageIds.every((id) => id !== null)) {
      // All of it was accepted before its process died: only its end was missing.
      active.server = active.sent?.server ?? null;
      this.#end(active, 'accepted', null);
      return;
    }
    if (message.leased) {
      message.leased = false;
      if (this.#settings.onLinkLoss === 'fail') {
        this.#fail(active, unknown('Node-RED stopped before the answer came'));
        return;
      }
      message.possibleDuplicate = true;
    }
    message.messageIds.forEach((id, segment) => {
      if (id === null) this.#backlog.push(newSubmission(active, segment, this.#order++));
    });
  }

  #pump(): void {
    // What is leased may soon be another instance's: it is not sent before the store is there again.
    if (this.#store.trouble) return;
    const now = this.#clock.now();
    const passed = new Set<Server>();
    let wake = Infinity;
    const later = (at: number): void => {
      wake = Math.min(wake, at);
    };
    while (this.#backlog.size > 0) {
      const server = this.#nextServer(now, passed, later);
      if (!server) break;
      const item = this.#backlog.pull(server, this.#othersCanSubmit(server));
      if (item) this.#submit(server, item, now);
      else passed.add(server);
    }
    if (wake < Infinity) this.#wake(wake, now);
    this.#lease();
  }

  /** The next server in turn with a free slot and budget; `later` hears when a server with a free slot will have budget. */
  #nextServer(now: number, passed: ReadonlySet<Server>, later: (at: number) => void): Server | null {
    const { servers } = this.#services;
    for (let step = 0; step < servers.length; step++) {
      const index = (this.#turn + step) % servers.length;
      const server = servers[index]!;
      if (passed.has(server) || !server.readyBind()) continue;
      const at = server.budget.readyAt(now, this.#backlog.size);
      if (at <= now) {
        this.#turn = index + 1;
        return server;
      }
      later(at);
    }
    return null;
  }

  #othersCanSubmit(server: Server): boolean {
    return this.#services.servers.some((other) => other !== server && other.canSubmit);
  }

  #submit(server: Server, item: QueuedSegment, now: number): void {
    const { active } = item;
    const { message } = active;
    if (active.ended || active.failure || message.messageIds[item.segment] !== null) {
      this.#endIfSettled(active);
      return;
    }
    if (message.expiresAt <= now) {
      this.#fail(active, expired(message));
      return;
    }
    message.submittedAt ??= now;
    active.inFlight += 1;
    item.ticket = server.budget.spend(now);
    server.rate.add(now);
    server.readyBind()!.submit(message.frames[item.segment]!, item);
  }

  #wake(at: number, now: number): void {
    if (at >= this.#wakeAt) return;
    this.#cancelWake?.();
    this.#wakeAt = at;
    this.#cancelWake = this.#clock.after(Math.max(0, at - now), () => {
      this.#wakeAt = Infinity;
      this.pump();
    });
  }

  #accept(item: QueuedSegment, id: string): void {
    const { active } = item;
    const { message } = active;
    message.messageIds[item.segment] = id;
    this.#noteServer(active, item.segment);
    if (message.messageIds.every((known) => known !== null)) {
      this.#end(active, 'accepted', null);
    } else if (active.failure) {
      this.#endIfSettled(active);
    } else if (active.lost) {
      this.#leave(active);
    } else {
      void this.#report(this.#store.progress(message, message.receipt ? this.#sent(active) : undefined));
    }
    this.#services.accepted(id);
  }

  /** Its server has just answered. */
  #noteServer(active: LeasedMessage, segment: number): void {
    const { message, server } = active;
    message.server ??= server;
    if (active.servers === null && message.server === server) return;
    active.servers ??= message.messageIds.map((id) => (id === null ? null : message.server));
    active.servers[segment] = server;
  }

  #notAccepted(item: QueuedSegment, server: Server, status: CommandStatus): void {
    const { active } = item;
    if (active.failure) {
      this.#endIfSettled(active);
    } else if (status.class === 'retry-here') {
      this.#services.totals.throttled += 1;
      this.#giveBack(item);
      this.#services.throttled(server);
    } else if (status.class === 'retry-elsewhere' && item.troubles + 1 < MAX_ATTEMPTS) {
      this.#retryElsewhere(item, server);
    } else {
      tried(item, 1);
      this.#fail(active, refused(status, server.name));
    }
  }

  #retryElsewhere(item: QueuedSegment, server: Server): void {
    item.troubles += 1;
    item.avoid = server;
    tried(item);
    if (item.troubles === 1 && this.#othersCanSubmit(server)) {
      this.#giveBack(item);
      return;
    }
    const cancel = this.#clock.after(troubleDelay(item.troubles, Math.random()), () => {
      this.#delayed.delete(item);
      this.#giveBack(item);
      this.pump();
    });
    this.#delayed.set(item, cancel);
  }

  #outcomeUnknown(item: QueuedSegment): void {
    const { active } = item;
    item.losses += 1;
    tried(item);
    if (active.failure) this.#endIfSettled(active);
    else if (active.lost) this.#leave(active);
    else if (this.#settings.onLinkLoss === 'fail') {
      this.#fail(active, unknown('the connection was lost, or the response timeout passed, before the answer came'));
    } else if (item.losses >= MAX_LOSSES) {
      this.#fail(active, unknown(`no answer came in ${String(MAX_LOSSES)} tries`));
    } else {
      active.message.possibleDuplicate = true;
      this.#giveBack(item);
    }
  }

  #giveBack(item: QueuedSegment): void {
    if (item.active.lost) this.#leave(item.active);
    else this.#backlog.giveBack(item);
  }

  /** Its end is another instance's to find, once nothing of it is in flight here. */
  #leave(active: LeasedMessage): void {
    if (active.inFlight > 0) return;
    active.ended = true;
    this.#forget(active);
  }

  #forget(active: LeasedMessage): void {
    const { id } = active.message;
    // It may have been lost, and be back here by now.
    if (this.#actives.get(id) === active) this.#actives.delete(id);
  }

  #fail(active: LeasedMessage, failure: Failure): void {
    active.failure ??= failure;
    this.#endIfSettled(active);
  }

  /** A message that has failed ends when the last of its segments in flight has an answer. */
  #endIfSettled(active: LeasedMessage): void {
    if (active.ended || !active.failure || active.inFlight > 0) return;
    this.#end(active, active.failure.kind, active.failure);
  }

  #end(active: LeasedMessage, kind: OutcomeKind, failure: Failure | null): void {
    const { message } = active;
    active.ended = true;
    if (message.frames.length > 1) this.#backlog.remove((item) => item.active === active);
    message.msg = this.#live.delete(message.id) ?? message.msg;
    this.#count(kind);
    if (kind === 'accepted') message.attempts += 1;
    const outcome = outcomeOf(message, kind, failure && failure.error, active.server, active.answeredAt);
    const remember = message.receipt && message.messageIds.some((id) => id !== null);
    // Stored before it is told: killed in between, the process would send again what an outcome has called accepted without a doubt.
    const settled = this.#store.settle(outcome, remember ? this.#sent(active) : undefined);
    active.settling = this.#ending.on(settled, { active, outcome });
  }

  #sent(active: LeasedMessage): SentMessage {
    const { message } = active;
    const messageIds = [...message.messageIds];
    const servers = active.servers && [...active.servers];
    active.sent = active.sent
      ? { ...active.sent, messageIds, servers }
      : {
          id: message.id,
          node: message.node,
          msgid: typeof message.msg._msgid === 'string' ? message.msg._msgid : null,
          to: message.to,
          from: message.from,
          encoding: message.encoding,
          server: message.server ?? '',
          servers,
          submittedAt: message.submittedAt ?? message.queuedAt,
          reference: message.reference,
          expiresAt: this.#clock.now() + this.#settings.receiptExpiry * 1000,
          messageIds,
          receipts: messageIds.length === 1 ? NO_RECEIPT : messageIds.map(() => null),
          dueAt: null,
          told: false,
        };
    return active.sent;
  }

  async #report(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#services.log.error(`store: ${String(error)}`);
    }
  }
}

function isPartlyAccepted({ messageIds }: OutboxMessage): boolean {
  return messageIds.some((id) => id !== null);
}

function newSubmission(active: LeasedMessage, segment: number, order: number): QueuedSegment {
  return { active, segment, order, avoid: null, ticket: 0, troubles: 0, losses: 0 };
}

/** A submit that was only throttled is no attempt. @param more of which the item does not know yet */
function tried({ active: { message }, troubles, losses }: QueuedSegment, more = 0): void {
  message.attempts = Math.max(message.attempts, troubles + losses + more);
}

function refused(status: CommandStatus, server: string): Failure {
  const { code, name, description, retryable } = status;
  return {
    kind: 'refused',
    error: {
      code: name,
      message: `${name}: ${description}`,
      cause: { commandStatus: code, name, description, retryable, server },
    },
  };
}

function expired(message: OutboxMessage): Failure {
  const waited = `It expired after ${String(Math.round((message.expiresAt - message.queuedAt) / 1000))} s`;
  const fate = message.possibleDuplicate
    ? 'an earlier submit was never answered, so the platform may have taken it'
    : 'it was not sent, or not all of it';
  return { kind: 'expired', error: { code: 'SMPP_EXPIRED', message: `${waited}: ${fate}` } };
}

function unknown(why: string): Failure {
  return {
    kind: 'unknown',
    error: {
      code: 'SMPP_OUTCOME_UNKNOWN',
      message: `Submitted, but ${why}: the platform may have taken it or not`,
    },
  };
}

function receiveOnly(): SmppError {
  return new SmppError(
    'SMPP_POOL_RECEIVE_ONLY',
    'The binds of this pool only receive (bind mode "receiver"). Choose another bind mode, or another pool for sending',
  );
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
