import assert from 'node:assert/strict';
import { isQueueHigh, isThrottled } from '../../src/pool/health';

describe('the health of a pool', () => {
  it('calls the queue high from four fifths of its limit on, and until it is down to three fifths', () => {
    const high = (waiting: number, wasHigh: boolean): boolean => isQueueHigh({ waiting, limit: 100 }, wasHigh);
    assert.deepEqual([high(79, false), high(80, false), high(61, true), high(60, true)], [false, true, true, false]);
  });

  it('calls a server throttled that takes less than its throughput, or anything limited where that is unlimited', () => {
    const throttled = (allowed: number, throughput: number): boolean => isThrottled({ allowed, throughput });
    assert.deepEqual(
      [throttled(50, 50), throttled(49, 50), throttled(0, 0), throttled(20, 0)],
      [false, true, false, true],
    );
  });
});
