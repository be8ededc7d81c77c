import { createHash } from 'node:crypto';
import { despiteFailure } from '../../src/base/background';
import { SmppError } from '../../src/base/errors';
import { NO_TOTALS, type Snapshot } from '../../src/pool/events';
import {
  hasArrived,
  type EventListener,
  type OutcomeHandler,
  type PoolLog,
  type ReceiptListener,
  type SendRequest,
} from '../../src/pool/listeners';
import { Pool } from '../../src/pool/pool';
import type { PoolSettings } from '../../src/pool/settings';
import { systemClock, type Clock } from '../../src/base/clock';
import { DiskStore } from '../../src/store/disk/disk-store';
import { MemoryStore } from '../../src/store/memory';
import { RedisAccount } from '../../src/account/redis-account';
import type { RedisSettings } from '../../src/redis/connection';
import { RedisStore } from '../../src/store/redis/redis-store';
import type { Store } from '../../src/store/store';
import { moveMessages } from './move-messages';
import type { StoreKind } from './pool-config';

/** What a pool node wants its pool to be. */
export interface PoolPlan {
  readonly settings: PoolSettings;
  readonly store: StoreKind;
  /** Of the disk store. */
  readonly folder: string;
  /** Of the redis store. */
  readonly redis: RedisSettings | null;
  /** Node-RED's. */
  readonly userDir: string;
  readonly keepOnDeploy: boolean;
  /** Set where the settings are of no use; says why. */
  readonly problem: SmppError | null;
}

/** The instance of a pool node that has the pool now. */
export interface PoolOwner {
  readonly id: string;
  /** Id of its definition in the flow file; the instances of a subflow share one. */
  readonly definitionId: string;
  /** For people. */
  readonly name: string;
  readonly plan: PoolPlan;
  /** Passwords, so that nothing that is shown holds one. */
  readonly secrets: readonly string[];
  readonly log: PoolLog;
  /** True while some node uses the pool. */
  inUse(): boolean;
  /** The pool could not be opened. */
  failed(error: SmppError): void;
  /** Another pool draws on the same account of the same server. */
  sharesAccount(other: string): void;
}

/** Attaches itself to a pool; returns what detaches it. */
type Subscription = (pool: Pool) => () => void;

const CLOSED: Snapshot = {
  state: 'down',
  bound: 0,
  binds: 0,
  queue: { waiting: 0, urgent: 0, inFlight: 0, limit: 0, oldestSeconds: 0 },
  totals: NO_TOTALS,
  servers: [],
};

