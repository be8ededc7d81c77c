/** What a history of a million messages costs: octets of disk, time to find and to forget, time to open its store. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as DiskModule from '../src/store/disk/disk-store';
import type { HistoryEntry } from '../src/history/entry';
import type { MessageFilter } from '../src/history/filter';
import { built, childOptions, finish, run } from './child';

const { DiskStore } = built<typeof DiskModule>('src/store/disk/disk-store');

export interface HistoryOptions {
  readonly messages: number;
}

/** Times in milliseconds. */
export interface HistoryCosts {
  /** Of disk, an entry. */
  readonly octets: number;
  /** Microseconds of CPU an entry, every thread, kernel time included. */
  readonly cpu: number;
  /** A page of 100: the newest, and those to one number of which there are so many. */
  readonly newest: number;
  readonly byNumber: number;
  readonly byId: number;
  readonly byMessageId: number;
  /** All entries looked through for a reference that none has. */
  readonly walk: number;
  readonly forget: number;
  readonly open: number;
}

/** Entries of one transaction, as a pool under full load has. */
const BURST = 100;
const RARE = '919812345678';

const { messages } = childOptions<HistoryOptions>();

function entry(count: number): HistoryEntry {
  const queuedAt = 1_700_000_000_000 + count * 20 + 0.25;
  return {
    ...{ id: `Ab3-x_9${count.toString(36)}`, from: 'ALERTS', outcome: 'accepted' },
    to:
      count % Math.floor(messages / 100) === 7 ? RARE : `9198${String((count * 7919) % 100_000_000).padStart(8, '0')}`,
    ...{ state: null, status: null, error: null, description: null, template: '1107172974420850003' },
    ...{ segments: 1, messageIds: [`5f2c${(count * 2654435761).toString(16).padStart(14, '0')}`] },
    ...{ server: 'smpp1.example.com:2775', queuedAt, submittedAt: queuedAt + 3.5, answeredAt: queuedAt + 61.25 },
    ...{ doneAt: null, attempts: 1, possibleDuplicate: false, reference: count, node: 'b1c2d3e4f5a60718' },
  };
}

run(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'smpp-bench-'));
  const open = async (): Promise<DiskModule.DiskStore> => {
    const opened = new DiskStore({ folder, queueLimit: 1000, log: console });
    await opened.open();
    return opened;
  };
  let store = await open();
  const before = statSync(join(folder, 'store.mdb')).size;
  const used = process.cpuUsage();
  for (let count = 0; count < messages;) {
    for (let n = 0; n < BURST; n++, count++) store.history.add(entry(count));
    await store.unpark(await store.park({ kind: 'any', data: null }));
  }
  const { user, system } = process.cpuUsage(used);
  const octets = (statSync(join(folder, 'store.mdb')).size - before) / messages;
  await store.close();
  let began = performance.now();
  store = await open();
  const opening = performance.now() - began;

  const time = async (work: () => Promise<unknown>): Promise<number> => {
    await work();
    began = performance.now();
    await work();
    return performance.now() - began;
  };
  const find = (filter: MessageFilter) => async (): Promise<void> => {
    let found = 0;
    for (let next: number | null = Infinity; next !== null && found < 100;) {
      const page: { entries: readonly unknown[]; next: number | null } = await store.history.find(filter, 100, next);
      found += page.entries.length;
      ({ next } = page);
    }
  };
  const messageId = entry(12).messageIds[0]!.replace(/^0+/, '');
  const costs: HistoryCosts = {
    octets,
    cpu: (user + system) / messages,
    newest: await time(find({})),
    byNumber: await time(find({ to: { digits: RARE.slice(-10), last: true } })),
    byId: await time(find({ id: entry(12).id })),
    byMessageId: await time(find({ messageId })),
    walk: await time(find({ reference: { value: 'none' } })),
    open: opening,
    forget: await time(() => store.history.forget({ to: { digits: RARE, last: false } })),
  };
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  finish(costs);
});
