import { background, despiteFailure } from '../base/background';
import { systemClock, type Cancel, type Clock } from '../base/clock';
import { SmppError } from '../base/errors';
import { nextTurn } from '../base/turns';
import type { Account } from '../account/account';
import type { History } from '../history/history';
import { MemoryHistory } from '../history/memory-history';
import type { Tap } from '../smpp/session';
import type { Outcome } from '../store/outcome';
import type { Store } from '../store/store';
import { Announcements } from './announcements';
import type { Bind, BindOwner } from './bind';
import { Control } from './control';
import { DeafBinds } from './deaf-binds';
import { NO_TOTALS, type Snapshot, type Totals } from './events';
import { Inbound } from './inbound';
import type { EventListener, Onlooker, OutcomeHandler, PoolLog, ReceiptListener, SendRequest } from './listeners';
import { ReceiptCounts, type Measures } from './measures';
import { Membership } from './membership';
import { Outbound } from './outbound';
import { OutcomeMailbox } from './outcome-mailbox';
import { Search, type Found } from './search';
import { Server } from './server';
import type { PoolSettings } from './settings';
import { buildSnapshot, poolState } from './snapshot';

/** Milliseconds between two ticks. */
const TICK = 1000;
/** Milliseconds that a disconnect by order, or the rebind of a deaf bind, waits for unanswered submits. */
const DISCONNECT_GRACE = 5000;
/** Milliseconds after which a drain gives up where no server can submit, or the store is away, all that time. */
const UNREACHABLE = 5000;
export interface PoolServices {
  readonly store: Store;
  /** The binds and budgets shared with other instances; absent where this instance is alone. */
  readonly account?: Account | undefined;
  readonly log: PoolLog;
  readonly clock?: Clock;
}

/** Several servers of one platform used as one: any that can take a message sends it, and any may bring deliveries. */
export class Pool {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly #store: Store;
  readonly #log: PoolLog;
  readonly #servers: readonly Server[];
  readonly #serverOf = new Map<Bind, Server>();
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  /** This instance's part in the shared account; null where it is alone. */
  readonly #membership: Membership | null;
  readonly #mailbox: OutcomeMailbox;
  /** Null where the pool keeps no history. */
  readonly #history: History | null;
  readonly #search: Search;
  readonly #control: Control;
  readonly #receiptListeners = new Set<ReceiptListener>();
  readonly #announcements: Announcements;
  #live = false;
  #open = false;
  #opening: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  #cancelTick: Cancel | null = null;
  /** The number of calls of `connect`; each call cancels the drains under way. */
  #connects = 0;
  readonly #deafBinds = new DeafBinds<Bind>();
  readonly #totals: Totals = { ...NO_TOTALS };
  readonly #receiptCounts = new ReceiptCounts();
  readonly #onlookers = new Set<Onlooker>();

