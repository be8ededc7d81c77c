import { background, despiteFailure, ignoreFailure } from '../base/background';
import { randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { SmppError } from '../base/errors';
import { parseRedisUrl, type RedisAddress } from './address';
import { CONNECTION_LOST, disconnect, newClient, tlsTrouble, type Client } from './client';
import { closed, meansLost, passes, passingRefusal, refusedLogin, wordsOf } from './errors';
import { checkLayout, checkPersistence, checkVersion, type RedisLog } from './health';
import { loadModules, type RedisModules } from './modules';
import { Replication, type Commands } from './replication';
import { scripts, type Script } from './script';

export interface RedisSettings {
  readonly url: string;
  /** User and password take precedence over those in the URL; "" where not set. */
  readonly user: string;
  readonly password: string;
  /** CA and client certificate; used where the URL asks for TLS. */
  readonly tls?: ConnectionOptions;
  readonly prefix: string;
}

export interface RedisConnectionOptions extends RedisSettings {
  /** Pools with the same id are one pool, in however many Node-RED instances. */
  readonly poolId: string;
  /** Node-RED's user directory; named in the error where packages must be installed there. */
  readonly userDir: string;
  readonly log: RedisLog;
}

/**
 * Milliseconds for which `open` waits for Redis at most. After that it resolves, and Redis counts as away until it
 * answers.
 */
const FIRST_WAIT = 5000;
/** Milliseconds until a command is tried again that Redis refused although it is there. */
export const RETRY = 250;
/** Milliseconds between two log entries about that. */
const SAY_AGAIN = 60_000;

/**
 * One connection to Redis for everything a pool keeps there, made anew whenever it breaks. No command waits for longer
 * than COMMAND_TIMEOUT, and none is repeated without its caller: commands under way when the connection breaks are
 * rejected. Before anything new is sent, the server is told to drop the old connection with the commands it may still
 * have received.
 */
export class RedisConnection {
  readonly modules: RedisModules;
  /** Names this instance among those that share the pool. Every connection object has a new name. */
  readonly instance = randomBytes(9).toString('base64url');
  /** Prefix of all keys. Its braces put all keys into one slot of a cluster. */
  readonly base: string;
  readonly #options: RedisConnectionOptions;
  readonly #address: RedisAddress;
  readonly #listeners = new Set<(away: string | null) => void>();
  #client: Client | null = null;
  #subscriber: Client | null = null;
  #state: 'closed' | 'away' | 'up' = 'closed';
  #reason = 'not connected yet';
  #checked = false;
  /** Set while `open` waits for Redis: ends the wait, with an error where Redis answers but cannot be used. */
  #opened: ((refusal: SmppError | null) => void) | null = null;
  /** Client id of our connection, and run_id of its server, both from Redis. */
  #place: { readonly id: number; readonly server: string } | null = null;
  #saidAt = -Infinity;
  #corked = false;
  #explaining = false;
  readonly #replication: Replication;
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  /**
   * @throws {SmppError} SMPP_STORE_UNAVAILABLE where the packages are missing, SMPP_STORE_FAILED where the URL cannot
   * be read
   */
  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.base = `{${options.prefix}:${options.poolId}}`;
    this.#address = readAddress(options.url);
    this.modules = loadModules(options.userDir);
    this.#replication = new Replication((commands) => this.#atHome(this.client, commands), options.log);
  }

  /** The client for commands; only to be used inside `run` and `eventually`. */
  get client(): Client {
    if (!this.#client) throw closed();
    return this.#client;
  }

  /** Why Redis cannot be used now, in words; null where it can. */
  get away(): string | null {
    return this.#state === 'up' ? null : `Redis is away: ${this.#reason}`;
  }

  key(name: string): string {
    return `${this.base}:${name}`;
  }

  /**
   * Calls the listener with `away` whenever Redis gets lost or is there again.
   * @returns a function that removes the listener
   */
  onChange(listener: (away: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Connects. A Redis that cannot be reached is no error: it counts as away, and is used once it answers.
   * @throws {SmppError} SMPP_STORE_UNAVAILABLE where Redis refuses the login, SMPP_STORE_VERSION where it holds foreign
   * data
   */
  async open(): Promise<void> {
    this.#state = 'away';
    this.#checked = false;
    const client = this.#connect('commands');
    this.#client = client;
    client.on('ready', () => {
      background(this.#begin(client), this.#options.log, 'Redis');
    });
    client.on('close', () => {
      this.#leave(CONNECTION_LOST);
    });
    client.on('error', (error: Error) => {
      this.#failed(error);
    });
    client.connect().catch((error: unknown) => {
      this.#failed(error);
    });
    if (this.#address.tls) this.#explainInBackground();
    const refusal = await this.#firstWord();
    if (!refusal) return;
    await this.close();
    throw refusal;
  }

  /**
   * Closes the connection, in at most half a second. Callers that wait for Redis are rejected with SMPP_STORE_CLOSED.
   */
  async close(): Promise<void> {
    const clients = [this.#client, this.#subscriber];
    this.#client = null;
    this.#subscriber = null;
    this.#state = 'closed';
    this.#reason = 'the store is closed';
    this.#opened?.(null);
    this.#settleWaiting(closed());
    await Promise.all(
      clients.map(async (client) => {
        if (!client) return;
        const quit = despiteFailure(client.quit(), 'the connection is cut either way');
        await Promise.race([quit, pause(500)]);
        disconnect(client);
      }),
    );
  }

  /** Resolves when Redis can be used. @throws {SmppError} SMPP_STORE_CLOSED once the connection is closed */
  whenUp(): Promise<void> {
    if (this.#state === 'up') return Promise.resolve();
    if (this.#state === 'closed') return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /**
   * Runs commands now. Where this rejects, Redis may have carried them out or not.
   * @throws {SmppError} SMPP_STORE_UNAVAILABLE where Redis is away or was lost meanwhile, SMPP_STORE_FULL,
   * SMPP_STORE_FAILED for any other error
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

  /** Like `run`, and resolves once the writes outlive the server, where it has a replica that keeps up. */
  safely<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.run(async (client) => {
      const result = await work(client);
      await this.confirmed();
      return result;
    });
  }

  /** Resolves once a replica that keeps up, if there is one, has all writes so far. To be called inside `run`. */
  async confirmed(): Promise<void> {
    await this.#replication.confirmed();
  }

  /** Checks whether the server has a replica that keeps up; to be called every few seconds. */
  async lookForReplicas(): Promise<void> {
    await this.run(() => this.#replication.look());
  }

  /**
   * Like `safely`, repeated until Redis has done it or the connection is closed. Only for work that may be done twice.
   */
  async eventually<T>(work: (client: Client) => Promise<T>): Promise<T> {
    for (;;) {
      await this.whenUp();
      try {
        return await this.safely(work);
      } catch (error) {
        if (!passes(error) || this.#state === 'closed') throw error;
        if (this.#state === 'up') await pause(RETRY);
      }
    }
  }

  /** Runs a script with the base as its key. To be called inside `run` or `eventually`. */
  script(script: Script, ...args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return this.call(script, [this.base], args);
  }

  /**
   * Runs a script. To be called inside `run` or `eventually`.
   * @param keys complete names, as `key` gives them
   */
  async call(
    { sha, lua }: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    const { client } = this;
    try {
      return await client.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return client.eval(lua, keys.length, ...keys, ...args);
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
      ignoreFailure(subscriber.subscribe(name), 'asked for again with the next connection');
    };
    subscriber.on('ready', listen);
    if (subscriber.status === 'ready') listen();
  }

  /** Gives up a connection that does not answer, and makes a new one. */
  giveUp(reason: string): void {
    this.#leave(reason);
    if (this.#client) disconnect(this.#client, true);
  }

  /**
   * Sends the commands of one turn of the event loop in one write: a system call costs more than a command, here and in
   * Redis.
   */
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
    ignoreFailure(client.connect(), 'it tries again by itself; the other connection says what is wrong');
    return client;
  }

  #connect(purpose: 'commands' | 'news'): Client {
    const { user, password, tls = {}, poolId } = this.#options;
    const address = this.#address;
    return newClient(this.modules, {
      address,
      user: user || address.user,
      password: password || address.password,
      tls,
      name: `smpp-nodes:${poolId}:${purpose}`.replaceAll(/[^!-~]/g, '_'),
      timeLimit: purpose === 'commands',
    });
  }

  /** Resolves with null at the first success or after FIRST_WAIT, or with the error of a refusal. */
  async #firstWord(): Promise<SmppError | null> {
    const heard = new Promise<SmppError | null>((resolve) => {
      this.#opened = resolve;
    });
    const refusal = await Promise.race([heard, pause(FIRST_WAIT)]);
    this.#opened = null;
    return refusal ?? null;
  }

  /** Prepares a new connection: cuts the old one off, loads the scripts, and checks the server at the first time. */
  async #begin(client: Client): Promise<void> {
    try {
      // PERSIST changes nothing and works with full memory. A replica, which we cannot use, refuses it.
      await client.persist(this.key('layout'));
      const [id, info] = await this.#atHome(client, (home) => home.client('ID').info());
      const facts = typeof info === 'string' ? info : '';
      await this.#fence(client, typeof id === 'number' ? id : null, /^run_id:(\S+)/m.exec(facts)?.[1] ?? '');
      this.#replication.note(info);
      checkVersion(facts);
      await this.#loadScripts(client);
      if (!this.#checked) {
        await checkLayout(client, this.key.bind(this), this.#options.prefix);
        await checkPersistence(facts, (commands) => this.#atHome(client, commands), this.#options.log);
        this.#checked = true;
      }
    } catch (error) {
      this.#failed(error);
      if (this.#client === client) disconnect(client, true);
      return;
    }
    if (this.#client !== client || client.status !== 'ready') return;
    this.#state = 'up';
    this.#reason = '';
    this.#opened?.(null);
    this.#settleWaiting(null);
    for (const listener of this.#listeners) listener(null);
  }

  /**
   * Runs commands without keys on the server that has the pool's keys: in a cluster they would go to any node.
   * @returns their answers, or errors in place of answers
   */
  async #atHome(client: Client, commands: Commands): Promise<unknown[]> {
    const [, ...answers] = (await commands(client.pipeline().persist(this.key('layout'))).exec()) ?? [];
    return answers.map(([error, answer]) => error ?? answer);
  }

  /**
   * Kills the previous connection on the server, so that its late commands cannot come after those of this one. A
   * server that was started again, or another server, has none of them, and may have given that client id to somebody
   * else.
   */
  async #fence(client: Client, id: number | null, server: string): Promise<void> {
    const before = this.#place;
    this.#place = id !== null && server !== '' ? { id, server } : null;
    if (before === null || before.server !== server || before.id === id) return;
    // Some servers do not allow CLIENT KILL: then a late command is possible, as it is with every client of Redis.
    await this.#atHome(client, (home) => home.client('KILL', 'ID', before.id));
  }

  async #loadScripts(client: Client): Promise<void> {
    const nodes = client instanceof this.modules.ioredis.Cluster ? client.nodes('master') : [client];
    await Promise.all(nodes.flatMap((node) => scripts.map(({ lua }) => node.script('LOAD', lua))));
  }

  #failed(error: unknown): void {
    const text = wordsOf(error);
    const unclear = /lost|timeout|TIMEDOUT|RESET/.test(text);
    this.#leave(
      unclear && !this.#checked && !this.#address.tls ? `${text}; does this port want TLS (rediss://)?` : text,
    );
    const refusal = error instanceof SmppError ? error : refusedLogin(text);
    if (!refusal) {
      if (unclear && this.#address.tls) this.#explainInBackground();
    } else if (this.#opened) this.#opened(refusal);
    else if (this.#state !== 'closed') this.#said(refusal);
  }

  #explainInBackground(): void {
    background(this.#explain(), this.#options.log, 'Redis');
  }

  /** Replaces a vague reason by what `tlsTrouble` finds: ioredis does not always say what is wrong with TLS. */
  async #explain(): Promise<void> {
    if (this.#explaining) return;
    this.#explaining = true;
    const words = await tlsTrouble(this.#address, this.#options.tls ?? {});
    this.#explaining = false;
    if (words !== null && this.#state === 'away') this.#reason = words;
  }

  #leave(reason: string): void {
    if (this.#state === 'closed') return;
    const news = this.#state === 'up';
    // The first error says more than the lost connection that follows from it.
    if (news || reason !== CONNECTION_LOST) this.#reason = reason;
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
    if (this.#state !== 'up') return this.#unavailable();
    if (meansLost(text)) {
      this.giveUp(text);
      return this.#unavailable();
    }
    const passing = passingRefusal(text);
    if (passing) return this.#said(passing);
    return new SmppError('SMPP_STORE_FAILED', `Redis: ${text}`, { cause: error });
  }

  /** Logs an error that lasts, at most once in SAY_AGAIN: the command is tried again several times a second. */
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
    return new SmppError('SMPP_STORE_UNAVAILABLE', this.away ?? `Redis is away: ${CONNECTION_LOST}`);
  }
}

function readAddress(url: string): RedisAddress {
  try {
    return parseRedisUrl(url);
  } catch (error) {
    throw new SmppError('SMPP_STORE_FAILED', (error as Error).message);
  }
}

/** Resolves after so many milliseconds; does not keep the process alive. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
