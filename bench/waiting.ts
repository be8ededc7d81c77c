/** What messages cost that wait because no server can be reached: memory of a whole Node-RED, and time to open their store again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as DiskModule from '../src/store/disk/disk-store';
import { built, childOptions, finish, run } from './child';
import { startFlow } from './node-red';

const { DiskStore } = built<typeof DiskModule>('src/store/disk/disk-store');

export interface WaitingOptions {
  readonly messages: number;
}

export interface Waiting {
  /** Octets of resident memory more than before. */
  readonly memory: number;
  /** Milliseconds to open a store with so many messages. */
  readonly open: number;
}

/** Messages given in one go; the next when these are stored, for it is waiting messages that are measured, not arriving ones. */
const BURST = 500;

const { messages } = childOptions<WaitingOptions>();

function resident(): number {
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage().rss;
}

/** A port where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function memory(): Promise<number> {
  const flow = await startFlow(await closedPort(), 'disk', () => undefined);
  await sleep(1000);
  const before = resident();
  for (let count = 0; count < messages;) {
    for (let n = 0; n < BURST; n++, count++) flow.emit();
    while (flow.waiting() < count) await sleep(1);
  }
  const grown = resident() - before;
  await flow.remove();
  return grown;
}

async function timeToOpen(folder: string): Promise<number> {
  const options = { folder, queueLimit: messages, log: console };
  const first = new DiskStore(options);
  await first.open();
  const message = {
    node: 'bench',
    flow: null,
    urgent: false,
    to: '919812345678',
    from: 'ALERTS',
    encoding: 'gsm7' as const,
  };
  for (let count = 0; count < messages;) {
    const stored: Promise<void>[] = [];
    for (let n = 0; n < BURST; n++, count++) {
      stored.push(
        first.enqueue({
          ...message,
          ...{ id: `bench${String(count)}`, queuedAt: Date.now(), expiresAt: Date.now() + 86_400_000 },
          ...{ dataCoding: 0, warnings: [], frames: [Buffer.alloc(180, 1)], receipt: true, reference: undefined },
          ...{ msg: { payload: 'x'.repeat(120), topic: message.to }, messageIds: [null], attempts: 0 },
          ...{ possibleDuplicate: false, server: null, leased: false, submittedAt: null },
        }),
      );
    }
    await Promise.all(stored);
  }
  await first.close();
  const again = new DiskStore(options);
  const start = performance.now();
  await again.open();
  const time = performance.now() - start;
  await again.close();
  return time;
}

run(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'smpp-bench-'));
  const waiting: Waiting = { memory: await memory(), open: await timeToOpen(folder) };
  await rm(folder, { recursive: true, force: true });
  finish(waiting);
});