  constructor(settings: PoolSettings, services: PoolServices) {
    this.settings = settings;
    this.clock = services.store.clock ?? services.clock ?? systemClock;
    this.#store = services.store;
    this.#log = services.log;
    const owner = this.#bindOwner();
    this.#servers = settings.servers.map((server) => new Server(server, owner, services.account));
    for (const server of this.#servers) for (const bind of server.binds) this.#serverOf.set(bind, server);
    const { store, log, clock } = { ...services, clock: this.clock };
    this.#announcements = new Announcements({
      clock,
      log,
      servers: this.#servers,
      queueLimit: settings.queueLimit,
      state: () => poolState(this.#servers.map(({ state, bound, seated }) => ({ state, bound, binds: seated }))),
      snapshot: () => this.snapshot(),
    });
    this.#mailbox = new OutcomeMailbox({
      store,
      log,
      flowsLive: () => this.#live,
      orphaned: (outcome) => {
        this.#orphaned(outcome);
      },
    });
    this.#history = settings.historyDays > 0 ? (store.history ?? new MemoryHistory()) : null;
    this.#outbound = new Outbound({
      settings,
      store,
      log,
      clock,
      servers: this.#servers,
      totals: this.#totals,
      history: this.#history,
      tell: (outcome, stored) => {
        this.#mailbox.tell(outcome, stored);
      },
      accepted: (messageId) => {
        this.#inbound.accepted(messageId);
      },
      throttled: (server) => {
        this.#announcements.throttling(server);
      },
    });
    this.#inbound = new Inbound({
      settings,
      store,
      log,
      clock,
      totals: this.#totals,
      receiptCounts: this.#receiptCounts,
      listeners: this.#receiptListeners,
      flowsLive: () => this.#live,
      expects: (fits) => this.#outbound.expects(fits),
      missesInstance: () => this.#membership?.missing ?? false,
      settled: (id) => this.#outbound.settled(id),
      isUnderWay: (id) => this.#outbound.isUnderWay(id),
      noteSent: (sent) => {
        this.#outbound.noteSent(sent);
      },
    });
    this.#search = new Search({
      settings,
      store,
      clock,
      history: this.#history,
      onTheirWay: () => this.#outbound.unended(),
    });
    this.#control = new Control({ settings, clock, outbound: this.#outbound });
    this.#membership = services.account
      ? new Membership({
          account: services.account,
          servers: this.#servers,
          clock,
          log,
          changed: () => {
            for (const server of this.#servers) this.#announcements.throttling(server);
            this.#announcements.stateChanged();
          },
        })
      : null;
  }

  /**
   * Opens the store and starts the binds.
   * @throws {SmppError} SMPP_STORE_*; nothing was started then
   */
  open(): Promise<void> {
    this.#opening ??= this.#start();
    return this.#opening;
  }

  /** Takes a message. Its outcome reaches the node's handler later. Never throws. @returns the message's id */
  send(request: SendRequest): string {
    return this.#outbound.send(request);
  }

  /** Resolves once the store has kept or refused all that was sent until now. Who sends a lot waits for it at times. */
  get entered(): Promise<void> {
    return this.#outbound.entered;
  }

  /** Gives the handler the outcomes of this node's messages from now on. @returns detaches the handler */
  attachSender(node: string, handler: OutcomeHandler): () => void {
    return this.#mailbox.attach(node, handler);
  }

  attachReceipts(listener: ReceiptListener): () => void {
    this.#receiptListeners.add(listener);
    return () => {
      this.#receiptListeners.delete(listener);
    };
  }

  onEvent(listener: EventListener): () => void {
    return this.#announcements.attach(listener);
  }

  /** Flows are being stopped: from now on outcomes and receipts wait. */
  pause(): void {
    this.#live = false;
  }

  /** Flows run again: outcomes and receipts that waited are handed over. */
  resume(): void {
    this.#live = true;
    if (!this.#open) return;
    this.#mailbox.resume();
    this.#inbound.resume();
  }

  snapshot(): Snapshot {
    const now = this.clock.now();
    const stored = this.#open ? this.#store.counts() : { waiting: 0, urgent: 0, oldest: null };
    const { waiting: leased, inFlight, held } = this.#outbound;
    return buildSnapshot({
      now,
      servers: this.#servers.map((server) => server.snapshot(now)),
      waiting: [{ count: stored.waiting, urgent: stored.urgent, oldest: stored.oldest }, leased],
      inFlight,
      queueLimit: this.settings.queueLimit,
      totals: this.#totals,
      trouble: this.trouble,
      held,
      instances: this.#membership?.instances,
    });
  }

  /** Shows every PDU of all binds to the listener; returns what ends that. The frame must not be kept. */
  lookOn(onlooker: Onlooker): () => void {
    this.#onlookers.add(onlooker);
    this.#tapBinds();
    return () => {
      this.#onlookers.delete(onlooker);
      this.#tapBinds();
    };
  }

  #tapBinds(): void {
    for (const server of this.#servers) {
      for (const bind of server.binds) {
        const show: Tap = (outgoing, frame) => {
          for (const onlooker of this.#onlookers) onlooker(server.name, bind.name, outgoing, frame);
        };
        bind.tap = this.#onlookers.size > 0 ? show : null;
      }
    }
  }

  /** What was counted since the pool was opened. */
  measures(): Measures {
    return {
      answers: this.#servers.flatMap((server) =>
        server.binds.map(({ name, answers }) => ({ server: server.name, bind: name, counts: answers })),
      ),
      answerTimes: this.#servers.map(({ name, answerTimes }) => ({ server: name, times: answerTimes })),
      receipts: this.#receiptCounts,
    };
  }

  /** As `Search.find`. */
  find(filter: unknown, limit: unknown, from?: unknown, patience?: number): Promise<Found> {
    return this.#search.find(filter, limit, from, patience);
  }

  /** As `Control.discard`. */
  discard(filter: unknown): Promise<number> {
    return this.#control.discard(filter);
  }

  /** As `Search.forget`. */
  forget(filter: unknown): Promise<number> {
    return this.#search.forget(filter);
  }

  /** Why the store cannot be reached, in words; null where it can. */
  get trouble(): string | null {
    return this.#store.trouble ?? null;
  }

  /** Starts one server or all. @param name "host:port"; all without it @throws {SmppError} SMPP_UNKNOWN_SERVER */
  connect(name?: string): void {
    for (const server of this.#select(name)) server.start();
    this.#connects += 1;
    this.#membership?.beat();
    this.#announcements.stateChanged();
  }

  /**
   * Settles the windows for at most 5 seconds and unbinds. Messages wait until `connect`.
   * @param name "host:port"; all servers without it @throws {SmppError} SMPP_UNKNOWN_SERVER
   */
  async disconnect(name?: string): Promise<void> {
    await this.#stop(this.#select(name), DISCONNECT_GRACE);
  }

  /**
   * Like `disconnect`, but the windows get the whole response timeout, and without a name every waiting message is sent
   * first.
   * @throws {SmppError} SMPP_UNKNOWN_SERVER; SMPP_DRAIN_CANCELLED when `connect` is called meanwhile;
   * SMPP_POOL_STOPPED, SMPP_POOL_UNREACHABLE or SMPP_POOL_CLOSED where waiting messages cannot be sent
   */
  async drain(name?: string): Promise<void> {
    const servers = this.#select(name);
    const connects = this.#connects;
    if (name === undefined) await this.#emptied(connects);
    await this.#stop(servers, this.settings.responseTimeout * 1000);
    if (this.#connects !== connects) throw drainCancelled();
  }

  /** Settles the windows, unbinds, gives leased messages back to the store and closes it. @param limit milliseconds */
  close(limit: number): Promise<void> {
    this.#closing ??= this.#stopAll(limit);
    return this.#closing;
  }

  /** Reactions to what the binds report. They are no public methods of the pool, for only binds may call them. */
  #bindOwner(): BindOwner {
    return {
      clock: this.clock,
      settings: this.settings,
      bound: (bind) => {
        const server = this.#serverOf.get(bind)!;
        this.#deafBinds.bound(bind);
        this.#log.info(`${server.name} ${bind.name}: bound`);
        this.#announcements.tell('bind.up', { server: server.name, bind: bind.name });
        server.wakeSiblings();
        this.#announcements.stateChanged();
        this.#outbound.pump();
      },
      lost: (bind, wasBound, reason, code) => {
        const server = this.#serverOf.get(bind)!;
        const byOrder = bind.state === 'stopped';
        if (this.#open && !byOrder) this.#log.warn(`${server.name} ${bind.name}: ${reason}`);
        else this.#log.info(`${server.name} ${bind.name}: ${reason}`);
        if (wasBound && !byOrder) this.#totals.reconnects += 1;
        if (code !== 'unbound' && !byOrder) server.failed(this.clock.now(), reason);
        this.#announcements.tell('bind.down', { server: server.name, bind: bind.name, reason, code });
        if (!this.#servers.some(({ canSubmit }) => canSubmit)) this.#outbound.idle();
        this.#outbound.pump();
        this.#announcements.stateChanged(reason, code);
      },
      refused: (bind, kind, reason, code, news) => {
        const server = this.#serverOf.get(bind)!;
        server.holdSiblings(kind, reason);
        server.failed(this.clock.now(), reason);
        if (news) {
          // No log line: the pool's node makes an error of it, which Catch nodes hear, or else the log.
          this.#announcements.tell('bind.refused', { server: server.name, bind: bind.name, reason, code });
        }
        this.#announcements.stateChanged(reason, code);
      },
      answered: (bind, item, status, messageId, latency) => {
        this.#outbound.answered(this.#serverOf.get(bind)!, item, status, messageId, latency);
      },
      answeredLate: (bind, item, status, messageId) => {
        this.#outbound.answeredLate(this.#serverOf.get(bind)!, item, status, messageId);
      },
      unanswered: (bind, items) => {
        this.#outbound.unanswered(this.#serverOf.get(bind)!, items);
      },
      delivered: (bind, delivery, answer) => {
        this.#deafBinds.received(bind, this.clock.now());
        this.#inbound.delivered(delivery, { server: this.#serverOf.get(bind)!.name, bind: bind.name }, answer);
      },
      writable: () => {
        this.#outbound.pump();
      },
      odd: (bind, message) => {
        this.#log.warn(`${this.#serverOf.get(bind)!.name} ${bind.name}: ${message}`);
      },
    };
  }

  async #start(): Promise<void> {
    await this.#store.open();
    let untold: readonly Outcome[];
    try {
      untold = await this.#store.untold();
      this.#open = this.#closing === null;
    } finally {
      if (!this.#open) await this.#store.close();
    }
    if (!this.#open) return;
    const troubled = (words: string | null): void => {
      this.#announcements.tell(words === null ? 'store.back' : 'store.away', words === null ? {} : { reason: words });
      if (words === null) this.#outbound.pump();
    };
    this.#store.watch?.(troubled);
    this.#store.share?.({
      hasSender: (node) => this.#mailbox.hasSender(node),
      outcome: (outcome) => {
        this.#mailbox.tell(this.#outbound.settledElsewhere(outcome), true);
      },
      parked: () => {
        if (this.#live) this.#inbound.resume();
      },
      lost: (ids) => {
        this.#outbound.lost(ids);
      },
      troubled,
    });
    this.#mailbox.hold(untold);
    if (this.#live) this.resume();
    this.#outbound.start();
    this.#scheduleTick();
    for (const server of this.#servers) server.start();
    // The account is not waited for: it may be away for long.
    this.#membership?.open().catch((error: unknown) => {
      if (this.#open) this.#log.error(`store: ${String(error)}`);
    });
  }

  async #stopAll(limit: number): Promise<void> {
    if (!this.#open) {
      if (this.#opening) await despiteFailure(this.#opening, 'who opened it hears of it');
      return;
    }
    const began = this.clock.now();
    this.#open = false;
    this.#live = false;
    this.#cancelTick?.();
    const cancel = this.clock.after(Math.max(0, limit - 500), () => {
      for (const server of this.#servers) server.destroy();
    });
    await Promise.all(this.#servers.map((server) => server.stop(Math.max(0, limit - 1500))));
    cancel();
    // The steps below wait for a shared store that is away, until it is closed.
    const giveUp = this.clock.after(Math.max(0, limit - (this.clock.now() - began)), () => {
      if (this.#store.share) background(this.#store.close(), this.#log, 'store');
    });
    await this.#membership?.close();
    await this.#outbound.close();
    await this.#inbound.close();
    await this.#mailbox.close();
    giveUp();
    await this.#store.close();
    // Writes that waited for a store that is away are refused by its closing, a turn of the event loop later.
    await nextTurn();
    this.#mailbox.logLost();
  }

  #select(name?: string): readonly Server[] {
    if (name === undefined) return this.#servers;
    const found = this.#servers.filter((server) => server.name === name);
    if (found.length > 0) return found;
    const known = this.#servers.map((server) => server.name).join(', ');
    throw new SmppError('SMPP_UNKNOWN_SERVER', `This pool has no server "${name}"; it has ${known}`);
  }

  async #stop(servers: readonly Server[], grace: number): Promise<void> {
    const stopping = servers.map((server) => server.stop(grace));
    if (!this.#servers.some(({ canSubmit }) => canSubmit)) this.#outbound.idle();
    this.#announcements.stateChanged('by order', 'stopped');
    await Promise.all(stopping);
    this.#membership?.beat();
  }

  /** Resolves when nothing waits and nothing is in flight. @param connects calls of `connect` when the drain began */
  #emptied(connects: number): Promise<void> {
    let unreachableSince: number | null = null;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const { waiting, inFlight } = this.snapshot().queue;
        const left = waiting + inFlight;
        const now = this.clock.now();
        if (this.#servers.some(({ canSubmit }) => canSubmit) && !this.#store.trouble) unreachableSince = null;
        else unreachableSince ??= now;
        const fail = (code: string, why: string): void => {
          reject(new SmppError(code, `The drain has ended before its time: ${why}; messages left: ${String(left)}`));
        };
        if (this.#connects !== connects) reject(drainCancelled());
        else if (!this.#open) fail('SMPP_POOL_CLOSED', 'the pool was closed');
        else if (left === 0) resolve();
        else if (this.#servers.every(({ stopped }) => stopped) && inFlight === 0)
          fail('SMPP_POOL_STOPPED', 'the pool is disconnected. Connect it first');
        else if (unreachableSince !== null && now - unreachableSince >= UNREACHABLE)
          fail('SMPP_POOL_UNREACHABLE', this.trouble ?? 'no server can be reached');
        else this.clock.after(100, look);
      };
      look();
    });
  }

  /** Tells an outcome whose sending node is gone as an event and in the log, so that it does not vanish. */
  #orphaned(outcome: Outcome): void {
    const { id, node, kind, to, messageIds, error } = outcome;
    const reason = `the outcome of a message (${kind}) has no smpp-send node ${node} to go to`;
    this.#log.warn(reason);
    this.#announcements.tell('outcome.orphaned', {
      reason,
      outcome: { id, node, outcome: kind, to, messageIds, error },
    });
  }

  #scheduleTick(): void {
    const due = this.clock.now() + TICK;
    this.#cancelTick = this.clock.after(TICK, () => {
      if (!this.#open) return;
      this.#scheduleTick();
      this.#tick(this.clock.now() - due).catch((error: unknown) => {
        if (this.#open) this.#log.error(`store: ${String(error)}`);
      });
    });
  }

  /** Does what falls due every second. @param late milliseconds that the tick is late, as the process stood still */
  async #tick(late: number): Promise<void> {
    const now = this.clock.now();
    for (const server of this.#servers) {
      server.budget.recover(now);
      this.#announcements.throttling(server);
    }
    this.#announcements.queue(this.#store.counts().waiting);
    this.#rebindDeaf(now, late);
    this.#outbound.pump();
    if (this.#store.trouble) return;
    await this.#outbound.expire(now);
    await this.#inbound.tick(now);
    await this.#search.prune(now);
  }

  #rebindDeaf(now: number, late: number): void {
    const listening = [...this.#serverOf.keys()].filter((bind) => bind.isBound && bind.mode !== 'transmitter');
    for (const bind of this.#deafBinds.find(listening, now, late)) {
      const server = this.#serverOf.get(bind)!;
      const reason = 'it brings no receipts any more while the others do; binding it anew';
      this.#log.warn(`${server.name} ${bind.name}: ${reason}`);
      this.#announcements.tell('bind.deaf', { server: server.name, bind: bind.name, reason });
      bind.rebind(DISCONNECT_GRACE);
    }
  }
}

function drainCancelled(): SmppError {
  return new SmppError('SMPP_DRAIN_CANCELLED', 'The drain was cancelled: the pool was connected meanwhile');
}
