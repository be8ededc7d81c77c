import { createHash } from 'node:crypto';
import { despiteFailure } from '../../src/base/background';
import { SmppError } from '../../src/base/errors';
import { NO_TOTALS, type Snapshot } from '../../src/pool/events';
import type { Onlooker } from '../../src/pool/listeners';
import {
  type EventListener,
  type OutcomeHandler,
  type PoolLog,
  type ReceiptListener,
  type SendRequest,
} from '../../src/pool/listeners';
import { NO_MEASURES, type Measures } from '../../src/pool/measures';
import { Pool } from '../../src/pool/pool';
import type { Found } from '../../src/pool/search';
import { systemClock, type Clock } from '../../src/base/clock';
import { RedisAccount } from '../../src/account/redis-account';
import { RedisStore } from '../../src/store/redis/redis-store';
import type { PoolPlan } from './pool-plan';
import { StoreKeeper } from './store-keeper';

/** The pool node instance that has the pool now. */
export interface PoolOwner {
  readonly id: string;
  /** Id of its definition in the flow file; the instances of a subflow share one. */
  readonly definitionId: string;
  /** The name that people see. */
  readonly name: string;
  readonly plan: PoolPlan;
  /** Passwords, to be struck out of the texts that editors show. */
  readonly secrets: readonly string[];
  readonly log: PoolLog;
  /** True while some node uses the pool. */
  inUse(): boolean;
  /** Called when the pool could not be opened. */
  failed(error: SmppError): void;
  /** Called when another pool uses the same account on the same server. @param other name of that pool */
  sharesAccount(other: string): void;
}

/** Attaches a listener to a Pool; returns what detaches it. */
type Subscription = (pool: Pool) => () => void;

const CLOSED: Snapshot = {
  state: 'down',
  bound: 0,
  binds: 0,
  queue: { waiting: 0, urgent: 0, inFlight: 0, limit: 0, oldestSeconds: 0 },
  totals: NO_TOTALS,
  hindrance: null,
  servers: [],
};

/**
 * The pool of one node id through all deploys: node instances come and go, the Pool inside stays as long as its settings do.
 * Listeners of the nodes are attached to each new Pool in turn.
 */
export class PoolHandle {
  readonly id: string;
  readonly #senders: ReadonlyMap<string, OutcomeHandler>;
  readonly #subscriptions = new Map<Subscription, (() => void) | null>();
  readonly #detachSender = new Map<string, () => void>();
  readonly #changes = new Set<() => void>();
  #owner: PoolOwner | null = null;
  #log: PoolLog | null = null;
  #secrets: readonly string[] = [];
  /** The open Pool; null while none is open. */
  #pool: Pool | null = null;
  /** The Pool that listeners are attached to: it opens, is open, or closes. */
  #attached: Pool | null = null;
  #fingerprint = '';
  readonly #stores: StoreKeeper;
  #failure: SmppError | null = null;
  #paused = true;
  /** The last step of opening or closing; steps run one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #ready: Deferred | null = new Deferred();

  constructor(id: string, senders: ReadonlyMap<string, OutcomeHandler>) {
    this.id = id;
    this.#senders = senders;
    this.#stores = new StoreKeeper(id, this.log);
    this.onEvent(() => {
      this.#changed();
    });
    for (const [node, handler] of senders) this.attachSender(node, handler);
  }

  get owner(): PoolOwner | null {
    return this.#owner;
  }

  /** Resolves once messages can be sent, or `failure` says why they cannot; null where that is decided already. */
  get ready(): Promise<void> | null {
    return this.#ready?.promise ?? null;
  }

  /** Why the pool cannot be opened; null where it can. */
  get failure(): SmppError | null {
    return this.#failure;
  }

  /** Secrets of the owner, or of the last one. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** The clock that the times of the pool's outcomes belong to. */
  get clock(): Clock {
    return this.#pool?.clock ?? systemClock;
  }

  get isOpen(): boolean {
    return this.#pool !== null;
  }

  /** True where the running Pool is the one that its owner wants. */
  get upToDate(): boolean {
    const { owner } = this;
    return this.#pool !== null && owner !== null && owner.inUse() && this.#fingerprint === fingerprint(owner.plan);
  }

  /** Why the store cannot be reached, in words; null where it can. */
  get trouble(): string | null {
    return this.#pool?.trouble ?? null;
  }

