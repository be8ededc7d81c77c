import assert from 'node:assert/strict';
import { MemoryHistory } from '../../src/history/memory-history';
import { MemoryStore } from '../../src/store/memory';
import { historyContract } from './contract';
import { BEGAN, findAll, historyEntry } from './entries';

historyContract('memory store', async () => {
  const store = new MemoryStore({ queueLimit: 1000 });
  await store.open();
  return store;
});

describe('the history in memory', () => {
  it('holds the latest 10,000 messages, whatever goes and comes', async () => {
    const history = new MemoryHistory();
    for (let n = 0; n < 25_000; n++) history.add(historyEntry(String(n), { queuedAt: BEGAN + n }));
    assert.equal(history.size, 10_000);
    assert.equal(await history.forget({ id: '20000' }), 1);
    for (let n = 25_000; n < 33_333; n++) history.add(historyEntry(String(n), { queuedAt: BEGAN + n }));
    const all = await findAll(history, {}, 999);
    assert.deepEqual(
      all.map(({ id }) => Number(id)),
      Array.from({ length: 10_000 }, (_, n) => 33_332 - n),
    );
  });
});
