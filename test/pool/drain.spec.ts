import assert from 'node:assert/strict';
import { MemoryStore } from '../../src/store/memory';
import { Pool } from '../../src/pool/pool';
import { fastClock } from '../support/clock';
import { closePlatforms, FakePlatform } from '../support/fake-platform';
import { closePools, poolSettings, runPool } from '../support/pool-run';

function code(expected: string): (error: unknown) => boolean {
  return (error) => (error as { code?: string }).code === expected;
}

describe('a drain', () => {
  afterEach(async () => {
    await closePools();
    await closePlatforms();
  });

  it('of a pool that is stopped ends with an error while messages wait, and well where none do', async () => {
    const platform = await FakePlatform.listen();
    const { pool, send } = await runPool(poolSettings([platform.port]));
    await pool.disconnect();
    await pool.drain();
    send('447700900001');
    await assert.rejects(pool.drain(), code('SMPP_POOL_STOPPED'));
    assert.equal(pool.snapshot().queue.waiting, 1);
  });

  it('of a pool whose servers cannot be reached ends with an error, and leaves it trying', async () => {
    const platform = await FakePlatform.listen();
    const { port } = platform;
    await platform.close();
    const { pool, send } = await runPool(poolSettings([port]), { clock: fastClock(1000) });
    send('447700900001');
    await assert.rejects(pool.drain(), code('SMPP_POOL_UNREACHABLE'));
    assert.equal(pool.snapshot().state, 'down');
  });

  it('is cancelled by connecting, and by closing the pool', async () => {
    const platform = await FakePlatform.listen();
    const { pool, send, events } = await runPool(poolSettings([platform.port]));
    await platform.boundLink();
    await events.one(({ event }) => event === 'pool.up');
    // Never answered.
    send('447700900001');
    const first = assert.rejects(pool.drain(), code('SMPP_DRAIN_CANCELLED'));
    pool.connect();
    await first;
    assert.equal(pool.snapshot().bound, 1);
    const second = assert.rejects(pool.drain(), code('SMPP_POOL_CLOSED'));
    await pool.close(1);
    await second;
  });
});

describe('a pool that cannot read what its store holds', () => {
  it('closes the store, so that it can be opened again', async () => {
    const store = new MemoryStore({ queueLimit: 10 });
    let closed = 0;
    store.untold = () => Promise.reject(new Error('read error'));
    store.close = () => {
      closed += 1;
      return Promise.resolve();
    };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const pool = new Pool(poolSettings([1]), { store, log });
    await assert.rejects(pool.open(), /read error/);
    assert.equal(closed, 1);
  });
});
