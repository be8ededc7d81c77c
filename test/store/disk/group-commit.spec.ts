import assert from 'node:assert/strict';
import { SmppError } from '../../../src/base/errors';
import type { Write, Writes } from '../../../src/store/disk/store-file';
import { GroupCommit } from '../../../src/store/disk/group-commit';
import { HandClock } from '../../support/clock';

const write = (key: string): Write => ({ to: 'state', key, value: null });
const keys = (writes: readonly Write[]): unknown[] => writes.map(({ key }) => key);

describe('Group commit', () => {
  let commits: { readonly arrivals: unknown[]; readonly changes: unknown[] }[];
  let aftermath: [of: string, stored: boolean][];
  let answer: (batch: Writes) => Promise<SmppError | null>;
  let group: GroupCommit;
  let arriving: string[];
  let contributed: () => string[];
  let errors: string[];
  let turns: (string | null)[];
  let clock: HandClock;

  const arrival = (key: string): Promise<void> => {
    arriving.push(key);
    return group.arrival();
  };

  beforeEach(() => {
    commits = [];
    aftermath = [];
    answer = () => Promise.resolve(null);
    arriving = [];
    errors = [];
    turns = [];
    clock = new HandClock();
    group = new GroupCommit({
      commit: (batch) => {
        commits.push({ arrivals: keys(batch.arrivals), changes: keys(batch.changes) });
        return answer(batch);
      },
      contribute: (calls) => {
        const writes = arriving.splice(0, calls).map(write);
        return {
          arrivals: () => writes,
          changes: () => contributed().map(write),
          arrived: (stored) => aftermath.push(['arrivals', stored]),
          changed: (stored) => aftermath.push(['changes', stored]),
        };
      },
      turned: (failure) => turns.push(failure?.code ?? null),
      clock,
      log: { warn: (text) => errors.push(text), error: (text) => errors.push(text) },
    });
    contributed = () => [];
  });

  /** Until its own pauses are over. */
  async function paced<T>(promise: Promise<T>): Promise<T> {
    let open = true;
    const end = promise.finally(() => (open = false));
    end.catch(() => undefined);
    for (; open; clock.turn(1)) await new Promise((resolve) => setImmediate(resolve));
    return end;
  }

  it('makes one transaction of what comes at once', async () => {
    await Promise.all([arrival('a'), group.change(write('b'), write('c')), arrival('d')]);
    assert.deepEqual(commits, [{ arrivals: ['a', 'd'], changes: ['b', 'c'] }]);
    assert.deepEqual(aftermath, [
      ['arrivals', true],
      ['changes', true],
    ]);
  });

  it('collects what comes during a transaction for the next one', async () => {
    let finish!: (failure: null) => void;
    const begun = new Promise<void>((resolve) => {
      answer = () => {
        resolve();
        return new Promise((end) => (finish = end));
      };
    });
    const first = arrival('a');
    await begun;
    const rest = [arrival('b'), group.change(write('c'))];
    answer = () => Promise.resolve(null);
    finish(null);
    await paced(Promise.all([first, ...rest]));
    assert.deepEqual(commits, [
      { arrivals: ['a'], changes: [] },
      { arrivals: ['b'], changes: ['c'] },
    ]);
  });

  it('pauses 4 ms between transactions, unless somebody is in a hurry', async () => {
    await group.change(write('a'));
    const paused = group.change(write('b'));
    await turnsOfTheLoop();
    clock.turn(3);
    await turnsOfTheLoop();
    assert.equal(commits.length, 1);
    clock.turn(1);
    await paused;
    assert.equal(commits.length, 2);
    const hurried = group.change(write('c'));
    await turnsOfTheLoop();
    group.hurry();
    await hurried;
    assert.equal(commits.length, 3);
    assert.equal(clock.timers, 0);
  });

  it('refuses arrivals alone where only the changes find room', async () => {
    const full = new SmppError('SMPP_STORE_FULL', 'full');
    answer = (batch) => {
      batch.refuseArrivals(full);
      return Promise.resolve(null);
    };
    const refused = assert.rejects(arrival('a'), full);
    await group.change(write('b'));
    await refused;
    assert.deepEqual(aftermath, [
      ['arrivals', false],
      ['changes', true],
    ]);
  });

  describe('where a transaction fails', () => {
    const failure = new SmppError('SMPP_STORE_FAILED', 'no');
    beforeEach(() => {
      answer = () => {
        answer = () => Promise.resolve(null);
        return Promise.resolve(failure);
      };
    });

    it('rejects all that is in it, and goes on', async () => {
      await Promise.all([
        assert.rejects(arrival('a'), failure),
        assert.rejects(group.change(write('b')), failure),
        assert.rejects(
          group.attempt([write('c')], () => undefined),
          failure,
        ),
      ]);
      assert.deepEqual(aftermath, [
        ['arrivals', false],
        ['changes', false],
      ]);
      assert.equal(group.failure, failure);
      await paced(arrival('d'));
      assert.equal(group.failure, null);
      assert.deepEqual(turns, ['SMPP_STORE_FAILED', null]);
    });

    it('brings the changes with the next one, the arrivals and attempts not', async () => {
      await Promise.allSettled([arrival('a'), group.change(write('b')), group.attempt([write('c')], () => undefined)]);
      await paced(group.change(write('d')));
      await paced(group.change(write('e')));
      assert.deepEqual(commits.slice(1), [
        { arrivals: [], changes: ['b', 'd'] },
        { arrivals: [], changes: ['e'] },
      ]);
    });

    it('brings of a record only what was written last, however often it fails', async () => {
      answer = () => Promise.resolve(failure);
      for (const value of ['one', 'two', 'three']) {
        await assert.rejects(paced(group.change({ to: 'state', key: 'a', value: Buffer.from(value) })));
      }
      let brought: readonly Write[] = [];
      answer = (batch) => {
        brought = batch.changes;
        return Promise.resolve(null);
      };
      await paced(group.change());
      assert.deepEqual(
        brought.map(({ value }) => String(value)),
        ['three'],
      );
    });

    it('undoes attempts, the last one first, before anybody hears of it; so too those that have gathered meanwhile', async () => {
      const order: string[] = [];
      const attempt = (name: string): Promise<unknown> =>
        group.attempt([write(name)], () => order.push(`undo ${name}`)).catch(() => order.push(`${name} rejected`));
      const fail = answer;
      let rest: Promise<unknown> = Promise.resolve();
      answer = (batch) => {
        rest = attempt('c');
        return fail(batch);
      };
      await Promise.all([attempt('a'), attempt('b')]);
      await rest;
      assert.deepEqual(order, ['undo c', 'undo b', 'undo a', 'c rejected', 'a rejected', 'b rejected']);
      await paced(group.change(write('d')));
      assert.deepEqual(commits.at(-1), { arrivals: [], changes: ['d'] });
    });

    it('tries again by itself a second later, and until it is ended', async () => {
      answer = () => Promise.resolve(failure);
      await assert.rejects(group.change(write('a')));
      clock.turn(999);
      await turnsOfTheLoop();
      assert.equal(commits.length, 1);
      for (const count of [2, 3]) {
        clock.turn(1000);
        await turnsOfTheLoop();
        assert.equal(commits.length, count);
      }
      group.end();
      clock.turn(10_000);
      await turnsOfTheLoop();
      assert.equal(commits.length, 3);
    });

    it('is idle after one more try', async () => {
      answer = () => Promise.resolve(failure);
      void group.change(write('a'));
      await group.idle();
      assert.equal(commits.length, 2);
    });

    it('ends in the same way, whoever throws', async () => {
      const throwing: readonly (() => void)[] = [
        () => (answer = () => Promise.reject(new Error('thrown'))),
        () =>
          (answer = () => {
            throw new Error('thrown');
          }),
        () =>
          (contributed = () => {
            throw new Error('thrown');
          }),
      ];
      for (const setUp of throwing) {
        answer = () => Promise.resolve(null);
        setUp();
        const expected = { code: 'SMPP_STORE_FAILED', message: /thrown/ };
        await Promise.all([
          assert.rejects(paced(arrival('a')), expected),
          assert.rejects(paced(group.change(write('b'))), expected),
        ]);
        contributed = () => [];
        answer = () => Promise.resolve(null);
        await paced(group.change());
        assert.ok(commits.at(-1)!.changes.includes('b'));
      }
      assert.deepEqual(errors, []);
    });
  });

  it('is idle once all is written, also what was added meanwhile', async () => {
    void group.change(write('a')).then(() => group.change(write('b')));
    await group.idle();
    assert.deepEqual(
      commits.map(({ changes }) => changes),
      [['a'], ['b']],
    );
  });

  it('takes a burst in several transactions; changes go with the first', async () => {
    const all = Array.from({ length: 2500 }, (_, n) => arrival(`a${String(n)}`));
    const change = group.change(write('c'));
    await paced(Promise.all([...all, change]));
    assert.deepEqual(
      commits.map(({ arrivals, changes }) => [arrivals.length, changes.length]),
      [
        [1000, 1],
        [1000, 0],
        [500, 0],
      ],
    );
    assert.deepEqual(
      commits.flatMap(({ arrivals }) => arrivals),
      all.map((_, n) => `a${String(n)}`),
    );
  });
});

async function turnsOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
