/** What Redis needs to keep waiting messages, and sent ones that are remembered for their receipts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { childOptions, finish, run } from './child';
import { TEXT, TO } from './load';
import { BASE, makePool } from './supplied-pool';

export interface RedisMemoryOptions {
  /** Of the server, on 127.0.0.1. */
  readonly port: number;
  readonly url: string;
  readonly messages: number;
}

/** Octets a message. */
export interface RedisMemory {
  readonly waiting: number;
  readonly remembered: number;
}

const { port, url, messages } = childOptions<RedisMemoryOptions>();

run(async () => {
  const client = new Redis(url);
  const used = async (): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))![1]);
  const until = async (reached: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await reached())) await sleep(100);
  };
  const pool = makePool({ ports: [port], url, binds: 1, throughput: 0, store: 'redis' });
  let accepted = 0;
  pool.attachSender('bench', () => {
    accepted += 1;
    return undefined;
  });
  await pool.open();
  pool.resume();
  await until(() => pool.snapshot().bound === 1);
  await pool.disconnect();
  const empty = await used();
  for (let count = 0; count < messages; count++) {
    pool.send({ node: 'bench', message: { to: TO, text: TEXT, receipt: 'final' }, msg: { payload: TEXT } });
    // Not all of them at once: what is on its way takes memory too.
    if (count % 500 === 0) await sleep(100);
  }
  await until(async () => (await client.zcard(`${BASE}:expiry`)) === messages);
  await sleep(500);
  const waiting = (await used()) - empty;
  pool.connect();
  await until(async () => accepted === messages && (await client.keys(`${BASE}:telling:*`)).length === 0);
  await sleep(500);
  const remembered = (await used()) - empty;
  client.disconnect();
  const memory: RedisMemory = { waiting: waiting / messages, remembered: remembered / messages };
  finish(memory);
});
