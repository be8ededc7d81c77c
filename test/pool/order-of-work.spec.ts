import assert from 'node:assert/strict';
import { OrderOfWork, type Work } from '../../src/pool/order-of-work';

const DONE = { written: Promise.resolve() };

describe('the order of work', () => {
  const failures: unknown[] = [];
  let log: string[];

  beforeEach(() => {
    log = [];
    failures.length = 0;
  });

  function order(shared: boolean): OrderOfWork {
    return new OrderOfWork(shared, (error) => {
      failures.push(error);
      return 0x14;
    });
  }

  const answer =
    (name: string) =>
    (status: number): void => {
      log.push(`${name} ${String(status)}`);
    };

  /** A work that begins and ends with so many turns between. */
  const slow =
    (name: string, turns: number): Work =>
    async () => {
      log.push(`${name} begins`);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      return DONE;
    };

  it('is one after the other, in whichever lane', async () => {
    const work = order(false);
    work.inLane('a', slow('one', 3), answer('one'));
    work.inLane('b', slow('two', 0), answer('two'));
    assert.equal(work.isFree, false);
    await work.idle();
    assert.deepEqual(log.slice(0, 2), ['one begins', 'one ends']);
    assert.deepEqual(
      log.filter((line) => / 0$/.test(line)),
      ['one 0', 'two 0'],
    );
    assert.equal(work.isFree, true);
  });

  it('is one after the other in each lane only, where the store is shared', async () => {
    const work = order(true);
    work.inLane('a', slow('one', 3));
    work.inLane('b', slow('two', 0));
    work.inLane('a', slow('three', 0));
    await work.idle();
    assert.ok(log.indexOf('two ends') < log.indexOf('one ends'));
    assert.ok(log.indexOf('one ends') < log.indexOf('three begins'));
    assert.equal(work.isFree, false);
  });

  it('answers once it is stored, and goes on without waiting for that', async () => {
    const work = order(false);
    let store: () => void = () => undefined;
    const written = new Promise<void>((resolve) => (store = resolve));
    work.inOrder(() => Promise.resolve({ written }), answer('one'));
    work.inOrder(slow('two', 0), answer('two'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(log, ['two begins', 'two ends', 'two 0']);
    store();
    await work.idle();
    assert.equal(log.at(-1), 'one 0');
  });

  it('answers what fails with what the owner says, and goes on', async () => {
    const work = order(false);
    const error = new Error('disk full');
    work.inOrder(() => Promise.reject(error), answer('one'));
    work.inOrder(() => Promise.resolve({ written: Promise.reject(error) }), answer('two'));
    work.stored(Promise.reject(error), answer('three'));
    work.inOrder(slow('four', 0), answer('four'));
    await work.idle();
    assert.deepEqual(log.filter((line) => / \d+$/.test(line)).sort(), ['four 0', 'one 20', 'three 20', 'two 20']);
    assert.deepEqual(failures, [error, error, error]);
  });
});
