import { ignoreFailure } from '../../base/background';
import type { Database, RootDatabase } from 'lmdb';
import type * as Lmdb from 'lmdb';
import type { BodyRecord, OutcomeRecord, ProgressRecord, SentRecord } from '../records';
import { otherVersion } from './store-error';

/** Version of the databases and records below. An optional field added at the end of a record does not change it. */
export const LAYOUT = 2;

/**
 * Four numbers a message (urgent, queuedAt, expiresAt, end of its record), the records one after the other, and the
 * keys of their bodies.
 */
export type RowRecord = readonly [heads: readonly number[], records: Buffer, bodies?: readonly number[]];
/** Leads from the key of a message id to `home`, the key under which a message of several segments is stored. */
export type Link = readonly [home: string, expiresAt: number];

/** The ends of the entries' records, and these one after the other; an entry that was removed has no octet. */
export type HistoryBlock = readonly [ends: readonly number[], records: Buffer];

/** Key and record types of each database. */
export interface Stored {
  /** "layout": the value of LAYOUT; "tried", "opened": times of writes that only shall be written. */
  readonly state: { readonly key: string; readonly record: unknown };
  /** Rows of messages, by the number of their first message. */
  readonly outbox: { readonly key: number; readonly record: RowRecord };
  /** Content that the recipients of one input share. */
  readonly bodies: { readonly key: number; readonly record: BodyRecord };
  /** States of the messages of a row, by the row's key: an octet each. */
  readonly states: { readonly key: number; readonly record: Buffer };
  /** What has changed of a message since the flow gave it, by the message's number. */
  readonly progress: { readonly key: number; readonly record: ProgressRecord };
  /** Outcomes, grouped by the transaction that stored them. */
  readonly outcomes: { readonly key: number; readonly record: readonly OutcomeRecord[] };
  /** Sent messages by the key of a message id; nearly always one under each key. */
  readonly sent: { readonly key: string; readonly record: readonly (SentRecord | Link)[] };
  readonly sentExpiry: { readonly key: string; readonly record: readonly string[] };
  readonly sentDue: { readonly key: string; readonly record: string };
  readonly parked: { readonly key: number; readonly record: readonly [kind: string, data: unknown] };
  /** Incoming multipart messages that are not complete, by the key that their parts have in common. */
  readonly partials: {
    readonly key: string;
    readonly record: readonly [expiresAt: number, data: unknown, octets?: number];
  };
  /** Parts of these messages; the key is that of the message, a blank, and the part's number. */
  readonly parts: { readonly key: string; readonly record: unknown };
  /** Entries of the history that were stored together, by the number of the first. */
  readonly history: { readonly key: number; readonly record: HistoryBlock };
  /** Columns of the history's index (see history-index): four a page. */
  readonly historyIndex: { readonly key: number; readonly record: Buffer };
  /** Keys of platform's ids that came after the end of their message, by the message's id. */
  readonly historyLate: { readonly key: string; readonly record: string };
}

export type Kind = keyof Stored;

export type Databases = { readonly root: RootDatabase } & {
  readonly [K in Kind]: Database<Stored[K]['record'], Stored[K]['key']>;
};

/** The names of the databases in the file. */
export const NAMES: Readonly<Record<Kind, string>> = {
  state: 'state',
  outbox: 'rows',
  bodies: 'bodies',
  states: 'states',
  progress: 'progress',
  outcomes: 'outcomes',
  sent: 'remembered',
  sentExpiry: 'expiring',
  sentDue: 'falling due',
  parked: 'parked',
  partials: 'partials',
  parts: 'parts',
  history: 'history',
  historyIndex: 'history index',
  historyLate: 'history late',
};

/**
 * Octets of address space, not memory. Without this lmdb starts small and keeps every map it has outgrown until the
 * file is closed.
 */
const MAP_SIZE = process.arch === 'arm' || process.arch === 'ia32' ? undefined : 2 ** 36;
/** Without lmdb's table of structures: messages of flows have arbitrary keys and would overflow it. */
const PLAIN = { encoder: { useRecords: false } } as object;

/**
 * Opens the databases of a file, or makes them.
 * @throws {SmppError} SMPP_STORE_VERSION where the file has another layout
 */
export function openDatabases(lmdb: typeof Lmdb, path: string): Databases {
  // Without overlappingSync a promise resolves when the transaction is on the disk, not before. With eventTurnBatching
  // lmdb would do a commit of its own whose failure nobody can catch.
  const root = lmdb.open({
    path,
    overlappingSync: false,
    eventTurnBatching: false,
    maxDbs: 32,
    ...(MAP_SIZE && { mapSize: MAP_SIZE }),
  });
  const state = root.openDB<unknown, string>(NAMES.state, PLAIN);
  const layout = state.get('layout');
  if (layout === undefined) state.putSync('layout', LAYOUT);
  else if (layout !== LAYOUT) {
    ignoreFailure(root.close(), 'nothing was written');
    throw otherVersion(`has layout ${String(layout)}`, LAYOUT);
  }
  const databases = Object.fromEntries(Object.entries(NAMES).map(([kind, name]) => [kind, root.openDB(name, PLAIN)]));
  return { root, ...databases } as unknown as Databases;
}
