import { randomUUID } from 'node:crypto';
import { DiskStore } from '../../src/store/disk';
import { message, outcome, sent } from './contract';

/** Run as a process of its own: node writer.ts FOLDER. */
async function write(folder: string): Promise<void> {
  const log = { warn: console.error, error: console.error };
  const store = new DiskStore({ folder, queueLimit: 1e6, log });
  await store.open();
  const take = async (): Promise<void> => {
    const id = randomUUID();
    await store.enqueue(message({ id }));
    console.log(`stored ${id}`);
  };
  const settle = async (): Promise<void> => {
    const [leased] = await store.lease(1);
    if (!leased) return;
    await store.settle(outcome(leased), sent({ id: leased.id, messageIds: [leased.id] }));
    console.log(`settled ${leased.id}`);
  };
  for (;;) await Promise.all([take(), take(), take(), take(), settle()]);
}

void write(process.argv[2]!);
