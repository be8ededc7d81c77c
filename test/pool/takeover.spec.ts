import assert from 'node:assert/strict';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { MemoryStore } from '../../src/store/memory';
import { closePools, poolSettings, runPool } from '../support/pool-run';

describe('a pool that takes over from the one before', () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await createSimulator({ servers: 1, throughput: 0, dlrDelay: 10 });
  });
  after(async () => {
    await closePools();
    await simulator.close();
  });

  it('knows the receipts of a long message that was half sent', async () => {
    const store = new MemoryStore({ queueLimit: 10 });
    const settings = poolSettings([simulator.servers[0]!.port]);
    const slow = { ...settings, servers: settings.servers.map((server) => ({ ...server, throughput: 1 })) };
    const first = await runPool(slow, { store, listen: { emit: 'segment' } });
    first.send('447700900123', { text: 'x'.repeat(200) });
    await first.reports.one();
    await first.pool.close(1000);
    assert.deepEqual(first.outcomes.all, []);

    const second = await runPool(settings, { store });
    const { segments, delivered } = await second.reports.one();
    assert.deepEqual([segments, delivered], [{ total: 2, delivered: 2, failed: 0, pending: 0 }, true]);
    assert.equal(second.outcomes.all.length, 1);
  });

  it('ends a message all of which was accepted, but whose end was not stored, and does not send it again', async () => {
    const settings = poolSettings([simulator.servers[0]!.port], { onLinkLoss: 'fail' });
    const before = new MemoryStore({ queueLimit: 10 });
    await before.open();
    const writer = await runPool(settings, { store: before });
    await writer.pool.disconnect();
    writer.send('447700900124');
    const [message] = await before.lease(1);
    await writer.pool.close(1000);

    const store = new MemoryStore({ queueLimit: 10 });
    await store.open();
    await store.enqueue({ ...message!, leased: true, messageIds: ['0a'] });
    const { submits } = simulator.state().servers[0]!;
    const { outcomes } = await runPool(settings, { store });
    const { kind, messageIds } = await outcomes.one();
    assert.deepEqual([kind, messageIds], ['accepted', ['0a']]);
    assert.equal(simulator.state().servers[0]!.submits, submits);
  });
});
