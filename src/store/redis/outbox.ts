import { ignoreFailure } from '../../base/background';
import { systemClock } from '../../base/clock';
import { SmppError } from '../../base/errors';
import { Batcher } from '../../redis/batcher';
import { pause, RETRY, type RedisConnection } from '../../redis/connection';
import { isUnavailable } from '../../redis/errors';
import { queueFull } from '../memory';
import { messageRecord, progressRecord, toMessage, type MessageRecord, type ProgressRecord } from '../records';
import type { OutboxMessage, StoreCounts } from '../store';
import { LANES } from './keys';
import type { Argument, Keyspace } from './keyspace';
import { fromPlain, toPlain } from './plain';
import { SCRIPTS } from './scripts';

/** Milliseconds a message stays leased to an instance that does not renew the lease. */
const LEASE = 15_000;
/** Milliseconds between two renewals of our leases, and between two checks for leases that nobody has renewed. */
export const RENEW = 5000;
/** Messages added, leased or given back in one call at most. */
const AT_ONCE = 500;
/** Milliseconds until an expired message that is leased by another instance is looked at again. */
const LOOK_AGAIN = 30_000;
/** While Redis is away: milliseconds between two checks whether messages that wait for it have expired. */
const CHECK_EXPIRY = 1000;
/** Milliseconds for which Redis keeps the number of an instance's last batch, so that it is not added twice. */
const BATCH_KEPT = 172_800_000;
/** Milliseconds after which the name of an instance without leases is removed from the lanes. */
const CONSUMER_KEPT = 3_600_000;

/** Waiting messages, urgent ones among them, and when the oldest was queued, or "". */
type Counts = readonly [waiting: number, urgent: number, oldest: string];
type LeasedEntry = readonly [
  lane: number,
  entry: string,
  orphaned: '0' | '1',
  fields: readonly string[],
  progress: string | null,
];
type LeaseAnswer = readonly [Counts, readonly LeasedEntry[], gone: readonly string[]];

/** A message that this instance has leased. */
export interface Leased {
  readonly lane: number;
  /** Id of its entry in the stream. */
  readonly entry: string;
  /** The instance that took the message from the flow. */
  readonly owner: string;
  /** The message as it is stored, so that it need not be written anew with its outcome. */
  readonly record: string;
  /** When the lease was taken or renewed last, by performance.now(). */
  renewedAt: number;
  /** True once its entry is gone although the lease was ours: somebody has deleted it. */
  gone: boolean;
}

interface Adding {
  readonly message: OutboxMessage;
  /** True once the counts from Redis have the message, or it has failed. */
  counted: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Keys of all scripts of the outbox, in this order. */
const LANE_KEYS: readonly string[] = LANES;

/**
 * Messages waiting to be sent by any instance, in streams with a consumer group. The pending entries of an instance are
 * its leases.
 */
export class Outbox {
  readonly #connection: RedisConnection;
  readonly #keyspace: Keyspace;
  readonly #queueLimit: number;
  /** Told of messages whose lease another instance has by now. */
  readonly #lost: (ids: readonly string[]) => void;
  readonly #leased = new Map<string, Leased>();
  /** Messages that another instance has by now. Submits of them that are in flight here still come to an end. */
  readonly #elsewhere = new Map<string, Leased>();
  /** Messages that are not known to be in Redis yet, by id. */
  readonly #adding = new Map<string, Adding>();
  readonly #add: Batcher<Adding, undefined>;
  readonly #giveBack: Batcher<readonly [OutboxMessage, Leased], undefined>;
  readonly #progress: Batcher<readonly Argument[], undefined>;
  /** How many of them the counts from Redis do not have. */
  #uncounted = 0;
  #batches = 0;
  #counts: StoreCounts = { waiting: 0, urgent: 0, oldest: null };

