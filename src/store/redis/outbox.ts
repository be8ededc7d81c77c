import { despiteFailure, ignoreFailure } from '../../base/background';
import type { Job, Queue, Worker } from 'bullmq';
import { systemClock } from '../../base/clock';
import { SmppError } from '../../base/errors';
import { queueFull } from '../memory';
import { messageRecord, progressRecord, toMessage, type MessageRecord, type ProgressRecord } from '../records';
import type { OutboxMessage, StoreCounts } from '../store';
import { pause, RETRY, type RedisConnection } from '../../redis/connection';
import { isUnavailable } from '../../redis/errors';
import { Batcher } from '../../redis/batcher';
import { fromPlain, toPlain } from './plain';
import { script } from '../../redis/script';

/**
 * Milliseconds a message stays leased to an instance that does not renew the lease. BullMQ frees the messages of an
 * instance that died at its second check after that.
 */
const LEASE = 15_000;
/** Milliseconds between two renewals of our leases, and between two checks for leases that nobody has renewed. */
export const RENEW = 5000;
/** Messages added or fetched in one call at most. */
const AT_ONCE = 200;
/** Expired messages looked at in one call at most. */
const EXPIRED_AT_ONCE = 500;
/** Milliseconds until an expired message is offered to an instance again. */
const LOOK_AGAIN = 30_000;
/** While Redis is away: milliseconds between two checks whether messages that wait for it have expired. */
const CHECK_EXPIRY = 1000;

const COUNT = script(`
  local outbox = KEYS[1] .. ':outbox:'
  if ARGV[1] then redis.call('PUBLISH', KEYS[1] .. ':news', ARGV[1]) end
  return {
    redis.call('LLEN', outbox .. 'wait'), redis.call('ZCARD', outbox .. 'prioritized'),
    redis.call('LINDEX', outbox .. 'wait', -1) or '', redis.call('ZRANGE', outbox .. 'prioritized', 0, 0)[1] or ''
  }
`);

/**
 * ARGV: our instance; then message id and job id of messages that may have been added. Returns 1 for each that was,
 * else 0.
 */
const ADDED = script(`
  local answers = {}
  for at = 2, #ARGV, 2 do
    answers[#answers + 1] = math.max(
      redis.call('EXISTS', KEYS[1] .. ':outbox:' .. ARGV[at + 1]),
      redis.call('HEXISTS', KEYS[1] .. ':outcomes', ARGV[at]),
      redis.call('SISMEMBER', KEYS[1] .. ':taken:' .. ARGV[1], ARGV[at]))
  end
  return answers
`);

/**
 * ARGV: now, when to look again, how many. Returns jobs that expired in the queue. Only one instance gets each of them
 * until then.
 */
const EXPIRED = script(`
  local key, expired = KEYS[1] .. ':expiry:outbox', {}
  for _, job in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
    local name = KEYS[1] .. ':outbox:' .. job
    if redis.call('EXISTS', name) == 0 then redis.call('ZREM', key, job)
    else
      redis.call('ZADD', key, ARGV[2], job)
      if redis.call('EXISTS', name .. ':lock') == 0 then expired[#expired + 1] = job end
    end
  end
  return expired
`);

/**
 * Takes leases again that ended before they were renewed and that no other instance has taken.
 * ARGV: token, milliseconds, jobs. Returns the jobs that are lost to another instance.
 */
const RENEW_LATE = script(`
  local outbox, lost = KEYS[1] .. ':outbox:', {}
  for at = 3, #ARGV do
    local job, lock = ARGV[at], outbox .. ARGV[at] .. ':lock'
    local owner = redis.call('GET', lock)
    if owner == ARGV[1] or (not owner and redis.call('LPOS', outbox .. 'active', job)) then
      redis.call('SET', lock, ARGV[1], 'PX', ARGV[2])
      redis.call('SREM', outbox .. 'stalled', job)
    else lost[#lost + 1] = job end
  end
  return lost
`);

type JobData = readonly [
  record: MessageRecord,
  progress: ProgressRecord,
  urgent: boolean,
  queuedAt: number,
  expiresAt: number,
  owner: string,
];

interface Progress {
  readonly record: ProgressRecord;
  /**
   * BullMQ's count of leases that ended with their instance, as it was when a living instance last gave the message
   * back.
   */
  readonly stalls: number;
}

interface Leased {
  readonly job: Job<JobData>;
  /** The instance that took the message from the flow. */
  readonly owner: string;
  stalls: number;
}

