import assert from 'node:assert/strict';
import { MemoryStore } from '../../src/store/memory';
import { ids, storeContract } from './contract';
import { outboxMessage, sentMessage } from './messages';

async function open(queueLimit: number): Promise<MemoryStore> {
  const store = new MemoryStore({ queueLimit });
  await store.open();
  return store;
}

storeContract('Memory store', open);

describe('Memory store', () => {
  it('keeps its content over close and open, for the pool that comes after', async () => {
    const store = await open(5);
    await store.enqueue(outboxMessage('a'));
    await store.saveSent(sentMessage('b'));
    await store.close();
    await store.open();
    assert.deepEqual(ids(await store.lease(1)), ['a']);
    assert.deepEqual(ids(await store.findSent(['idb'])), ['b']);
  });
});