  get log(): PoolLog {
    return {
      info: (text) => this.#log?.info(text),
      warn: (text) => this.#log?.warn(text),
      error: (text) => this.#log?.error(text),
    };
  }

  adopt(owner: PoolOwner): void {
    this.#owner = owner;
    this.#log = owner.log;
    this.#secrets = owner.secrets;
    if (this.#pool && this.#fingerprint === fingerprint(owner.plan)) return;
    this.#failure = null;
    this.#ready ??= new Deferred();
  }

  release(): void {
    this.#owner = null;
  }

  snapshot(): Snapshot {
    return this.#pool?.snapshot() ?? CLOSED;
  }

  /** As Pool.lookOn. @throws {SmppError} while the pool is not open */
  lookOn(onlooker: Onlooker): () => void {
    return this.#open.lookOn(onlooker);
  }

  /** As Pool.measures; nothing while the pool is not open. */
  measures(): Measures {
    return this.#pool?.measures() ?? NO_MEASURES;
  }

  /** As Pool.send. @throws {SmppError} while the pool is not open: `failure`, or SMPP_POOL_CLOSED */
  send(request: SendRequest): string {
    return this.#open.send(request);
  }

  /** As Pool.entered. */
  get entered(): Promise<void> {
    return this.#pool?.entered ?? Promise.resolve();
  }

  /** As Pool.connect. @throws {SmppError} as `send`; SMPP_UNKNOWN_SERVER for no "host:port" of the pool */
  connect(server?: string): void {
    this.#open.connect(server);
  }

  /** As Pool.disconnect. @throws {SmppError} as `send`; SMPP_UNKNOWN_SERVER for no "host:port" of the pool */
  disconnect(server?: string): Promise<void> {
    return this.#open.disconnect(server);
  }

  /** As Pool.drain. @throws {SmppError} as `send`; SMPP_UNKNOWN_SERVER for no "host:port" of the pool */
  drain(server?: string): Promise<void> {
    return this.#open.drain(server);
  }

  /** As Pool.find. @throws {SmppError} as `send`; SMPP_INVALID_INPUT, SMPP_HISTORY_OFF, SMPP_STORE_* */
  async find(filter: unknown, limit: unknown, from?: unknown, patience?: number): Promise<Found> {
    return this.#open.find(filter, limit, from, patience);
  }

  /** As Pool.discard. @throws {SmppError} as `send`; SMPP_INVALID_INPUT, SMPP_STORE_* */
  async discard(filter: unknown): Promise<number> {
    return this.#open.discard(filter);
  }

  /** As Pool.forget. @throws {SmppError} as `find` */
  async forget(filter: unknown): Promise<number> {
    return this.#open.forget(filter);
  }

  attachSender(node: string, handler: OutcomeHandler): void {
    this.#detachSender.set(
      node,
      this.#attach((pool) => pool.attachSender(node, handler)),
    );
  }

  detachSender(node: string): void {
    this.#detachSender.get(node)?.();
    this.#detachSender.delete(node);
  }

  attachReceipts(listener: ReceiptListener): () => void {
    return this.#attach((pool) => pool.attachReceipts(listener));
  }

  onEvent(listener: EventListener): () => void {
    return this.#attach((pool) => pool.onEvent(listener));
  }

  /** Calls the listener whenever the pool's status may have changed. @returns what detaches it */
  onChange(listener: () => void): () => void {
    this.#changes.add(listener);
    return () => this.#changes.delete(listener);
  }

  pause(): void {
    this.#paused = true;
    this.#pool?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#pool?.resume();
  }