interface BullMq {
  readonly queue: Queue<JobData>;
  readonly worker: Worker<JobData>;
}

interface Adding {
  readonly message: OutboxMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Messages waiting to be sent by any instance, as jobs of BullMQ. Urgent messages are in its FIFO list, the others in
 * its list by priority, which is served after that. A job id begins with the time of queueing, so that messages given
 * back keep their order.
 */
export class Outbox {
  readonly #connection: RedisConnection;
  readonly #queueLimit: number;
  /** Told of messages whose lease another instance has by now. */
  readonly #lost: (ids: readonly string[]) => void;
  #bull: BullMq | null = null;
  readonly #leased = new Map<string, Leased>();
  /** Ids of messages that another instance has by now. Submits of them that are in flight here still come to an end. */
  readonly #others = new Set<string>();
  /** Messages that are not known to be in Redis yet, by id. */
  readonly #adding = new Map<string, Adding>();
  readonly #add: Batcher<Adding, undefined>;
  #counts: StoreCounts = { waiting: 0, urgent: 0, oldest: null };

  constructor(connection: RedisConnection, queueLimit: number, lost: (ids: readonly string[]) => void) {
    this.#connection = connection;
    this.#queueLimit = queueLimit;
    this.#lost = lost;
    this.#add = new Batcher(AT_ONCE, (items) => this.#addAll(items));
  }