/**
 * The pool of one node id through all deploys: node instances come and go, the Pool inside stays as long as its settings do.
 * What the nodes subscribe to follows from one Pool to the next.
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
  #pool: Pool | null = null;
  #fingerprint = '';
  #store: Store | null = null;
  #failure: SmppError | null = null;
  #paused = true;
  /** Opening and closing, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #ready: Deferred | null = new Deferred();

  constructor(id: string, senders: ReadonlyMap<string, OutcomeHandler>) {
    this.id = id;
    this.#senders = senders;
    this.onEvent(() => {
      this.#changed();
    });
    for (const [node, handler] of senders) this.attachSender(node, handler);
  }

  get owner(): PoolOwner | null {
    return this.#owner;
  }

  /** Settles once messages can be sent, or never will be; null where that is so already. */
  get ready(): Promise<void> | null {
    return this.#ready?.promise ?? null;
  }

  /** Why the pool cannot be opened; null where it can. */
  get failure(): SmppError | null {
    return this.#failure;
  }

  /** Of its owner, or of the last one. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** In whose time the pool's outcomes tell their moments. */
  get clock(): Clock {
    return this.#pool?.clock ?? systemClock;
  }

  get isOpen(): boolean {
    return this.#pool !== null;
  }

  /** True where the Pool that runs is the one its owner wants. */
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

  /** As Pool.send. @throws {SmppError} while the pool is not open, see `ready` and `failure` */
  send(request: SendRequest): string {
    return this.#open.send(request);
  }

  connect(server?: string): void {
    this.#open.connect(server);
  }

  disconnect(server?: string): Promise<void> {
    return this.#open.disconnect(server);
  }

  drain(server?: string): Promise<void> {
    return this.#open.drain(server);
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

  /** Calls whenever the pool's status may be another. */
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

  /** Makes the Pool that runs the one its owner wants. @param limit milliseconds for the one before to settle */
  open(limit: number): Promise<void> {
    return this.#next(async () => {
      const { owner } = this;
      if (!owner) return;
      if (!this.upToDate) {
        await this.#close(limit);
        await this.#start(owner);
      }
      this.#ready?.resolve();
      this.#ready = null;
      this.#changed();
    });
  }

  /** @param limit milliseconds for what is in flight */
  close(limit: number): Promise<void> {
    return this.#next(() => this.#close(limit));
  }

  /** Of a pool that is closed and stays so: outcomes that no flow has heard of yet go to their nodes. */
  tellTheRest(): Promise<void> {
    return this.#next(async () => {
      if (!this.#owner) this.#abandon();
      const store = this.#store;
      if (!store || this.#pool) return;
      await store.open();
      for (const outcome of await store.untold()) {
        if (this.#paused) break;
        const handler = this.#senders.get(outcome.node);
        if (handler && !(await hasArrived(handler(outcome)))) continue;
        if (!handler)
          this.log.warn(`the outcome of a message (${outcome.kind}) has no smpp-send node ${outcome.node} to go to`);
        await store.told(outcome.id);
      }
      const { waiting } = store.counts();
      const { others = 0 } = store;
      await store.close();
      if (waiting > 0 && others === 0) this.log.warn(`${String(waiting)} messages wait until this pool is used again`);
      if (!this.#owner && (!(store instanceof MemoryStore) || waiting === 0)) this.#store = null;
    });
  }

  /** True where nothing would be lost with this object. */
  get disposable(): boolean {
    return this.#owner === null && this.#pool === null && this.#store === null;
  }

  get #open(): Pool {
    if (!this.#pool) throw this.#failure ?? new SmppError('SMPP_POOL_CLOSED', 'The pool is closed');
    return this.#pool;
  }

  async #start(owner: PoolOwner): Promise<void> {
    const { plan } = owner;
    try {
      if (plan.problem) throw plan.problem;
      const store = await this.#storeFor(plan);
      const account = store instanceof RedisStore ? new RedisAccount(store.connection, systemClock) : undefined;
      const pool = new Pool(plan.settings, { store, account, log: this.log });
      for (const subscription of this.#subscriptions.keys()) this.#subscriptions.set(subscription, subscription(pool));
      await pool.open();
      this.#pool = pool;
      this.#fingerprint = fingerprint(plan);
      this.#failure = null;
      if (this.#paused) pool.pause();
      else pool.resume();
    } catch (error) {
      this.#failure = asSmppError(error);
      if (error !== plan.problem) owner.failed(this.#failure);
    }
  }

  async #close(limit: number): Promise<void> {
    const pool = this.#pool;
    if (!pool) return;
    this.#pool = null;
    this.#ready ??= new Deferred();
    await pool.close(limit);
    for (const [subscription, detach] of this.#subscriptions) {
      detach?.();
      this.#subscriptions.set(subscription, null);
    }
    this.#changed();
  }

  /** What waited for the pool before waits for this one: in the same object, in the same folder or Redis, or moved over. */
  async #storeFor(plan: PoolPlan): Promise<Store> {
    const { store: kind, settings } = plan;
    const { queueLimit } = settings;
    const before = this.#store;
    if (kind === 'memory' && before instanceof MemoryStore) {
      before.queueLimit = queueLimit;
      return before;
    }
    const store = this.#newStore(plan);
    if (before && !samePlace(before, store)) await moveMessages(before, store, this.log);
    this.#store = store;
    return store;
  }

  /** Who waited for it to open waits in vain: the node was removed or disabled. */
  #abandon(): void {
    this.#failure = new SmppError('SMPP_POOL_CONFIG', 'It was removed or disabled');
    this.#ready?.resolve();
    this.#ready = null;
  }

  #newStore({ store, folder, redis, userDir, settings: { queueLimit } }: PoolPlan): Store {
    const { log } = this;
    if (store === 'memory') return new MemoryStore({ queueLimit });
    if (store === 'disk') return new DiskStore({ folder, queueLimit, log });
    return new RedisStore({ ...redis!, poolId: this.id, userDir, queueLimit, log });
  }

  #attach(subscription: Subscription): () => void {
    this.#subscriptions.set(subscription, this.#pool && subscription(this.#pool));
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

/** Does the one hold what the other held? */
function samePlace(before: Store, store: Store): boolean {
  if (before instanceof RedisStore && store instanceof RedisStore) return before.place === store.place;
  return before.constructor === store.constructor;
}

class Deferred {
  resolve!: () => void;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

/** Of everything that makes a pool another one; its name is not in it. Credentials are, so it is a hash and is never shown. */
function fingerprint({ settings, store, folder, redis, problem }: PoolPlan): string {
  return createHash('sha256')
    .update(JSON.stringify({ settings, store, folder, redis, problem: problem?.message }))
    .digest('base64');
}

function asSmppError(error: unknown): SmppError {
  if (error instanceof SmppError) return error;
  return new SmppError('SMPP_POOL_FAILED', error instanceof Error ? error.message : String(error), { cause: error });
}
