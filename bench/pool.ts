/** The pool without Node-RED, under full load: alone, or as one of several instances on one Redis, each in a process of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageRequest } from '../src/message/message';
import type { DeliveryReport, IncomingMessage } from '../src/pool/events';
import { childOptions, finish, run } from './child';
import { measureLoad, type Load, type LoadOptions, type QueueOptions } from './load';
import { makePool, supply } from './supplied-pool';

export interface PoolOptions extends QueueOptions {
  readonly binds: number;
  /** Submits a second for each server; absent = no limit. */
  readonly throughput?: number;
  readonly receipt?: MessageRequest['receipt'];
  /** The server sends receipts: what is counted is messages whose result was told. */
  readonly receipts?: boolean;
  /** Of Redis. */
  readonly url?: string;
  /** 0 = no history. */
  readonly historyDays?: number;
  /** How many share the binds. */
  readonly instances?: number;
  /** Epoch milliseconds at which all instances begin to be measured. */
  readonly startAt?: number;
}

export interface PoolLoad extends Load {
  /** Answers ESME_RTHROTTLED from the first message on. */
  readonly throttled: number;
}

const options = childOptions<LoadOptions & PoolOptions>();

run(async () => {
  const { ports, binds, throughput = 0, outstanding, receipt, receipts, instances = 1, startAt = 0 } = options;
  const pool = makePool({ ...options, throughput });
  let delivered = 0;
  if (receipts) {
    const count = (event: DeliveryReport | IncomingMessage): undefined => {
      if (event.kind === 'report' && event.matched && event.delivered) delivered += 1;
    };
    pool.attachReceipts({ emit: 'message', intermediate: false, unmatched: true, incoming: false, handle: count });
  }
  const accepted = await supply(pool, (ports.length * binds) / instances, outstanding, receipt);
  await sleep(Math.max(0, startAt - Date.now()));
  const load = await measureLoad(options, receipts ? () => delivered : accepted);
  const result: PoolLoad = { ...load, throttled: pool.snapshot().totals.throttled };
  finish(result);
});
