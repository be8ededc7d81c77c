import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as PoolModule from '../src/pool/pool';
import type * as DiskModule from '../src/store/disk/disk-store';
import type * as MemoryModule from '../src/store/memory';
import type { MessageRequest } from '../src/message/message';
import type { PoolLog } from '../src/pool/listeners';
import type { PoolSettings } from '../src/pool/settings';
import type { Store } from '../src/store/store';
import { built } from './built';
import { TEXT, TO, type QueueOptions, type StoreName } from './load';

export const { Pool } = built<typeof PoolModule>('src/pool/pool');
const { MemoryStore } = built<typeof MemoryModule>('src/store/memory');

const { DiskStore } = built<typeof DiskModule>('src/store/disk/disk-store');

const quiet = (): void => undefined;
export const log: PoolLog = { info: quiet, warn: quiet, error: console.error };

const STORES = {
  memory: (queueLimit: number): Store => new MemoryStore({ queueLimit }),
  disk: (queueLimit: number): Store => {
    const folder = mkdtempSync(join(tmpdir(), 'smpp-bench-'));
    process.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
    });
    return new DiskStore({ folder, queueLimit, log });
  },
} as const satisfies Record<StoreName, unknown>;

export interface SuppliedPool {
  readonly pool: PoolModule.Pool;
  accepted(): number;
}

/** A bound pool in which there is always something to send. */
export async function supplyPool(
  settings: PoolSettings,
  { store, outstanding }: QueueOptions,
  receipt?: MessageRequest['receipt'],
): Promise<SuppliedPool> {
  const pool = new Pool(settings, { store: STORES[store](settings.queueLimit), log });
  const binds = settings.servers.reduce((sum, server) => sum + server.binds, 0);
  return { pool, accepted: await supply(pool, binds, outstanding, receipt) };
}

/**
 * Opens the pool and waits for its binds; from then on each outcome calls for the next message.
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
