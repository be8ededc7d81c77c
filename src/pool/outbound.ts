import { randomBytes } from 'node:crypto';
import { background, despiteFailure } from '../base/background';
import type { Cancel, Clock } from '../base/clock';
import { InvalidInputError, SmppError } from '../base/errors';
import { OrderedHashMap } from '../base/ordered-hash-map';
import { ConcatenationReferences } from '../message/concatenation';
import { joined, prepareMessage } from '../message/prepare';
import type { Validity } from '../message/time';
import { Reactions } from '../base/reactions';
import type { History } from '../history/history';
import { storedKeys } from '../receipt/match';
import { commandStatus } from '../smpp/command-status';
import type { Unanswered } from '../smpp/session';
import { encodeSubmit } from '../smpp/submit';
import { notSent, outcomeError, outcomeOf, type Outcome, type OutcomeKind, type UnsentMessage } from '../store/outcome';
import type { OutboxMessage, SentMessage, Store } from '../store/store';
import { Backlog, type LeasedMessage, type QueuedSegment } from './backlog';
import { asidePause, troubleDelay } from './backoff';
import { Dispatch } from './dispatch';
import type { Totals } from './events';
import type { Held } from './hindrance';
import { entryOfOutcome } from './history-entry';
import { Lease } from './lease';
import type { PoolLog, SendRequest } from './listeners';
import {
  accepted,
  acceptedLate,
  cancel,
  expire,
  interrupted,
  isAccepted,
  newLeased,
  notAccepted,
  unanswered,
  type Step,
} from './message-state';
import type { Server } from './server';
import type { PoolSettings } from './settings';

/** Messages that may be set aside before no more are leased. */
const MAX_ASIDE = 1000;

/** The initial `receipts` of every message of one segment. All share the array: it is replaced, never changed. */
const NO_RECEIPT: readonly null[] = [null];

export interface OutboundServices {
  readonly settings: PoolSettings;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: PoolLog;
  readonly servers: readonly Server[];
  readonly totals: Totals;
  /** Where the fate of each message is kept; null where it is not. */
  readonly history: History | null;
  /** Tells the flow an outcome; `stored`: the store keeps the outcome until `told`. */
  tell(outcome: Outcome, stored: boolean): void;
  /** A segment was accepted with this message id: a receipt that came before the answer can be matched now. */
  accepted(messageId: string): void;
  throttled(server: Server): void;
}

