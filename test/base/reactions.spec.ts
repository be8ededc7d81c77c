import assert from 'node:assert/strict';
import { Reactions } from '../../src/base/reactions';

interface Call {
  promise: Promise<string>;
  resolve: (value: string) => void;
  reject: (error: Error) => void;
}

function call(): Call {
  const made = {} as Call;
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

describe('Reactions', () => {
  let heard: string[];
  let reactions: Reactions<string, string>;

  beforeEach(() => {
    heard = [];
    reactions = new Reactions(
      (item, value) => heard.push(`${item} ${value}`),
      (item, error) => heard.push(`${item} failed: ${(error as Error).message}`),
      (error) => assert.fail(error as Error),
    );
  });

  it('come for every item of a promise, in order, and what they return resolves after all of them', async () => {
    const { promise, resolve } = call();
    const ends = ['a', 'b', 'c'].map((item) => reactions.on(promise, item));
    resolve('stored');
    await ends[0];
    assert.deepEqual(heard, ['a stored', 'b stored', 'c stored']);
    await Promise.all(ends);
  });

  it('come for each promise by itself, however items of several alternate', async () => {
    const [one, other] = [call(), call()];
    const first = reactions.on(one.promise, 'a');
    const second = reactions.on(other.promise, 'b');
    const third = reactions.on(one.promise, 'c');
    other.reject(new Error('full'));
    await second;
    assert.deepEqual(heard, ['b failed: full']);
    one.resolve('stored');
    await Promise.all([first, third]);
    assert.deepEqual(heard, ['b failed: full', 'a stored', 'c stored']);
  });

  it('come for items of a promise that had settled before, and for those that an item brings', async () => {
    const settled = Promise.resolve('at once');
    await reactions.on(settled, 'a');
    await reactions.on(settled, 'b');
    assert.deepEqual(heard, ['a at once', 'b at once']);
    const seen: number[] = [];
    const counting: Reactions<number, string> = new Reactions(
      (item) => {
        seen.push(item);
        if (item < 3) counting.add(settled, item + 1);
      },
      () => assert.fail(),
      () => assert.fail(),
    );
    await counting.on(settled, 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it('that throw keep none of the others from being called, and are told of', async () => {
    const failures: unknown[] = [];
    const throwing = new Reactions<string, string>(
      (item, value) => {
        if (item === 'b') throw new Error(`${item} threw`);
        heard.push(`${item} ${value}`);
      },
      () => assert.fail(),
      (error) => failures.push((error as Error).message),
    );
    const settled = Promise.resolve('stored');
    await Promise.all(['a', 'b', 'c'].map((item) => throwing.on(settled, item)));
    assert.deepEqual([heard, failures], [['a stored', 'c stored'], ['b threw']]);
  });
});
