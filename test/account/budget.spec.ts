import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Budget } from '../../src/account/budget';
import { CATCH_UP, LIMIT, MARGIN } from '../../src/account/throttling';
import { seededRandom } from '../../src/simulator/random';
import { mostInASecond, run, shareOf, type Conditions, type Run } from './model-platform';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const always = (limit: number) => () => limit;

function assertShare(
  done: Run,
  perSecond: number,
  [from, to]: readonly [number, number],
  least: number,
  most: number,
): void {
  const { share, throttled } = shareOf(done, perSecond, from, to);
  const seen = `${(share * 100).toFixed(2)} % of ${String(perSecond)}/s, ${(throttled * 100).toFixed(2)} % throttled`;
  assert.ok(share >= least && throttled <= most, `${seen}; ${done.allowed.map((rate) => rate.toFixed(1)).join(' ')}`);
}

/** How a platform, a network and a machine may behave. */
const anyConditions: fc.Arbitrary<Omit<Conditions, 'limit' | 'duration'>> = fc.record({
  answers: fc.tuple(fc.nat(2000), fc.nat(2000)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  jitter: fc.nat(200),
  late: fc.nat(120),
  stall: fc.record({ every: fc.integer({ min: 1000, max: 6000 }), length: fc.nat(900) }),
  clockSeconds: fc.boolean(),
  countsAll: fc.boolean(),
  seed: fc.nat(),
});

describe('Budget', () => {
  it('lets no second of sending exceed the contract, whatever is answered, when, and however late the timers are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.nat(400), { minLength: 1, maxLength: 6 }),
        anyConditions,
        (contract, limits, conditions) => {
          const limit = (time: number): number => limits[Math.floor(time / 3000) % limits.length]!;
          const { sent } = run(new Budget(contract), { ...conditions, duration: 12 * SECOND, limit });
          const times = sent.map(({ at }) => at).sort((a, b) => a - b);
          assert.ok(mostInASecond(times) <= contract);
        },
      ),
      { numRuns: 120 },
    );
  });

  for (const [least, most] of [
    [20, 20],
    [50, 500],
    [100, 900],
    [1000, 3000],
  ] as const) {
    it(`uses 99 % of the contract from the first second on where answers take ${String(least)} to ${String(most)} ms`, () => {
      for (const contract of [1, 7, 50, 333, 1000]) {
        const conditions = { duration: 20 * SECOND, limit: always(contract), answers: [least, most], late: 4 } as const;
        const done = run(new Budget(contract), { ...conditions, jitter: 1 });
        // At one a second a single PDU is more than one in a hundred of 20 seconds.
        const slack = 1 / (contract * 20);
        assertShare(done, contract, [0, 20 * SECOND], 0.99 - slack, 0.005 + slack);
        assertShare(done, contract, [0, SECOND], 0.98, 0);
      }
    });
  }

  it('paces evenly', () => {
    const { sent } = run(new Budget(100), { duration: SECOND, limit: always(100) });
    const gaps = sent.slice(1).map(({ at }, index) => at - sent[index]!.at);
    assert.ok(gaps.every((gap) => Math.abs(gap - 10 * (1 + MARGIN.least)) < 0.01));
  });

  it('bursts no more than the lateness of a timer explains, and not at all after an idle time', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 400, noNaN: true }), (late) => {
        const budget = new Budget(100);
        const burst = (now: number): number => {
          let count = 0;
          for (; budget.readyAt(now) <= now; count++) budget.spend(now);
          return count;
        };
        assert.equal(burst(0), 1);
        const due = budget.readyAt(0);
        assert.equal(burst(due + late), 1 + Math.floor(Math.min(late, CATCH_UP) / (due - 0)));
        assert.equal(burst(5000), 1);
      }),
    );
  });

  it('never makes anyone wait where there is no contract', () => {
    const budget = new Budget(0);
    for (let count = 0; count < 1000; count++) budget.answered(budget.spend(5), 6, false);
    assert.equal(budget.readyAt(5), 5);
    assert.deepEqual([budget.allowed, budget.throttled], [0, false]);
  });
});

describe('Budget, where a PDU is throttled now and then', () => {
  it('keeps its rate, but for a little margin, after a single one', () => {
    for (const contract of [5, 50, 1000]) {
      let unlucky = false;
      const done = run(new Budget(contract), {
        duration: 30 * SECOND,
        limit: always(Infinity),
        unlucky: (_, time) => !unlucky && (unlucky = time > 10 * SECOND),
      });
      assert.ok(unlucky && done.allowed.every((rate) => rate === contract));
      assertShare(done, contract, [10 * SECOND, 30 * SECOND], 0.985, 0.01);
    }
  });

  it('goes back to its rate where one PDU in fifty is throttled at random, whatever the rate', () => {
    for (const contract of [50, 200, 1000]) {
      for (const seed of [1, 2, 3]) {
        const random = seededRandom(seed);
        const done = run(new Budget(contract), {
          ...{ duration: 2 * MINUTE, limit: always(Infinity), late: 1, seed },
          unlucky: () => random() < 0.02,
        });
        assertShare(done, contract, [0, 2 * MINUTE], 0.86, 0.03);
        assert.ok(done.allowed.every((rate) => rate >= 0.75 * contract));
      }
    }
  });

  it('does not believe in a lower limit for one message that is tried again with growing pauses', () => {
    const tries = [0, 250, 750, 1750, 3750, 7750, 15_750, 31_750].map((time) => time + 5 * SECOND);
    let tried = 0;
    const done = run(new Budget(50), {
      duration: MINUTE,
      limit: always(Infinity),
      unlucky: (_, time) => time >= tries[tried]! && (tried += 1) > 0,
    });
    assert.ok(tried === tries.length && done.allowed.every((rate) => rate === 50));
    assertShare(done, 50, [0, MINUTE], 0.99, 0.01);
  });

  it('learns as much margin as the way to the platform needs, and forgets it again', () => {
    const jitter = { limit: always(50), jitter: 5, late: 1 };
    assertShare(run(new Budget(50), { ...jitter, duration: MINUTE }), 50, [0, MINUTE], 0.985, 0.005);
    const budget = new Budget(50);
    budget.answered(budget.spend(0), 10, true);
    assert.equal(budget.throttled, false);
  });

  it('keeps an even pace where the platform stands still for 200 ms every 5 s and counts what it then reads', () => {
    const done = run(new Budget(50), {
      duration: MINUTE,
      limit: always(50),
      stall: { every: 5000, length: 200 },
      late: 1,
    });
    assertShare(done, 50, [0, MINUTE], 0.96, 0.04);
    assert.ok(done.allowed.every((rate) => rate === 50));
  });
});

