import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as AccountModule from '../src/account/redis-account';
import type * as ClockModule from '../src/base/clock';
import type * as PoolModule from '../src/pool/pool';
import type * as DiskModule from '../src/store/disk/disk-store';
import type * as MemoryModule from '../src/store/memory';
import type * as RedisModule from '../src/store/redis/redis-store';
import type { MessageRequest } from '../src/message/message';
import type { PoolLog } from '../src/pool/listeners';
import { built } from './child';
import { poolSettings, TEXT, TO, type StoreName } from './load';

const { systemClock } = built<typeof ClockModule>('src/base/clock');
const { RedisAccount } = built<typeof AccountModule>('src/account/redis-account');
const { Pool } = built<typeof PoolModule>('src/pool/pool');
const { MemoryStore } = built<typeof MemoryModule>('src/store/memory');
const { DiskStore } = built<typeof DiskModule>('src/store/disk/disk-store');
const { RedisStore } = built<typeof RedisModule>('src/store/redis/redis-store');

export interface PoolShape {
  /** Of the servers, on 127.0.0.1. */
  readonly ports: readonly number[];
  /** Of each server; with Redis of all instances together. */
  readonly binds: number;
  /** Submits a second for each server; 0 = no limit. With Redis of all instances together. */
  readonly throughput: number;
  readonly store: StoreName;
  /** Of Redis. */
  readonly url?: string;
  /** 0 = no history. */
  readonly historyDays?: number;
}

const quiet = (): void => undefined;
const log: PoolLog = { info: quiet, warn: quiet, error: console.error };

/** What all keys of these pools in Redis begin with. */
export const BASE = '{bench:bench}';

/** A pool that is not open yet. */
export function makePool({ ports, binds, throughput, store, url = '', historyDays }: PoolShape): PoolModule.Pool {
  const settings = poolSettings(ports, binds, throughput, historyDays);
  const { queueLimit } = settings;
  switch (store) {
    case 'memory':
      return new Pool(settings, { store: new MemoryStore({ queueLimit }), log });
    case 'disk': {
      const folder = mkdtempSync(join(tmpdir(), 'smpp-bench-'));
      process.once('exit', () => {
        rmSync(folder, { recursive: true, force: true });
      });
      return new Pool(settings, { store: new DiskStore({ folder, queueLimit, log }), log });
    }
    case 'redis': {
      const [prefix, poolId] = ['bench', 'bench'];
      const redis = new RedisStore({ url, user: '', password: '', prefix, poolId, userDir: '.', queueLimit, log });
      return new Pool(settings, { store: redis, log, account: new RedisAccount(redis.connection, systemClock) });
    }
  }
}

/**
 * Opens the pool and waits for its binds; from then on each outcome calls for the next message, so that there is always one to send.
 * @returns how many were accepted so far
 */
export async function supply(
  pool: PoolModule.Pool,
  binds: number,
  outstanding: number,
  receipt: MessageRequest['receipt'] = 'final',
): Promise<() => number> {
  let accepted = 0;
  const send = (): void => {
    pool.send({ node: 'bench', message: { to: TO, text: TEXT, receipt }, msg: { payload: TEXT } });
  };
  pool.attachSender('bench', ({ kind, error }) => {
    if (kind !== 'accepted') throw new Error(`a message ended as ${kind}: ${String(error?.message)}`);
    accepted += 1;
    send();
  });
  const bound = new Promise<void>((resolve) => {
    pool.onEvent(({ snapshot }) => {
      if (snapshot.bound === binds) resolve();
    });
  });
  await pool.open();
  pool.resume();
  await bound;
  for (let count = 0; count < outstanding; count++) send();
  return () => accepted;
}
