import assert from 'node:assert/strict';
import { MemoryStore } from '../../src/store/memory';
import { message, storeContract } from './contract';

storeContract('the memory store', (queueLimit) => Promise.resolve(new MemoryStore({ queueLimit })));

describe('the memory store', () => {
  it('keeps its content over close and open, for the pool that comes after', async () => {
    const store = new MemoryStore({ queueLimit: 5 });
    const given = message();
    await store.enqueue(given);
    await store.close();
    await store.open();
    assert.deepEqual(await store.lease(1), [given]);
  });
});
