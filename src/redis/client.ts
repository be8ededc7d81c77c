import { connect, type ConnectionOptions } from 'node:tls';
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { tlsWords } from '../base/tls-words';
import type { RedisAddress } from './address';
import type { RedisModules } from './modules';

export type Client = Redis | Cluster;

/** Milliseconds a command may take; after that the connection is given up and made anew. */
export const COMMAND_TIMEOUT = 4000;
/** Milliseconds between two tries to connect at most, before they are spread. */
const LONGEST_PAUSE = 2000;
/** Milliseconds in which a server that speaks TLS answers the handshake. */
const HANDSHAKE_LIMIT = 800;
export const CONNECTION_LOST = 'the connection was lost';

export interface ClientOptions {
  readonly address: RedisAddress;
  /** "" where there is no user. */
  readonly user: string;
  readonly password: string;
  /** Used only where the address asks for TLS. */
  readonly tls: ConnectionOptions;
  /** The name of the connection in the server's CLIENT LIST. */
  readonly name: string;
  /** True ends commands after COMMAND_TIMEOUT; a subscriber has no such limit. */
  readonly timeLimit: boolean;
}

/** A client of Redis that connects when it is told to, and that repeats no command by itself. */
export function newClient(
  { ioredis }: RedisModules,
  { address, user, password, tls, name, timeLimit }: ClientOptions,
): Client {
  const { kind, hosts, master } = address;
  const options: RedisOptions = {
    ...(user && { username: user }),
    ...(password && { password }),
    ...(address.tls && { tls }),
    db: address.database,
    connectionName: name,
    lazyConnect: true,
    connectTimeout: COMMAND_TIMEOUT,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // A resubscription that fails would be a rejection without a handler, which ends the process.
    autoResubscribe: false,
    // 0: commands without an answer are rejected as soon as the connection breaks.
    maxRetriesPerRequest: 0,
    retryStrategy: pauseBefore,
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(timeLimit && { commandTimeout: COMMAND_TIMEOUT }),
  };
  switch (kind) {
    case 'cluster':
      return new ioredis.Cluster([...hosts], {
        redisOptions: options,
        lazyConnect: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: pauseBefore,
        // A certificate is issued for a name: the host must not be resolved to an address first.
        ...(address.tls && { dnsLookup: (host, found) => found(null, host) }),
        // A command is repeated on another node only where the first one refused it without executing it (MOVED, ASK,
        // TRYAGAIN).
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
      });
    case 'sentinel': {
      const client = new ioredis.Redis({
        ...options,
        sentinels: [...hosts],
        name: master,
        sentinelRetryStrategy: pauseBefore,
        ...(address.tls && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
      });
      // Some sentinels ask for a login too, and others refuse one that they have not asked for.
      client.on('error', ({ message }: Error) => {
        if (/^All sentinels .*NOAUTH/.test(message)) {
          Object.assign(client.options, { sentinelUsername: user || null, sentinelPassword: password || null });
        }
      });
      return client;
    }
    case 'single':
      return new ioredis.Redis({ ...options, ...hosts[0] });
  }
}

/**
 * Ends a client's connection, or makes it anew. A socket that is closed during the handshake with an untrusted server
 * emits two errors. ioredis listens to one of them; the other would end the process.
 */
export function disconnect(client: Client, reconnect = false): void {
  for (const { stream } of 'nodes' in client ? client.nodes() : [client]) {
    (stream as typeof stream | undefined)?.on('error', () => undefined);
  }
  client.disconnect(reconnect);
}

/**
 * Milliseconds to wait before a try, spread by a quarter so that instances do not all connect at once.
 * @param times tries so far
 */
function pauseBefore(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
}

/**
 * Why TLS with the first host fails, in words, because ioredis does not always say; null where the handshake succeeds.
 */
export function tlsTrouble({ hosts }: RedisAddress, tls: ConnectionOptions): Promise<string | null> {
  const { host, port } = hosts[0]!;
  return new Promise((resolve) => {
    const socket = connect({ ...tls, host, port });
    const end = (words: string | null): void => {
      socket.destroy();
      resolve(words);
    };
    socket.setTimeout(HANDSHAKE_LIMIT, () => {
      end('no answer to the TLS handshake: does this port speak TLS?');
    });
    socket.once('secureConnect', () => {
      end(null);
    });
    // The listener stays: a socket may emit more than one error.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end(connectionWords(error));
    });
  });
}

const SAYS_NOTHING = /^(Connection is closed|Stream isn't writeable|Cluster isn't ready|None of startup nodes)/;

/** An error of ioredis about a connection that fails or breaks, in words for people. */
export function connectionWords(error: NodeJS.ErrnoException & { readonly lastNodeError?: Error | null }): string {
  const { message, code = '', name, lastNodeError } = error;
  if (lastNodeError) return `no node of the cluster answers (${connectionWords(lastNodeError)})`;
  if (message.startsWith('All sentinels')) {
    const cause = /Last error: (.*)$/s.exec(message)?.[1] ?? 'ERR No such master';
    if (/^ERR No such master/.test(cause)) return 'the sentinels know no master of this name';
    return `no sentinel answers (${connectionWords(new Error(cause))})`;
  }
  if (SAYS_NOTHING.test(message)) return CONNECTION_LOST;
  if (/^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return tlsWords(code, message);
  return message || code || name;
}
