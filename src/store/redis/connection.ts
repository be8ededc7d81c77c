import { randomBytes } from 'node:crypto';
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { SmppError } from '../../errors';
import { parseRedisUrl } from './address';
import { loadModules, type RedisModules } from './modules';
import { scripts, type Script } from './script';

export interface RedisSettings {
  readonly url: string;
  /** They win over what the URL says; "" where there is none. */
  readonly user: string;
  readonly password: string;
  readonly prefix: string;
}

export interface RedisLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

export interface RedisConnectionOptions extends RedisSettings {
  /** Pools of one id, in however many Node-RED instances, are one. */
  readonly poolId: string;
  /** Node-RED's; for the message that says where to install what is missing. */
  readonly userDir: string;
  readonly log: RedisLog;
}

export type Client = Redis | Cluster;

/** A connection as Redis knows it. */
interface Session {
  readonly id: number;
  /** The run of the server: one that was started anew gives the same ids to others. */
  readonly run: string;
}

/** Of the keys under the prefix; a change of what is in them is a new layout. */
const LAYOUT = 'smpp-nodes 1';
/** Milliseconds a command may take; then the connection is given up and made anew. */
export const COMMAND_TIMEOUT = 4000;
/** Milliseconds the opening waits for Redis; after that it goes on without, until Redis is there. */
const FIRST_WAIT = 5000;
const NO_ANSWER = `no answer in ${String(COMMAND_TIMEOUT / 1000)} s`;
const LONGEST_PAUSE = 2000;
/** Milliseconds until something is tried again that Redis could not do although it is there, and between two words about it. */
export const RETRY = 250;
const SAY_AGAIN = 60_000;

/**
 * One connection to Redis for everything a pool keeps there, made anew whenever it breaks. No command waits for longer than
 * COMMAND_TIMEOUT, and none is repeated behind its caller's back: what was under way when the connection broke is rejected, and
 * the server is told to drop what it may still have got of it before anything new is sent.
 */
