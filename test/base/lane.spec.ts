import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Lane } from '../../src/base/lane';

type Item = { readonly n: number };

describe('a lane', () => {
  it('does what an array does, at both its ends and between', () => {
    const step = fc.tuple(
      fc.constantFrom('push', 'unshift', 'shift', 'insert', 'delete', 'remove', 'find'),
      fc.nat(40),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lane = new Lane<Item>();
        let model: Item[] = [];
        for (const [what, n] of steps) {
          const item = { n };
          if (what === 'push') {
            lane.push(item);
            model.push(item);
          } else if (what === 'unshift') {
            lane.unshift(item);
            model.unshift(item);
          } else if (what === 'shift') {
            assert.equal(lane.shift(), model.shift());
          } else if (what === 'insert') {
            lane.insert(item, (other) => other.n > n);
            const at = model.findIndex((other) => other.n > n);
            model.splice(at < 0 ? model.length : at, 0, item);
          } else if (what === 'delete') {
            const gone = model[n % 10] ?? item;
            assert.equal(lane.delete(gone), model.includes(gone));
            model = model.filter((other) => other !== gone);
          } else if (what === 'remove') {
            const unwanted = (other: Item): boolean => other.n % 7 === n % 7;
            assert.deepEqual(lane.remove(unwanted), model.filter(unwanted));
            model = model.filter((other) => !unwanted(other));
          } else {
            const fits = (other: Item): boolean => other.n === n;
            assert.equal(lane.find(fits, 5), model.slice(0, 5).find(fits));
          }
          assert.deepEqual([lane.size, lane.first, [...lane]], [model.length, model[0], model]);
        }
      }),
    );
  });

  it('keeps its order over thousands that come and go', () => {
    const lane = new Lane<Item>();
    for (let n = 0; n < 5000; n++) lane.push({ n });
    for (let n = 0; n < 3000; n++) lane.shift();
    for (let n = 2999; n >= 0; n--) lane.unshift({ n });
    assert.deepEqual(
      [...lane].map(({ n }) => n),
      Array.from({ length: 5000 }, (_, n) => n),
    );
  });
});
