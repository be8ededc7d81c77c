import { connect, type ConnectionOptions } from 'node:tls';
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { tlsWords } from '../base/tls-words';
import type { RedisAddress } from './address';
import type { RedisModules } from './modules';

export type Client = Redis | Cluster;

/** Milliseconds a command may take; then the connection is given up and made anew. */
export const COMMAND_TIMEOUT = 4000;
const LONGEST_PAUSE = 2000;
/** Milliseconds in which a server that speaks TLS shows that it does. */
const HANDSHAKE_LIMIT = 800;
export const CONNECTION_LOST = 'the connection was lost';

export interface ClientOptions {
  readonly address: RedisAddress;
  /** "" where there is none. */
  readonly user: string;
  readonly password: string;
  /** Where the address asks for TLS. */
  readonly tls: ConnectionOptions;
  /** As the server shows it in its list of clients. */
  readonly name: string;
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
    // Nobody would hear that it failed: a rejection without a handler, which ends the process.
    autoResubscribe: false,
    // 0: what is unanswered when the connection breaks is rejected at once.
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
        // The name is what a certificate is for.
        ...(address.tls && { dnsLookup: (host, found) => found(null, host) }),
        // Only what a node has refused unseen (MOVED, ASK, TRYAGAIN) may go to another.
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
 * Ends its connection, or makes it anew. A socket that is closed during the handshake with a server it does not trust has two errors,
 * of which ioredis hears one: the other would end the process.
 */
export function disconnect(client: Client, reconnect = false): void {
  for (const { stream } of 'nodes' in client ? client.nodes() : [client]) {
    (stream as typeof stream | undefined)?.on('error', () => undefined);
  }
  client.disconnect(reconnect);
}

/** Milliseconds before this try, apart from those of other instances. */
function pauseBefore(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
}

/** Why this server cannot be reached by TLS, in words, for clients that do not say; null where nothing is wrong with that. */
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
    // More than one may come.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end(connectionWords(error));
    });
  });
}

const SAYS_NOTHING = /^(Connection is closed|Stream isn't writeable|Cluster isn't ready|None of startup nodes)/;

/** What ioredis says of a connection that does not come about, or that breaks, in words for people. */
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
