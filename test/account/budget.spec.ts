import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Budget } from '../../src/account/budget';
import { THROTTLING } from '../../src/account/throttling';

const SECOND = 1000;

/** What happens to a PDU and its answer, milliseconds. */
interface Trip {
  /** How late the timer is that should send it. */
  readonly timer: number;
  /** From us to the platform, beyond the fastest way. */
  readonly there: number;
  /** From the platform to us, beyond the fastest way. */
  readonly back: number;
}

const FASTEST_WAY = 5;

interface Pdu {
  readonly sent: number;
  readonly arrived: number;
}

/** Sends from a backlog that never ends, over a link that delays each PDU as `trips` say, over and over. */
function sendFor(budget: Budget, duration: number, trips: readonly Trip[], from = 0): Pdu[] {
  return sendOver(budget, [{ duration, trips }], from);
}

/** One link after the other. */
function sendOver(budget: Budget, links: readonly { duration: number; trips: readonly Trip[] }[], from = 0): Pdu[] {
  const pdus: Pdu[] = [];
  const answers: { ticket: number; at: number }[] = [];
  let last = from;
  const ends = links.map(({ duration }) => (last += duration));
  let now = from;
  for (;;) {
    const { trips } = links[ends.findIndex((end) => now < end)]!;
    const trip = trips[pdus.length % trips.length]!;
    // A timer that is late; what is due by then goes out at once.
    const due = budget.readyAt(now);
    if (due > now) now = due + trip.timer;
    if (now >= last) return pdus;
    answers.sort((a, b) => a.at - b.at);
    while (answers.length > 0 && answers[0]!.at <= now) {
      const { ticket, at } = answers.shift()!;
      budget.answered(ticket, at);
    }
    // An answer that has just come may have moved the moment.
    if (budget.readyAt(now) > now) continue;
    const ticket = budget.spend(now);
    const arrived = now + FASTEST_WAY + trip.there;
    pdus.push({ sent: now, arrived });
    answers.push({ ticket, at: arrived + FASTEST_WAY + trip.back });
  }
}

/** The most PDUs in any window of a second, wherever it starts. */
function mostInASecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  let start = 0;
  let most = 0;
  sorted.forEach((time, end) => {
    while (time - sorted[start]! >= SECOND) start += 1;
    most = Math.max(most, end - start + 1);
  });
  return most;
}

const PUNCTUAL: readonly Trip[] = [{ timer: 0, there: 0, back: 0 }];
/** Links on which now and then a PDU finds the fastest way: nothing can be known of a delay that all have. */
const jitteryTrips = (timer: number, way: number) =>
  fc
    .array(
      fc.record({
        timer: fc.double({ min: 0, max: timer, noNaN: true }),
        there: fc.double({ min: 0, max: way, noNaN: true }),
        back: fc.double({ min: 0, max: way, noNaN: true }),
      }),
      { minLength: 1, maxLength: 60 },
    )
    .map((trips) => [PUNCTUAL[0]!, ...trips]);

