import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { poolSettings as settingsOf, type PoolSettings } from '../src/pool/settings';
import { defaultSettings } from '../src/pool/settings-table';

/** What a client under full load does. */
export interface Load {
  readonly perSecond: number;
  /** CPU time of the whole process for each message, microseconds: every thread, kernel time included. */
  readonly cpu: number;
  /** 99th percentile of how late the event loop comes to a timer, milliseconds. */
  readonly loopDelay: number;
}

export interface LoadOptions {
  /** Of the servers, on 127.0.0.1; only a pool knows what to do with more than one. */
  readonly ports: readonly number[];
  /** Milliseconds that are measured. */
  readonly duration: number;
  /** Milliseconds that it runs before. */
  readonly warmUp?: number;
}

export type StoreName = 'memory' | 'disk' | 'redis';

/** Of a client that has a queue. */
export interface QueueOptions {
  readonly store: StoreName;
  /** Messages without an outcome that it is kept supplied with, so that its windows never lack one. */
  readonly outstanding: number;
}

/** 120 characters, all of them GSM 7-bit. */
export const TEXT =
  'Pump 3 of the north station reports 4.2 bar at 61 C; the limit is 3.8 bar. Please look at valve 17 and call back: 55510.';
export const TO = '919812345678';
export const FROM = 'ALERTS';
export const WINDOW = 100;
/** Milliseconds that a client runs before it is measured, where nothing else is said. */
const WARM_UP = 700;
const TIMER = 1;

/** @param done messages accepted so far */
export async function measureLoad(
  { duration, warmUp = WARM_UP }: Omit<LoadOptions, 'ports'>,
  done: () => number,
): Promise<Load> {
  await sleep(warmUp);
  globalThis.gc!();
  const delay = monitorEventLoopDelay({ resolution: TIMER });
  delay.enable();
  const before = done();
  const start = performance.now();
  const cpu = process.cpuUsage();
  await sleep(duration);
  const { user, system } = process.cpuUsage(cpu);
  const elapsed = performance.now() - start;
  const count = done() - before;
  delay.disable();
  if (count === 0) throw new Error('not one message was accepted');
  return {
    perSecond: (count / elapsed) * 1000,
    cpu: (user + system) / count,
    loopDelay: Math.max(0, delay.percentile(99) / 1e6 - TIMER),
  };
}

/** The defaults, but a window of 100. @param throughput submits a second for each server, 0 = no limit */
/** @param historyDays 0 for a pool that keeps no history */
export function poolSettings(
  ports: readonly number[],
  binds: number,
  throughput: number,
  historyDays = defaultSettings().historyDays,
): PoolSettings {
  const servers = ports.map((port) => ({ host: '127.0.0.1', port, tls: false, binds, throughput }));
  const account = { systemId: 'demo', password: 'demo' };
  return settingsOf(
    { ...defaultSettings(), window: WINDOW, from: FROM, historyDays },
    { servers, ...account, tls: {} },
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The median of each figure by itself. */
export function medians<T extends object>(all: readonly T[]): T {
  const names = Object.keys(all[0]!) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, median(all.map((one) => one[name] as number))])) as T;
}
