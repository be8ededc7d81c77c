import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SmppError } from '../../../src/base/errors';
import type { HistoryEntry } from '../../../src/history/entry';
import { matches, type MessageFilter } from '../../../src/history/filter';
import { DiskStore } from '../../../src/store/disk/disk-store';
import { noteClean } from '../../../src/store/disk/integrity';
import { StoreFile } from '../../../src/store/disk/store-file';
import { historyContract } from '../../history/contract';
import { BEGAN, DELIVERED, findAll, historyEntry } from '../../history/entries';
import { outboxMessage, outcomeOf, sentMessage } from '../messages';

describe('The history on disk', () => {
  let root: string;
  let log: string[];
  const opened: DiskStore[] = [];
  const { commit } = StoreFile.prototype;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'smpp-store-'));
    log = [];
  });
  afterEach(async () => {
    StoreFile.prototype.commit = commit;
    for (const store of opened.splice(0)) await store.close();
    rmSync(root, { recursive: true });
  });

  async function open(folder = join(root, 'pool')): Promise<DiskStore> {
    const write = (text: string): void => void log.push(text);
    const store = new DiskStore({ folder, queueLimit: 100_000, log: { warn: write, error: write } });
    await store.open();
    opened.push(store);
    return store;
  }

  /** As a process finds it that starts after this one was killed. */
  async function afterCrash(): Promise<DiskStore> {
    const folder = mkdtempSync(join(root, 'crash-'));
    copyFileSync(join(root, 'pool', 'store.mdb'), join(folder, 'store.mdb'));
    noteClean(join(folder, 'store.mdb'));
    return open(folder);
  }

  /** Anything at all, so that everything before it is on the disk. */
  async function written(store: DiskStore): Promise<void> {
    await store.unpark(await store.park({ kind: 'any', data: null }));
  }

  historyContract('disk store', open);

  it('is what a plain list would be, over commits, restarts, and whatever is forgotten', async function () {
    this.timeout(60_000);
    const numbers = ['919876543210', '919876543211', '447700900123', '12345'];
    const filters: readonly MessageFilter[] = [
      { to: { digits: '9876543210', last: true } },
      { to: { digits: '12345', last: false } },
      { messageId: 'p7' },
      { id: 'e500' },
      { outcome: 'refused', since: BEGAN + 300_000 },
      { until: BEGAN + 900_000, from: 'SHOP' },
    ];
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 900 }) }) },
      { weight: 2, arbitrary: fc.record({ forget: fc.nat(filters.length - 1) }) },
      { weight: 2, arbitrary: fc.record({ keep: fc.integer({ min: 0, max: 2500 }) }) },
      { weight: 1, arbitrary: fc.record({ before: fc.integer({ min: 0, max: 2000 }) }) },
      { weight: 2, arbitrary: fc.constantFrom('write' as const, 'restart' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const folder = mkdtempSync(join(root, 'model-'));
        let store = await open(folder);
        let plain: HistoryEntry[] = [];
        let count = 0;
        for (const one of steps) {
          const { history } = store;
          if (one === 'write') await written(store);
          else if (one === 'restart') {
            await store.close();
            store = await open(folder);
          } else if ('add' in one) {
            for (let n = 0; n < one.add; n++, count++) {
              const entry = historyEntry(`e${String(count)}`, {
                to: numbers[count % 4]!,
                from: count % 3 === 0 ? 'SHOP' : 'ALERTS',
                outcome: count % 5 === 0 ? 'refused' : 'accepted',
                messageIds: count % 7 === 0 ? [`p${String(count)}`, null, `q${String(count)}`] : [`p${String(count)}`],
                queuedAt: BEGAN + count * 500,
              });
              plain.push(entry);
              history.add(entry);
            }
          } else if ('forget' in one) {
            const filter = filters[one.forget]!;
            const gone = plain.filter((entry) => matches(filter, entry)).length;
            assert.equal(await history.forget(filter), gone);
            plain = plain.filter((entry) => !matches(filter, entry));
          } else if ('keep' in one) {
            await history.prune({ before: 0, limit: one.keep });
            plain = one.keep === 0 ? [] : plain.slice(-one.keep);
          } else {
            const before = BEGAN + one.before * 500;
            await history.prune({ before, limit: Infinity });
            plain = plain.filter(({ queuedAt }) => queuedAt >= before);
          }
        }
        assert.equal(store.history.size, plain.length);
        for (const filter of [{}, ...filters]) {
          assert.deepEqual(
            (await findAll(store.history, filter, 97)).map(({ id }) => id),
            plain
              .filter((entry) => matches(filter, entry))
              .map(({ id }) => id)
              .reverse(),
          );
        }
        assert.deepEqual(await findAll(store.history, {}, 1000), plain.reverse());
        assert.deepEqual(log, []);
      }),
      { numRuns: 10 },
    );
  });

  describe('is written with the outcome', () => {
    const message = outboxMessage('a');
    const settle = (store: DiskStore): Promise<unknown> =>
      store.settle(
        outcomeOf(message, { messageIds: ['pa'] }),
        sentMessage('a', { messageIds: ['pa'] }),
        historyEntry('a'),
      );

    it('so that after a crash there are both or none', async () => {
      const store = await open();
      await store.enqueue(message);
      await store.lease(1);
      assert.deepEqual(await findAll((await afterCrash()).history, {}), []);
      await settle(store);
      const after = await afterCrash();
      assert.deepEqual(
        (await after.untold()).map(({ id }) => id),
        ['a'],
      );
      assert.deepEqual(await findAll(after.history, {}), [historyEntry('a')]);
      const [sent] = await store.findSent(['pa']);
      const receipt = { ...DELIVERED, messageId: 'pa', submittedAt: null, doneAt: null };
      await store.saveSent({ ...sent!, receipts: [receipt] });
      assert.equal((await findAll((await afterCrash()).history, { id: 'a' }))[0]!.state, 'DELIVERED');
    });

    it('and brought by the next transaction where one fails', async () => {
      const store = await open();
      await store.enqueue(message);
      await store.lease(1);
      StoreFile.prototype.commit = () => {
        StoreFile.prototype.commit = commit;
        return Promise.resolve(new SmppError('SMPP_STORE_FAILED', 'EIO: i/o error, write'));
      };
      await assert.rejects(settle(store), { code: 'SMPP_STORE_FAILED' });
      assert.deepEqual(await findAll((await afterCrash()).history, {}), []);
      await written(store);
      assert.deepEqual(await findAll((await afterCrash()).history, {}), [historyEntry('a')]);
      assert.equal((await findAll(store.history, {})).length, 1);
    });
  });

  it('stops before the outbox does where the disk runs short, says so, and goes on once there is room', async () => {
    const store = await open();
    let isShort = true;
    StoreFile.prototype.commit = function (this: StoreFile, batch) {
      if (!isShort) return commit.call(this, batch);
      batch.refuseExtras();
      return commit.call(this, { ...batch, arrivals: batch.arrivals, changes: batch.changes, extras: [] });
    };
    for (let n = 0; n < 150; n++) {
      store.history.add(historyEntry(`e${String(n)}`));
      await store.enqueue(outboxMessage(`m${String(n)}`));
    }
    assert.equal(store.counts().waiting, 150);
    assert.deepEqual(log, ['store: the disk is nearly full, so the history is not kept until there is more room']);
    assert.equal((await afterCrash()).counts().waiting, 150);
    assert.equal((await afterCrash()).history.size, 0);
    isShort = false;
    await written(store);
    assert.equal(log.at(-1), 'store: the history is kept again');
    store.history.add(historyEntry('new'));
    await written(store);
    const found = await findAll((await afterCrash()).history, {});
    assert.equal(found[0]!.id, 'new');
    assert.ok(found.length > 100 && found.length < 120, `${String(found.length)} entries`);
  });

  it('leaves nothing of a number that is forgotten, once it was written', async () => {
    const store = await open();
    for (let n = 0; n < 300; n++)
      store.history.add(historyEntry(`e${String(n)}`, { to: `9198765432${String(10 + (n % 2))}` }));
    await written(store);
    assert.equal(await store.history.forget({ to: { digits: '919876543211', last: false } }), 150);
    const after = await afterCrash();
    assert.equal(after.history.size, 150);
    assert.ok((await findAll(after.history, {})).every(({ to }) => to === '919876543210'));
  });
});