  /** Opens the Pool that the owner wants. @param limit milliseconds that the Pool before has for what is in flight */
  open(limit: number): Promise<void> {
    return this.#next(async () => {
      const { owner } = this;
      if (!owner) return;
      if (!this.upToDate) {
        await this.#close(limit);
        await this.#start(owner);
      }
      // A deploy has changed the owner meanwhile: `ready` stays pending until the new owner's Pool is open.
      if (this.#owner !== owner && !this.upToDate) return;
      this.#ready?.resolve();
      this.#ready = null;
      this.#changed();
    });
  }

  /** @param limit milliseconds that submits in flight have to be answered */
  close(limit: number): Promise<void> {
    return this.#next(() => this.#close(limit));
  }

  /** Closes the Pool unless its owner wants it; judges an opening Pool once it is open. @param limit as of `close` */
  closeUnwanted(limit: number): Promise<void> {
    return this.#next(async () => {
      if (!this.upToDate) await this.#close(limit);
    });
  }

  /** For a pool that is closed and stays so: hands outcomes that no flow has heard of to their nodes. */
  tellTheRest(): Promise<void> {
    return this.#next(async () => {
      if (!this.#owner) this.#abandon();
      if (this.#pool) return;
      await this.#stores.tellLeft(
        this.#senders,
        () => !this.#paused,
        () => this.#owner !== null,
      );
    });
  }

  /**
   * To be called once the pool is closed, when Node-RED may end. Whoever waits for `ready` gets a failure. The log
   * names the messages that are only in memory.
   */
  end(): Promise<void> {
    return this.#next(async () => {
      if (this.#owner || this.#pool) return;
      this.#failure ??= new SmppError('SMPP_POOL_CLOSED', 'The pool is closed');
      this.#ready?.resolve();
      this.#ready = null;
      await this.#stores.nameKeptInMemory();
    });
  }

  /** True where dropping this object loses nothing. */
  get disposable(): boolean {
    return this.#owner === null && this.#pool === null && this.#stores.isEmpty;
  }

  get #open(): Pool {
    if (!this.#pool) throw this.#failure ?? new SmppError('SMPP_POOL_CLOSED', 'The pool is closed');
    return this.#pool;
  }

  async #start(owner: PoolOwner): Promise<void> {
    const { plan } = owner;
    try {
      if (plan.problem) throw plan.problem;
      const store = await this.#stores.storeFor(plan);
      const account = store instanceof RedisStore ? new RedisAccount(store.connection, systemClock) : undefined;
      const pool = new Pool(plan.settings, { store, account, log: this.log });
      this.#attachAll(pool);
      await pool.open();
      this.#stores.opened(store);
      this.#pool = pool;
      this.#fingerprint = fingerprint(plan);
      this.#failure = null;
      if (this.#paused) pool.pause();
      else pool.resume();
    } catch (error) {
      this.#detachAll();
      this.#failure = asSmppError(error);
      if (error !== plan.problem) owner.failed(this.#failure);
    }
  }

  async #close(limit: number): Promise<void> {
    const pool = this.#pool;
    if (!pool) return;
    this.#pool = null;
    this.#ready ??= new Deferred();
    try {
      await pool.close(limit);
    } finally {
      this.#detachAll();
      this.#changed();
    }
  }

  #attachAll(pool: Pool): void {
    this.#attached = pool;
    for (const subscription of this.#subscriptions.keys()) this.#subscriptions.set(subscription, subscription(pool));
  }

  #detachAll(): void {
    this.#attached = null;
    for (const [subscription, detach] of this.#subscriptions) {
      detach?.();
      this.#subscriptions.set(subscription, null);
    }
  }

  /** The node was removed or disabled: whoever waits for `ready` gets a failure. */
  #abandon(): void {
    this.#failure = new SmppError('SMPP_POOL_CONFIG', 'It was removed or disabled');
    this.#ready?.resolve();
    this.#ready = null;
  }

  #attach(subscription: Subscription): () => void {
    this.#subscriptions.set(subscription, this.#attached && subscription(this.#attached));
    return () => {
      this.#subscriptions.get(subscription)?.();
      this.#subscriptions.delete(subscription);
    };
  }

  #next(step: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(step);
    this.#turn = despiteFailure(turn, 'who asked for it hears of it');
    return turn;
  }

  #changed(): void {
    for (const listener of this.#changes) listener();
  }
}

class Deferred {
  resolve!: () => void;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

/** Differs where the Pool must be replaced; ignores its name. It covers credentials: it is a hash and never shown. */
function fingerprint({ settings, store, folder, redis, problem }: PoolPlan): string {
  return createHash('sha256')
    .update(JSON.stringify({ settings, store, folder, redis, problem: problem?.message }))
    .digest('base64');
}

function asSmppError(error: unknown): SmppError {
  if (error instanceof SmppError) return error;
  return new SmppError('SMPP_POOL_FAILED', error instanceof Error ? error.message : String(error), { cause: error });
}
