/** How long a pool takes to come back after its platform has throttled everything for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import { childOptions, finish, run } from './child';
import type { PlatformInfo } from './platform';
import { makePool, supply } from './supplied-pool';

/** Seconds from the end of throttling. */
export interface Recovery {
  readonly firstMessage: number;
  readonly contract: number;
}

/** Submits a second of the contract. */
const THROUGHPUT = 100;
/** Milliseconds. */
const BEFORE = 1000;
const THROTTLED = 2000;

const { ports, controlUrl } = childOptions<PlatformInfo>();

async function throttle(on: boolean): Promise<void> {
  await fetch(`${controlUrl}/servers/1/faults`, { method: 'POST', body: JSON.stringify({ throttle: on }) });
}

run(async () => {
  const pool = makePool({ ports, binds: 1, throughput: THROUGHPUT, store: 'memory' });
  const accepted = await supply(pool, 1, 1000);
  const recovered = new Promise<number>((resolve) => {
    pool.onEvent(({ event }) => {
      if (event === 'server.recovered') resolve(performance.now());
    });
  });
  await sleep(BEFORE);
  await throttle(true);
  await sleep(THROTTLED);
  const count = accepted();
  await throttle(false);
  const end = performance.now();
  while (accepted() === count) await sleep(1);
  const first = performance.now();
  const recovery: Recovery = { firstMessage: (first - end) / 1000, contract: ((await recovered) - end) / 1000 };
  finish(recovery);
});