export class RedisConnection {
  readonly modules: RedisModules;
  /** Names this instance among those that share the pool; another one for every store. */
  readonly instance = randomBytes(9).toString('base64url');
  /** What all keys begin with; its braces put them all into one slot of a cluster. */
  readonly base: string;
  readonly #options: RedisConnectionOptions;
  readonly #listeners = new Set<(away: string | null) => void>();
  #client: Client | null = null;
  #subscriber: Client | null = null;
  #state: 'closed' | 'away' | 'up' = 'closed';
  #reason = 'not connected yet';
  #checked = false;
  /** Set where Redis is there but not to be used. */
  #refusal: SmppError | null = null;
  #session: Session | null = null;
  #saidAt = -Infinity;
  #corked = false;
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  /** @throws {SmppError} SMPP_STORE_UNAVAILABLE where the packages are missing, SMPP_STORE_FAILED where the URL cannot be read */
  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.base = `{${options.prefix}:${options.poolId}}`;
    this.modules = loadModules(options.userDir);
  }

  /** For commands; only to be used inside `run` and `eventually`. */
  get client(): Client {
    if (!this.#client) throw closed();
    return this.#client;
  }

  /** Says why Redis cannot be used now; null where it can. */
  get away(): string | null {
    return this.#state === 'up' ? null : `Redis is away: ${this.#reason}`;
  }

  key(name: string): string {
    return `${this.base}:${name}`;
  }

  /** Hears of every change between away (in words) and there (null). Returns what detaches. */
  onChange(listener: (away: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Connects. A Redis that cannot be reached is no error: it is away, and used once it is there.
   * @throws {SmppError} SMPP_STORE_VERSION, SMPP_STORE_UNAVAILABLE: Redis is there, but refuses us or holds what is not ours
   */
  async open(): Promise<void> {
    this.#state = 'away';
    this.#refusal = null;
    this.#checked = false;
    const client = this.#connect('commands');
    this.#client = client;
    client.on('ready', () => void this.#begin(client));
    client.on('close', () => {
      this.#leave('the connection was lost');
    });
    client.on('error', (error: Error) => {
      this.#failed(error);
    });
    client.connect().catch((error: unknown) => {
      this.#failed(error);
    });
    await this.#firstWord();
    if (this.#refusal) {
      const refusal = this.#refusal;
      await this.close();
      throw refusal;
    }
  }

  /** What waits for Redis is rejected. Never takes longer than half a second. */
  async close(): Promise<void> {
    const clients = [this.#client, this.#subscriber];
    this.#client = null;
    this.#subscriber = null;
    this.#state = 'closed';
    this.#reason = 'the store is closed';
    this.#settleWaiting(closed());
    await Promise.all(
      clients.map(async (client) => {
        if (!client) return;
        const quit = client.quit().catch(() => undefined);
        await Promise.race([quit, pause(500)]);
        client.disconnect();
      }),
    );
  }

  /** Resolves when Redis can be used. @throws {SmppError} once the connection is closed */
  whenUp(): Promise<void> {
    if (this.#state === 'up') return Promise.resolve();
    if (this.#state === 'closed') return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /**
   * Runs commands now. Where this rejects, they may have been carried out or not.
   * @throws {SmppError} SMPP_STORE_UNAVAILABLE where Redis is away or was lost meanwhile, SMPP_STORE_FULL, SMPP_STORE_FAILED for any other error
   */
  async run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#state !== 'up') throw this.#unavailable();
    try {
      this.#writeTogether();
      return await work(this.client);
    } catch (error) {
      throw this.#understand(error);
    }
  }

  /** Like `run`, again and again until Redis has done it or the connection is closed; for what may be done twice. */
  async eventually<T>(work: (client: Client) => Promise<T>): Promise<T> {
    for (;;) {
      await this.whenUp();
      try {
        return await this.run(work);
      } catch (error) {
        if (!passes(error) || this.#state === 'closed') throw error;
        if (this.#state === 'up') await pause(RETRY);
      }
    }
  }

  /** Runs a script with the base as its key. To be called inside `run` or `eventually`. */
  async script(script: Script, ...args: readonly (string | number | Buffer)[]): Promise<unknown> {
    const { client } = this;
    try {
      return await client.evalsha(script.sha, 1, this.base, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return client.eval(script.lua, 1, this.base, ...args);
    }
  }

  /** Calls for every message on this channel of the pool; some may be missed while Redis is away. */
  subscribe(channel: string, listener: (message: string) => void): void {
    this.#subscriber ??= this.#connectSubscriber();
    const subscriber = this.#subscriber;
    const name = this.key(channel);
    subscriber.on('message', (from: string, message: string) => {
      if (from === name) listener(message);
    });
    const listen = (): void => {
      subscriber.subscribe(name).catch(() => undefined);
    };
    subscriber.on('ready', listen);
    if (subscriber.status === 'ready') listen();
  }

  /** The connection does not answer: it is given up and made anew. */
  giveUp(reason: string): void {
    this.#leave(reason);
    this.#client?.disconnect(true);
  }

  /** What is sent in one turn of the event loop goes out in one write: a system call costs more than a command, here and in Redis. */
  #writeTogether(): void {
    const client = this.client;
    if (this.#corked || client instanceof this.modules.ioredis.Cluster) return;
    const { stream } = client;
    this.#corked = true;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }

  #connectSubscriber(): Client {
    const client = this.#connect('news');
    client.on('error', () => undefined);
    client.connect().catch(() => undefined);
    return client;
  }

  #connect(purpose: 'commands' | 'news'): Client {
    const { url, user, password, poolId } = this.#options;
    let address;
    try {
      address = parseRedisUrl(url);
    } catch (error) {
      throw new SmppError('SMPP_STORE_FAILED', (error as Error).message);
    }
    const { ioredis } = this.modules;
    const [first] = address.hosts;
    const username = user || address.user;
    const secret = password || address.password;
    const retry = (times: number): number =>
      Math.min(50 * 2 ** Math.min(times, 10), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
    const options: RedisOptions = {
      ...(username && { username }),
      ...(secret && { password: secret }),
      ...(address.tls && { tls: {} }),
      db: address.database,
      connectionName: `smpp-nodes:${poolId}:${purpose}`.replaceAll(/[^!-~]/g, '_'),
      lazyConnect: true,
      connectTimeout: COMMAND_TIMEOUT,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // Nobody would hear that it failed: a rejection without a handler, which ends the process.
      autoResubscribe: false,
      // 0: what is unanswered when the connection breaks is rejected at once.
      maxRetriesPerRequest: 0,
      retryStrategy: retry,
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
      ...(purpose === 'commands' && { commandTimeout: COMMAND_TIMEOUT }),
    };
    switch (address.kind) {
      case 'cluster':
        return new ioredis.Cluster([...address.hosts], {
          redisOptions: options,
          lazyConnect: true,
          enableOfflineQueue: false,
          clusterRetryStrategy: retry,
        });
      case 'sentinel':
        return new ioredis.Redis({
          ...options,
          sentinels: [...address.hosts],
          name: address.master,
          sentinelRetryStrategy: retry,
          ...(address.tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
        });
      case 'single':
        return new ioredis.Redis({ ...options, host: first!.host, port: first!.port });
    }
  }

  /** Resolves at the first success or refusal, or when Redis has had its time. */
  async #firstWord(): Promise<void> {
    const heard = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    await Promise.race([heard.catch(() => undefined), pause(FIRST_WAIT)]);
  }

  /** A connection stands: what the one before left is cut off, then we look where we are. */
  async #begin(client: Client): Promise<void> {
    try {
      if (!(client instanceof this.modules.ioredis.Cluster)) await this.#fence(client);
      await this.#loadScripts(client);
      // Changes nothing, not even where the memory is full; a replica, which is of no use, refuses it.
      await client.persist(this.key('layout'));
      if (!this.#checked) {
        await this.#checkLayout(client);
        await this.#checkPersistence(client);
        this.#checked = true;
      }
    } catch (error) {
      this.#failed(error);
      if (this.#refusal) client.disconnect();
      else if (this.#client === client) client.disconnect(true);
      return;
    }
    if (this.#client !== client || client.status !== 'ready') return;
    this.#state = 'up';
    this.#reason = '';
    this.#settleWaiting(null);
    for (const listener of this.#listeners) listener(null);
  }

  /** Commands of the connection before that are still on their way must not come after those of this one. */
  async #fence(client: Redis): Promise<void> {
    const before = this.#session;
    this.#session = await sessionOf(client);
    if (!before || before.run !== this.#session?.run) return;
    // Some servers do not allow it; then a late command is possible, as it is with every client.
    await client.client('KILL', 'ID', before.id).catch(() => undefined);
  }

  async #loadScripts(client: Client): Promise<void> {
    const nodes = client instanceof this.modules.ioredis.Cluster ? client.nodes('master') : [client];
    await Promise.all(nodes.flatMap((node) => scripts.map(({ lua }) => node.script('LOAD', lua))));
  }

  async #checkLayout(client: Client): Promise<void> {
    const key = this.key('layout');
    const foreign = (what: string): SmppError => {
      return new SmppError(
        'SMPP_STORE_VERSION',
        `Redis holds ${what} under the prefix "${this.#options.prefix}" for this pool. Choose another key prefix, or use the version of @smpp-nodes/node-red-smpp that wrote it`,
      );
    };
    if ((await client.type(key)) !== 'none') {
      const found = await client.get(key).catch(() => null);
      if (found !== LAYOUT) throw foreign('data of another program or version');
    } else if ((await client.exists(this.key('outbox:meta'))) > 0) {
      throw foreign('data of another program');
    } else {
      await client.setnx(key, LAYOUT);
      if ((await client.get(key)) !== LAYOUT) throw foreign('data of another version');
    }
  }

  async #checkPersistence(client: Client): Promise<void> {
    const { log } = this.#options;
    const info = await client.info().catch(() => '');
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
    if (policy && policy !== 'noeviction') {
      log.warn(
        `Redis may throw messages away when its memory is full (maxmemory-policy ${policy}): set it to noeviction`,
      );
    }
    if (info === '' || /^aof_enabled:1/m.test(info)) return;
    const save = await client.config('GET', 'save').catch(() => null);
    const snapshots = Array.isArray(save) ? save[1] !== '' : null;
    if (snapshots === false) {
      log.warn(
        'Redis keeps nothing on disk: what waits is lost when it restarts. Set "appendonly yes" in its configuration',
      );
    } else {
      log.warn(
        'Redis writes to disk only now and then: what came since is lost when it fails. Set "appendonly yes" in its configuration',
      );
    }
  }

  #failed(error: unknown): void {
    const text = wordsOf(error);
    if (error instanceof SmppError) this.#refusal = error;
    else if (/^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR AUTH)/.test(text)) {
      this.#refusal = new SmppError(
        'SMPP_STORE_UNAVAILABLE',
        `Redis refuses the login: check the Redis user and password of the pool (${text})`,
      );
    }
    this.#leave(text);
    if (this.#refusal) this.#settleWaiting(this.#refusal);
  }

  #leave(reason: string): void {
    if (this.#state === 'closed') return;
    const news = this.#state === 'up';
    // What came first says more than what follows from it.
    if (news || reason !== 'the connection was lost') this.#reason = reason;
    this.#state = 'away';
    if (news) for (const listener of this.#listeners) listener(this.away);
  }

  #settleWaiting(error: SmppError | null): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve, reject } of waiting) {
      if (error) reject(error);
      else resolve();
    }
  }

  #understand(error: unknown): SmppError {
    if (error instanceof SmppError) return error;
    const text = wordsOf(error);
    if (text === NO_ANSWER) {
      this.giveUp(text);
      return this.#unavailable();
    }
    if (this.#state !== 'up') return this.#unavailable();
    if (text.startsWith('READONLY')) {
      this.giveUp(text);
      return this.#unavailable();
    }
    if (text.startsWith('OOM')) {
      return this.#said(
        new SmppError('SMPP_STORE_FULL', 'The memory of Redis is full. What is stored already is safe'),
      );
    }
    if (NOT_NOW.test(text)) {
      return this.#said(new SmppError('SMPP_STORE_UNAVAILABLE', `Redis cannot do it now: ${text}`));
    }
    return new SmppError('SMPP_STORE_FAILED', `Redis: ${text}`, { cause: error });
  }

  /** What does not go away by itself must be in the log, though it is tried again many times a second. */
  #said(error: SmppError): SmppError {
    const now = performance.now();
    if (now - this.#saidAt >= SAY_AGAIN) {
      this.#saidAt = now;
      this.#options.log.error(`store: ${error.message}`);
    }
    return error;
  }

  #unavailable(): SmppError {
    if (this.#state === 'closed') return closed();
    return new SmppError('SMPP_STORE_UNAVAILABLE', this.away ?? 'Redis is away: the connection was lost');
  }
}

async function sessionOf(client: Redis): Promise<Session | null> {
  try {
    const [id, info] = await Promise.all([client.client('ID'), client.info('server')]);
    const run = /^run_id:(\w+)/m.exec(info)?.[1];
    return run === undefined ? null : { id, run };
  } catch {
    return null;
  }
}

/** Errors of ioredis and Redis that pass. */
const NOT_NOW =
  /^(Connection is closed|Stream isn't writeable|Reached the max retries|Command aborted|connect |read |write |Failed to refresh|None of startup|Cluster isn't ready|LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|MISCONF|NOREPLICAS|BUSY)|ECONN|EPIPE|ETIMEDOUT/;

export function isUnavailable(error: unknown): boolean {
  return error instanceof SmppError && error.code === 'SMPP_STORE_UNAVAILABLE';
}

/** Worth another try, and in the log already. */
export function passes(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof SmppError && error.code === 'SMPP_STORE_FULL');
}

function closed(): SmppError {
  return new SmppError('SMPP_STORE_CLOSED', 'The store is closed');
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message === 'Command timed out') return NO_ANSWER;
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