/** The way of a message from the flow to its outcome: into the store, out by a server that can take it, to its end. */
export class Outbound {
  readonly #services: OutboundServices;
  readonly #settings: PoolSettings;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #backlog: Backlog;
  readonly #dispatch: Dispatch;
  readonly #lease: Lease;
  /** Messages leased by this instance, by id, until their outcome is handed over. */
  readonly #leased = new OrderedHashMap<LeasedMessage>();
  /** The flow's own message objects, by id, with a shared store. Other stores keep the object in the message itself. */
  readonly #flowMessages = new OrderedHashMap<Readonly<Record<string, unknown>>>();
  /** Messages set aside, after trouble on the platform or because they alone are throttled, each with its timer. */
  readonly #aside = new Map<LeasedMessage, Cancel>();
  /**
   * Random, so that ids are unique over restarts. 7 characters, so that V8 keeps prefix and number as one flat string.
   * A UUID is kept as a rope of twenty strings, for as long as its message waits for receipts.
   */
  readonly #idPrefix = randomBytes(6).toString('base64url').slice(0, 7);
  #idCount = 0;
  readonly #references = new ConcatenationReferences();
  readonly #entering = new Reactions<OutboxMessage, void>(
    ({ urgent }) => {
      if (urgent) this.#lease.urgentStored();
      this.#lease.take();
    },
    (message, error) => {
      this.#flowMessages.delete(message.id);
      this.#tellNotSent(message, error, 'SMPP_STORE_FAILED');
    },
    (error) => {
      this.#services.log.error(`an outcome could not be told: ${String(error)}`);
    },
  );
  #entered: Promise<void> = Promise.resolve();
  readonly #ending = new Reactions<
    { readonly leased: LeasedMessage; readonly outcome: Outcome },
    undefined | 'elsewhere'
  >(
    ({ leased, outcome }, where) => {
      this.#forget(leased);
      if (where === 'elsewhere') return;
      this.#keepFate(outcome, leased.message);
      this.#services.tell(outcome, true);
    },
    ({ leased, outcome }, error) => {
      // The flow must hear of the outcome even when the store did not keep it. A store that is not shared still brings
      // the outcome with its next commit, so it has to be marked as told there.
      this.#forget(leased);
      this.#services.log.error(`store: the outcome of a message could not be stored: ${String(error)}`);
      this.#keepFate(outcome, leased.message);
      this.#services.tell(outcome, !this.#store.share);
    },
    (error) => {
      this.#services.log.error(`an outcome could not be told: ${String(error)}`);
    },
  );
  /** What is being discarded now: a message that fits ends as soon as it is leased. */
  readonly #discards = new Set<Discard>();
  #open = false;
  #order = 0;

  constructor(services: OutboundServices) {
    this.#services = services;
    this.#settings = services.settings;
    this.#store = services.store;
    this.#clock = services.clock;
    const { servers, store, clock } = services;
    const backlog = new Backlog(servers);
    this.#backlog = backlog;
    this.#lease = new Lease({
      ...{ store, servers, backlog, clock, window: this.#settings.window },
      mayTake: () => this.#open && this.#aside.size < MAX_ASIDE,
      taken: (messages) => this.#enterAll(messages),
      failed: (error) => {
        this.#failed(error);
      },
    });
    this.#dispatch = new Dispatch({
      ...{ servers, backlog, clock },
      // While the store is away, leased messages may become another instance's: nothing is sent until it is back.
      mayGo: () => !store.trouble,
      isDue: (segment, now) => this.#isDue(segment, now),
      dispatched: () => {
        this.#lease.take();
      },
    });
  }

  /** Segments submitted and not answered. */
  get inFlight(): number {
    let count = 0;
    for (const server of this.#services.servers) for (const bind of server.binds) count += bind.inFlight;
    return count;
  }

  /** Leased messages with nothing in flight, which wait like those in the store; `oldest` in epoch milliseconds. */
  get waiting(): { readonly count: number; readonly urgent: number; readonly oldest: number | null } {
    let count = 0;
    let urgent = 0;
    let oldest: number | null = null;
    for (const { inFlight, ended, message } of this.#leased.values()) {
      if (inFlight > 0 || ended) continue;
      count += 1;
      if (message.urgent) urgent += 1;
      oldest = Math.min(oldest ?? message.queuedAt, message.queuedAt);
    }
    return { count, urgent, oldest };
  }

  /** Leased messages that have not ended. */
  *unended(): Iterable<OutboxMessage> {
    for (const { ended, lost, message } of this.#leased.values()) if (!ended && !lost) yield message;
  }

  /** Messages that were set aside, with the last trouble of the first; null where there are none. */
  get held(): Held | null {
    const [first] = this.#aside.keys();
    if (!first?.trouble) return null;
    return { count: this.#aside.size, name: first.trouble.name, server: first.trouble.server };
  }

  start(): void {
    this.#open = true;
    this.#dispatch.start();
  }

  /** Takes a message. Its outcome comes by `tell`, never before this returns. @returns the message's id */
  send(request: SendRequest): string {
    const id = this.#idPrefix + (this.#idCount++).toString(36);
    const now = this.#clock.now();
    let message: OutboxMessage;
    try {
      if (this.#settings.bindMode === 'receiver') throw receiveOnly();
      message = this.#outboxMessage(id, request, now);
    } catch (error) {
      const { to, from } = request.message;
      // Unchecked values: `to` or `from` may be what is wrong with the message.
      const found = { to, from: typeof from === 'string' ? from : '', warnings: request.warnings ?? [] };
      const { placeOf } = request;
      const placed = placeOf && error instanceof InvalidInputError ? error.at(placeOf) : error;
      setImmediate(() => {
        this.#tellNotSent(
          {
            ...{ id, node: request.node, msg: request.msg, recipient: request.recipient, queuedAt: now, ...found },
            ...{ reference: request.reference, ...this.#textOf(request) },
          },
          placed,
          'SMPP_INVALID_INPUT',
        );
      });
      return id;
    }
    if (this.#store.share) this.#flowMessages.set(id, request.msg);
    this.#entered = this.#entering.on(this.#store.enqueue(message), message);
    return id;
  }

  /** Resolves once the store has everything that was sent until now, or has refused it. */
  get entered(): Promise<void> {
    return this.#entered;
  }

  /** Submits whatever may go now. */
  pump(): void {
    this.#dispatch.pump();
  }

  answered(server: Server, item: QueuedSegment, code: number, id: string | null, latency: number): void {
    const now = this.#clock.now();
    server.latencies.add(latency);
    server.answerTimes.add(latency);
    this.pump();
    if (code === 0) {
      server.passed += 1;
      server.budget.answered(item.ticket, now, false);
      this.#take(accepted(item, id ?? '', server.name, now), item, server);
      this.#services.accepted(id ?? '');
      return;
    }
    const status = commandStatus(code);
    const { passed, lastThrottled } = server;
    const answer = {
      server: server.name,
      at: now,
      sentAt: now - latency,
      passed,
      again: lastThrottled === item.leased,
    };
    const step = notAccepted(item, status, answer);
    const throttled = status.class === 'retry-here';
    // A message that is throttled alone says nothing about the rate.
    server.budget.answered(item.ticket, now, throttled && step !== 'aside');
    if (throttled) {
      this.#services.totals.throttled += 1;
      server.lastThrottled = item.leased;
      this.#services.throttled(server);
    }
    this.#take(step, item, server);
  }

  answeredLate(server: Server, item: QueuedSegment, code: number, id: string | null): void {
    if (code !== 0) return;
    this.#take(acceptedLate(item, id ?? '', server.name, this.#clock.now()), item, server);
    this.#services.accepted(id ?? '');
  }

  /** Takes submits of this server that ended without an answer, by a lost link or a response timeout. */
  unanswered(server: Server, items: readonly Unanswered<QueuedSegment>[]): void {
    for (const { item, sent } of items) this.#take(unanswered(item, sent, this.#settings.onLinkLoss), item, server);
    this.pump();
  }

  /** True where a message that fits has an unanswered submit. */
  expects(fits: (to: string, from: string) => boolean): boolean {
    for (const { inFlight, ended, message } of this.#leased.values()) {
      if (inFlight > 0 && !ended && fits(message.to, message.from)) return true;
    }
    return false;
  }

  /** Takes the newest version of a sent message: a save for another segment must not fall back to an older one. */
  noteSent(sent: SentMessage): void {
    const leased = this.#leased.get(sent.id);
    if (leased) leased.sent = sent;
  }

  /** Resolves once the outcome of this message was handed over; undefined where no outcome is on its way. */
  settled(id: string): Promise<void> | undefined {
    return this.#leased.get(id)?.settling ?? undefined;
  }

  /** True while this message is here and has no outcome: parts of it may still be sent. */
  isUnderWay(id: string): boolean {
    const leased = this.#leased.get(id);
    return leased !== undefined && !leased.ended;
  }

  /** Ends waiting messages that expired, leased or not. To be called every second. @param now epoch milliseconds */
  async expire(now: number): Promise<void> {
    for (const leased of this.#leased.values()) {
      if (leased.queued && leased.message.expiresAt <= now) this.#expire(leased);
    }
    // What expires together must not be in memory together: the next ones are taken once these are told.
    for (let taken = await this.#store.takeExpired(now); taken.length > 0; taken = await this.#store.takeExpired(now)) {
      const all = taken.map((message) => this.#add(message));
      for (const leased of all) {
        const { message } = leased;
        message.possibleDuplicate ||= message.leased;
        if (isPartlyAccepted(message)) await this.#report(this.#recall(leased));
        this.#expire(leased);
      }
      await Promise.all(all.map(({ settling }) => settling));
    }
  }

  /**
   * Ends the messages that fit, and were taken before, as cancelled. Of what is in flight the outcome comes first.
   * @returns how many ended; of those in flight none counts
   */
  discard(fits: (message: OutboxMessage) => boolean): Promise<number> {
    const discard: Discard = { fits, count: 0, done: Promise.resolve() };
    this.#discards.add(discard);
    const done = this.#discard(discard).finally(() => this.#discards.delete(discard));
    discard.done = despiteFailure(done, 'who discards hears of it');
    return done;
  }

  async #discard(discard: Discard): Promise<number> {
    const { fits } = discard;
    if (!this.#store.takeFitting) throw sharedQueue();
    await despiteFailure(this.#entered, 'the flow hears of it');
    for (const leased of this.#leased.values()) {
      if (!leased.ended && !leased.lost && !leased.cancelling && fits(leased.message)) this.#cancel(leased, discard);
    }
    for await (const messages of this.#store.takeFitting(fits)) {
      const all = messages.map((message) => this.#add(message));
      for (const leased of all) {
        if (isPartlyAccepted(leased.message)) await this.#report(this.#recall(leased));
        this.#enter(leased);
      }
      await Promise.all(all.map(({ settling }) => settling));
      if (!this.#open) break;
    }
    // What was being leased when the search began comes in by `#enter`.
    this.#store.cancelLease();
    await this.#lease.idle;
    this.#lease.take();
    this.pump();
    return discard.count;
  }

  #cancel(leased: LeasedMessage, discard: Discard): void {
    const step = cancel(leased);
    this.#drop(leased);
    if (step !== 'end') return;
    discard.count += 1;
    this.#endIfSettled(leased);
  }

  /** The outcome of a message that another instance settled, with the flow's own message object where it is here. */
  settledElsewhere(outcome: Outcome): Outcome {
    const msg = this.#flowMessages.delete(outcome.id);
    return msg ? { ...outcome, msg } : outcome;
  }

  /** Another instance has these messages now. Submits in flight may end them: the store decides which end counts. */
  lost(ids: readonly string[]): void {
    for (const id of ids) {
      const leased = this.#leased.get(id);
      if (!leased || leased.ended) continue;
      leased.lost = true;
      this.#drop(leased);
      this.#leave(leased);
    }
  }

  /** To be called when no server can submit: messages wait in the store, where other instances can take them. */
  idle(): void {
    this.#store.cancelLease();
    if (!this.#store.share) return;
    const removed = this.#backlog.remove(({ inFlight }) => inFlight === 0);
    for (const { message } of removed.reverse()) {
      this.#leased.delete(message.id);
      this.#background(this.#store.release(message));
    }
  }

  /** Gives everything that is not in flight back to the store and waits until every outcome on its way is stored. */
  async close(): Promise<void> {
    this.#open = false;
    this.#dispatch.stop();
    this.#store.cancelLease();
    for (const cancel of this.#aside.values()) cancel();
    this.#aside.clear();
    await Promise.all([...this.#discards].map(({ done }) => done));
    await this.#lease.idle;
    this.#backlog.remove(() => true);
    const returning = this.#leased
      .values()
      .filter(({ ended, lost }) => !ended && !lost)
      .reverse();
    await Promise.all(returning.map(({ message }) => this.#report(this.#store.release(message))));
    await Promise.all(this.#leased.values().map(({ settling }) => settling));
    this.#leased.clear();
  }

  #tellNotSent(
    message: UnsentMessage & { readonly reference?: unknown; readonly text?: string },
    error: unknown,
    code: string,
  ): void {
    const outcome = notSent(
      message,
      outcomeError(error instanceof SmppError ? error : new SmppError(code, wordsOf(error))),
    );
    this.#count(outcome.kind);
    const { reference, text } = message;
    this.#services.history?.add(entryOfOutcome(outcome, { reference, text }));
    this.#services.tell(outcome, false);
  }

  /** Notes the outcome where the store does not: it then keeps no history. */
  #keepFate(outcome: Outcome, message: OutboxMessage): void {
    const { history } = this.#services;
    if (history !== null && history !== this.#store.history) history.add(entryOfOutcome(outcome, message));
  }

  #count(kind: OutcomeKind): void {
    // The flow causes these two kinds, not the platform: no total counts them.
    if (kind !== 'invalid' && kind !== 'overflow') this.#services.totals[kind] += 1;
  }

  /** The text, where the history keeps it. */
  #textOf({ message: { text } }: SendRequest): { readonly text?: string } {
    if (!this.#settings.historyText || !this.#services.history) return {};
    return { text: text instanceof Uint8Array ? Buffer.from(text).toString('hex') : String(text) };
  }

  /** A moment of the clock. */
  #expiry(validity: Validity | undefined, now: number): number {
    if (validity && 'until' in validity) return now + validity.until.getTime() - this.#clock.wallOf(now);
    return now + (validity?.seconds ?? this.#settings.messageExpiry) * 1000;
  }

  #outboxMessage(id: string, request: SendRequest, now: number): OutboxMessage {
    const { profile } = this.#settings;
    const prepared = prepareMessage(request.message, profile, (to) => this.#references.take(to));
    const frames = prepared.segments.map(encodeSubmit);
    return {
      id,
      node: request.node,
      flow: request.flow ?? null,
      urgent: prepared.urgent,
      queuedAt: now,
      expiresAt: this.#expiry(prepared.validity, now),
      to: prepared.to,
      from: prepared.from,
      encoding: prepared.encoding,
      dataCoding: prepared.dataCoding,
      warnings: request.warnings ? joined(request.warnings, prepared.warnings) : prepared.warnings,
      frames,
      receipt: prepared.receipt,
      msg: request.msg,
      ...(request.recipient && { recipient: request.recipient }),
      reference: request.reference,
      ...this.#textOf(request),
      messageIds: frames.map(() => null),
      attempts: 0,
      possibleDuplicate: false,
      server: null,
      leased: false,
      submittedAt: null,
    };
  }

  async #enterAll(messages: readonly OutboxMessage[]): Promise<void> {
    const all = messages.map((message) => this.#add(message));
    for (const leased of all) if (isPartlyAccepted(leased.message)) await this.#report(this.#recall(leased));
    for (const leased of all) this.#enter(leased);
    if (!this.#services.servers.some(({ canSubmit }) => canSubmit)) this.idle();
    if (all.length > 0) this.pump();
  }

  #add(message: OutboxMessage): LeasedMessage {
    const leased = newLeased(message, this.#order++);
    this.#leased.set(message.id, leased);
    return leased;
  }

  /** Reads what is stored of a message that was leased partly accepted: its receipts may have come already. */
  async #recall(leased: LeasedMessage): Promise<void> {
    const { message } = leased;
    const keys = message.messageIds.flatMap((known) => (known === null ? [] : storedKeys(known)));
    const found = (await this.#store.findSent(keys)).find((sent) => sent.id === message.id);
    // A version that `noteSent` brought meanwhile is newer.
    leased.sent ??= found ?? null;
    if (!leased.sent) return;
    message.server ??= leased.sent.server;
    leased.servers = leased.sent.servers && [...leased.sent.servers];
  }

  /** Enters a message from the store. Nobody knows whether one that was leased when its process died was submitted. */
  #enter(leased: LeasedMessage): void {
    const { message } = leased;
    if (leased.lost || leased.ended) return;
    if (isAccepted(message)) {
      // All segments were accepted before the process died: only the end of the message is missing.
      leased.server = message.server;
      this.#end(leased);
      return;
    }
    if (message.leased && interrupted(leased, this.#settings.onLinkLoss) === 'end') {
      this.#end(leased);
      return;
    }
    for (const discard of this.#discards) {
      if (!discard.fits(message)) continue;
      this.#cancel(leased, discard);
      return;
    }
    this.#backlog.add(leased, isPartlyAccepted(message) ? this.#serverNamed(message.server) : null);
  }

  #serverNamed(name: string | null): Server | null {
    return this.#services.servers.find((server) => server.name === name) ?? null;
  }

  #isDue({ leased, segment }: QueuedSegment, now: number): boolean {
    const { message } = leased;
    // The segment waited to be sent again, and its first answer came late.
    if (message.messageIds[segment] !== null) return false;
    if (message.expiresAt > now) return true;
    this.#expire(leased);
    return false;
  }

  #expire(leased: LeasedMessage): void {
    if (expire(leased) === 'end') this.#endIfSettled(leased);
  }

  #take(step: Step, item: QueuedSegment, server: Server): void {
    const { leased } = item;
    if (leased.cancelling && step !== 'none' && step !== 'end' && step !== 'leave') {
      if (step === 'progress') this.#saveProgress(leased);
      if (cancel(leased) === 'end') this.#endIfSettled(leased);
    } else if (step === 'end') this.#endIfSettled(leased);
    else if (step === 'leave') this.#leave(leased);
    else if (step === 'progress') this.#saveProgress(leased);
    else if (step === 'again') this.#backlog.giveBack(item);
    else if (step === 'aside') {
      if (!leased.aside) this.#setAside(leased, asidePause(leased.trouble!.asides));
      this.#backlog.giveBack(item);
    } else if (step === 'elsewhere' || step === 'later') {
      const atOnce = step === 'elsewhere' && this.#othersCanSubmit(server);
      if (!leased.aside && atOnce) this.#backlog.lineUp(leased);
      else if (!leased.aside) this.#setAside(leased, troubleDelay(item.troubles, Math.random()));
      this.#backlog.giveBack(item);
    }
  }

  #setAside(leased: LeasedMessage, pause: number): void {
    this.#backlog.setAside(leased);
    const cancel = this.#clock.after(pause, () => {
      this.#aside.delete(leased);
      this.#backlog.lineUp(leased);
      this.pump();
    });
    this.#aside.set(leased, cancel);
  }

  #othersCanSubmit(server: Server): boolean {
    return this.#services.servers.some((other) => other !== server && other.canSubmit);
  }

  #saveProgress(leased: LeasedMessage): void {
    const { message } = leased;
    const sent = message.receipt ? this.#sent(leased) : undefined;
    if (!leased.ended) this.#background(this.#store.progress(message, sent));
    else if (sent) this.#background(this.#store.saveSent(sent, { late: true }));
  }

  /** Leaves a message to another instance, once nothing of it is in flight here. */
  #leave(leased: LeasedMessage): void {
    if (leased.inFlight > 0) return;
    leased.ended = true;
    this.#forget(leased);
  }

  #forget(leased: LeasedMessage): void {
    const { id } = leased.message;
    // The id may belong to a newer lease: the message was lost to another instance and came back.
    if (this.#leased.get(id) === leased) this.#leased.delete(id);
  }

  /** Sends nothing more of this message. */
  #drop(leased: LeasedMessage): void {
    this.#backlog.drop(leased);
    if (this.#aside.size === 0) return;
    this.#aside.get(leased)?.();
    this.#aside.delete(leased);
  }

  /** An accepted message ends at once; a failed one, when the last of its segments in flight has an answer. */
  #endIfSettled(leased: LeasedMessage): void {
    if (isAccepted(leased.message) || leased.inFlight === 0) this.#end(leased);
    else this.#drop(leased);
  }

  #end(leased: LeasedMessage): void {
    const { message } = leased;
    leased.ended = true;
    this.#drop(leased);
    message.msg = this.#flowMessages.delete(message.id) ?? message.msg;
    const failure = isAccepted(message) ? null : leased.failure;
    const kind = failure?.kind ?? 'accepted';
    this.#count(kind);
    if (kind === 'accepted') message.attempts += 1;
    const outcome = outcomeOf(message, kind, failure && failure.error, leased.server, leased.answeredAt);
    const remember = message.receipt && message.messageIds.some((id) => id !== null);
    // The outcome is stored before it is told. A process killed in between would otherwise send a message again after
    // the flow was told that it was accepted.
    const { history } = this.#services;
    const entry = history !== null && history === this.#store.history ? entryOfOutcome(outcome, message) : undefined;
    const settled = this.#store.settle(outcome, remember ? this.#sent(leased) : undefined, entry);
    leased.settling = this.#ending.on(settled, { leased, outcome });
  }

  #sent(leased: LeasedMessage): SentMessage {
    const { message } = leased;
    const messageIds = [...message.messageIds];
    const servers = leased.servers && [...leased.servers];
    leased.sent = leased.sent
      ? { ...leased.sent, messageIds, servers }
      : {
          id: message.id,
          node: message.node,
          flow: message.flow,
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
    return leased.sent;
  }

  #background(work: Promise<unknown>): void {
    background(work, this.#services.log, 'store');
  }

  async #report(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#services.log.error(`store: ${String(error)}`);
  }
}

function isPartlyAccepted({ messageIds }: OutboxMessage): boolean {
  return messageIds.some((id) => id !== null);
}

/** Messages that are being discarded. */
interface Discard {
  readonly fits: (message: OutboxMessage) => boolean;
  count: number;
  /** Resolves once it is over. */
  done: Promise<unknown>;
}

function sharedQueue(): SmppError {
  return new SmppError(
    'SMPP_STORE_SHARED',
    'Waiting messages cannot be discarded in the Redis store, which several instances share; let them be sent, or give the pool a store of its own',
  );
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
