interface Host {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is: the parsed setting `redisUrl`. */
export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** By kind: the one server, the sentinels, or some nodes of the cluster. */
  readonly hosts: readonly Host[];
  /** The sentinels' name for the master; "" without sentinels. */
  readonly master: string;
  readonly database: number;
  readonly tls: boolean;
  readonly user: string;
  readonly password: string;
}

const FORM = /^redis(s?)(?:-(sentinel|cluster))?:\/\/(?:([^/?#]*)@)?([^/?#@]+)(?:\/([^?#]*))?$/;
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i;
const SAY =
  'give redis://host:port, rediss:// for TLS, redis-sentinel://host:port,host:port/master or redis-cluster://host:port,host:port';

/**
 * `redis://host:port/database`, `redis-sentinel://host:port,host:port/master/database`,
 * `redis-cluster://host:port,host:port`; each with `rediss` for TLS, and with `user:password@` before the hosts.
 * @throws {Error} whose message names the field but never quotes the URL, which may hold a password
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [, s, kind = 'single', login = '', list = '', path = ''] = FORM.exec(url.trim()) ?? [];
  if (s === undefined) throw new Error(`redisUrl: ${SAY}`);
  const hosts = list.split(',').map((item) => readHost(item, kind === 'sentinel' ? 26_379 : 6379));
  if (kind === 'single' && hosts.length > 1) throw new Error(`redisUrl: it names several hosts; ${SAY}`);
  const words = path.split('/').map(decode);
  const master = kind === 'sentinel' ? (words.shift() ?? '') : '';
  if (kind === 'sentinel' && master === '') throw new Error(`redisUrl: the name of the master is missing; ${SAY}`);
  const [database = ''] = words;
  if (words.length > 1 || !/^\d{0,5}$/.test(database) || (kind === 'cluster' && Number(database) > 0)) {
    throw new Error(`redisUrl: what follows the host is no number of a database; ${SAY}`);
  }
  const colon = login.indexOf(':');
  return {
    kind: kind as RedisAddress['kind'],
    hosts,
    master,
    database: Number(database),
    tls: s === 's',
    user: decode(colon < 0 ? login : login.slice(0, colon)),
    password: colon < 0 ? '' : decode(login.slice(colon + 1)),
  };
}

function readHost(text: string, standardPort: number): Host {
  const [, ipv6, name = '', port] = HOST.exec(text.trim()) ?? [];
  const number = port === undefined ? standardPort : Number(port);
  if ((ipv6 === undefined && name === '') || number < 1 || number > 65_535) {
    throw new Error(`redisUrl: a host or port in it cannot be read; ${SAY}`);
  }
  return { host: ipv6 ?? name, port: number };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('redisUrl: a "%" in it is not followed by two hexadecimal digits');
  }
}
