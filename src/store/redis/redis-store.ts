import { background, despiteFailure } from '../../base/background';
import type { Outcome } from '../outcome';
import type {
  OutboxMessage,
  ParkedEvent,
  PartialChange,
  PartialMessage,
  SaveOptions,
  SentMessage,
  SharedWork,
  Store,
  StoreCounts,
} from '../store';
import { RedisConnection, type RedisConnectionOptions } from '../../redis/connection';
import { passes } from '../../redis/errors';
import { Instances } from './instances';
import { Keyspace } from './keyspace';
import { Outbox, RENEW } from './outbox';
import { Outcomes } from './outcomes';
import { ParkedEvents } from './parked';
import { PartialMessages } from './partials';
import { SentMessages } from './sent';

export interface RedisStoreOptions extends RedisConnectionOptions {
  /** Waiting messages of all instances at most. */
  readonly queueLimit: number;
}

/** Milliseconds between two looks for outcomes and messages, in case published news was lost. */
const LOOK = 1000;
/** Milliseconds for which `close` waits for Redis at most. */
const CLOSE_LIMIT = 2000;

interface Lease {
  readonly limit: number;
  readonly resolve: (messages: readonly OutboxMessage[]) => void;
}

/**
 * Keeps everything in Redis, for as many Node-RED instances as share the pool. While Redis is away, nothing is leased,
 * new messages and outcomes wait in memory until they can be stored, and PDUs from the platform are refused.
 */
export class RedisStore implements Store {
  readonly connection: RedisConnection;
  readonly #options: RedisStoreOptions;
  readonly #keyspace: Keyspace;
  readonly #outbox: Outbox;
  readonly #outcomes: Outcomes;
  readonly #parked: ParkedEvents;
  readonly #sent: SentMessages;
  readonly #partials: PartialMessages;
  readonly #instances: Instances;
  #work: SharedWork | null = null;
  #lease: Lease | null = null;
  #fetching: Promise<void> | null = null;
  #fetchAgain = false;
  #others = 0;
  #timers: NodeJS.Timeout[] = [];
  #detach: (() => void) | null = null;
  #looking = false;
  #lookAgain = false;

