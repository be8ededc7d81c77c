/** Several instances on one Redis: what they send together. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { SimulatorState } from '../src/simulator/simulator';
import { RedisServer } from '../test/redis/redis-server';
import { measure, serve } from './child';
import type { Load, LoadOptions } from './load';
import type { PlatformInfo } from './platform';
import type { PoolOptions } from './pool';
import type { RedisMemory, RedisMemoryOptions } from './redis-memory';

/** Milliseconds for the processes to start, to find each other and to spread the binds. */
const GATHER = 12_000;
/** Milliseconds of traffic until the budgets know the fastest way to the platform; before that a contract is not used up. */
const LEARN = 22_000;
const BINDS = 6;

export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export interface RedisLoad {
  readonly perSecond: number;
  /** Microseconds a message: of all instances, and of Redis itself. */
  readonly cpu: number;
  readonly redisCpu: number;
}

/** @param port of a server without a limit; @param duration milliseconds */
export async function redisLoad(port: number, instances: number, duration: number): Promise<RedisLoad> {
  const redis = await RedisServer.start();
  const startAt = Date.now() + GATHER;
  const running = startAll(redis, instances, { ports: [port], duration, outstanding: 2000, startAt });
  await sleep(startAt + 1000 - Date.now());
  const before = await cpuOf(redis);
  const begun = performance.now();
  await sleep(duration - 500);
  const cpu = (await cpuOf(redis)) - before;
  const elapsed = performance.now() - begun;
  const loads = await running;
  await redis.kill();
  redis.remove();
  const perSecond = loads.reduce((sum, load) => sum + load.perSecond, 0);
  return {
    perSecond,
    cpu: loads.reduce((sum, load) => sum + load.cpu * load.perSecond, 0) / perSecond,
    redisCpu: (cpu * 1e6) / ((perSecond * elapsed) / 1000),
  };
}

/** @returns the share of the contract that all instances reach together, and the refusals from the first message on */
export async function redisContract(
  throughput: number,
  instances: number,
  duration: number,
): Promise<{ readonly share: number; readonly throttled: number }> {
  const redis = await RedisServer.start();
  const platform = await serve<PlatformInfo>('platform', { servers: 1, throughput, binds: BINDS });
  const [port] = platform.info.ports;
  const startAt = Date.now() + GATHER + LEARN;
  const running = startAll(redis, instances, { ports: [port!], duration, throughput, outstanding: 1000, startAt });
  await sleep(startAt - Date.now());
  const before = await stateOf(platform.info);
  const begun = performance.now();
  await sleep(duration);
  const after = await stateOf(platform.info);
  const elapsed = performance.now() - begun;
  await running;
  platform.stop();
  await redis.kill();
  redis.remove();
  return {
    share: (after.accepted - before.accepted) / ((throughput * elapsed) / 1000),
    throttled: after.throttled,
  };
}

/** @param port of a server without a limit */
export async function redisMemory(port: number, messages: number): Promise<RedisMemory> {
  const redis = await RedisServer.start();
  const options: RedisMemoryOptions = { port, url: redis.url, messages };
  const memory = await measure<RedisMemory>('redis-memory', options);
  await redis.kill();
  redis.remove();
  return memory;
}

function startAll(
  redis: RedisServer,
  instances: number,
  options: LoadOptions & Pick<PoolOptions, 'throughput' | 'outstanding' | 'startAt'>,
): Promise<Load[]> {
  const all: PoolOptions = { ...options, store: 'redis', url: redis.url, binds: BINDS, instances };
  return Promise.all(Array.from({ length: instances }, () => measure<Load>('pool', all)));
}

async function stateOf({ controlUrl }: PlatformInfo): Promise<SimulatorState['servers'][number]> {
  const state = (await (await fetch(`${controlUrl}/state`)).json()) as SimulatorState;
  return state.servers[0]!;
}

/** Seconds of CPU it has used. */
async function cpuOf({ port }: RedisServer): Promise<number> {
  const client = new Redis(port, '127.0.0.1');
  const info = await client.info('cpu');
  client.disconnect();
  const used = (what: string): number => Number(new RegExp(`^used_cpu_${what}:([\\d.]+)`, 'm').exec(info)![1]);
  return used('sys') + used('user');
}
