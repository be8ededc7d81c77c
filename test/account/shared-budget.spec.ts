import assert from 'node:assert/strict';
import { SharedBudget } from '../../src/account/shared-budget';
import { NOTHING_LEARNT, type Belief } from '../../src/account/server-limit';
import {
  MOST_SLACK,
  PERMIT_KEPT,
  type Account,
  type CountReport,
  type Permit,
  type PermitAnswer,
  type PermitRequest,
} from '../../src/account/account';
import { HandClock } from '../support/clock';

interface Asked extends PermitRequest {
  answer(permits: readonly number[], rest?: Partial<PermitAnswer>): Promise<void>;
  fail(): Promise<void>;
}

/** Milliseconds by which the account's clock is ahead. */
const AHEAD = 5000;

/** What becomes of promises has become. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function permit(at: number, place: number): Permit {
  return { at, until: at + PERMIT_KEPT, place, freeSince: 1, takenUntil: 2 };
}

/** A budget whose account answers by hand. */
function budgetOf(throughput: number) {
  const clock = new HandClock();
  const asked: Asked[] = [];
  const told: { wakes: number; belief: Belief; version: number; others: CountReport[]; counted: CountReport[] } = {
    ...{ wakes: 0, belief: NOTHING_LEARNT, version: 0, others: [], counted: [] },
  };
  const account = {
    permits: (_server: string, request: PermitRequest) =>
      new Promise<PermitAnswer>((resolve, reject) => {
        asked.push({
          ...request,
          answer: async (times, rest) => {
            const permits = times.map((at, place) => permit(at, place));
            resolve({ permits, next: clock.now() + 40, askers: 1, slack: 0, reduced: null, watched: false, ...rest });
            await settled();
          },
          fail: async () => {
            reject(new Error('away'));
            await settled();
          },
        });
      }),
    time: (now: number) => now + AHEAD,
    count: (_server: string, report: CountReport) => {
      told.counted.push(report);
      const { belief, version } = told;
      return Promise.resolve({ belief, version, counts: [...told.others, report] });
    },
    believe: (_server: string, _throughput: number, belief: Belief, version: number) => {
      if (version === told.version) [told.belief, told.version] = [belief, version + 1];
      return Promise.resolve();
    },
  };
  const budget = new SharedBudget('server', throughput, {
    account: account as unknown as Account,
    clock,
    room: () => 20,
    wake: () => {
      told.wakes += 1;
    },
  });
  return { budget, clock, asked, told, now: clock.now() };
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

  it('reports when it has sent, whatever the answer and however late, with the next request or soon', async () => {
    const { budget, clock, asked, now } = budgetOf(100);
    budget.readyAt(now, 3);
    await asked[0]!.answer([now, now, now + 10]);
    budget.spend(now);
    budget.spend(now + 1);
    clock.turn(10);
    budget.spend(now + 10);
    budget.readyAt(now + 10, 3);
    clock.turn(100);
    // A second request waits for the first one's answer.
    assert.equal(asked.length, 2);
    await asked[1]!.answer([]);
    assert.deepEqual(
      asked[1]!.used.map(({ sent }) => sent! - now),
      [0, 1, 10],
    );
    clock.turn(1000);
    assert.equal(asked.length, 2, 'each is reported once');
    assert.equal(clock.timers, 0);
  });

  it('does not report what is of no use any more', async () => {
    const { budget, clock, asked, now } = budgetOf(100);
    budget.readyAt(now, 1);
    await asked[0]!.answer([now]);
    budget.readyAt(now, 2);
    budget.spend(now);
    clock.turn(10_000);
    await asked[1]!.answer([]);
    clock.turn(100);
    assert.deepEqual(
      asked.slice(1).flatMap(({ used }) => used),
      [],
    );
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
      used.map(({ sent }) => sent),
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
    budget.inForce(40, false);
    assert.equal(budget.allowed, 40);
    budget.readyAt(clock.now(), 5);
    assert.equal(asked.length, 1);
    const { wakes } = told;
    budget.inForce(null, false);
    assert.ok(told.wakes > wakes, 'what waits need not wait any longer');
    assert.equal(budget.readyAt(clock.now(), 5), clock.now());
  });

  /** Sends so many PDUs, of which that part is throttled, over a second, and answers what is asked meanwhile. */
  async function sendFor(made: ReturnType<typeof budgetOf>, perSecond: number, throttled: number): Promise<void> {
    const { budget, clock } = made;
    for (let count = 0; count < perSecond; count++) {
      budget.answered(budget.spend(clock.now()), clock.now(), count % 10 < 10 * throttled);
      clock.turn(1000 / perSecond);
      await settled();
    }
  }

  it('counts nothing for others while nothing is throttled', async () => {
    const made = budgetOf(100);
    await sendFor(made, 50, 0);
    made.budget.recover();
    assert.equal(made.told.counted.length, 0);
    assert.equal(made.clock.timers, 0);
  });

  it('does not believe in a lower limit for one throttled PDU, and stops watching', async () => {
    const made = budgetOf(100);
    await sendFor(made, 50, 0.02);
    assert.ok(made.told.counted.length > 0);
    for (let second = 0; second < 3; second++) await sendFor(made, 50, 0);
    assert.equal(made.budget.throttled, false);
    assert.equal(made.told.belief.limit, null);
    const { length } = made.told.counted;
    await sendFor(made, 50, 0);
    assert.equal(made.told.counted.length, length);
  });

  it('judges together with what the others have counted, by the clock of the account', async () => {
    const made = budgetOf(100);
    const { told, clock } = made;
    // Half of ours is throttled, nothing of the many that another instance has sent.
    const [at, slices] = [clock.now() + AHEAD + 60_000, [] as [number, number, number, number][]];
    const first = Math.floor((clock.now() + AHEAD) / 100);
    for (let slice = first; slice < first + 50; slice++) slices.push([slice, 10, 10, 0]);
    told.others = [{ throughput: 100, at, slices, watching: false }];
    for (let second = 0; second < 3; second++) await sendFor(made, 10, second === 0 ? 0.5 : 0);
    assert.equal(told.belief.limit, null);
    // Without them the same shows a lower limit.
    told.others = [];
    told.belief = NOTHING_LEARNT;
    for (let second = 0; second < 3; second++) await sendFor(made, 10, second === 0 ? 0.5 : 0);
    assert.ok(told.belief.limit !== null && told.belief.limit < 10, String(told.belief.limit));
  });

  it('waits with its judgement for an instance that has not counted as far', async () => {
    const made = budgetOf(100);
    const { told, clock } = made;
    told.others = [{ throughput: 100, at: clock.now() + AHEAD, slices: [], watching: false }];
    for (let second = 0; second < 3; second++) await sendFor(made, 10, 0.5);
    assert.equal(told.version, 0);
  });

  it('brings its counts where another instance watches, and takes the rate in force', async () => {
    const made = budgetOf(100);
    await sendFor(made, 10, 0);
    made.budget.inForce(20, true);
    assert.equal(made.budget.allowed, 20);
    assert.equal(made.budget.throttled, true);
    await settled();
    assert.deepEqual(
      made.told.counted.map(({ slices, watching }) => [slices.reduce((sum, [, sent]) => sum + sent, 0), watching]),
      [[10, false]],
    );
  });
});
