import assert from 'node:assert/strict';
import type { Outcome, OutboxMessage, SegmentReceipt, SentMessage, Store } from '../../src/store/store';

let count = 0;

export function message(change: Partial<OutboxMessage> = {}): OutboxMessage {
  count += 1;
  return {
    id: `message-${count}`,
    node: 'send',
    urgent: false,
    queuedAt: 1000 + count,
    expiresAt: 1e12,
    to: '919812345678',
    from: 'ALERTS',
    encoding: 'gsm7',
    dataCoding: 0,
    warnings: [],
    frames: [Buffer.from([0, 0, 0, 1, 2, 3])],
    receipt: true,
    msg: { _msgid: 'm', payload: 'Pump 3 alarm' },
    reference: { alarm: 7 },
    messageIds: [null],
    attempts: 0,
    possibleDuplicate: false,
    leased: false,
    submittedAt: null,
    ...change,
  };
}

export function outcome(of: OutboxMessage, change: Partial<Outcome> = {}): Outcome {
  const { id, node, msg, to, from, encoding, dataCoding, warnings, queuedAt } = of;
  return {
    ...{ id, node, msg, to, from, encoding, dataCoding, warnings, queuedAt },
    kind: 'accepted',
    segments: 1,
    messageIds: ['A1'],
    server: '127.0.0.1:2775',
    attempts: 1,
    possibleDuplicate: false,
    submittedAt: 2000,
    answeredAt: 2001,
    error: null,
    ...change,
  };
}

export function sent(change: Partial<SentMessage> = {}): SentMessage {
  count += 1;
  return {
    id: `sent-${count}`,
    node: 'send',
    msgid: 'm',
    to: '919812345678',
    from: 'ALERTS',
    encoding: 'gsm7',
    server: '127.0.0.1:2775',
    submittedAt: 2000,
    reference: { alarm: 7 },
    expiresAt: 1e6,
    messageIds: ['A1'],
    receipts: [null],
    dueAt: null,
    told: false,
    ...change,
  };
}

export const RECEIPT: SegmentReceipt = {
  state: 'DELIVERED',
  final: true,
  delivered: true,
  status: 'DELIVRD',
  error: '000',
  description: 'Delivered to SIM.',
  group: 'delivered',
  retryable: false,
  messageId: 'A1',
  submittedAt: null,
  doneAt: null,
  at: 3000,
};

async function leaseIds(store: Store, limit: number): Promise<string[]> {
  return (await store.lease(limit)).map(({ id }) => id);
}

