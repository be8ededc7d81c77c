import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmppError } from '../../src/base/errors';
import { DiskStore } from '../../src/store/disk/disk-store';
import { StoreFile, type Writes } from '../../src/store/disk/store-file';
import { closeAll, portOf, simulate } from '../simulator/running';
import { eventually } from '../support/eventually';
import { closePools, poolSettings, runPool } from '../support/pool-run';

const FAILURE = new SmppError('SMPP_STORE_FAILED', 'EIO: i/o error, write');

describe('a pool whose disk store fails', function () {
  this.timeout(15_000);
  const { commit } = StoreFile.prototype;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smpp-pool-'));
  });
  afterEach(async () => {
    StoreFile.prototype.commit = commit;
    await closePools();
    await closeAll();
    rmSync(folder, { recursive: true, force: true });
  });

  function newStore(): DiskStore {
    const log = { warn: () => undefined, error: () => undefined };
    return new DiskStore({ folder: join(folder, 'pool'), queueLimit: 100, log });
  }

  /** The first transaction for which `chosen` is true fails. */
  function failOnce(chosen: (batch: Writes) => boolean): void {
    StoreFile.prototype.commit = function (batch) {
      if (!chosen(batch)) return commit.call(this, batch);
      StoreFile.prototype.commit = commit;
      return Promise.resolve(FAILURE);
    };
  }

  it('once, with the outcome, tells that once, matches the receipt, and submits nothing again after a restart', async () => {
    const simulator = await simulate({ servers: 1, dlrDelay: 20 });
    const settings = poolSettings([portOf(simulator, 1)]);
    const first = await runPool(settings, { store: newStore() });
    failOnce(({ changes }) => changes.some(({ to }) => to === 'outcomes'));
    const id = first.send('919812345678');
    const outcome = await first.outcomes.one();
    assert.deepEqual([outcome.id, outcome.kind], [id, 'accepted']);
    const report = await first.reports.one();
    assert.equal(report.matched, true);
    assert.equal(report.sent!.id, id);
    await first.pool.close(5000);
    const second = await runPool(settings, { store: newStore() });
    await eventually('bound', () => second.pool.snapshot().bound === 1);
    assert.equal(second.pool.snapshot().queue.waiting, 0);
    assert.equal(simulator.messages().length, 1);
    assert.equal(first.outcomes.all.length, 1);
    assert.deepEqual(second.outcomes.all, []);
  });

  it('with a new message says that it failed, and does not send it', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator, 1)]), { store: newStore() });
    failOnce(({ arrivals }) => arrivals.length > 0);
    run.send('919812345678');
    const outcome = await run.outcomes.one();
    assert.deepEqual([outcome.kind, outcome.error?.code], ['failed', 'SMPP_STORE_FAILED']);
    run.send('919812345679');
    assert.equal((await run.outcomes.many(2))[1]!.kind, 'accepted');
    assert.equal(simulator.messages().length, 1);
  });

  it('because its folder was removed is in trouble, says so, and takes nothing', async () => {
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator, 1)]), { store: newStore() });
    await eventually('bound', () => run.pool.snapshot().bound === 1);
    rmSync(join(folder, 'pool'), { recursive: true });
    run.send('919812345678');
    const outcome = await run.outcomes.one();
    assert.deepEqual([outcome.kind, outcome.error?.code], ['failed', 'SMPP_STORE_GONE']);
    assert.match(run.pool.trouble!, /was removed/);
    await run.events.one(({ event }) => event === 'store.away');
    assert.equal(simulator.messages().length, 0);
  });
});
