import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OrderedHashMap } from '../../src/base/ordered-hash-map';

const keys = fc.constantFrom('a', 'b', 'mZ0', '__proto__', 'constructor', 'toString');
const steps = fc.array(fc.tuple(fc.constantFrom('set', 'delete', 'clear'), keys));

describe('OrderedHashMap', () => {
  it('holds what a Map would hold, in the same order, whatever the keys are called', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const lookup = new OrderedHashMap<{ readonly step: number }>();
        const map = new Map<string, { readonly step: number }>();
        all.forEach(([action, key], step) => {
          if (action === 'delete') {
            const held = map.get(key);
            map.delete(key);
            assert.equal(lookup.delete(key), held);
          }
          const value = { step };
          for (const target of [lookup, map]) {
            if (action === 'set') target.set(key, value);
            else if (action === 'clear') target.clear();
          }
          assert.deepEqual(lookup.values(), [...map.values()]);
          assert.equal(lookup.size, map.size);
          for (const known of ['a', '__proto__', 'constructor']) {
            assert.deepEqual(lookup.get(known), map.get(known));
            assert.equal(lookup.has(known), map.has(known));
          }
        });
      }),
    );
  });

  it('holds many, some of which share a slot, while it grows and shrinks', () => {
    const lookup = new OrderedHashMap<{ readonly n: number }>();
    const map = new Map<string, { readonly n: number }>();
    const key = (n: number): string => `${'prefix'.repeat(n % 3)}${n.toString(36)}${'of the same end!'.repeat(n % 2)}`;
    for (let n = 0; n < 2000; n++) {
      for (const target of [lookup, map]) {
        target.set(key(n), { n });
        if (n % 3 > 0) target.delete(key(n - 1));
      }
    }
    assert.equal(lookup.size, map.size);
    for (let n = 0; n < 2000; n++) assert.deepEqual(lookup.get(key(n)), map.get(key(n)));
    for (const n of [...map.values()].map((value) => value.n).filter((n) => n % 100 > 0)) {
      for (const target of [lookup, map]) target.delete(key(n));
    }
    assert.ok(lookup.size < 20);
    assert.deepEqual(lookup.values(), [...map.values()]);
  });
});
