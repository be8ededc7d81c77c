import type { OutboxMessage } from './store';
import type { Waiting } from './waiting';

/** A message of the disk store's outbox, as far as it is in memory. Times are epoch milliseconds. */
export interface Entry extends Waiting {
  /** Increasing; the order of the outbox, also after a restart. */
  readonly number: number;
  /** Of a few messages; the others are read when they are leased. */
  message: OutboxMessage | null;
}

const NUMBER = 6;
const TIME = 6;
const LAST_TIME = 2 ** (8 * TIME) - 1;

/** The whole entry is the key of its message, so that opening a store reads keys only. */
export const entryKey = {
  writeKey({ number, urgent, queuedAt, expiresAt }: Entry, target: Buffer, start: number): number {
    let at = target.writeUIntBE(number, start, NUMBER);
    at = target.writeUInt8(urgent ? 1 : 0, at);
    at = target.writeUIntBE(time(queuedAt), at, TIME);
    return target.writeUIntBE(time(expiresAt), at, TIME);
  },

  readKey(source: Buffer, start: number): Entry {
    const urgentAt = start + NUMBER;
    return {
      number: source.readUIntBE(start, NUMBER),
      urgent: source[urgentAt] === 1,
      queuedAt: source.readUIntBE(urgentAt + 1, TIME),
      expiresAt: source.readUIntBE(urgentAt + 1 + TIME, TIME),
      message: null,
    };
  },
};

function time(value: number): number {
  return Math.min(Math.max(0, Math.trunc(value)), LAST_TIME);
}