  /** The counts of the last look, plus the messages that are on their way to Redis. */
  get counts(): StoreCounts {
    const { waiting, urgent, oldest } = this.#counts;
    return { waiting: waiting + this.#adding.size, urgent, oldest };
  }

  enqueue(message: OutboxMessage): Promise<void> {
    if (this.counts.waiting >= this.#queueLimit) return Promise.reject(queueFull(this.#queueLimit));
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        this.#adding.delete(message.id);
        settle();
      };
      const adding: Adding = {
        message,
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
      this.#add.add(adding).catch((error: unknown) => {
        adding.reject(error);
      });
    });
  }

  /** The message has an outcome, so it must have been added: its `enqueue` resolves. */
  confirm(id: string): void {
    this.#adding.get(id)?.resolve();
  }

  /** Leases messages that wait now, at most `limit`. */
  async fetch(limit: number): Promise<readonly OutboxMessage[]> {
    const count = Math.min(limit, AT_ONCE, Math.max(1, this.#counts.waiting));
    return this.#connection.run(async () => {
      const { worker } = this.#bullmq();
      const token = this.#connection.instance;
      const tries = Array.from({ length: count }, () => worker.getNextJob(token, { block: false }));
      const results = await Promise.allSettled(tries);
      const messages = results.flatMap((result) => {
        return result.status === 'fulfilled' && result.value ? this.#lease(result.value) : [];
      });
      const failure = results.find((result) => result.status === 'rejected');
      if (failure && messages.length === 0) throw failure.reason;
      await this.#sureOf(messages);
      await despiteFailure(this.count(), 'the next look counts');
      return messages;
    });
  }

  /** Waits until the leases outlive a failover of Redis: otherwise another instance could send the same messages. */
  async #sureOf(leased: readonly OutboxMessage[]): Promise<void> {
    if (leased.length === 0) return;
    try {
      await this.#connection.confirmed();
    } catch (error) {
      for (const message of leased) ignoreFailure(this.release(message), 'its lease ends by itself');
      throw error;
    }
  }

  /** Reads the counts. @param news published to the other instances in the same call */
  async count(news?: string): Promise<void> {
    const answer = await this.#connection.script(COUNT, ...(news === undefined ? [] : [news]));
    const [urgent, normal, ...firsts] = answer as [number, number, string, string];
    const times = firsts.filter((id) => id !== '').map(queuedAtOf);
    this.#counts = { waiting: urgent + normal, urgent, oldest: times.length > 0 ? Math.min(...times) : null };
  }

  /** True where the message was leased here, though another instance may have it by now. */
  wasLeased(id: string): boolean {
    return this.#leased.has(id) || this.#others.has(id);
  }

  ownerOf(id: string): string | undefined {
    return this.#leased.get(id)?.owner;
  }

  async progress(message: OutboxMessage): Promise<void> {
    const leased = this.#leased.get(message.id);
    if (!leased) throw notLeased(message.id);
    await this.#connection.eventually(() => this.#saveProgress(leased, message));
  }

  async release(message: OutboxMessage): Promise<void> {
    const leased = this.#leased.get(message.id);
    if (!leased) throw notLeased(message.id);
    this.#leased.delete(message.id);
    // A message given back with `leased` still set may be in flight for all we know: its lost lease keeps counting.
    if (!message.leased) leased.stalls = leased.job.stalledCounter;
    await this.#connection.eventually(async () => {
      const { job } = leased;
      const saved = this.#saveProgress(leased, message);
      const moved = ifStillOurs(job.moveToWait(this.#connection.instance));
      await Promise.all([saved, moved]);
      await this.count('waiting');
    });
  }

  /** Removes a message that has ended. @param byUs true where the outcome of this instance counts */
  async complete(id: string, byUs: boolean): Promise<void> {
    this.#others.delete(id);
    const leased = this.#leased.get(id);
    if (!leased) return;
    this.#leased.delete(id);
    await this.#connection.eventually(async () => {
      const done = await ifStillOurs(leased.job.moveToCompleted(null, this.#connection.instance, false));
      // Our lease had run out, so the message waits again.
      if (!done && byUs) await this.#bullmq().queue.remove(leased.job.id!);
    });
  }

  /** Leases expired messages. */
  async takeExpired(now: number): Promise<readonly OutboxMessage[]> {
    const expired = await this.#connection.run(async () => {
      const jobs = (await this.#connection.script(EXPIRED, now, now + LOOK_AGAIN, EXPIRED_AT_ONCE)) as string[];
      const backend = this.#bullmq().queue.getBackend();
      // Moves them to the front of the queue, where the next fetch takes them.
      await Promise.all(jobs.map((id) => ifStillThere(backend.changePriority(id, 0, true))));
      await this.count();
      return jobs;
    });
    const taken: OutboxMessage[] = [];
    for (let at = 0; at < expired.length; at += AT_ONCE) {
      const messages = await this.fetch(Math.min(AT_ONCE, expired.length - at));
      // Where another instance has fetched some of them, ours brings messages that are not expired: these go back.
      await Promise.all(messages.filter(({ expiresAt }) => expiresAt > now).map((message) => this.release(message)));
      taken.push(...messages.filter(({ expiresAt }) => expiresAt <= now));
    }
    return taken;
  }

  /**
   * Renews our leases, and frees messages of instances that died. To be called every RENEW milliseconds, and after
   * Redis was away.
   */
  async renew(): Promise<void> {
    await this.#connection.run(async () => {
      const { worker } = this.#bullmq();
      const token = this.#connection.instance;
      const leased = new Map(Array.from(this.#leased, ([id, { job }]) => [job.id!, id]));
      const jobs = [...leased.keys()];
      if (jobs.length > 0) {
        const late: string[] = await worker.extendJobLocks(
          jobs,
          jobs.map(() => token),
          LEASE,
        );
        const ofUs = late.filter((job) => this.#leased.has(leased.get(job)!));
        const lost = (
          ofUs.length > 0 ? await this.#connection.script(RENEW_LATE, token, LEASE, ...ofUs) : []
        ) as string[];
        const ids = lost.map((job) => leased.get(job)!).filter((id) => this.#leased.delete(id));
        for (const id of ids) this.#others.add(id);
        if (ids.length > 0) this.#lost(ids);
      }
      await worker.getBackend().moveStalledJobsToWait();
    });
  }

  /** Resolves when no message is on its way to Redis. */
  async idle(): Promise<void> {
    await this.#add.idle();
  }

  async close(): Promise<void> {
    const bull = this.#bull;
    this.#bull = null;
    if (!bull) return;
    const closing = [bull.worker.close(true), bull.queue.close()];
    await Promise.all(closing.map((one) => despiteFailure<unknown>(one, 'the connection is closed after them')));
  }

  /** Made once there is a connection. */
  #bullmq(): BullMq {
    if (this.#bull) return this.#bull;
    const { Queue, Worker, createRedisBackend } = this.#connection.modules.bullmq;
    const options = {
      connection: this.#connection.client,
      prefix: this.#connection.base,
      // RedisConnection checks the server itself; BullMQ would write its warning to the console.
      skipVersionCheck: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: 100 } },
    };
    const queue = new Queue<JobData>('outbox', options);
    // Its jobs are fetched by hand, so that no more are taken than can be sent; nothing ever blocks on it.
    const worker = new Worker<JobData>(
      'outbox',
      null,
      {
        ...options,
        autorun: false,
        lockDuration: LEASE,
        stalledInterval: RENEW,
        maxStalledCount: Number.MAX_SAFE_INTEGER,
      },
      (name, given) => createRedisBackend(name, given),
    );
    // RedisConnection reports errors of the connection; without a listener they would end the process.
    queue.on('error', () => undefined);
    worker.on('error', () => undefined);
    this.#bull = { queue, worker };
    return this.#bull;
  }

  async #addAll(items: readonly Adding[]): Promise<readonly undefined[]> {
    let left = items;
    for (let first = true; left.length > 0; first = false) {
      try {
        await this.#connection.run(async () => {
          // After a broken connection, some may have been added and even sent: these must not be added again.
          if (!first) left = await this.#notAdded(left);
          const jobs = left.map(({ message }) => jobOf(message, this.#connection.instance));
          if (jobs.length === 0) return;
          const expiry = left.flatMap(({ message }) => [message.expiresAt, jobIdOf(message)]);
          const noted = this.#connection.client.zadd(this.#connection.key('expiry:outbox'), ...expiry);
          const added = this.#bullmq().queue.addBulk(jobs);
          await Promise.all([noted, added]);
          await this.#connection.confirmed();
          const stored = left;
          left = [];
          await despiteFailure(this.count('waiting'), 'the next look counts');
          for (const { resolve } of stored) resolve();
        });
      } catch (error) {
        // Some of them may have been added before the error: `#notAdded` resolves these.
        if (!isUnavailable(error)) {
          await despiteFailure(
            this.#connection.run(() => this.#notAdded(left)),
            'the error of before is told',
          );
          throw error;
        }
        left = await this.#untilUp(left, (error as SmppError).message);
      }
    }
    return items.map(() => undefined);
  }

  async #notAdded(items: readonly Adding[]): Promise<readonly Adding[]> {
    const args = items.flatMap(({ message }) => [message.id, jobIdOf(message)]);
    const answers = (await this.#connection.script(ADDED, this.#connection.instance, ...args)) as number[];
    return items.filter(({ message, resolve }, index) => {
      if (answers[index] === 1) resolve();
      return answers[index] !== 1 && this.#adding.has(message.id);
    });
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

  #lease(job: Job<JobData>): OutboxMessage {
    const [record, first, urgent, queuedAt, expiresAt, owner] = fromPlain(job.data) as JobData;
    const later = typeof job.progress === 'object' ? (fromPlain(job.progress) as Progress) : null;
    const stalls = later?.stalls ?? 0;
    const place = { urgent, queuedAt, expiresAt };
    const message = toMessage(record, later?.record ?? first, place, job.stalledCounter > stalls);
    this.#others.delete(message.id);
    this.#leased.set(message.id, { job, owner, stalls });
    return message;
  }

  async #saveProgress({ job, stalls }: Leased, message: OutboxMessage): Promise<void> {
    const progress: Progress = { record: progressRecord(message), stalls };
    await ifStillThere(job.updateProgress(toPlain(progress) as object));
  }
}