/** Links on which no PDU finds the fastest way. */
const busyWays = fc.array(
  fc.record({
    timer: fc.constant(0),
    there: fc.double({ min: 10, max: 60, noNaN: true }),
    back: fc.double({ min: 0, max: 60, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
);

const throughputs = fc.integer({ min: 1, max: 300 });

describe('Budget', () => {
  it('lets no second exceed the contract, wherever it starts and however late the timers are', () => {
    fc.assert(
      fc.property(throughputs, jitteryTrips(80, 0), (throughput, trips) => {
        const pdus = sendFor(new Budget(throughput), 4 * SECOND, trips);
        assert.ok(mostInASecond(pdus.map(({ sent }) => sent)) <= throughput);
      }),
      { numRuns: 200 },
    );
  });

  it('lets no second exceed the contract where the platform counts, although the way there varies', () => {
    fc.assert(
      fc.property(throughputs, jitteryTrips(10, 200), (throughput, trips) => {
        const pdus = sendFor(new Budget(throughput), 4 * SECOND, trips);
        assert.ok(mostInASecond(pdus.map(({ arrived }) => arrived)) <= throughput);
      }),
      { numRuns: 200 },
    );
  });

  it('lets no second exceed the contract although every PDU took long at first, few before or none', () => {
    fc.assert(
      fc.property(
        throughputs,
        busyWays,
        fc.nat(10),
        fc.integer({ min: 1, max: 14 }),
        (throughput, busy, few, seconds) => {
          const budget = new Budget(throughput);
          for (let count = 0; count < few; count++) budget.answered(budget.spend(5000 * count), 5000 * count + 100);
          const links = [
            { duration: seconds * SECOND, trips: busy },
            { duration: 3 * SECOND, trips: PUNCTUAL },
          ];
          const pdus = sendOver(budget, links, 5000 * few);
          assert.ok(mostInASecond(pdus.map(({ arrived }) => arrived)) <= throughput);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('lets no second exceed the contract after a time in which every PDU took long', () => {
    fc.assert(
      fc.property(throughputs, busyWays, (throughput, busy) => {
        const pdus = sendOver(new Budget(throughput), [
          { duration: 60 * SECOND, trips: PUNCTUAL },
          { duration: 50 * SECOND, trips: busy },
          { duration: 3 * SECOND, trips: PUNCTUAL },
        ]);
        assert.ok(mostInASecond(pdus.map(({ arrived }) => arrived)) <= throughput);
      }),
      { numRuns: 20 },
    );
  });

  it('gives a backlog at least 99 % of the contract while timers are late by up to 4 ms', () => {
    const trips = Array.from({ length: 97 }, (_, i) => ({ timer: (i * 7) % 5, there: 0, back: 0 }));
    for (const throughput of [1, 7, 50, 333, 1000]) {
      const budget = new Budget(throughput);
      // At the lowest rate it takes the longest until the shortest way is known.
      const before = sendFor(budget, 60 * SECOND, trips).at(-1)!.sent;
      const pdus = sendFor(budget, 100 * SECOND, trips, before);
      assert.ok(pdus.length >= 0.99 * throughput * 100, `${String(throughput)}: ${String(pdus.length)} in 100 s`);
    }
  });

  it('paces evenly, and does not catch up on more than a moment that was missed', () => {
    const budget = new Budget(100);
    const gaps = (pdus: readonly Pdu[]): number[] => pdus.slice(1).map(({ sent }, i) => sent - pdus[i]!.sent);
    assert.ok(gaps(sendFor(budget, SECOND / 2, PUNCTUAL).slice(3)).every((gap) => Math.abs(gap - 10) < 0.01));
    const after = sendFor(budget, 100, PUNCTUAL, 10 * SECOND);
    assert.ok(after.filter(({ sent }) => sent === 10 * SECOND).length <= 6);
  });

  it('never makes anyone wait where there is no contract', () => {
    const budget = new Budget(0);
    for (let count = 0; count < 1000; count++) budget.answered(budget.spend(5), 6);
    assert.equal(budget.readyAt(5), 5);
    assert.equal(budget.allowed, 0);
  });

  it('takes up a way to the platform that has become longer', () => {
    const budget = new Budget(50);
    const longer = [{ timer: 0, there: 40, back: 40 }];
    sendFor(budget, 5 * SECOND, PUNCTUAL);
    sendFor(budget, 180 * SECOND, longer, 5 * SECOND);
    const pdus = sendFor(budget, 20 * SECOND, longer, 185 * SECOND);
    assert.ok(pdus.length >= 0.99 * 50 * 20, `${String(pdus.length)} in 20 s`);
  });
});

describe('Budget, throttled', () => {
  const CONTRACT = 100;

  it('pauses, then sends half of the contract, half of that after the next refusal, and never less than the lowest', () => {
    const budget = new Budget(CONTRACT);
    budget.throttle(0, CONTRACT);
    assert.equal(budget.throttled, true);
    assert.equal(budget.allowed, CONTRACT / 2);
    assert.ok(budget.readyAt(1) >= THROTTLING.pause);
    budget.throttle(THROTTLING.pause, 0);
    assert.equal(budget.allowed, CONTRACT / 4);
    for (let again = 2; again < 50; again++) budget.throttle(again * THROTTLING.pause, 0);
    assert.equal(budget.allowed, THROTTLING.lowest);
  });

  it('takes the refusals of what was on its way already as one', () => {
    const budget = new Budget(CONTRACT);
    for (let at = 0; at < THROTTLING.pause; at += 10) budget.throttle(at, CONTRACT);
    assert.equal(budget.allowed, CONTRACT / 2);
  });

  it('comes back by a tenth of the contract a step after a calm time', () => {
    const budget = new Budget(CONTRACT);
    budget.throttle(0, CONTRACT);
    budget.recover(THROTTLING.calm - 1);
    assert.equal(budget.allowed, 50);
    const seen: number[] = [];
    let recovered = 0;
    for (let at = THROTTLING.calm; recovered === 0; at += THROTTLING.step) {
      budget.recover(at);
      if (!budget.throttled) recovered = at;
      seen.push(budget.allowed);
    }
    assert.deepEqual(seen, [60, 70, 80, 90, 100]);
    assert.equal(recovered, THROTTLING.calm + 4 * THROTTLING.step);
  });

  it('recovers to the same rate however seldom it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }), (pauses) => {
        const [often, seldom] = [new Budget(CONTRACT), new Budget(CONTRACT)];
        for (const budget of [often, seldom]) budget.throttle(0, CONTRACT);
        const end = pauses.reduce((sum, pause) => sum + pause, 0);
        let now = 0;
        for (const pause of pauses) often.recover((now += pause));
        seldom.recover(end);
        assert.equal(Math.round(often.allowed), Math.round(seldom.allowed));
      }),
    );
  });

  it('keeps the contract in every second also while it slows down and comes back', () => {
    const budget = new Budget(CONTRACT);
    const pdus = sendFor(budget, 2 * SECOND, PUNCTUAL);
    budget.throttle(2 * SECOND, CONTRACT);
    for (let at = 2 * SECOND; at < 10 * SECOND; at += 100) {
      budget.recover(at);
      pdus.push(...sendFor(budget, 100, PUNCTUAL, at));
    }
    assert.ok(mostInASecond(pdus.map(({ sent }) => sent)) <= CONTRACT);
    const last = pdus.filter(({ sent }) => sent >= 9 * SECOND);
    assert.ok(last.length >= 0.98 * CONTRACT, `${String(last.length)} in the last second`);
  });

  it('without a contract halves the rate at which throttling began, and lifts the limit when that is reached again', () => {
    const budget = new Budget(0);
    budget.throttle(0, 400);
    assert.equal(budget.allowed, 200);
    const pdus = sendFor(budget, SECOND, PUNCTUAL, THROTTLING.pause);
    assert.ok(Math.abs(pdus.length - 200) <= 5, String(pdus.length));
    budget.recover(THROTTLING.calm + 10 * THROTTLING.step);
    assert.equal(budget.throttled, false);
    assert.equal(budget.allowed, 0);
  });
});
