/** How much of the contracted rate a pool with a backlog uses, and how often the platform says it is too fast. */
import { setTimeout as sleep } from 'node:timers/promises';
import { childOptions, finish, run } from './child';
import { poolSettings } from './settings';
import { supplyPool } from './supplied-pool';

export interface ContractOptions {
  readonly ports: readonly number[];
  /** Submits a second for each server. */
  readonly throughput: number;
  /** Milliseconds that are measured. */
  readonly duration: number;
}

export interface ContractUse {
  /** Accepted messages against those the contract allows in that time. */
  readonly share: number;
  /** Answers ESME_RTHROTTLED from the first message on. */
  readonly throttled: number;
}

const { ports, throughput, duration } = childOptions<ContractOptions>();
/** Milliseconds; the first second is not yet limited by the one before it. */
const WARM_UP = 1500;

run(async () => {
  const { pool, accepted } = await supplyPool(poolSettings(ports, 1, throughput), {
    store: 'memory',
    outstanding: 1000,
  });
  await sleep(WARM_UP);
  const before = accepted();
  const start = performance.now();
  await sleep(duration);
  const allowed = (throughput * ports.length * (performance.now() - start)) / 1000;
  const use: ContractUse = { share: (accepted() - before) / allowed, throttled: pool.snapshot().totals.throttled };
  finish(use);
});
