import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Backlog, type QueuedSegment } from '../../src/pool/backlog';
import type { Server } from '../../src/pool/server';

const ONE = { name: 'one' } as Server;
const TWO = { name: 'two' } as Server;

function submission(order: number, urgent = false, avoid: Server | null = null): QueuedSegment {
  const active = { message: { urgent } } as QueuedSegment['active'];
  return { active, segment: 0, order, avoid, ticket: 0, troubles: 0, losses: 0 };
}

function drain(backlog: Backlog): number[] {
  const orders: number[] = [];
  for (let item = backlog.pull(ONE, false); item; item = backlog.pull(ONE, false)) orders.push(item.order);
  return orders;
}

describe('the backlog', () => {
  it('gives the urgent first, else the oldest', () => {
    const backlog = new Backlog();
    for (let order = 0; order < 6; order++) backlog.push(submission(order, order === 3 || order === 5));
    assert.equal(backlog.size, 6);
    assert.deepEqual(drain(backlog), [3, 5, 0, 1, 2, 4]);
    assert.equal(backlog.size, 0);
  });

  it('keeps the order of what is given back, whatever the order it comes in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.infiniteStream(fc.nat(1000)),
        (count, pulled, chances) => {
          const backlog = new Backlog();
          for (let order = 0; order < count; order++) backlog.push(submission(order));
          const taken: QueuedSegment[] = [];
          for (let n = 0; n < Math.min(pulled, count); n++) taken.push(backlog.pull(ONE, false)!);
          while (taken.length > 0) {
            backlog.giveBack(taken.splice((chances.next().value as number) % taken.length, 1)[0]!);
          }
          assert.deepEqual(
            drain(backlog),
            Array.from({ length: count }, (_, order) => order),
          );
        },
      ),
    );
  });

  it('passes over what avoids a server while another can take it', () => {
    const backlog = new Backlog();
    backlog.push(submission(0, false, ONE));
    backlog.push(submission(1));
    assert.equal(backlog.pull(ONE, true)?.order, 1);
    assert.equal(backlog.pull(ONE, true), undefined);
    assert.equal(backlog.pull(TWO, true)?.order, 0);
  });

  it('gives a server what avoids it when no other can take it', () => {
    const backlog = new Backlog();
    backlog.push(submission(0, false, ONE));
    assert.equal(backlog.pull(ONE, false)?.order, 0);
  });

  it('takes out what is unwanted, in order', () => {
    const backlog = new Backlog();
    for (let order = 0; order < 10; order++) backlog.push(submission(order, order === 9));
    const removed = backlog.remove(({ order }) => order % 3 === 0);
    assert.deepEqual(
      removed.map(({ order }) => order),
      [9, 0, 3, 6],
    );
    assert.deepEqual(drain(backlog), [1, 2, 4, 5, 7, 8]);
  });

  it('costs the same however long it is', () => {
    const backlog = new Backlog();
    for (let order = 0; order < 200_000; order++) backlog.push(submission(order));
    const before = performance.now();
    for (let n = 0; n < 100_000; n++) backlog.giveBack(backlog.pull(ONE, false)!);
    assert.equal(drain(backlog).length, 200_000);
    assert.ok(performance.now() - before < 2000);
  });
});
