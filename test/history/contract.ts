import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matches } from '../../src/history/filter';
import type { Store } from '../../src/store/store';
import { outcomeOf, outboxMessage, sentMessage } from '../store/messages';
import { BEGAN, DELIVERED, findAll, historyEntry, someEntries, someFilter } from './entries';

/** What every store that has a history does with it. `make` gives an opened, empty store. */
export function historyContract(name: string, make: () => Promise<Store>): void {
  describe(`${name}: what every history does`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await make();
    });

    const ids = async (...args: Parameters<typeof findAll> extends [unknown, ...infer Rest] ? Rest : never) =>
      (await findAll(store.history!, ...args)).map(({ id }) => id);

    /** A message that is accepted, with its entry and what is remembered for its receipt. */
    async function accept(id: string, expiresAt = BEGAN + 10_000): Promise<void> {
      const message = outboxMessage(id);
      await store.enqueue(message);
      await store.lease(1);
      const messageIds = [`p${id}`];
      await store.settle(
        outcomeOf(message, { messageIds }),
        sentMessage(id, { messageIds, expiresAt }),
        historyEntry(id),
      );
      await store.told(id);
    }

    it('finds what a plain list of the entries would give', async () => {
      await fc.assert(
        fc.asyncProperty(someEntries, fc.array(someFilter, { maxLength: 3 }), async (entries, filters) => {
          const history = store.history!;
          await history.forget({});
          assert.equal(history.size, 0);
          let plain = [...entries];
          for (const entry of entries) history.add(entry);
          for (const filter of [{}, ...filters]) {
            assert.deepEqual(await findAll(history, filter), plain.filter((entry) => matches(filter, entry)).reverse());
          }
          for (const filter of filters.slice(0, 1)) {
            const left = plain.filter((entry) => !matches(filter, entry));
            assert.equal(await history.forget(filter), plain.length - left.length);
            plain = left;
            assert.equal(history.size, plain.length);
            assert.deepEqual(await findAll(history, {}), plain.reverse());
          }
        }),
        { numRuns: 60 },
      );
    });

    it('has an entry as it was put in, the newest first', async () => {
      const first = historyEntry('a', {
        ...{ messageIds: [null, 'x'], segments: 2, submittedAt: null, answeredAt: null, server: null },
        ...{ outcome: 'refused', error: 'ESME_RINVDSTADR', description: 'é 漢 😀', text: 'a text' },
        reference: { when: new Date(5), octets: Buffer.from('b'), list: [1, null] },
      });
      store.history!.add(first);
      store.history!.add(historyEntry('b', { reference: null }));
      assert.deepEqual(await findAll(store.history!, {}), [historyEntry('b', { reference: null }), first]);
    });

    it('adds to an entry what its receipts say, as soon as they are saved', async () => {
      await accept('a');
      assert.equal((await findAll(store.history!, {}))[0]!.state, null);
      const [sent] = await store.findSent(['pa']);
      await store.saveSent({
        ...sent!,
        receipts: [{ ...DELIVERED, messageId: 'pa', submittedAt: null, doneAt: null }],
      });
      const [entry] = await findAll(store.history!, { state: 'DELIVERED' });
      assert.deepEqual([entry!.state, entry!.status, entry!.doneAt], ['DELIVERED', 'DELIVRD', BEGAN + 1000]);
      assert.deepEqual(await ids({ state: null }), []);
    });

    it('keeps what the receipts said once the sent message is forgotten', async () => {
      for (const id of ['a', 'b', 'c']) await accept(id, BEGAN + (id === 'c' ? 99_999 : 10_000));
      for (const id of ['a', 'c']) {
        const [sent] = await store.findSent([`p${id}`]);
        const receipt = { ...DELIVERED, messageId: `p${id}`, submittedAt: null, doneAt: null };
        await store.saveSent({ ...sent!, receipts: [receipt] });
      }
      assert.equal(await store.forgetSent(BEGAN + 10_000), 2);
      assert.deepEqual(await store.findSent(['pa', 'pb']), []);
      assert.deepEqual(
        (await findAll(store.history!, {})).map(({ id, state }) => [id, state]),
        [
          ['c', 'DELIVERED'],
          ['b', null],
          ['a', 'DELIVERED'],
        ],
      );
    });

    it('finds an id that came after the end of its message', async () => {
      const message = outboxMessage('late');
      await store.enqueue(message);
      await store.lease(1);
      const ended = historyEntry('late', { outcome: 'unknown', messageIds: [null] });
      await store.settle(outcomeOf(message, { kind: 'unknown', messageIds: [null] }), undefined, ended);
      await store.saveSent(sentMessage('late', { messageIds: ['p9'] }), { late: true });
      const [found] = await findAll(store.history!, { messageId: 'p9' });
      assert.deepEqual([found?.id, found?.outcome], ['late', 'unknown']);
    });

    it('lets the oldest go, by age and by number', async () => {
      for (let n = 0; n < 10; n++) store.history!.add(historyEntry(`e${String(n)}`, { queuedAt: BEGAN + n }));
      await store.history!.prune({ before: BEGAN + 2, limit: 100 });
      assert.deepEqual(await ids({}), ['e9', 'e8', 'e7', 'e6', 'e5', 'e4', 'e3', 'e2']);
      await store.history!.prune({ before: BEGAN, limit: 3 });
      assert.deepEqual(await ids({}), ['e9', 'e8', 'e7']);
      assert.equal(store.history!.size, 3);
      await store.history!.prune({ before: Infinity, limit: 0 });
      assert.deepEqual(await ids({}), []);
    });

    it('gives the messages that wait, the newest first, without those that are leased', async () => {
      await store.enqueue(outboxMessage('a', { queuedAt: BEGAN, text: 'its text' }));
      await store.enqueue(outboxMessage('u', { queuedAt: BEGAN + 1, urgent: true }));
      await store.enqueue(outboxMessage('b', { queuedAt: BEGAN + 2 }));
      assert.deepEqual(
        Array.from(store.waiting!(), ({ id }) => id),
        ['b', 'u', 'a'],
      );
      assert.equal(Array.from(store.waiting!()).at(-1)!.text, 'its text');
      await store.lease(1);
      assert.deepEqual(
        Array.from(store.waiting!(), ({ id }) => id),
        ['b', 'a'],
      );
    });
  });
}
