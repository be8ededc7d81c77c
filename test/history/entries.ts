import fc from 'fast-check';
import type { EntryReceipt, HistoryEntry } from '../../src/history/entry';
import type { MessageFilter } from '../../src/history/filter';
import type { History, HistoryPage } from '../../src/history/history';

export const BEGAN = 1_700_000_000_000;

export function historyEntry(id: string, change: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    id,
    to: '919876543210',
    from: 'ALERTS',
    outcome: 'accepted',
    state: null,
    status: null,
    error: null,
    description: null,
    template: null,
    segments: 1,
    messageIds: [`p${id}`],
    server: '127.0.0.1:2775',
    queuedAt: BEGAN,
    submittedAt: BEGAN + 5,
    answeredAt: BEGAN + 9,
    doneAt: null,
    attempts: 1,
    possibleDuplicate: false,
    reference: { order: id },
    node: 'send-1',
    ...change,
  };
}

export const DELIVERED: EntryReceipt = {
  state: 'DELIVERED',
  final: true,
  delivered: true,
  status: 'DELIVRD',
  error: '000',
  description: 'Delivered',
  group: 'delivered',
  retryable: false,
  at: BEGAN + 1000,
};

/** Entries of a few numbers, senders and nodes, so that filters find several of them; their ids are their places. */
export const someEntries = fc
  .array(
    fc.record({
      to: fc.constantFrom('919876543210', '919876543211', '4919876543210', '447700900123'),
      from: fc.constantFrom('ALERTS', 'SHOP'),
      outcome: fc.constantFrom('accepted', 'refused', 'expired' as const),
      node: fc.constantFrom('send-1', 'send-2'),
      reference: fc.constantFrom(null, 1, { order: 1 }),
      state: fc.constantFrom(null, 'DELIVERED', 'UNDELIVERABLE' as const),
      after: fc.nat(100),
      messageId: fc.constantFrom(null, 'a', 'b', '0x1F'),
    }),
    { maxLength: 40 },
  )
  .map((all) =>
    all.map(({ after, messageId, ...change }, index) =>
      historyEntry(`e${String(index)}`, { ...change, queuedAt: BEGAN + after, messageIds: [messageId] }),
    ),
  );

export const someFilter: fc.Arbitrary<MessageFilter> = fc.record(
  {
    id: fc.constantFrom('e0', 'e7', 'none'),
    to: fc.constantFrom({ digits: '9876543210', last: true }, { digits: '919876543211', last: false }),
    from: fc.constantFrom('ALERTS', 'SHOP'),
    outcome: fc.constantFrom('accepted', 'refused' as const),
    node: fc.constantFrom('send-1', 'send-2'),
    reference: fc.constantFrom({ value: null }, { value: { order: 1 } }),
    state: fc.constantFrom(null, 'DELIVERED' as const),
    messageId: fc.constantFrom('a', '1f'),
    since: fc.nat(100).map((after) => BEGAN + after),
    until: fc.nat(100).map((after) => BEGAN + after),
  },
  { requiredKeys: [] },
);

/** Everything that fits, read in pages of this size. */
export async function findAll(history: History, filter: MessageFilter, limit = 7): Promise<HistoryEntry[]> {
  const found: HistoryEntry[] = [];
  for (let next: number | null = Infinity; next !== null;) {
    const page: HistoryPage = await history.find(filter, limit, next);
    found.push(...page.entries);
    ({ next } = page);
  }
  return found;
}
