import assert from 'node:assert/strict';
import { GUARD, SharedBudget, THROTTLING } from '../../src/account/shared-budget';
import {
  MOST_SLACK,
  PERMIT_KEPT,
  type Account,
  type Permit,
  type PermitAnswer,
  type PermitRequest,
} from '../../src/account/account';
import { HandClock } from '../support/clock';

interface Asked extends PermitRequest {
  answer(permits: readonly number[], rest?: Partial<PermitAnswer>): Promise<void>;
  fail(): Promise<void>;
}

/** What becomes of promises has become. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function permit(at: number, place: number): Permit {
  return { at, until: at + PERMIT_KEPT, place, freeSince: 1, takenUntil: 2 };
}

/** A budget whose account answers by hand. */
function budgetOf(throughput: number) {
  const clock = new HandClock();
  const asked: Asked[] = [];
  const told: { throttled: number; wakes: number; reduced: number | null } = { throttled: 0, wakes: 0, reduced: null };
  const account = {
    permits: (_server: string, request: PermitRequest) =>
      new Promise<PermitAnswer>((resolve, reject) => {
        asked.push({
          ...request,
          answer: async (times, rest) => {
            const permits = times.map((at, place) => permit(at, place));
            resolve({ permits, next: clock.now() + 40, askers: 1, slack: 0, reduced: null, ...rest });
            await settled();
          },
          fail: async () => {
            reject(new Error('away'));
            await settled();
          },
        });
      }),
    throttled: () => {
      told.throttled += 1;
      return Promise.resolve(told.reduced);
    },
  };
  const budget = new SharedBudget('server', throughput, {
    account: account as unknown as Account,
    clock,
    room: () => 20,
    rate: () => 0,
    wake: () => {
      told.wakes += 1;
    },
  });
  return { budget, clock, asked, told, now: clock.now() };
}

/** Sends one PDU now, which is answered after so many milliseconds, or never. */
async function sendOne({ budget, clock, asked }: ReturnType<typeof budgetOf>, trip: number): Promise<void> {
  const now = clock.now();
  budget.readyAt(now, 1);
  await asked.at(-1)!.answer([now]);
  const ticket = budget.spend(now);
  if (trip === Infinity) return;
  clock.turn(trip);
  budget.answered(ticket, clock.now(), false);
}

/** A budget that knows what the fastest way takes, milliseconds. */
async function experiencedBudget(way: number) {
  const made = budgetOf(100);
  const { clock, asked } = made;
  for (let trip = 0; trip < 60; trip++) {
    await asked.at(-1)?.answer([]);
    await sendOne(made, way);
    clock.turn(400);
  }
  for (let passed = 0; passed < 2000; passed += 50) {
    await asked.at(-1)!.answer([]);
    clock.turn(50);
  }
  asked.length = 0;
  return { ...made, now: clock.now() };
}

/**
 * Sends one PDU after the other, where the fastest way is known, each answered after so many milliseconds, and waits as long.
 * @returns when their places are said to be free, counted from their sending; and timers that are left
 */
async function freeAfter(way: number, trips: readonly number[], wait: number) {
  const made = await experiencedBudget(way);
  const { clock, asked } = made;
  const reported = () => asked.flatMap(({ used }) => used.map(({ freeAt }) => freeAt!));
  const all: number[][] = [];
  for (const trip of trips) {
    const [sent, before] = [clock.now(), reported().length];
    await sendOne(made, trip);
    for (let passed = 0; passed < wait; passed += 50) {
      clock.turn(50);
      await asked.at(-1)!.answer([]);
    }
    all.push(
      reported()
        .slice(before)
        .map((freeAt) => freeAt - sent),
    );
  }
  return { all, timers: clock.timers };
}

