import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WaitingList, type Waiting } from '../../src/store/waiting';

interface Item extends Waiting {
  readonly n: number;
}

/** The same, slowly. */
class Model {
  lanes: [Item[], Item[]] = [[], []];
  add(item: Item): void {
    this.lanes[item.urgent ? 0 : 1].push(item);
  }
  giveBack(item: Item): void {
    this.lanes[item.urgent ? 0 : 1].unshift(item);
  }
  take(limit: number): Item[] {
    const taken = this.lanes.flat().slice(0, limit);
    this.#drop(taken);
    return taken;
  }
  takeExpired(now: number, limit: number): Item[] {
    const taken = this.lanes
      .flat()
      .filter(({ expiresAt }) => expiresAt <= now)
      .slice(0, limit);
    this.#drop(taken);
    return taken;
  }
  #drop(items: Item[]): void {
    this.lanes = this.lanes.map((lane) => lane.filter((item) => !items.includes(item))) as [Item[], Item[]];
  }
}

describe('Waiting messages', () => {
  it('keep their order through any sequence of steps', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), urgent: fc.boolean(), expiresAt: fc.nat(50), queuedAt: fc.nat(50) }),
      fc.record({ do: fc.constant('take' as const), limit: fc.nat(9), back: fc.nat(9) }),
      fc.record({ do: fc.constant('expire' as const), now: fc.nat(50), limit: fc.integer({ min: 1, max: 9 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const list = new WaitingList<Item>();
        const model = new Model();
        steps.forEach((each, n) => {
          if (each.do === 'add') {
            const item = { n, urgent: each.urgent, expiresAt: each.expiresAt, queuedAt: each.queuedAt };
            list.add(item);
            model.add(item);
          } else if (each.do === 'take') {
            const taken = list.take(each.limit);
            assert.deepEqual(taken, model.take(each.limit));
            for (const item of taken.slice(0, each.back).reverse()) {
              list.giveBack(item);
              model.giveBack(item);
            }
          } else {
            let room = each.limit;
            assert.deepEqual(
              list.takeExpired(each.now, () => room-- > 0),
              model.takeExpired(each.now, each.limit),
            );
          }
          const firsts = model.lanes.flatMap((lane) => lane[0]?.queuedAt ?? []);
          assert.equal(list.size, model.lanes.flat().length);
          assert.equal(list.urgent, model.lanes[0].length);
          assert.equal(list.oldest, firsts.length > 0 ? Math.min(...firsts) : null);
        });
      }),
    );
  });

  it('are taken as long as they fit, and one at least', () => {
    const list = new WaitingList<Item>();
    for (const [n, urgent] of [false, false, true, false].entries()) list.add({ n, urgent, queuedAt: 0, expiresAt: n });
    const numbers = (items: readonly Item[]): number[] => items.map(({ n }) => n);
    assert.deepEqual(numbers(list.take(9, () => false)), [2]);
    let room = 2;
    assert.deepEqual(numbers(list.takeExpired(9, () => room-- > 0)), [0, 1]);
    assert.deepEqual(numbers(list.takeExpired(9, () => false)), [3]);
    assert.deepEqual(list.takeExpired(9), []);
  });

  it('come and go by the hundred thousand', () => {
    const list = new WaitingList<Item>();
    for (let n = 0; n < 300_000; n++) list.add({ n, urgent: false, queuedAt: 0, expiresAt: 1 });
    const returned = new Set<number>();
    for (let takes = 0; takes < 330_000; takes++) {
      for (const item of list.take(1)) {
        if (item.n % 10 !== 0 || returned.has(item.n)) continue;
        returned.add(item.n);
        list.giveBack(item);
      }
    }
    assert.equal(list.size, 0);
  });
});
