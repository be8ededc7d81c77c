import assert from 'node:assert/strict';
import type { OutboxMessage, PartialMessage, SentMessage, Store } from '../../src/store/store';
import { listMessages, outboxMessage, outcomeOf, ownMessageOf, sentMessage } from './messages';

const QUEUE_LIMIT = 5;

/**
 * What every store does. `make` gives an opened, empty store for QUEUE_LIMIT waiting messages, and closes it after the test.
 */
export function storeContract(name: string, make: (queueLimit: number) => Promise<Store>): void {
  describe(`${name}: what every store does`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await make(QUEUE_LIMIT);
    });

    const enqueue = (...messages: OutboxMessage[]): Promise<unknown> =>
      Promise.all(messages.map((message) => store.enqueue(message)));
    const leaseOne = async (): Promise<OutboxMessage> => (await store.lease(1))[0]!;
    const found = async (...keys: string[]): Promise<string[]> => ids(await store.findSent(keys));

    describe('the outbox', () => {
      it('gives back a message as it was put in', async () => {
        const message = outboxMessage('a', {
          frames: [Buffer.from([0, 1, 2]), Buffer.from([255])],
          messageIds: [null, 'x1'],
          attempts: 2,
          possibleDuplicate: true,
          submittedAt: 1_700_000_000_123,
          warnings: ['one'],
          msg: {
            payload: 'é 漢 😀 \u2028',
            when: new Date(0),
            octets: Buffer.from('b'),
            list: [1, null, 0.5, 2 ** 40],
            deep: { ok: true },
          },
        });
        const copy = structuredClone({ ...message, frames: [], msg: {} });
        await store.enqueue(message);
        const [leased] = await store.lease(9);
        assert.deepEqual({ ...leased!, frames: [], msg: {} }, copy);
        assert.deepEqual(leased!.frames, message.frames);
        assert.deepEqual(leased!.msg, message.msg);
      });

      it('keeps for each of several recipients which one it is, with what they share', async () => {
        const numbers = ['447700900001', '+44 7700 900002', 'nobody'];
        await enqueue(...listMessages('a', numbers), outboxMessage('b'));
        const leased = await store.lease(9);
        const own = (to: string): unknown => ({ payload: 'to all', order: { id: 7, numbers: to } });
        assert.deepEqual(leased.slice(0, 3).map(ownMessageOf), numbers.map(own));
        assert.deepEqual(leased[1]!.reference, { campaign: 'spring' });
        assert.equal(leased[3]!.recipient, undefined);
        await store.release(leased[0]!);
        assert.deepEqual(ownMessageOf(await leaseOne()), own(numbers[0]!));
        for (const message of leased.slice(0, 3)) await store.settle(outcomeOf(message));
        const untold = [...(await store.untold())].sort((one, other) => one.id.localeCompare(other.id));
        assert.deepEqual(untold.map(ownMessageOf), numbers.map(own));
      });

      it('leases urgent messages first, else the oldest first, and no more than asked for', async () => {
        await enqueue(outboxMessage('a'), outboxMessage('b'), outboxMessage('u', { urgent: true }), outboxMessage('c'));
        assert.deepEqual(ids(await store.lease(2)), ['u', 'a']);
        assert.deepEqual(ids(await store.lease(2)), ['b', 'c']);
      });

      it('counts what waits, and not what is leased', async () => {
        assert.deepEqual(store.counts(), { waiting: 0, urgent: 0, oldest: null });
        await enqueue(
          outboxMessage('a', { queuedAt: 20 }),
          outboxMessage('u', { urgent: true, queuedAt: 30 }),
          outboxMessage('b', { queuedAt: 40 }),
        );
        assert.deepEqual(store.counts(), { waiting: 3, urgent: 1, oldest: 20 });
        await store.lease(2);
        assert.deepEqual(store.counts(), { waiting: 1, urgent: 0, oldest: 40 });
      });

      it('refuses a message when as many wait as may, and takes one again once there is room', async () => {
        for (let n = 0; n < QUEUE_LIMIT; n++) void store.enqueue(outboxMessage(`m${String(n)}`));
        await assert.rejects(store.enqueue(outboxMessage('more')), { name: 'SmppError', code: 'SMPP_QUEUE_FULL' });
        await leaseOne();
        await store.enqueue(outboxMessage('more'));
        await assert.rejects(store.enqueue(outboxMessage('again')), { code: 'SMPP_QUEUE_FULL' });
        assert.equal(store.counts().waiting, QUEUE_LIMIT);
      });

      it('lets a lease wait until a message comes', async () => {
        const lease = store.lease(3);
        await store.enqueue(outboxMessage('a'));
        assert.deepEqual(ids(await lease), ['a']);
        assert.equal(store.counts().waiting, 0);
      });

      it('serves a waiting lease with all that comes at once, urgent first, and leaves the rest', async () => {
        const lease = store.lease(2);
        await enqueue(outboxMessage('a'), outboxMessage('b'), outboxMessage('u', { urgent: true }));
        assert.deepEqual(ids(await lease), ['u', 'a']);
        assert.deepEqual(ids(await store.lease(2)), ['b']);
      });

      it('ends a waiting lease with nothing when it is cancelled, and keeps what comes then', async () => {
        const lease = store.lease(1);
        store.cancelLease();
        assert.deepEqual(await lease, []);
        await store.enqueue(outboxMessage('a'));
        assert.equal(store.counts().waiting, 1);
        assert.equal((await leaseOne()).id, 'a');
      });

      it('leases what fits, and puts back in its place what was not handed out', async function () {
        if (!store.takeFitting) this.skip();
        const all = ['a', 'b', 'c', 'd'].map((id) => outboxMessage(id, { to: id === 'b' ? '1' : '2' }));
        await enqueue(...all);
        for await (const messages of store.takeFitting(({ to }) => to === '1')) assert.deepEqual(ids(messages), ['b']);
        assert.equal(store.counts().waiting, 3);
        const taking = store.takeFitting(() => true)[Symbol.asyncIterator]();
        await taking.return?.();
        assert.deepEqual(ids(await store.lease(9)), ['a', 'c', 'd']);
      });

      it('puts a message given back at the front of its lane, with its counters', async () => {
        await enqueue(outboxMessage('a'), outboxMessage('b'), outboxMessage('c'));
        const [a, b] = await store.lease(2);
        b!.attempts = 3;
        b!.possibleDuplicate = true;
        b!.messageIds = ['x9'];
        b!.submittedAt = 7;
        b!.server = 'two:2775';
        await Promise.all([store.release(b!), store.release(a!)]);
        assert.equal(store.counts().waiting, 3);
        const again = await store.lease(3);
        assert.deepEqual(ids(again), ['a', 'b', 'c']);
        const { attempts, possibleDuplicate, messageIds, submittedAt, leased, server } = again[1]!;
        assert.deepEqual(
          { attempts, possibleDuplicate, messageIds, submittedAt, leased, server },
          {
            ...{ attempts: 3, possibleDuplicate: true, messageIds: ['x9'], submittedAt: 7, leased: false },
            server: 'two:2775',
          },
        );
      });

      it('serves a waiting lease with what is given back', async () => {
        await store.enqueue(outboxMessage('a'));
        const message = await leaseOne();
        const lease = store.lease(1);
        await store.release(message);
        assert.deepEqual(ids(await lease), ['a']);
      });

      it('takes out what has waited too long, and that alone', async () => {
        await enqueue(
          outboxMessage('a', { expiresAt: 100 }),
          outboxMessage('b', { expiresAt: 300 }),
          outboxMessage('u', { expiresAt: 200, urgent: true }),
          outboxMessage('c', { expiresAt: 200 }),
        );
        assert.deepEqual(await store.takeExpired(99), []);
        assert.deepEqual(ids(await store.takeExpired(200)).sort(), ['a', 'c', 'u']);
        assert.deepEqual(await store.takeExpired(200), []);
        assert.equal(store.counts().waiting, 1);
        assert.equal((await leaseOne()).id, 'b');
      });

      it('ends a message once: its outcome is told, what was sent is found', async () => {
        await store.enqueue(outboxMessage('a'));
        const message = await leaseOne();
        await store.settle(outcomeOf(message), sentMessage('a'));
        assert.deepEqual(await found('a'), []);
        assert.deepEqual(await found('ida'), ['a']);
        assert.deepEqual(await store.untold(), [outcomeOf(outboxMessage('a'))]);
        await store.told('a');
        assert.deepEqual(await store.untold(), []);
        assert.equal(store.counts().waiting, 0);
      });

      it('ends a message of which nothing is to be remembered', async () => {
        await store.enqueue(outboxMessage('a'));
        await store.settle(
          outcomeOf(await leaseOne(), { kind: 'refused', error: { code: 'ESME_RINVDSTADR', message: 'no' } }),
        );
        await store.told('a');
        assert.deepEqual(await found('id1', 'ida'), []);
      });

      it('remembers the segments accepted so far while the others are still on their way', async () => {
        await store.enqueue(outboxMessage('a', { frames: [Buffer.of(1), Buffer.of(2)], messageIds: [null, null] }));
        const message = await leaseOne();
        message.messageIds[0] = 'one';
        await store.progress(message, sentMessage('a', { messageIds: ['one', null], receipts: [null, null] }));
        assert.deepEqual(await found('one'), ['a']);
        const sent = sentMessage('a', {
          messageIds: ['one', 'two'],
          receipts: [null, null],
          servers: ['127.0.0.1:2775', 'two:2775'],
        });
        await store.settle(outcomeOf(message, { messageIds: ['one', 'two'] }), sent);
        assert.deepEqual(await store.findSent(['two', 'one']), [sent]);
      });
    });

    it('tells an outcome that was settled in another store', async () => {
      const outcome = outcomeOf(outboxMessage('a', { frames: [Buffer.of(1), Buffer.of(2)] }), {
        messageIds: ['1', null],
      });
      await store.settle(outcome);
      assert.deepEqual(await store.untold(), [outcome]);
      await store.told('a');
      assert.deepEqual(await store.untold(), []);
      assert.equal(store.counts().waiting, 0);
    });

    describe('sent messages', () => {
      it('are found in the order of the keys, each once', async () => {
        await store.saveSent(sentMessage('a', { messageIds: ['1', '2'], receipts: [null, null] }));
        await store.saveSent(sentMessage('b', { messageIds: ['3'] }));
        assert.deepEqual(await found('3', '2', '1', 'none', ''), ['b', 'a']);
      });

      it('are found by the key of the id, whatever its zeros and capitals', async () => {
        await store.saveSent(sentMessage('a', { messageIds: ['0x00AB'] }));
        assert.deepEqual(await found('ab'), ['a']);
      });

      it('are all found where a platform gives an id twice', async () => {
        await store.saveSent(sentMessage('a', { messageIds: ['7'] }));
        await store.saveSent(sentMessage('b', { messageIds: ['7'] }));
        assert.deepEqual((await found('7')).sort(), ['a', 'b']);
      });

      it('are found at once, before they are stored, and as saved last', async () => {
        const saving = store.saveSent(sentMessage('a'));
        assert.deepEqual(await found('ida'), ['a']);
        const again = store.saveSent(sentMessage('a', { told: true }));
        assert.equal((await store.findSent(['ida']))[0]!.told, true);
        await Promise.all([saving, again]);
        assert.deepEqual(await store.findSent(['ida']), [sentMessage('a', { told: true })]);
      });

      it('come back as they were saved', async () => {
        const sent: SentMessage = sentMessage('a', {
          messageIds: ['1', null],
          dueAt: 5,
          reference: ['any', { json: 1 }, null],
          receipts: [
            {
              state: 'DELIVERED',
              final: true,
              delivered: true,
              status: 'DELIVRD',
              error: '000',
              description: 'Delivered',
              group: 'delivered',
              retryable: false,
              messageId: '1',
              submittedAt: null,
              doneAt: '2026-01-01T00:00:00.000Z',
              at: 1_700_000_000_456,
            },
            null,
          ],
        });
        await store.saveSent(sent);
        assert.deepEqual(await store.findSent(['1']), [sent]);
      });

      it('fall due, until they are saved without a due time', async () => {
        await store.saveSent(sentMessage('a', { dueAt: 200 }));
        await store.saveSent(sentMessage('b', { dueAt: 100 }));
        await store.saveSent(sentMessage('c'));
        assert.deepEqual(await store.findDue(99), []);
        assert.deepEqual(ids(await store.findDue(100)), ['b']);
        await store.saveSent(sentMessage('b', { told: true }));
        await store.saveSent(sentMessage('a', { dueAt: 300 }));
        assert.deepEqual(await store.findDue(299), []);
        assert.deepEqual(ids(await store.findDue(300)), ['a']);
      });

      it('are forgotten when their time is over', async () => {
        await store.saveSent(sentMessage('a', { expiresAt: 100 }));
        await store.saveSent(sentMessage('b', { expiresAt: 200, dueAt: 50 }));
        await store.saveSent(sentMessage('c', { expiresAt: 300, messageIds: ['id-b'] }));
        assert.equal(await store.forgetSent(99), 0);
        assert.equal(await store.forgetSent(200), 2);
        assert.equal(await store.forgetSent(200), 0);
        assert.deepEqual(await found('ida', 'idb'), ['c']);
        assert.deepEqual(await store.findDue(1000), []);
      });
    });

    describe('longer incoming messages', () => {
      const partial = (key: string, expiresAt: number, data: unknown = {}, octets = 0): PartialMessage => ({
        key,
        expiresAt,
        octets,
        data,
      });
      const keys = (partials: readonly PartialMessage[]): string[] => partials.map(({ key }) => key);
      const parts = (...numbered: readonly (readonly [number, unknown])[]): { parts: Map<number, unknown> } => ({
        parts: new Map(numbered),
      });
      const MANY = 1e6;

      it('come back as they were saved, and are changed where they are as they were found', async () => {
        const first = partial('a "1"', 100, { octets: Buffer.of(1, 0), list: ['é', null], told: false }, 7);
        assert.equal(await store.findPartial(first.key), null);
        assert.deepEqual(await store.savePartial(first, null), []);
        const found = (await store.findPartial(first.key))!;
        assert.deepEqual(found, first);
        const second = partial(first.key, 200, 'second');
        assert.deepEqual(await store.savePartial(second, found), []);
        assert.equal(await store.savePartial(partial(first.key, 300), found), null);
        assert.equal(await store.savePartial(partial(first.key, 300), null), null);
        assert.deepEqual(await store.findPartial(first.key), second);
        assert.deepEqual(await store.savePartial(partial(first.key, 300, 'third'), second), []);
      });

      it('have their parts beside them, until these are cleared or all is forgotten', async () => {
        const [first, second, third] = [partial('a', 100, 1), partial('a', 100, 2), partial('a', 100, 3)];
        const part = { body: Buffer.of(0, 255), tlvs: [{ tag: 5, value: Buffer.of(1) }], warnings: ['é'] };
        assert.deepEqual([...(await store.findParts('a'))], []);
        await store.savePartial(first, null, parts([255, part]));
        await store.savePartial(partial('a 1', 100), null, parts([2, 'of another']));
        await store.savePartial(second, first, parts([1, 'one']));
        assert.deepEqual(new Map(await store.findParts('a')), parts([255, part], [1, 'one']).parts);
        assert.equal(await store.savePartial(third, first, { ...parts([7, 'late']), clear: true }), null);
        await store.savePartial(third, second, { ...parts([1, 'new']), clear: true });
        assert.deepEqual([...(await store.findParts('a'))], [[1, 'new']]);
        await store.forgetPartial(second);
        assert.equal((await store.findPartial('a'))!.data, 3);
        await store.forgetPartial(third);
        assert.deepEqual([...(await store.findParts('a'))], []);
        assert.deepEqual([...(await store.findParts('a 1'))], [[2, 'of another']]);
      });

      it('fall due until they are forgotten', async () => {
        await store.savePartial(partial('b', 200), null);
        await store.savePartial(partial('a', 100), null);
        await store.savePartial(partial('c', 300), null);
        assert.deepEqual(keys(await store.findPartialsDue(99, MANY)), []);
        assert.deepEqual(keys(await store.findPartialsDue(200, MANY)), ['a', 'b']);
        const [a, b] = await store.findPartialsDue(200, MANY);
        await store.savePartial(partial('b', 400), b!);
        await store.forgetPartial(a!);
        // It is not what it was any more.
        await store.forgetPartial(b!);
        assert.equal(await store.findPartial('a'), null);
        assert.deepEqual(keys(await store.findPartialsDue(400, MANY)), ['c', 'b']);
      });

      it('fall due, the oldest first, where all together take more octets than they may', async () => {
        const a = partial('a', 100, null, 10);
        await store.savePartial(a, null);
        await store.savePartial(partial('c', 300, null, 30), null);
        const b = partial('b', 200, null, 20);
        await store.savePartial(b, null);
        assert.deepEqual(keys(await store.findPartialsDue(0, 60)), []);
        assert.deepEqual(keys(await store.findPartialsDue(0, 59)), ['a']);
        assert.deepEqual(keys(await store.findPartialsDue(0, 50)), ['a']);
        assert.deepEqual(keys(await store.findPartialsDue(0, 49)), ['a', 'b']);
        await store.savePartial(partial('b', 200, null, 5), b);
        assert.deepEqual(keys(await store.findPartialsDue(0, 45)), []);
        await store.forgetPartial(a);
        assert.deepEqual(keys(await store.findPartialsDue(0, 35)), []);
        assert.deepEqual(keys(await store.findPartialsDue(0, 34)), ['b']);
      });

      it('begin anew where one was forgotten since it was found', async () => {
        await store.savePartial(partial('a', 100, 'old'), null, parts([1, 'old']));
        const old = (await store.findPartial('a'))!;
        await store.forgetPartial(old);
        await store.savePartial(partial('a', 200, 'new'), null, parts([2, 'new']));
        await store.forgetPartial(old);
        assert.equal(await store.savePartial(partial('a', 300), old), null);
        assert.equal((await store.findPartial('a'))!.data, 'new');
        assert.deepEqual([...(await store.findParts('a'))], [[2, 'new']]);
      });

      it('are parked in the same step once they are whole; what is being handed over is no longer parked', async () => {
        const park = [{ kind: 'incoming', data: 'text' }];
        const saved = await store.savePartial(partial('a', 100), null, { park });
        assert.deepEqual(saved, [(await store.parked())[0]!.key]);
        const handed = await store.savePartial(partial('b', 100), null, { park, handing: true });
        assert.equal(handed!.length, 1);
        assert.equal((await store.parked()).length, 1);
        assert.equal(await store.savePartial(partial('b', 200), null, { park }), null);
        assert.equal((await store.parked()).length, 1);
        await store.unpark(handed![0]!);
      });
    });

    describe('what waits for the flows', () => {
      it('comes in the order it was parked, until it is taken away', async () => {
        const first = await store.park({ kind: 'receipt', data: { n: 1 } });
        await store.saveSent(sentMessage('a'), { park: [{ kind: 'result', data: ['b', null] }] });
        await store.park({ kind: 'incoming', data: 'text' });
        const parked = await store.parked();
        assert.deepEqual(
          parked.map(({ kind, data }) => [kind, data]),
          [
            ['receipt', { n: 1 }],
            ['result', ['b', null]],
            ['incoming', 'text'],
          ],
        );
        assert.equal(parked[0]!.key, first);
        await Promise.all(parked.slice(0, 2).map(({ key }) => store.unpark(key)));
        assert.deepEqual(
          (await store.parked()).map(({ kind }) => kind),
          ['incoming'],
        );
        assert.deepEqual(await found('ida'), ['a']);
      });
    });

    it('ends a waiting lease when it is closed', async () => {
      const lease = store.lease(1);
      await store.close();
      assert.deepEqual(await lease, []);
    });
  });
}

export function ids(list: readonly { readonly id: string }[]): string[] {
  return list.map(({ id }) => id);
}