  constructor(
    connection: RedisConnection,
    keyspace: Keyspace,
    queueLimit: number,
    lost: (ids: readonly string[]) => void,
  ) {
    this.#connection = connection;
    this.#keyspace = keyspace;
    this.#queueLimit = queueLimit;
    this.#lost = lost;
    this.#add = new Batcher(AT_ONCE, (items) => this.#addAll(items));
    this.#giveBack = new Batcher(AT_ONCE, (items) => this.#releaseAll(items));
    this.#progress = new Batcher(AT_ONCE, async (items) => {
      const keys = [...LANE_KEYS, 'progress'];
      await connection.eventually(() => keyspace.call(SCRIPTS.progress, keys, connection.instance, ...items.flat()));
      return items.map(() => undefined);
    });
  }

  /** The counts of the last look, plus the messages that are on their way to Redis. */
  get counts(): StoreCounts {
    const { waiting, urgent, oldest } = this.#counts;
    return { waiting: waiting + this.#uncounted, urgent, oldest };
  }

  enqueue(message: OutboxMessage): Promise<void> {
    if (this.counts.waiting >= this.#queueLimit) return Promise.reject(queueFull(this.#queueLimit));
    return this.#enqueue(message);
  }

  /** The message has an outcome, so it must have been added: its `enqueue` resolves. */
  confirm(id: string): void {
    this.#adding.get(id)?.resolve();
  }

  /** Leases messages that wait now, at most `limit`. */
  async fetch(limit: number): Promise<readonly OutboxMessage[]> {
    const { instance } = this.#connection;
    const keys = [...LANE_KEYS, 'progress'];
    return this.#leaseBy(() => this.#keyspace.call(SCRIPTS.lease, keys, instance, Math.min(limit, AT_ONCE)));
  }

  /** Leases expired messages. */
  async takeExpired(now: number): Promise<readonly OutboxMessage[]> {
    const { instance } = this.#connection;
    const keys = [...LANE_KEYS, 'progress', 'entries', 'expiry'];
    return this.#leaseBy(() => this.#keyspace.call(SCRIPTS.expire, keys, instance, now, now + LOOK_AGAIN, AT_ONCE));
  }

  /** Reads the counts. */
  async count(): Promise<void> {
    this.#take((await this.#keyspace.call(SCRIPTS.count, LANE_KEYS)) as Counts);
  }

  /** The lease of a message, also where another instance has the message by now. */
  leaseOf(id: string): Leased | undefined {
    return this.#leased.get(id) ?? this.#elsewhere.get(id);
  }

  /** True while no other instance can have the message, whatever Redis has of it. */
  isSurely(leased: Leased): boolean {
    return leased.gone || performance.now() - leased.renewedAt < LEASE;
  }

  async progress(message: OutboxMessage): Promise<void> {
    const leased = this.#leased.get(message.id);
    // It has ended meanwhile, or another instance has it: then that one knows better.
    if (!leased) return;
    await this.#progress.add([leased.lane, leased.entry, message.id, progressText(message)]);
  }

  async release(message: OutboxMessage): Promise<void> {
    const leased = this.#leased.get(message.id);
    if (!leased) throw notLeased(message.id);
    this.#leased.delete(message.id);
    await this.#giveBack.add([message, leased]);
  }

  /** The message has ended: it is not leased any more. */
  ended(id: string): void {
    this.#leased.delete(id);
    this.#elsewhere.delete(id);
  }

  /**
   * Renews our leases, and frees messages of instances that died. To be called every RENEW milliseconds, and after
   * Redis was away.
   */
  async renew(): Promise<void> {
    const { instance } = this.#connection;
    const all = [...this.#leased].filter(([, { gone }]) => !gone);
    const began = performance.now();
    const answer = await this.#connection.run(() =>
      this.#keyspace.call(
        SCRIPTS.renew,
        [...LANE_KEYS, 'entries'],
        ...[instance, LEASE, CONSUMER_KEPT, this.#connection.key('news')],
        ...all.flatMap(([, { lane, entry }]) => [lane, entry]),
      ),
    );
    const [counts, others, gone, difference] = answer as [Counts, number[], number[], number];
    this.#take(counts);
    const lost = new Set(others);
    for (const index of gone) {
      const leased = all[index - 1]![1];
      if (this.isSurely(leased)) leased.gone = true;
      else lost.add(index);
    }
    const ids: string[] = [];
    for (const [at, [id, leased]] of all.entries()) {
      if (!lost.has(at + 1)) leased.renewedAt = began;
      else if (this.#leased.get(id) === leased) {
        this.#leased.delete(id);
        this.#elsewhere.set(id, { ...leased, renewedAt: -Infinity });
        ids.push(id);
      }
    }
    if (ids.length > 0) this.#lost(ids);
    if (difference !== 0) await this.#connection.run(() => this.#keyspace.findGone());
  }

  /** Resolves when no message is on its way to Redis. */
  async idle(): Promise<void> {
    await Promise.all([this.#add.idle(), this.#giveBack.idle(), this.#progress.idle()]);
    await this.#connection.run((client) => client.del(this.#connection.key(this.#batchKey)));
  }

  /** Its value is the number of our last batch, and the ids of its messages that found the queue full. */
  get #batchKey(): string {
    return `enqueued:${this.#connection.instance}`;
  }

  #enqueue(message: OutboxMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        this.#adding.delete(message.id);
        this.#countIn(adding);
        settle();
      };
      const adding: Adding = {
        message,
        counted: false,
        resolve: () => {
          done(resolve);
        },
        reject: (error) => {
          done(() => {
            reject(error);
          });
        },
      };
      this.#adding.set(message.id, adding);
      this.#uncounted += 1;
      this.#add.add(adding).catch((error: unknown) => {
        adding.reject(error);
      });
    });
  }

  #countIn(adding: Adding): void {
    if (!adding.counted) this.#uncounted -= 1;
    adding.counted = true;
  }

  #take([waiting, urgent, oldest]: Counts): void {
    this.#counts = { waiting, urgent, oldest: oldest === '' ? null : Number(oldest) };
  }

  async #leaseBy(call: () => Promise<unknown>): Promise<readonly OutboxMessage[]> {
    return this.#connection.run(async () => {
      const began = performance.now();
      const [counts, found, gone] = (await call()) as LeaseAnswer;
      this.#take(counts);
      const messages = found.flatMap((entry) => this.#lease(entry, began) ?? []);
      if (messages.length > 0) {
        try {
          // The leases must outlive a failover of Redis: otherwise another instance could send the same messages.
          await this.#connection.confirmed();
        } catch (error) {
          for (const message of messages) ignoreFailure(this.release(message), 'its lease ends by itself');
          throw error;
        }
      }
      if (gone.length > 0) await this.#keyspace.findGone();
      return messages;
    });
  }

  #lease([lane, entry, orphaned, fields, later]: LeasedEntry, renewedAt: number): OutboxMessage | null {
    const field = new Map<string, string>();
    for (let at = 0; at < fields.length; at += 2) field.set(fields[at]!, fields[at + 1]!);
    const id = field.get('i') ?? '';
    const record = field.get('r') ?? '';
    try {
      const progress = later ?? field.get('p');
      const place = {
        urgent: lane === 1,
        queuedAt: Number(field.get('q')),
        expiresAt: Number(field.get('x')),
      };
      const message = toMessage(
        fromPlain(JSON.parse(record)) as MessageRecord,
        progress === undefined ? undefined : (fromPlain(JSON.parse(progress)) as ProgressRecord),
        place,
        orphaned === '1',
      );
      this.#elsewhere.delete(id);
      this.#leased.set(id, { lane, entry, owner: field.get('o') ?? '', record, renewedAt, gone: false });
      return message;
    } catch (error) {
      ignoreFailure(
        this.#keyspace.setMessageAside(lane, entry, id, String(error)),
        'it is found again when its lease ends',
      );
      return null;
    }
  }

  async #addAll(items: readonly Adding[]): Promise<readonly undefined[]> {
    const batch = ++this.#batches;
    let left = items;
    while (left.length > 0) {
      try {
        await this.#connection.run(() => this.#addOnce(batch, left));
        return items.map(() => undefined);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        left = await this.#untilUp(left, (error as SmppError).message);
      }
    }
    return items.map(() => undefined);
  }

  /** @param batch its number: the same one after a lost answer, so that nothing is added twice */
  async #addOnce(batch: number, items: readonly Adding[]): Promise<void> {
    const { instance } = this.#connection;
    const news = this.#connection.key('news');
    const args = items.flatMap(({ message }) => entryOf(message, instance));
    const keys = [...LANE_KEYS, 'entries', 'progress', 'expiry', this.#batchKey];
    const head = [batch, this.#queueLimit, news, BATCH_KEPT];
    const answer = await this.#keyspace.call(SCRIPTS.enqueue, keys, ...head, ...args);
    const [counts, added] = answer as readonly [Counts, readonly number[]];
    this.#take(counts);
    for (const adding of items) this.#countIn(adding);
    await this.#connection.confirmed();
    for (const [index, { resolve, reject }] of items.entries()) {
      if (added[index] === 1) resolve();
      else reject(queueFull(this.#queueLimit));
    }
  }

  /** Waits until Redis is up; rejects messages that expire meanwhile. @returns the others */
  async #untilUp(items: readonly Adding[], reason: string): Promise<readonly Adding[]> {
    let left = items;
    let isUp = false;
    const { away } = this.#connection;
    const up = (away === null ? pause(RETRY) : this.#connection.whenUp()).then(() => {
      isUp = true;
    });
    do {
      await Promise.race([up, new Promise((resolve) => setTimeout(resolve, CHECK_EXPIRY).unref())]);
      left = left.filter(({ message, reject }) => {
        const worth = message.expiresAt > systemClock.now();
        if (!worth) reject(new SmppError('SMPP_STORE_UNAVAILABLE', `${reason}; the message expired meanwhile`));
        return worth;
      });
    } while (!isUp && left.length > 0);
    ignoreFailure(up, 'nothing is left that waits for it');
    return left;
  }

  async #releaseAll(items: readonly (readonly [OutboxMessage, Leased])[]): Promise<readonly undefined[]> {
    const { instance } = this.#connection;
    const args = items.flatMap(([message, { lane, entry }]) => {
      // A message given back with `leased` still set may be in flight for all we know.
      return [lane, entry, message.leased ? 1 : 0, message.id, message.expiresAt, progressText(message)];
    });
    const keys = [...LANE_KEYS, 'progress', 'expiry'];
    let calls = 0;
    const answer = await this.#connection.eventually(() => {
      calls += 1;
      return this.#keyspace.call(SCRIPTS.release, keys, instance, this.#connection.key('news'), ...args);
    });
    const [counts, answers] = answer as readonly [Counts, readonly number[]];
    this.#take(counts);
    // After a call without an answer, another instance may have sent what that call gave back.
    const again = items.filter(([, leased], index) => calls === 1 && answers[index] === -1 && this.isSurely(leased));
    await Promise.all(again.map(([message]) => this.#enqueueAgain(message)));
    return items.map(() => undefined);
  }

  /** Adds a message whose entry somebody has deleted while it was leased here. */
  async #enqueueAgain(message: OutboxMessage): Promise<void> {
    await this.#connection.eventually((client) => client.hdel(this.#connection.key('entries'), message.id));
    await this.#enqueue(message);
  }
}

/** Arguments of enqueue.lua for a message. */
function entryOf(message: OutboxMessage, owner: string): readonly Argument[] {
  const { id, urgent, queuedAt, expiresAt } = message;
  const record = JSON.stringify(toPlain(messageRecord(message)));
  return [id, urgent ? 1 : 2, queuedAt, expiresAt, owner, record, isFresh(message) ? '' : progressText(message)];
}

function isFresh({ messageIds, attempts, possibleDuplicate, submittedAt, server }: OutboxMessage): boolean {
  const untouched = attempts === 0 && !possibleDuplicate && submittedAt === null && server === null;
  return untouched && messageIds.every((id) => id === null);
}

function progressText(message: OutboxMessage): string {
  return JSON.stringify(toPlain(progressRecord(message)));
}

function notLeased(id: string): SmppError {
  return new SmppError('SMPP_STORE_FAILED', `Message ${id} is not leased`);
}
