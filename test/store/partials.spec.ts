import assert from 'node:assert/strict';
import { Partials } from '../../src/store/partials';
import type { PartialMessage } from '../../src/store/store';

describe('the partial messages of a store', () => {
  let partials: Partials;
  beforeEach(() => {
    partials = new Partials();
  });

  function partial(key: string, expiresAt: number, octets = 10): PartialMessage {
    return { key, expiresAt, octets, data: {} };
  }

  const keys = (found: readonly PartialMessage[]): string[] => found.map(({ key }) => key);

  it('are saved only where they are as they were found', () => {
    const [first, second] = [partial('a', 10), partial('a', 20)];
    assert.ok(partials.save(first, null, { parts: new Map([[1, 'x']]) }));
    assert.equal(partials.save(second, null, {}), null);
    assert.ok(partials.save(second, first, { parts: new Map([[2, 'y']]) }));
    assert.equal(partials.find('a'), second);
    assert.deepEqual(
      [...partials.parts('a')],
      [
        [1, 'x'],
        [2, 'y'],
      ],
    );
    assert.equal(partials.forget(first), false);
    assert.equal(partials.forget(second), true);
    assert.deepEqual([partials.find('a'), partials.parts('a').size], [null, 0]);
  });

  it('can lose the parts they had', () => {
    const first = partial('a', 10);
    partials.save(first, null, { parts: new Map([[1, 'x']]) });
    partials.save(partial('a', 10), first, { clear: true, parts: new Map([[2, 'y']]) });
    assert.deepEqual([...partials.parts('a')], [[2, 'y']]);
  });

  it('are as before once a change is taken back, unless they have changed since', () => {
    const [first, second, third] = [partial('a', 10, 5), partial('a', 20, 7), partial('a', 30, 9)];
    partials.save(first, null, { parts: new Map([[1, 'x']]) });
    partials.save(second, first, { parts: new Map([[2, 'y']]) })!();
    assert.equal(partials.find('a'), first);
    assert.deepEqual([...partials.parts('a').keys()], [1]);
    const undo = partials.save(second, first, {})!;
    partials.save(third, second, {});
    undo();
    assert.equal(partials.find('a'), third);
    assert.deepEqual(keys(partials.due(0, 8)), ['a'], 'its octets count once');
    assert.deepEqual(partials.due(0, 9), []);
  });

  it('are due when their time is over, the oldest first', () => {
    for (const [key, time] of [
      ['late', 30],
      ['first', 10],
      ['second', 20],
    ] as const) {
      partials.save(partial(key, time), null, {});
    }
    assert.deepEqual(partials.due(9, 100), []);
    assert.deepEqual(keys(partials.due(20, 100)), ['first', 'second']);
  });

  it('are due before their time, the oldest first, until the others take no more octets than they may', () => {
    for (const [key, time] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
    ] as const)
      partials.save(partial(key, time), null, {});
    assert.deepEqual(keys(partials.due(0, 30)), []);
    assert.deepEqual(keys(partials.due(0, 29)), ['a']);
    assert.deepEqual(keys(partials.due(0, 10)), ['a', 'b']);
    assert.deepEqual(keys(partials.due(0, 0)), ['a', 'b', 'c']);
  });
});
