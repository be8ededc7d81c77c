import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RemoteClock } from '../../../src/redis/remote-clock';

/** Milliseconds on the way to Redis and back. */
const trips = fc.array(
  fc.record({
    there: fc.double({ min: 0, max: 50, noNaN: true }),
    back: fc.double({ min: 0, max: 50, noNaN: true }),
    pause: fc.double({ min: 0, max: 3000, noNaN: true }),
  }),
  { minLength: 1, maxLength: 50 },
);
const offsets = fc.double({ min: -1e6, max: 1e6, noNaN: true });
/** For the rounding of doubles. */
const EPSILON = 1e-3;

describe('RemoteClock', () => {
  it('is never early and never late: a moment has come there, or has not passed, when it says so, wherever the delays were', () => {
    fc.assert(
      fc.property(trips, offsets, (all, offset) => {
        const clock = new RemoteClock();
        let now = 0;
        for (const { there, back, pause } of all) {
          now += pause;
          clock.learn(now, now + there + back, now + there + offset);
          now += there + back;
          assert.ok(clock.surelyAt(now + offset) >= now - EPSILON);
          assert.ok(clock.surelyUntil(now + offset) <= now + EPSILON);
          assert.ok(clock.surelyBy(now) >= now + offset - EPSILON);
        }
      }),
    );
  });

  it('knows the time as closely as the best answers of the last seconds', () => {
    const clock = new RemoteClock();
    clock.learn(0, 10, 1000 + 9.9);
    clock.learn(20, 40, 1000 + 20.1);
    assert.ok(Math.abs(clock.surelyAt(1100) - 100) < 0.2);
    assert.ok(Math.abs(clock.surelyBy(100) - 1100) < 0.2);
    clock.learn(3000, 3100, 1000 + 3050);
    clock.learn(6000, 6100, 1000 + 6050);
    assert.ok(clock.surelyAt(1100) - 100 > 40, 'what was learnt long ago holds no more');
  });

  it('follows a clock that was set', () => {
    const clock = new RemoteClock();
    clock.learn(0, 1, 1000.5);
    clock.learn(10, 11, 510.5);
    assert.ok(Math.abs(clock.surelyAt(600) - 100) <= 0.5);
  });
});
