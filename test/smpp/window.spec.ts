import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Window, type Pending } from '../../src/smpp/window';

const pendingAt = (sequence: number, at: number): Pending<string> => ({
  sequence,
  item: String(sequence),
  response: 0x80000004,
  at,
  sent: false,
});

/** Numbers as a session gives them out: the next one whose place is free. */
function nextFree(window: Window<string>, after: number): number {
  let sequence = after;
  do sequence += 1;
  while (!window.free(sequence));
  return sequence;
}

describe('Window', () => {
  it('holds what a Map would hold, however many there are and whichever are answered first', () => {
    const steps = fc.array(fc.option(fc.nat(), { nil: null }), { maxLength: 600 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 0x7ffff000 }), (all, first) => {
        const window = new Window<string>();
        const map = new Map<number, Pending<string>>();
        let sequence = first;
        all.forEach((answered, at) => {
          const known = answered === null ? undefined : [...map.values()][answered % (map.size + 3)];
          if (known) {
            window.remove(known);
            map.delete(known.sequence);
          } else {
            sequence = nextFree(window, sequence);
            const pending = pendingAt(sequence, at);
            window.add(pending);
            map.set(sequence, pending);
          }
          assert.equal(window.size, map.size);
          assert.equal(window.get(sequence), map.get(sequence));
        });
        assert.deepEqual(window.all(), [...map.values()]);
        assert.equal(window.oldest, [...map.values()][0]?.at ?? null);
      }),
    );
  });

  it('knows an answer to a number it does not hold, though another has its place', () => {
    const window = new Window<string>();
    window.add(pendingAt(5, 0));
    for (let sequence = 6; sequence < 5000; sequence++) assert.equal(window.get(sequence), undefined);
  });

  it('goes on past one that stays unanswered', () => {
    const window = new Window<string>();
    window.add(pendingAt(1, 0));
    let sequence = 1;
    for (let count = 0; count < 1000; count++) {
      sequence = nextFree(window, sequence);
      const pending = pendingAt(sequence, 1);
      window.add(pending);
      window.remove(pending);
    }
    assert.deepEqual(window.all(), [pendingAt(1, 0)]);
  });

  it('is empty once cleared', () => {
    const window = new Window<string>();
    window.add(pendingAt(1, 0));
    window.clear();
    assert.deepEqual([window.size, window.oldest, window.get(1)], [0, null, undefined]);
  });
});
