import type { Database } from 'lmdb';
import { LAYOUT, PLAIN, type StoreFile, type Write } from './database';
import { MESSAGES, Row, rowRecord } from './outbox-row';
import { toSent, type MessageRecord, type SentRecord } from '../records';
import { SentRecords } from './sent-records';

/** Records brought over in one transaction. */
const AT_ONCE = 5000;

/** In layout 1 all that opening needed to know of a message was its key. */
interface OldKey {
  readonly number: number;
  readonly urgent: boolean;
  readonly queuedAt: number;
  readonly expiresAt: number;
}

const NUMBER = 6;
const TIME = 6;

function oldKey(key: Buffer): OldKey {
  return {
    number: key.readUIntBE(0, NUMBER),
    urgent: key[NUMBER] === 1,
    queuedAt: key.readUIntBE(NUMBER + 1, TIME),
    expiresAt: key.readUIntBE(NUMBER + 1 + TIME, TIME),
  };
}

/**
 * Makes a store of layout 1 one of the present layout. That had a record for each waiting message, whose numbers are kept; a list of
 * the leased ones; and sent messages under keys of their own, to which the message ids led. Everything is written anew before the
 * old is removed, and nothing is changed by being written twice: a process that is killed over it begins again.
 * @throws {SmppError} SMPP_STORE_FULL, SMPP_STORE_FAILED: the old is still there
 */
export async function upgrade(file: StoreFile): Promise<void> {
  const { root, state } = file.databases;
  const outbox = root.openDB<MessageRecord, Buffer>('outbox', { ...PLAIN, keyEncoding: 'binary' });
  const sent = root.openDB<SentRecord, string>('sent', PLAIN);
  const leased = new Set(numbersOf(state.get('leased')));
  await bringOver(file, rowsOf(file, outbox, leased));
  await bringOver(file, sentOf(file, sent));
  await root.transaction(() => {
    for (const database of [outbox, sent, root.openDB('ids', PLAIN), root.openDB('due', PLAIN)]) database.clearSync();
    state.removeSync('leased');
    state.putSync('layout', LAYOUT);
  });
}

async function bringOver(file: StoreFile, writes: Iterable<Write>): Promise<void> {
  let changes: Write[] = [];
  const commit = async (): Promise<void> => {
    const failure = await file.commit({ arrivals: [], changes, refuseArrivals: () => undefined });
    if (failure) throw failure;
    changes = [];
  };
  for (const write of writes) {
    changes.push(write);
    if (changes.length >= AT_ONCE) await commit();
  }
  await commit();
}

/** Messages whose numbers follow each other are a row. */
function* rowsOf(
  file: StoreFile,
  outbox: Database<MessageRecord, Buffer>,
  leased: ReadonlySet<number>,
): Iterable<Write> {
  type Entry = Parameters<typeof rowRecord>[0][number] & { readonly number: number };
  let entries: Entry[] = [];
  const row = (): Write[] => {
    const { number } = entries[0]!;
    const { states } = Row.ofNew(number, entries.length);
    entries.forEach((entry, place) => leased.has(entry.number) && (states[place] = 1));
    return [
      { to: 'outbox', key: number, value: file.encode(rowRecord(entries)) },
      { to: 'states', key: number, value: file.encode(states) },
    ];
  };
  for (const { key, value } of outbox.getRange()) {
    const { number, urgent, queuedAt, expiresAt } = oldKey(key);
    if (entries.length === MESSAGES || (entries.length > 0 && entries.at(-1)!.number + 1 !== number)) {
      yield* row();
      entries = [];
    }
    const record = file.encode(value);
    entries.push({ number, urgent, queuedAt, expiresAt, record, size: record.length });
  }
  if (entries.length > 0) yield* row();
}

function* sentOf(file: StoreFile, sent: Database<SentRecord, string>): Iterable<Write> {
  const records = new SentRecords(() => file.databases);
  const take = (): Write[] => records.take((to, key, record) => ({ to, key, value: file.encode(record) }));
  let count = 0;
  for (const { value } of sent.getRange()) {
    records.save(toSent(value));
    if (++count % AT_ONCE === 0) yield* take();
  }
  yield* take();
}

function numbersOf(octets: unknown): number[] {
  return Buffer.isBuffer(octets) ? [...new Float64Array(new Uint8Array(octets).buffer)] : [];
}
