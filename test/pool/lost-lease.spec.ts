import assert from 'node:assert/strict';
import { MemoryStore } from '../../src/store/memory';
import { TOLD_BEFORE, type SharedWork } from '../../src/store/store';
import { closePlatforms, FakePlatform } from '../support/fake-platform';
import { closePools, poolSettings, runPool } from '../support/pool-run';

afterEach(async () => {
  await closePools();
  await closePlatforms();
});

/** Of a pool that others share, as far as the pool can tell. */
class SharedStore extends MemoryStore {
  work: SharedWork | null = null;

  share(work: SharedWork): void {
    this.work = work;
  }
}

const THROTTLED = 0x58;
const ELSEWHERE = 0x64;

describe('a message that another instance has by now', () => {
  for (const [what, status] of [
    ['throttled', THROTTLED],
    ['to be tried elsewhere', ELSEWHERE],
  ] as const) {
    it(`is not submitted again where the submit in flight is answered as ${what}`, async () => {
      const platform = await FakePlatform.listen();
      const store = new SharedStore({ queueLimit: 10 });
      const run = await runPool(poolSettings([platform.port]), { store });
      const link = await platform.boundLink();
      const id = run.send('919812345678');
      const submit = await link.nextOf('submit_sm');
      store.work!.lost([id]);
      link.answer(submit, {}, status);
      run.send('919800000000');
      const next = await link.nextOf('submit_sm');
      assert.equal(next.fields.destination_addr, '919800000000');
      link.answer(next, { message_id: 'two' });
      await run.outcomes.one();
      // Longer than what is tried elsewhere waits.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.equal(link.received.filter(({ command }) => command === 'submit_sm').length, 2);
      assert.equal(run.outcomes.all.length, 1);
    });
  }

  it('ends here all the same where that submit is accepted', async () => {
    const platform = await FakePlatform.listen();
    const store = new SharedStore({ queueLimit: 10 });
    const run = await runPool(poolSettings([platform.port]), { store });
    const link = await platform.boundLink();
    const id = run.send('919812345678');
    const submit = await link.nextOf('submit_sm');
    store.work!.lost([id]);
    link.answer(submit, { message_id: 'one' });
    const { kind, messageIds } = await run.outcomes.one();
    assert.deepEqual([kind, messageIds], ['accepted', ['one']]);
  });
});

describe('a report that an instance which is gone may have told already', () => {
  it('is told with a warning', async () => {
    const platform = await FakePlatform.listen();
    const store = new SharedStore({ queueLimit: 10 });
    const run = await runPool(poolSettings([platform.port]), { store });
    const report = { kind: 'report', final: true, matched: false, warnings: ['first'] };
    store.parked = () => Promise.resolve([{ key: 1, kind: 'report', data: report, again: true }]);
    store.work!.parked();
    const { warnings } = await run.reports.one();
    assert.deepEqual(warnings, ['first', TOLD_BEFORE]);
  });
});
