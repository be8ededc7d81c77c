/** What one message and one receipt cost in octets read and written, without any socket, against the library. */
import { createRequire } from 'node:module';
import type * as SmppModule from 'smpp';
import type * as PrepareModule from '../src/message/prepare';
import type * as ParseModule from '../src/receipt/parse';
import type * as DeliverModule from '../src/smpp/deliver';
import type * as SubmitModule from '../src/smpp/submit';
import { built, childOptions, finish } from './child';
import { FROM, medians, poolSettings, TEXT, TO } from './load';

const { prepareMessage } = built<typeof PrepareModule>('src/message/prepare');
const { parseReceipt } = built<typeof ParseModule>('src/receipt/parse');
const { decodeDelivery } = built<typeof DeliverModule>('src/smpp/deliver');
const { encodeSubmit } = built<typeof SubmitModule>('src/smpp/submit');
const { PDU } = createRequire(__filename)('smpp') as typeof SmppModule;

/** Microseconds an operation, of the library and of ours. */
export interface CodecTimes {
  readonly submitLibrary: number;
  readonly submit: number;
  readonly receiptLibrary: number;
  readonly receipt: number;
}

const { repetitions } = childOptions<{ repetitions: number }>();
const OPERATIONS_A_ROUND = 30_000;
const { profile } = poolSettings([], 1, 0);
const RECEIPT = new PDU('deliver_sm', {
  esm_class: 4,
  source_addr: TO,
  destination_addr: FROM,
  short_message:
    'id:0123456789 sub:001 dlvrd:001 submit date:2601021530 done date:2601021531 stat:DELIVRD err:000 text:Pump 3 of the no',
  receipted_message_id: '0123456789',
  message_state: 2,
}).toBuffer();

const OPERATIONS: Readonly<Record<keyof CodecTimes, () => unknown>> = {
  submitLibrary: () =>
    new PDU('submit_sm', {
      source_addr: FROM,
      destination_addr: TO,
      short_message: TEXT,
      registered_delivery: 1,
    }).toBuffer(),
  submit: () => prepareMessage({ to: TO, from: FROM, text: TEXT }, profile, 1).segments.map(encodeSubmit),
  receiptLibrary: () => new PDU(RECEIPT),
  receipt: () => parseReceipt(decodeDelivery(RECEIPT), { timezone: 'UTC' }),
};

/** Keeps the results alive, so that none is optimised away. */
let last: unknown;

/** CPU time, for the machine may be busy with other things. */
function time(operation: () => unknown): number {
  const cpu = process.cpuUsage();
  for (let count = 0; count < OPERATIONS_A_ROUND; count++) last = operation();
  return process.cpuUsage(cpu).user / OPERATIONS_A_ROUND;
}

const names = Object.keys(OPERATIONS) as (keyof CodecTimes)[];
const round = (): CodecTimes =>
  Object.fromEntries(names.map((name) => [name, time(OPERATIONS[name])])) as Record<keyof CodecTimes, number>;
// The first one only warms up.
const [, ...rounds] = Array.from({ length: repetitions + 1 }, round);
finish({ ...medians(rounds), kept: last !== undefined });
