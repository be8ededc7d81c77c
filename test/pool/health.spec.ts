import assert from 'node:assert/strict';
import type { BindSnapshot, BindState, PoolState } from '../../src/pool/events';
import { conditionOf, DOTS, isQueueHigh, isThrottled } from '../../src/pool/health';

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

  function condition(state: PoolState, binds: readonly BindState[], allowed = 50, opening = false): string {
    const some = binds.map((bind) => ({ state: bind }) as BindSnapshot);
    return conditionOf(state, [{ throughput: 50, allowed, binds: some }], opening);
  }

  it('calls what sends throttled before it is called up or partly up', () => {
    assert.deepEqual([condition('up', ['bound']), condition('up', ['bound'], 20)], ['up', 'throttled']);
    assert.equal(condition('degraded', ['bound', 'waiting'], 20), 'throttled');
    assert.equal(condition('degraded', ['bound', 'refused']), 'degraded');
  });

  it('names what keeps down what is down, a refusal first', () => {
    assert.equal(condition('down', ['connecting', 'quota', 'refused'], 20), 'refused');
    assert.equal(condition('down', ['connecting', 'quota']), 'quota');
    assert.equal(condition('down', ['waiting', 'connecting']), 'connecting');
    assert.equal(condition('down', ['waiting']), 'down');
    assert.equal(condition('down', [], 50, true), 'connecting');
  });

  it('calls stopped what is stopped, however slow it was', () => {
    assert.equal(condition('stopped', ['stopped'], 20, true), 'stopped');
  });

  it('gives red to what needs somebody, and fills the dot of what is settled', () => {
    const red = Object.entries(DOTS).filter(([, { fill }]) => fill === 'red');
    assert.deepEqual(red.map(([name]) => name).sort(), ['down', 'failed', 'quota', 'refused']);
    assert.deepEqual(DOTS.bound, DOTS.up);
  });
});