describe('Budget, where the platform takes less than its contract', () => {
  const tenToSixty = [10 * SECOND, MINUTE] as const;

  for (const [limit, least] of [
    [5, 0.9],
    [20, 0.95],
    [30, 0.95],
    [45, 0.95],
    [48, 0.95],
  ] as const) {
    it(`closes in on ${String(limit)} of 50 a second within ten seconds, and stays there`, () => {
      for (const answers of [
        [10, 10],
        [100, 900],
      ] as const) {
        for (const seed of [1, 2, 3]) {
          const done = run(new Budget(50), { duration: MINUTE, limit: always(limit), answers, late: 1, seed });
          assertShare(done, limit, tenToSixty, least, 0.01);
          const rates = done.allowed.slice(20);
          assert.ok(Math.max(...rates) - Math.min(...rates) <= 0.1 * limit, `no saw-tooth: ${rates.join()}`);
        }
      }
    });
  }

  it('closes in on any limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 200 }),
        fc.double({ min: 0.1, max: 0.95, noNaN: true }),
        fc.integer({ min: 5, max: 500 }),
        fc.nat(),
        (contract, part, answer, seed) => {
          const limit = Math.max(4, Math.floor(contract * part));
          const answers = [answer, 2 * answer] as const;
          const done = run(new Budget(contract), { duration: MINUTE, limit: always(limit), answers, late: 1, seed });
          assertShare(done, limit, [20 * SECOND, MINUTE], 0.9, 0.03);
        },
      ),
      { numRuns: 60 },
    );
  });

  for (const [what, how] of [
    ['counts by the seconds of its clock', { clockSeconds: true }],
    ['counts what it throttles, too', { countsAll: true }],
  ] as const) {
    it(`closes in on a limit of a platform that ${what}`, () => {
      const done = run(new Budget(50), { duration: 2 * MINUTE, limit: always(20), late: 1, ...how });
      assertShare(done, 20, [MINUTE, 2 * MINUTE], 0.95, 0.02);
    });
  }

  it('follows a limit that changes: within 5 s down, within 30 s up', () => {
    const limit = (time: number): number => (time < 20 * SECOND || time > 60 * SECOND ? 50 : 20);
    for (const seed of [1, 2, 3, 4]) {
      const done = run(new Budget(50), { duration: 110 * SECOND, limit, late: 1, seed });
      assertShare(done, 20, [25 * SECOND, 60 * SECOND], 0.95, 0.01);
      assertShare(done, 50, [90 * SECOND, 110 * SECOND], 0.99, 0.005);
      assert.equal(done.allowed.at(-1), 50);
    }
  });

  it('sends next to nothing to one that takes nothing, and is back soon after it takes all again', () => {
    for (const [length, back] of [
      [2, 5],
      [60, 12],
    ] as const) {
      const closed = [10 * SECOND, (10 + length) * SECOND] as const;
      const done = run(new Budget(50), {
        duration: closed[1] + 40 * SECOND,
        limit: (time) => (time >= closed[0] && time < closed[1] ? 0 : Infinity),
        late: 1,
      });
      if (length > 30) assert.ok(done.allowed[Math.floor(closed[1] / SECOND) - 1]! <= 2 * LIMIT.lowest);
      assertShare(done, 50, [closed[1] + back * SECOND, closed[1] + 40 * SECOND], 0.99, 0);
    }
  });

  it('judges a server of one PDU a second by more than one answer', () => {
    let count = 0;
    const done = run(new Budget(1), {
      duration: MINUTE,
      limit: always(Infinity),
      unlucky: (index) => index % 12 === 11 && (count += 1) > 0,
    });
    assert.ok(count >= 4 && done.allowed.every((rate) => rate === 1), done.allowed.join());
  });

  it('finds the limit of one without a contract, and forgets it when what it was sent is taken again', () => {
    const limit = (time: number): number => (time < 5 * SECOND || time > 40 * SECOND ? Infinity : 200);
    /** Where nothing limits, 400 a second are sent. */
    class Supplied extends Budget {
      #next = 0;
      override readyAt(now: number): number {
        return Math.max(super.readyAt(now), this.#next);
      }
      override spend(now: number): number {
        this.#next = now + 2.5;
        return super.spend(now);
      }
    }
    const done = run(new Supplied(0), { duration: 80 * SECOND, limit });
    assertShare(done, 400, [0, 4.9 * SECOND], 0.99, 0);
    assertShare(done, 200, [10 * SECOND, 40 * SECOND], 0.95, 0.01);
    assertShare(done, 400, [70 * SECOND, 80 * SECOND], 0.99, 0);
    assert.equal(done.allowed.at(-1), 0);
  });
});
