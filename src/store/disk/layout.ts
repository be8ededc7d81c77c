import { ignoreFailure } from '../../base/background';
import type { Database, RootDatabase } from 'lmdb';
import type * as Lmdb from 'lmdb';
import type { BodyRecord, OutcomeRecord, ProgressRecord, SentRecord } from '../records';
import { otherVersion } from './store-error';

/** Of the records and databases below. A field added at the end of a record, and read as optional, is no new layout. */
export const LAYOUT = 2;

/** Four numbers a message (urgent, queuedAt, expiresAt, where its record ends), all the records, and the keys of the bodies they need. */
export type RowRecord = readonly [heads: readonly number[], records: Buffer, bodies?: readonly number[]];
/** A message of several segments lies under a key of its own; the keys of its ids lead there. */
export type Link = readonly [home: string, expiresAt: number];

/** What lies under which keys. */
export interface Stored {
  /** `layout` */
  readonly state: { readonly key: string; readonly record: unknown };
  /** Messages, many in a row, by the number of the first. */
  readonly outbox: { readonly key: number; readonly record: RowRecord };
  /** What the recipients of one input share. */
  readonly bodies: { readonly key: number; readonly record: BodyRecord };
  /** What has become of the messages of a row. */
  readonly states: { readonly key: number; readonly record: Buffer };
  /** What has changed of a message since it was taken, by its number. */
  readonly progress: { readonly key: number; readonly record: ProgressRecord };
  /** Outcomes of one transaction together. */
  readonly outcomes: { readonly key: number; readonly record: readonly OutcomeRecord[] };
  /** By the key of a message id; nearly always one message under each. */
  readonly sent: { readonly key: string; readonly record: readonly (SentRecord | Link)[] };
  readonly sentExpiry: { readonly key: string; readonly record: readonly string[] };
  readonly sentDue: { readonly key: string; readonly record: string };
  readonly parked: { readonly key: number; readonly record: readonly [kind: string, data: unknown] };
  /** Longer incoming messages of which parts have come, by what their parts have in common. */
  readonly partials: {
    readonly key: string;
    readonly record: readonly [expiresAt: number, data: unknown, octets?: number];
  };
  /** Their parts, by that, a blank, and their number. */
  readonly parts: { readonly key: string; readonly record: unknown };
}

export type Kind = keyof Stored;

export type Databases = { readonly root: RootDatabase } & {
  readonly [K in Kind]: Database<Stored[K]['record'], Stored[K]['key']>;
};

const NAMES: Readonly<Record<Kind, string>> = {
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
};

/** Address space, not memory. Without it lmdb starts small and keeps every map it has outgrown until the file is closed. */
const MAP_SIZE = process.arch === 'arm' || process.arch === 'ia32' ? undefined : 2 ** 36;
/** Flows' messages have any keys: no table of structures could hold them. */
const PLAIN = { encoder: { useRecords: false } } as object;

/** @throws {SmppError} SMPP_STORE_VERSION */
export function openDatabases(lmdb: typeof Lmdb, path: string): Databases {
  // A promise resolves when the transaction is on the disk, not before. Batching by turns of the event loop would do a commit of
  // its own whose failure nobody can catch.
  const root = lmdb.open({
    path,
    overlappingSync: false,
    eventTurnBatching: false,
    maxDbs: 16,
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
