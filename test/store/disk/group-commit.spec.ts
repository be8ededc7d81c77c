import assert from 'node:assert/strict';
import { SmppError } from '../../../src/base/errors';
import type { Write, Writes } from '../../../src/store/disk/database';
import { GroupCommit } from '../../../src/store/disk/group-commit';

const write = (key: string): Write => ({ to: 'state', key, value: null });
const keys = (writes: readonly Write[]): unknown[] => writes.map(({ key }) => key);

describe('Group commit', () => {
  let commits: { readonly arrivals: unknown[]; readonly changes: unknown[] }[];
  let aftermath: [of: string, stored: boolean][];
  let answer: (batch: Writes) => Promise<SmppError | null>;
  let group: GroupCommit;
  let arriving: string[];

  const arrival = (key: string): Promise<void> => {
    arriving.push(key);
    return group.arrival();
  };

  beforeEach(() => {
    commits = [];
    aftermath = [];
    answer = () => Promise.resolve(null);
    arriving = [];
    group = new GroupCommit(
      (batch) => {
        commits.push({ arrivals: keys(batch.arrivals), changes: keys(batch.changes) });
        return answer(batch);
      },
      (calls) => ({
        arrivals: arriving.splice(0, calls).map(write),
        changes: [],
        arrived: (stored) => aftermath.push(['arrivals', stored]),
        changed: (stored) => aftermath.push(['changes', stored]),
      }),
    );
  });

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
    await Promise.all([first, ...rest]);
    assert.deepEqual(commits, [
      { arrivals: ['a'], changes: [] },
      { arrivals: ['b'], changes: ['c'] },
    ]);
  });

  it('pauses between transactions, unless somebody is in a hurry', async () => {
    const time = async (hurried: boolean): Promise<number> => {
      const began = performance.now();
      for (let n = 0; n < 20; n++) {
        if (hurried) group.hurry();
        await group.change(write('a'));
      }
      return performance.now() - began;
    };
    const paused = await time(false);
    // The best of three: a busy machine makes its own pauses.
    const hurried = Math.min(await time(true), await time(true), await time(true));
    assert.ok(paused > 60, `${String(paused)} ms`);
    assert.ok(hurried < paused / 2, `${String(hurried)} of ${String(paused)} ms`);
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

  it('rejects everything where nothing could be written, and goes on afterwards', async () => {
    const failure = new SmppError('SMPP_STORE_FAILED', 'no');
    answer = () => Promise.resolve(failure);
    await Promise.all([assert.rejects(arrival('a'), failure), assert.rejects(group.change(write('b')), failure)]);
    assert.deepEqual(aftermath, [
      ['arrivals', false],
      ['changes', false],
    ]);
    answer = () => Promise.resolve(null);
    await arrival('c');
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
    await Promise.all([...all, change]);
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
