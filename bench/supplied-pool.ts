import type * as PoolModule from '../src/pool/pool';
import type * as MemoryModule from '../src/store/memory';
import type { PoolSettings } from '../src/pool/settings';
import type { Store } from '../src/store/store';
import { built } from './built';
import { OUTSTANDING, TEXT, TO } from './load';

const { Pool } = built<typeof PoolModule>('src/pool/pool');
const { MemoryStore } = built<typeof MemoryModule>('src/store/memory');

export const STORES = {
  memory: (limit: number): Store => new MemoryStore({ queueLimit: limit }),
} as const;
export type StoreName = keyof typeof STORES;

export interface SuppliedPool {
  readonly pool: PoolModule.Pool;
  accepted(): number;
}

/** A bound pool in which there is always something to send: each outcome calls for the next message. */
export async function supplyPool(settings: PoolSettings, store: StoreName): Promise<SuppliedPool> {
  const write = (text: string): void => {
    if (process.env.BENCH_LOG) console.error(text);
  };
  const pool = new Pool(settings, {
    store: STORES[store](settings.queueLimit),
    log: { info: write, warn: write, error: write },
  });
  let accepted = 0;
  const send = (): void => {
    pool.send({ node: 'bench', message: { to: TO, text: TEXT }, msg: { payload: TEXT } });
  };
  pool.attachSender('bench', ({ kind, error }) => {
    if (kind !== 'accepted') throw new Error(`a message ended as ${kind}: ${String(error?.message)}`);
    accepted += 1;
    send();
  });
  await pool.open();
  pool.resume();
  const binds = settings.servers.reduce((sum, server) => sum + server.binds, 0);
  await new Promise<void>((resolve) => {
    const leave = pool.onEvent(({ snapshot }) => {
      if (snapshot.bound < binds) return;
      leave();
      resolve();
    });
  });
  for (let count = 0; count < OUTSTANDING; count++) send();
  return { pool, accepted: () => accepted };
}
