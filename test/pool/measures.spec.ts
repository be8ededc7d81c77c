import assert from 'node:assert/strict';
import { AnswerCounts, LATENCY_BOUNDS, LatencyHistogram, ReceiptCounts } from '../../src/pool/measures';

describe('What a pool counts', () => {
  it('has each span of time in the first bucket that holds it, bounds included', () => {
    const histogram = new LatencyHistogram();
    for (const span of [0, 5, 5.1, 10_000, 9_999_999]) histogram.add(span);
    assert.equal(histogram.counts.length, LATENCY_BOUNDS.length + 1);
    assert.deepEqual([histogram.counts[0], histogram.counts[1], histogram.counts.at(-1)], [2, 1, 1]);
    assert.equal(histogram.counts[LATENCY_BOUNDS.indexOf(10_000)], 1);
    assert.equal(histogram.sum, 10_010_009.1);
  });

  it('has answers by the name of their status, all vendors’ in one', () => {
    const counts = new AnswerCounts();
    for (const code of [0, 0, 0x58, 0x401, 0x402, 0xffffffff]) counts.add(code);
    assert.deepEqual(counts.entries(), [
      ['ESME_ROK', 2],
      ['ESME_RTHROTTLED', 1],
      ['vendor', 3],
    ]);
  });

  it('has receipts by state and group', () => {
    const counts = new ReceiptCounts();
    counts.add('DELIVERED', 'delivered');
    counts.add('REJECTED', 'dlt');
    counts.add('DELIVERED', 'delivered');
    assert.deepEqual(counts.entries(), [
      { state: 'DELIVERED', group: 'delivered', count: 2 },
      { state: 'REJECTED', group: 'dlt', count: 1 },
    ]);
  });
});
