import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSignedCertificate, type Certificate } from '../../src/simulator/certificate';
import { freePort, RedisServer } from './redis-server';

/** A login that may do what docs/redis.md asks for, and no more. */
export const USER = 'pump';
export const PASSWORD = 'pump-secret';
const RIGHTS =
  '~{smpp:* &{smpp:* +@all -@admin -@dangerous +info +config|get +client|kill +client|id +client|setname +cluster|slots +cluster|info';
const MASTER = 'alarms';
/** Milliseconds of silence after which a master counts as gone. */
const DOWN_AFTER = 1000;

/** Redis as it is run where it must not fail: what the pool's URL is for it, and what makes its master another. */
export interface Deployment {
  readonly url: string;
  readonly certificate: Certificate | undefined;
  /** Kills the server that has the pool's keys; resolves once another is the master. */
  failOver(): Promise<void>;
  /** A client with all rights, to the server that has them now. */
  client(): Redis;
}

const clients: Redis[] = [];

export function closeClients(): void {
  for (const client of clients.splice(0)) client.disconnect();
}

type Settings = Readonly<Record<string, string>>;

export async function sentinelDeployment(tls: boolean): Promise<Deployment> {
  const certificate = tls ? selfSignedCertificate() : undefined;
  const servers = [await serverOf({}, certificate)];
  servers.push(await serverOf({ replicaof: `127.0.0.1 ${String(servers[0]!.port)}` }, certificate));
  const client = (index: number): Redis => clientOf(servers[index]!.port, certificate);
  await until('the replica follows', async () => /master_link_status:up/.test(await client(1).info('replication')));
  const watch = [
    `sentinel monitor ${MASTER} 127.0.0.1 ${String(servers[0]!.port)} 2`,
    `sentinel down-after-milliseconds ${MASTER} ${String(DOWN_AFTER)}`,
    `sentinel failover-timeout ${MASTER} 5000`,
    `sentinel auth-user ${MASTER} default`,
    `sentinel auth-pass ${MASTER} ${PASSWORD}-admin`,
    // They ask for a login themselves.
    `requirepass ${PASSWORD}-admin`,
    `sentinel sentinel-pass ${PASSWORD}-admin`,
    `user ${USER} on >${PASSWORD} +@all`,
  ];
  const sentinels = await Promise.all([1, 2, 3].map(() => RedisServer.startSentinel(watch, certificate)));
  const asked = clientOf(sentinels[0]!.port, certificate);
  const fact = async (name: string): Promise<string | undefined> => {
    const facts = (await asked.call('sentinel', 'master', MASTER)) as string[];
    return facts[facts.indexOf(name) + 1];
  };
  await until('the sentinels know each other and the replica', async () => {
    return (await fact('num-other-sentinels')) === '2' && (await fact('num-slaves')) === '1';
  });
  let master = 0;
  return {
    url: `redis${tls ? 's' : ''}-sentinel://${sentinels.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')}/${MASTER}`,
    certificate,
    client: () => client(master),
    failOver: async () => {
      await servers[master]!.kill();
      master = 1 - master;
      await until('there is another master', async () => (await fact('port')) === String(servers[master]!.port));
    },
  };
}

/** Three masters; the one that has the slot of the key has a replica. */
export async function clusterDeployment(key: string, tls: boolean): Promise<Deployment> {
  const certificate = tls ? selfSignedCertificate() : undefined;
  const busPorts = [await freePort(), await freePort(), await freePort(), await freePort()];
  const settings = (busPort: number): Settings => ({
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
    'cluster-node-timeout': String(DOWN_AFTER),
    'cluster-replica-validity-factor': '0',
    ...(tls && { 'tls-cluster': 'yes' }),
  });
  const servers: RedisServer[] = [];
  for (const busPort of busPorts) servers.push(await serverOf(settings(busPort), certificate));
  const nodes = servers.map(({ port }) => clientOf(port, certificate));
  const [first] = nodes as [Redis, ...Redis[]];
  for (const [index, bounds] of [
    [0, 5460],
    [5461, 10_922],
    [10_923, 16_383],
  ].entries()) {
    await nodes[index]!.cluster('ADDSLOTSRANGE', ...(bounds as [number, number]));
  }
  for (const [index, { port }] of servers.entries()) {
    if (index > 0) await first.call('cluster', 'meet', '127.0.0.1', port, busPorts[index]!);
  }
  const owner = Math.floor((await first.cluster('KEYSLOT', key)) / 5461);
  const id = (await nodes[owner]!.call('cluster', 'myid')) as string;
  await until('the replica knows its master', async () =>
    nodes[3]!.call('cluster', 'replicate', id).then(
      () => true,
      () => false,
    ),
  );
  await until('the cluster is whole', async () => {
    const infos = await Promise.all(nodes.map((node) => node.cluster('INFO')));
    return infos.every((info) => /cluster_state:ok/.test(info) && /cluster_known_nodes:4/.test(info));
  });
  await until('the replica follows', async () => /master_link_status:up/.test(await nodes[3]!.info('replication')));
  let master = owner;
  return {
    url: `redis${tls ? 's' : ''}-cluster://${servers.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')}`,
    certificate,
    client: () => nodes[master]!,
    failOver: async () => {
      await servers[master]!.kill();
      master = 3;
      await until('there is another master', async () => /role:master/.test(await nodes[3]!.info('replication')));
    },
  };
}

export async function singleDeployment(tls: boolean): Promise<Deployment> {
  const certificate = tls ? selfSignedCertificate() : undefined;
  const server = await serverOf({}, certificate);
  return {
    url: `redis${tls ? 's' : ''}://127.0.0.1:${String(server.port)}`,
    certificate,
    client: () => clientOf(server.port, certificate),
    failOver: async () => {
      await server.kill();
      await server.start();
    },
  };
}

function serverOf(settings: Settings, certificate: Certificate | undefined): Promise<RedisServer> {
  const login = { requirepass: `${PASSWORD}-admin`, masterauth: `${PASSWORD}-admin` };
  const user = { user: `${USER} on >${PASSWORD} ${RIGHTS}` };
  return RedisServer.start({ ...login, ...user, ...settings }, certificate);
}

function clientOf(port: number, certificate: Certificate | undefined): Redis {
  const client = new Redis({
    port,
    password: `${PASSWORD}-admin`,
    ...(certificate && { tls: { ca: certificate.cert } }),
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `${what}: not after 30 s`);
    await sleep(50);
  }
}
