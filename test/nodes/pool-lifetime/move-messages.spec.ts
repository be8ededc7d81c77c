import assert from 'node:assert/strict';
import { moveMessages } from '../../../nodes/pool-lifetime/move-messages';
import { MemoryStore } from '../../../src/store/memory';
import { HandClock } from '../../support/clock';
import { outboxMessage, outcomeOf } from '../../store/messages';

describe('What moves from one store to another', () => {
  it('is what waits, what no flow has heard of, and the receipts that nobody has had yet, in order', async () => {
    const [from, to] = [new MemoryStore({ queueLimit: 10 }), new MemoryStore({ queueLimit: 10 })];
    for (const id of ['a', 'b', 'c']) await from.enqueue(outboxMessage(id));
    const [first] = await from.lease(1);
    await from.settle(outcomeOf(first!));
    for (const data of [1, 2]) await from.park({ kind: 'report', data });
    const log = { info: assert.fail, warn: assert.fail, error: assert.fail };
    await moveMessages(from, to, log);
    assert.deepEqual(
      (await to.untold()).map(({ id }) => id),
      ['a'],
    );
    assert.deepEqual(
      (await to.lease(9)).map(({ id }) => id),
      ['b', 'c'],
    );
    assert.deepEqual(
      (await to.parked()).map(({ data }) => data),
      [1, 2],
    );
    assert.deepEqual([await from.untold(), from.counts().waiting, await from.parked()], [[], 0, []]);
  });

  it('has waited as long in the new store as in the old one, whatever time each of them lives in', async () => {
    const [from, to] = [new MemoryStore({ queueLimit: 10 }), new MemoryStore({ queueLimit: 10 })];
    const system = new HandClock();
    const behind = new HandClock(system.now() - 3_600_000);
    Object.assign(from, { clock: behind });
    Object.assign(to, { clock: system });
    const now = behind.now();
    await from.enqueue(outboxMessage('a', { queuedAt: now - 2000, expiresAt: now + 5000, submittedAt: now - 1000 }));
    const log = { info: assert.fail, warn: assert.fail, error: assert.fail };
    await moveMessages(from, to, log);
    const [message] = await to.lease(1);
    const { queuedAt, expiresAt, submittedAt } = message!;
    assert.deepEqual(
      [queuedAt, expiresAt, submittedAt].map((moment) => moment! - system.now()),
      [-2000, 5000, -1000],
    );
  });

  it('is also what has come of incoming messages of which parts are missing', async () => {
    const [from, to] = [new MemoryStore({ queueLimit: 10 }), new MemoryStore({ queueLimit: 10 })];
    const partial = { key: 'a 7', expiresAt: Date.now() + 60_000, octets: 3, data: { total: 3 } };
    await from.savePartial(partial, null, { parts: new Map([[2, 'second']]) });
    await moveMessages(from, to, { info: assert.fail, warn: assert.fail, error: assert.fail });
    assert.deepEqual((await to.findPartial('a 7'))!.data, { total: 3 });
    assert.deepEqual([...(await to.findParts('a 7'))], [[2, 'second']]);
    assert.equal(await from.findPartial('a 7'), null);
  });

  it('ends as an overflow where it does not fit from memory into a smaller store: nobody opens that memory again', async () => {
    const [from, to] = [new MemoryStore({ queueLimit: 9 }), new MemoryStore({ queueLimit: 2 })];
    for (const id of ['a', 'b', 'c', 'd']) await from.enqueue(outboxMessage(id));
    await moveMessages(from, to, { info: assert.fail, warn: assert.fail, error: assert.fail });
    assert.deepEqual(
      (await to.lease(9)).map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(
      (await to.untold()).map(({ id, kind, error }) => [id, kind, error?.code]),
      ['c', 'd'].map((id) => [id, 'overflow', 'SMPP_QUEUE_FULL']),
    );
    assert.equal(from.counts().waiting, 0);
  });

  it('stays in memory, and keeps the pool from the other store, where that one fails for another reason', async () => {
    const [from, to] = [new MemoryStore({ queueLimit: 9 }), new MemoryStore({ queueLimit: 9 })];
    for (const id of ['a', 'b', 'c']) await from.enqueue(outboxMessage(id));
    const enqueue = to.enqueue.bind(to);
    to.enqueue = (message) => (message.id === 'b' ? Promise.reject(new Error('disk full')) : enqueue(message));
    const log = { info: assert.fail, warn: assert.fail, error: assert.fail };
    await assert.rejects(moveMessages(from, to, log), /disk full/);
    assert.deepEqual(
      (await from.lease(9)).map(({ id }) => id),
      ['b', 'c'],
    );
  });
});