/** What every store must do. `make` gives an empty store of this queue limit, open. */
export function storeContract(name: string, make: (queueLimit: number) => Promise<Store>): void {
  describe(`${name}, as every store`, () => {
    let store: Store;

    beforeEach(async () => {
      store = await make(5);
    });

    afterEach(() => store.close());

    it('leases urgent messages first, then the oldest', async () => {
      const [slow, urgent, slower] = [message(), message({ urgent: true }), message()];
      for (const each of [slow, urgent, slower]) await store.enqueue(each);
      assert.deepEqual(store.counts(), { waiting: 3, urgent: 1, oldest: slow.queuedAt });
      assert.deepEqual(await leaseIds(store, 2), [urgent.id, slow.id]);
      assert.deepEqual(await leaseIds(store, 2), [slower.id]);
      assert.deepEqual(store.counts(), { waiting: 0, urgent: 0, oldest: null });
    });

    it('hands out a message as it was taken', async () => {
      const given = message({ frames: [Buffer.from('one'), Buffer.from('two')], messageIds: [null, null] });
      await store.enqueue(given);
      const [leased] = await store.lease(1);
      assert.deepEqual(leased, given);
      assert.ok(Buffer.isBuffer(leased!.frames[1]));
    });

    it('lets a lease wait for the next message', async () => {
      const leasing = leaseIds(store, 10);
      const given = message();
      await store.enqueue(given);
      assert.deepEqual(await leasing, [given.id]);
      assert.equal(store.counts().waiting, 0);
    });

    it('ends a waiting lease with nothing when it is cancelled, and loses nothing by it', async () => {
      const leasing = leaseIds(store, 10);
      store.cancelLease();
      assert.deepEqual(await leasing, []);
      const given = message();
      await store.enqueue(given);
      assert.deepEqual(await leaseIds(store, 10), [given.id]);
    });

    it('takes a message back to the front of its lane, with its counters', async () => {
      const [first, second] = [message(), message()];
      await store.enqueue(first);
      await store.enqueue(second);
      const [leased] = await store.lease(1);
      leased!.attempts = 2;
      leased!.possibleDuplicate = true;
      await store.release(leased!);
      assert.equal(store.counts().waiting, 2);
      const again = await store.lease(5);
      assert.deepEqual(
        again.map(({ id }) => id),
        [first.id, second.id],
      );
      assert.deepEqual([again[0]!.attempts, again[0]!.possibleDuplicate, again[0]!.leased], [2, true, false]);
    });

    it('refuses a message above the limit, with a code, and keeps the others', async () => {
      for (let n = 0; n < 5; n++) await store.enqueue(message());
      await assert.rejects(store.enqueue(message()), { code: 'SMPP_QUEUE_FULL' });
      assert.equal(store.counts().waiting, 5);
    });

    it('takes out what has expired, and nothing else', async () => {
      const [early, late] = [message({ expiresAt: 100 }), message({ expiresAt: 200 })];
      await store.enqueue(late);
      await store.enqueue(early);
      assert.deepEqual(await store.takeExpired(99), []);
      assert.deepEqual(
        (await store.takeExpired(100)).map(({ id }) => id),
        [early.id],
      );
      assert.deepEqual(await leaseIds(store, 5), [late.id]);
    });

    it('keeps an outcome until it is told', async () => {
      const given = message();
      await store.enqueue(given);
      await store.lease(1);
      await store.settle(outcome(given));
      assert.deepEqual(await store.untold(), [outcome(given)]);
      await store.told(given.id);
      assert.deepEqual(await store.untold(), []);
    });

    it('finds a settled message under its message ids, at once and afterwards', async () => {
      const given = message();
      await store.enqueue(given);
      await store.lease(1);
      const remembered = sent({ id: given.id, messageIds: ['00AbC', 'd2'], receipts: [null, null] });
      const settling = store.settle(outcome(given), remembered);
      assert.deepEqual(await store.findSent(['abc']), [remembered]);
      await settling;
      assert.deepEqual(await store.findSent(['x', 'd2', 'abc']), [remembered]);
      assert.deepEqual(await store.findSent(['x']), []);
    });

    it('tells two messages with one id apart', async () => {
      const [one, two] = [sent({ messageIds: ['7'] }), sent({ messageIds: ['07'] })];
      await store.saveSent(one);
      await store.saveSent(two);
      const found = await store.findSent(['7']);
      assert.deepEqual(new Set(found.map(({ id }) => id)), new Set([one.id, two.id]));
    });

    it('replaces what it remembers, at once and afterwards', async () => {
      const first = sent({ messageIds: ['b1', null], receipts: [null, null] });
      await store.saveSent(first);
      const second = { ...first, messageIds: ['b1', 'b2'], receipts: [RECEIPT, null] };
      const saving = store.saveSent(second);
      assert.deepEqual(await store.findSent(['b1']), [second]);
      await saving;
      assert.deepEqual(await store.findSent(['b2', 'b1']), [second]);
    });

    it('saves the progress of a message on its way', async () => {
      const given = message({ frames: [Buffer.from('1'), Buffer.from('2')], messageIds: [null, null] });
      await store.enqueue(given);
      const [leased] = await store.lease(1);
      leased!.messageIds[0] = 'C1';
      await store.progress(leased!, sent({ id: given.id, messageIds: ['C1', null], receipts: [null, null] }));
      assert.equal((await store.findSent(['c1'])).length, 1);
      await store.release(leased!);
      assert.deepEqual((await store.lease(1))[0]!.messageIds, ['C1', null]);
    });

    it('finds results that have fallen due, once', async () => {
      const waiting = sent({ messageIds: ['e1'], dueAt: 500 });
      await store.saveSent(waiting);
      assert.deepEqual(await store.findDue(499), []);
      assert.deepEqual(await store.findDue(500), [waiting]);
      await store.saveSent({ ...waiting, dueAt: null, told: true });
      assert.deepEqual(await store.findDue(500), []);
    });

    it('forgets sent messages when their time is over', async () => {
      await store.saveSent(sent({ messageIds: ['f1'], expiresAt: 100 }));
      await store.saveSent(sent({ messageIds: ['f2'], expiresAt: 200 }));
      assert.equal(await store.forgetSent(150), 1);
      assert.deepEqual(await store.findSent(['f1']), []);
      assert.equal((await store.findSent(['f2'])).length, 1);
    });

    it('keeps events for the flows in order until they are taken', async () => {
      await store.park({ kind: 'report', data: { n: 1 } });
      await store.saveSent(sent(), { kind: 'report', data: { n: 2, octets: Buffer.from('ab') } });
      const [first, second] = await store.parked();
      assert.deepEqual([first!.data, second!.data], [{ n: 1 }, { n: 2, octets: Buffer.from('ab') }]);
      await store.unpark(first!.key);
      assert.deepEqual(
        (await store.parked()).map(({ key }) => key),
        [second!.key],
      );
    });
  });
}
