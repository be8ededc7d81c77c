import assert from 'node:assert/strict';
import fc from 'fast-check';
import { retryDelay, troubleDelay } from '../../src/pool/backoff';

const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const attempt = fc.integer({ min: 1, max: 10_000 });

describe('the wait before the next bind', () => {
  it('has a ceiling that doubles up to a minute', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => retryDelay('network', failures, 1));
    assert.deepEqual(ceilings, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('lies anywhere below its ceiling, so that binds lost together come back apart', () => {
    assert.equal(retryDelay('network', 4, 0.5), 4000);
    assert.equal(retryDelay('network', 4, 0.1), 800);
  });

  it('is never nothing and never above a minute while the network is at fault', () => {
    fc.assert(
      fc.property(attempt, chance, (failures, random) => {
        for (const kind of ['network', 'maintenance'] as const) {
          const delay = retryDelay(kind, failures, random);
          assert.ok(delay >= 100 && delay <= 60_000);
        }
      }),
    );
  });

  it('is minutes after a refused login', () => {
    fc.assert(
      fc.property(attempt, chance, (failures, random) => {
        const delay = retryDelay('credentials', failures, random);
        assert.ok(delay >= 120_000 && delay <= 600_000);
      }),
    );
  });

  it('is longer than the five minutes of the platform after a full quota', () => {
    fc.assert(
      fc.property(attempt, chance, (failures, random) => {
        assert.ok(retryDelay('quota', failures, random) > 300_000);
      }),
    );
  });
});

describe('the wait before another submit', () => {
  it('doubles from a second, half of it by chance', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((troubles) => troubleDelay(troubles, 1)),
      [1000, 2000, 4000, 8000],
    );
    assert.equal(troubleDelay(1, 0), 500);
    assert.equal(troubleDelay(30, 1), 30_000);
  });
});