  /** @throws {SmppError} SMPP_STORE_UNAVAILABLE, SMPP_STORE_FAILED: see RedisConnection */
  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.connection = new RedisConnection(options);
    const keyspace = new Keyspace(this.connection, options.log);
    this.#keyspace = keyspace;
    this.#outbox = new Outbox(this.connection, keyspace, options.queueLimit, (ids) => {
      options.log.warn(
        `${String(ids.length)} messages are with another instance now: their lease ended while Redis was away`,
      );
      this.#work?.lost(ids);
    });
    this.#parked = new ParkedEvents(this.connection, keyspace);
    this.#sent = new SentMessages(this.connection, keyspace, this.#parked);
    this.#outcomes = new Outcomes(this.connection, keyspace, this.#sent);
    this.#partials = new PartialMessages(this.connection, keyspace, this.#parked);
    this.#instances = new Instances(this.connection, keyspace);
  }

  /** Other instances that share the pool and live. */
  get others(): number {
    return this.#others;
  }

  /** Stores with the same place hold the same data. It may contain a password. */
  get place(): string {
    const { url, prefix } = this.#options;
    return `${prefix} ${url}`;
  }

  get trouble(): string | null {
    return this.connection.away;
  }

  share(work: SharedWork): void {
    this.#work = work;
    this.#background(this.#look(true));
  }

  /** @throws {SmppError} SMPP_STORE_VERSION, SMPP_STORE_UNAVAILABLE */
  async open(): Promise<void> {
    const { log } = this.#options;
    await this.connection.open();
    this.#detach = this.connection.onChange((away) => {
      if (away === null) {
        log.info('Redis is there again');
        this.#background(this.#back());
      } else log.warn(away);
      this.#work?.troubled(away);
    });
    this.connection.subscribe('news', (news) => {
      if (news === 'waiting') this.#fetch();
      else if (news === `outcomes ${this.connection.instance}`) this.#background(this.#look());
    });
    this.#timers = [
      setInterval(() => {
        this.#background(this.#look());
      }, LOOK).unref(),
      setInterval(() => {
        this.#background(this.#renew());
      }, RENEW).unref(),
    ];
    if (this.connection.away === null) {
      try {
        await this.connection.run(() => this.#keyspace.mendLanes());
        await this.#count();
        await this.#signOfLife();
        await this.#outcomes.readNew(true);
      } catch (error) {
        // A passing error needs no action: the next look reads the same.
        if (passes(error)) return;
        await this.close();
        throw error;
      }
    } else log.warn(this.connection.away);
  }

  async close(): Promise<void> {
    this.cancelLease();
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#detach?.();
    this.#work = null;
    const leave = async (): Promise<void> => {
      await this.#fetching;
      await Promise.all([this.#outbox.idle(), this.#outcomes.idle(), this.#parked.idle()]);
      await this.#instances.leave();
    };
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.connection.away === null ? CLOSE_LIMIT : 0);
    });
    await Promise.race([despiteFailure(leave(), 'leases end by themselves, too'), limit]);
    clearTimeout(timer);
    await this.connection.close();
  }

  counts(): StoreCounts {
    return this.#outbox.counts;
  }

  async enqueue(message: OutboxMessage): Promise<void> {
    await this.#outbox.enqueue(message);
    this.#fetch();
  }

  lease(limit: number): Promise<readonly OutboxMessage[]> {
    return new Promise((resolve) => {
      this.#lease = { limit, resolve };
      this.#fetch();
    });
  }

  cancelLease(): void {
    this.#lease?.resolve([]);
    this.#lease = null;
  }

  async release(message: OutboxMessage): Promise<void> {
    await this.#outbox.release(message);
    this.#fetch();
  }

  async progress(message: OutboxMessage, sent?: SentMessage): Promise<void> {
    // The sent message first: should this process die in between, a segment sent again is better than a receipt that
    // finds no message.
    if (sent) await this.#sent.note(sent);
    await this.#outbox.progress(message);
    if (!this.#outbox.leaseOf(message.id)) this.#sent.ended(message.id);
  }

  takeExpired(now: number): Promise<readonly OutboxMessage[]> {
    return this.#outbox.takeExpired(now);
  }

  async settle(outcome: Outcome, sent?: SentMessage): Promise<undefined | 'elsewhere'> {
    const { id } = outcome;
    const leased = this.#outbox.leaseOf(id);
    const isSure = (): boolean => leased !== undefined && this.#outbox.isSurely(leased);
    const ours = await this.#outcomes.settle({ outcome, leased, isSure, sent, repeated: false });
    this.#outbox.ended(id);
    this.#sent.ended(id);
    return ours ? undefined : 'elsewhere';
  }

  async untold(): Promise<readonly Outcome[]> {
    return this.#outcomes.untold;
  }

  told(id: string): Promise<void> {
    return this.#outcomes.told(id);
  }

  findSent(keys: readonly string[]): Promise<readonly SentMessage[]> {
    return this.#sent.find(keys);
  }

  saveSent(sent: SentMessage, options?: SaveOptions): Promise<readonly number[] | null> {
    return this.#sent.save(sent, options);
  }

  findDue(now: number): Promise<readonly SentMessage[]> {
    return this.#sent.findDue(now);
  }

  forgetSent(now: number): Promise<number> {
    return this.#sent.forget(now);
  }

  findPartial(key: string): Promise<PartialMessage | null> {
    return this.#partials.find(key);
  }

  findParts(key: string): Promise<ReadonlyMap<number, unknown>> {
    return this.#partials.parts(key);
  }

  savePartial(
    partial: PartialMessage,
    before: PartialMessage | null,
    change?: PartialChange,
  ): Promise<readonly number[] | null> {
    return this.#partials.save(partial, before, change);
  }

  findPartialsDue(now: number, octets: number): Promise<readonly PartialMessage[]> {
    return this.#partials.findDue(now, octets);
  }

  forgetPartial(partial: PartialMessage): Promise<void> {
    return this.#partials.forget(partial);
  }

  park(event: Omit<ParkedEvent, 'key'>): Promise<number> {
    return this.#parked.park(event);
  }

  async parked(): Promise<readonly ParkedEvent[]> {
    // While Redis is away nothing can be read; the pool asks again when `SharedWork.parked` is called.
    return this.connection.away === null ? this.#parked.all() : [];
  }

  unpark(key: number): Promise<void> {
    return this.#parked.unpark(key);
  }

  /** Serves the waiting lease as soon as messages wait. */
  #fetch(): void {
    if (!this.#lease) return;
    this.#fetchAgain = true;
    this.#fetching ??= this.#serve().finally(() => {
      this.#fetching = null;
    });
  }

  async #serve(): Promise<void> {
    while (this.#lease && this.#fetchAgain) {
      this.#fetchAgain = false;
      try {
        const messages = await this.#outbox.fetch(this.#lease.limit);
        if (messages.length === 0) continue;
        // The lease may have been cancelled meanwhile.
        const lease = this.#lease as Lease | null;
        const room = lease?.limit ?? 0;
        this.#lease = null;
        lease?.resolve(messages.slice(0, room));
        await Promise.all(messages.slice(room).map((message) => this.#outbox.release(message)));
      } catch (error) {
        // The next look tries again.
        this.#report(error);
        return;
      }
    }
  }

  /** Looks for outcomes of our messages, and for messages to send. */
  async #look(thoroughly = false): Promise<void> {
    this.#fetch();
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      // Only after `share`: outcomes found before are returned by `untold`, and one found in between would be told to
      // nobody.
      while (this.#lookAgain && this.connection.away === null && this.#work) {
        this.#lookAgain = false;
        for (const outcome of await this.#outcomes.readNew(thoroughly)) {
          this.#outbox.confirm(outcome.id);
          this.#work?.outcome(outcome);
        }
      }
      await this.#count();
    } catch (error) {
      this.#report(error);
    } finally {
      this.#looking = false;
    }
  }

  async #renew(): Promise<void> {
    if (this.connection.away !== null) return;
    try {
      await Promise.all([this.#outbox.renew(), this.#signOfLife(), this.connection.lookForReplicas()]);
      await this.#look(true);
    } catch (error) {
      this.#report(error);
    }
  }

  /** Redis is there again. The leases are renewed first, before other instances can take them. */
  async #back(): Promise<void> {
    await this.#renew();
    this.#work?.parked();
  }

  async #signOfLife(): Promise<void> {
    const { others, gone } = await this.#instances.signOfLife();
    this.#others = others;
    const work = this.#work;
    // Before `share` the smpp-send nodes of this instance are not known: other instances, where there are any, take
    // over.
    if (!work && others > 0) return;
    let parked = 0;
    for (const instance of gone) {
      await this.#outcomes.takeOver(instance, (node) => work?.hasSender(node) ?? true);
      parked += await this.#parked.takeOver(instance);
      await this.#instances.forget(instance.id);
    }
    if (parked > 0) work?.parked();
  }

  #count(): Promise<void> {
    return this.connection.run(() => this.#outbox.count());
  }

  #background(work: Promise<void>): void {
    background(work, this.#options.log, 'store');
  }

  #report(error: unknown): void {
    if (!passes(error) && this.connection.away === null) this.#options.log.error(`store: ${String(error)}`);
  }
}