function jobOf(message: OutboxMessage, owner: string) {
  const { urgent, queuedAt, expiresAt } = message;
  const data: JobData = [messageRecord(message), progressRecord(message), urgent, queuedAt, expiresAt, owner];
  return {
    name: 'message',
    data: toPlain(data) as JobData,
    // BullMQ fetches jobs without a priority first.
    opts: { jobId: jobIdOf(message), removeOnComplete: true, removeOnFail: true, ...(!urgent && { priority: 1 }) },
  };
}

/** Base-36 digits of a time in a job id: enough for epoch milliseconds until the year 5188. */
const TIME_DIGITS = 9;

/** BullMQ's job id of a message: "m", the time of queueing in base 36, the message's id. */
export function jobIdOf({ id, queuedAt }: { readonly id: string; readonly queuedAt: number }): string {
  return `m${Math.max(0, Math.trunc(queuedAt)).toString(36).padStart(TIME_DIGITS, '0')}${id}`;
}

function queuedAtOf(jobId: string): number {
  return Number.parseInt(jobId.slice(1, 1 + TIME_DIGITS), 36);
}

/** Codes of BullMQ's errors: no such job, no lock, not in this state, lock of another. */
const NOT_OURS: readonly unknown[] = [-1, -2, -3, -6];

/** Ignores BullMQ's refusal where another instance has the job, or it is done already. @returns false in that case */
async function ifStillOurs(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (!NOT_OURS.includes((error as { code?: unknown }).code)) throw error;
    return false;
  }
}

const ifStillThere = ifStillOurs;

function notLeased(id: string): SmppError {
  return new SmppError('SMPP_STORE_FAILED', `Message ${id} is not leased`);
}
