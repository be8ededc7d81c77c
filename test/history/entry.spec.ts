import assert from 'node:assert/strict';
import { publicEntry, withReceipts, type EntryReceipt, type HistoryEntry } from '../../src/history/entry';

const ENTRY: HistoryEntry = {
  id: 'a1',
  to: '919876543210',
  from: 'SHOP',
  outcome: 'accepted',
  state: null,
  status: null,
  error: null,
  description: null,
  template: null,
  segments: 2,
  messageIds: ['1', '2'],
  server: 'smpp1:2775',
  queuedAt: 1000,
  submittedAt: 1100,
  answeredAt: 1200,
  doneAt: null,
  attempts: 1,
  possibleDuplicate: false,
  reference: undefined,
  node: 'n1',
};

function receipt(change: Partial<EntryReceipt>): EntryReceipt {
  return {
    state: 'DELIVERED',
    final: true,
    delivered: true,
    status: 'DELIVRD',
    error: '000',
    description: 'Delivered',
    group: 'delivered',
    retryable: false,
    at: 5000,
    ...change,
  };
}

const FAILED = receipt({
  state: 'UNDELIVERABLE',
  delivered: false,
  status: 'UNDELIV',
  error: '001',
  description: 'Unknown subscriber',
  at: 4000,
});

describe('An entry of the history', () => {
  it('has the worst of what its receipts say, and the time of the last final one', () => {
    const { state, status, error, description, doneAt } = withReceipts(ENTRY, {
      messageIds: ['1', '2'],
      receipts: [FAILED, receipt({})],
    });
    assert.deepEqual(
      { state, status, error, description, doneAt },
      {
        state: 'UNDELIVERABLE',
        status: 'UNDELIV',
        error: '001',
        description: 'Unknown subscriber',
        doneAt: 5000,
      },
    );
  });

  it('has no end while only pending reports have come', () => {
    const pending = receipt({ state: 'ENROUTE', final: false, delivered: false, status: 'ENROUTE' });
    const { state, doneAt } = withReceipts(ENTRY, { messageIds: ['1', '2'], receipts: [pending, null] });
    assert.deepEqual({ state, doneAt }, { state: 'ENROUTE', doneAt: null });
  });

  it('takes over ids that came after its end', () => {
    assert.deepEqual(withReceipts(ENTRY, { messageIds: ['1', '9'], receipts: [null, null] }).messageIds, ['1', '9']);
  });

  it('is given out with dates', () => {
    const clock = { now: () => 0, wallOf: (moment: number) => moment + 1000, after: () => () => undefined };
    const { queuedAt, doneAt } = publicEntry(ENTRY, clock);
    assert.deepEqual({ queuedAt, doneAt }, { queuedAt: '1970-01-01T00:00:02.000Z', doneAt: null });
  });
});