describe('SharedBudget', () => {
  it('asks for what waits and has room, once, and lets each go at its time', async () => {
    const { budget, asked, told, now } = budgetOf(100);
    assert.equal(budget.readyAt(now, 50), Infinity);
    assert.equal(budget.readyAt(now, 50), Infinity);
    assert.deepEqual(
      asked.map(({ wanted }) => wanted),
      [20],
    );
    await asked[0]!.answer([now + 1, now + 11]);
    assert.ok(told.wakes > 0);
    assert.equal(budget.readyAt(now, 50), now + 1);
    budget.spend(now + 1);
    assert.equal(budget.readyAt(now + 1, 50), now + 11);
    budget.spend(now + 11);
    assert.equal(budget.readyAt(now + 11, 50), Infinity);
  });

  it('asks again when there may be more, not for every PDU', async () => {
    const { budget, clock, asked, told, now } = budgetOf(100);
    budget.readyAt(now, 50);
    await asked[0]!.answer([], { next: now + 200 });
    const { wakes } = told;
    budget.readyAt(clock.now(), 50);
    assert.equal(asked.length, 1);
    clock.turn(200);
    assert.ok(told.wakes > wakes);
    budget.readyAt(clock.now(), 50);
    assert.equal(asked.length, 2);
  });

  it('reports when a place is free again: a second after its PDU arrived, as late as its answer allows', async () => {
    const { budget, clock, asked, now } = await experiencedBudget(5);
    budget.readyAt(now, 2);
    await asked[0]!.answer([now, now]);
    const [fast, slow] = [budget.spend(now), budget.spend(now)];
    clock.turn(5);
    budget.answered(fast, clock.now(), false);
    clock.turn(95);
    budget.answered(slow, clock.now(), false);
    clock.turn(1000);
    const used = asked.flatMap((request) => request.used);
    // The second one waits for its report to be answered before it goes.
    await asked[1]!.answer([]);
    clock.turn(1000);
    used.push(...asked.slice(2).flatMap((request) => request.used));
    assert.deepEqual(
      used.map(({ freeAt }) => freeAt! - now),
      [1000 + GUARD, 95 + 1000 + GUARD],
    );
  });

  it('takes the way of the nearest instance for the shortest there is', async () => {
    const made = await experiencedBudget(5);
    made.budget.othersReachItIn(2);
    await sendOne(made, 80);
    made.clock.turn(1000);
    assert.equal(made.asked[1]!.used[0]!.freeAt! - made.now, 78 + 1000 + GUARD);
  });

  it('takes an answer for the arrival while the fastest way is not known', async () => {
    const made = budgetOf(100);
    assert.equal(made.budget.fastest, null);
    await sendOne(made, 80);
    made.clock.turn(1000);
    assert.equal(made.asked[1]!.used[0]!.freeAt! - made.now, 80 + 1000 + GUARD);
  });

  it('reports a PDU that can have no answer yet', async () => {
    const { all } = await freeAfter(700, [700, Infinity], 700);
    assert.deepEqual(all, [[1000 + GUARD], [1000 + GUARD]]);
  });

  it('reports a PDU whose answer is late only when it is there, and one without never', async () => {
    const { all, timers } = await freeAfter(5, [5, 900, Infinity], 3000);
    assert.deepEqual(all, [[1000 + GUARD], [895 + 1000 + GUARD], []]);
    assert.equal(timers, 0);
  });

  it('gives back what it did not use in time, and never uses it', async () => {
    const { budget, clock, asked, now } = budgetOf(100);
    budget.readyAt(now, 2);
    await asked[0]!.answer([now, now + 10]);
    clock.turn(PERMIT_KEPT + 10);
    assert.equal(budget.readyAt(clock.now(), 1), now + 10);
    clock.turn(PERMIT_KEPT * 3);
    const used = asked.slice(1).flatMap((request) => request.used);
    assert.deepEqual(
      used.map(({ freeAt }) => freeAt),
      [null, null],
    );
    assert.equal(budget.readyAt(clock.now(), 1), Infinity);
  });

  it('says how late it is, more at once and less bit by bit', async () => {
    const { budget, clock, asked } = budgetOf(100);
    const ask = async (took: number): Promise<number> => {
      clock.turn(1000);
      budget.readyAt(clock.now(), 1);
      const request = asked.at(-1)!;
      clock.turn(took);
      await request.answer([]);
      return request.slack;
    };
    const said: number[] = [];
    for (const took of [1, 30, 1, 1, 500, 1]) said.push(Math.round(await ask(took)));
    assert.deepEqual(said, [0, 3, 90, 81, 73, MOST_SLACK]);
  });

  it('asks again a while after the account could not be reached', async () => {
    const { budget, clock, asked, now } = budgetOf(100);
    budget.readyAt(now, 1);
    await asked[0]!.fail();
    budget.readyAt(clock.now(), 1);
    assert.equal(asked.length, 1);
    clock.turn(1000);
    budget.readyAt(clock.now(), 1);
    assert.equal(asked.length, 2);
  });

  it('never asks where there is no limit, until there is one', async () => {
    const { budget, clock, asked, told, now } = budgetOf(0);
    assert.equal(budget.readyAt(now, 50), now);
    budget.answered(budget.spend(now), now + 1, false);
    clock.turn(5000);
    assert.equal(asked.length, 0);
    budget.inForce(40);
    assert.equal(budget.allowed, 40);
    budget.readyAt(clock.now(), 5);
    assert.equal(asked.length, 1);
    const { wakes } = told;
    budget.inForce(null);
    assert.ok(told.wakes > wakes, 'what waits need not wait any longer');
    assert.equal(budget.readyAt(clock.now(), 5), clock.now());
  });

  it('pauses when throttled, tells the account once, and takes its word for the rate', async () => {
    const { budget, clock, asked, told, now } = budgetOf(100);
    budget.readyAt(now, 2);
    await asked[0]!.answer([now, now, now + 5]);
    const [first, second] = [budget.spend(now), budget.spend(now)];
    told.reduced = 25;
    budget.answered(first, now, true);
    assert.equal(budget.allowed, 50);
    budget.answered(second, now + 10, true);
    await settled();
    assert.equal(told.throttled, 1);
    assert.equal(budget.allowed, 25);
    budget.inForce(null);
    assert.equal(budget.allowed, 25, 'said before the throttling was known there');
    assert.equal(budget.readyAt(now + 10, 2), now + THROTTLING.pause);
    clock.turn(THROTTLING.pause);
    assert.deepEqual(
      asked[1]!.used.map(({ freeAt }) => freeAt),
      [null],
    );
    budget.inForce(null);
    assert.equal(budget.throttled, false);
  });
});
