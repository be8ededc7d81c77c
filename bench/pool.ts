/** The pool without Node-RED, under full load. */
import type { MessageRequest } from '../src/message/message';
import type { DeliveryReport, IncomingMessage } from '../src/pool/events';
import { childOptions, finish, run } from './child';
import { measureLoad, type LoadOptions, type QueueOptions } from './load';
import { poolSettings } from './settings';
import { supplyPool } from './supplied-pool';

export interface PoolOptions extends QueueOptions {
  readonly binds: number;
  readonly receipt?: MessageRequest['receipt'];
  /** The server sends receipts: what is counted is messages whose result was told. */
  readonly receipts?: boolean;
}

const options = childOptions<LoadOptions & PoolOptions>();

run(async () => {
  const { pool, accepted } = await supplyPool(poolSettings([options.port], options.binds, 0), options, options.receipt);
  let delivered = 0;
  if (options.receipts) {
    const count = (event: DeliveryReport | IncomingMessage): undefined => {
      if (event.kind === 'report' && event.matched && event.delivered) delivered += 1;
    };
    pool.attachReceipts({ emit: 'message', intermediate: false, unmatched: true, incoming: false, handle: count });
  }
  finish(await measureLoad(options.duration, options.receipts ? () => delivered : accepted));
});
