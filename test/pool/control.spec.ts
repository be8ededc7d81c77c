import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ignoreFailure } from '../../src/base/background';
import { DiskStore } from '../../src/store/disk/disk-store';
import { MemoryStore } from '../../src/store/memory';
import type { Store } from '../../src/store/store';
import { closePlatforms, FakePlatform, type Link } from '../support/fake-platform';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const STORES: Readonly<Record<string, (folder: string) => Store>> = {
  memory: () => new MemoryStore({ queueLimit: 100_000 }),
  disk: (folder) => new DiskStore({ folder, queueLimit: 100_000, log: quiet }),
};
const NUMBER = '447700900001';

for (const [name, storeIn] of Object.entries(STORES)) {
  describe(`discarding messages, with the ${name} store`, () => {
    let folder: string;
    let run: PoolRun;
    let link: Link;

    /** A pool that may have one submit in flight, on a platform that answers when it is told to. */
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'smpp-control-'));
      const platform = await FakePlatform.listen();
      run = await runPool(poolSettings([platform.port], { window: 1 }), { store: storeIn(folder) });
      link = await platform.boundLink();
      await run.events.one(({ event }) => event === 'pool.up');
    });

    afterEach(async () => {
      await closePlatforms();
      await closePools();
      await rm(folder, { recursive: true, force: true });
    });

    /** Ids of the messages that ended, by how they did. */
    const ended = (): Record<string, string[]> => {
      const all: Record<string, string[]> = {};
      for (const { kind, id } of run.outcomes.all) (all[kind] ??= []).push(id);
      return all;
    };
    const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

    it('ends what waits, once each; what is in flight has its answer first', async () => {
      const first = run.send(NUMBER);
      const submit = await link.nextOf('submit_sm');
      const others = Array.from({ length: 2500 }, () => run.send(NUMBER));
      assert.equal(await run.pool.discard({}), 2500);
      await run.outcomes.many(2500);
      link.answer(submit, { message_id: 'a' });
      const after = run.send(NUMBER);
      link.answer(await link.nextOf('submit_sm'), { message_id: 'b' });
      await run.outcomes.many(2502);
      assert.deepEqual(ended().cancelled!.sort(), others.sort());
      assert.deepEqual(ended().accepted, [first, after]);
      assert.equal(link.received.filter(({ command }) => command === 'submit_sm').length, 2);
      const { error } = run.outcomes.all.find(({ kind }) => kind === 'cancelled')!;
      assert.deepEqual(error, { code: 'SMPP_CANCELLED', message: 'Cancelled: it was not sent' });
      const { totals, queue } = run.pool.snapshot();
      assert.deepEqual([totals.cancelled, queue.waiting], [2500, 0]);
    });

    it('ends what the filter fits and sends the rest in its order', async () => {
      run.send('447700900009');
      const submit = await link.nextOf('submit_sm');
      const texts = ['1', '2', '3', '4', '5', '6'];
      for (const text of texts) run.send(Number(text) % 2 === 0 ? NUMBER : '447700900002', { text });
      assert.equal(await run.pool.discard({ to: '+44 7700 900001' }), 3);
      link.answer(submit, { message_id: '0' });
      for (const text of ['1', '3', '5']) {
        const next = await link.nextOf('submit_sm');
        assert.equal((next.fields['short_message'] as { message: unknown }).message, text);
        link.answer(next, { message_id: text });
      }
      await run.outcomes.many(7);
      assert.deepEqual([ended().cancelled!.length, ended().accepted!.length], [3, 4]);
    });

    it('does nothing without a filter, or with one that it does not understand', async () => {
      run.send(NUMBER);
      await link.nextOf('submit_sm');
      run.send(NUMBER);
      for (const filter of [undefined, null, 'all', [], { too: NUMBER }, { to: '' }]) {
        await assert.rejects(run.pool.discard(filter), code('SMPP_INVALID_INPUT'));
      }
      assert.equal(run.outcomes.all.length, 0);
    });

    it('sends nothing again of what was in flight and is to be tried again', async () => {
      const id = run.send(NUMBER);
      const submit = await link.nextOf('submit_sm');
      assert.equal(await run.pool.discard({ id }), 0);
      link.answer(submit, {}, 0x58);
      await run.outcomes.many(1);
      assert.deepEqual(ended(), { cancelled: [id] });
    });

    it('leaves a refusal as it is', async () => {
      const id = run.send(NUMBER);
      const submit = await link.nextOf('submit_sm');
      assert.equal(await run.pool.discard({ id }), 0);
      link.answer(submit, {}, 0x0b);
      await run.outcomes.many(1);
      assert.deepEqual(ended(), { refused: [id] });
    });

    it('says how many segments of a long message were sent before', async () => {
      const id = run.send(NUMBER, { text: 'A text that needs three segments. '.repeat(12) });
      link.answer(await link.nextOf('submit_sm'), { message_id: 'one' });
      const second = await link.nextOf('submit_sm');
      assert.equal(await run.pool.discard({ id }), 0);
      link.answer(second, { message_id: 'two' });
      const [outcome] = await run.outcomes.many(1);
      assert.equal(outcome!.kind, 'cancelled');
      assert.deepEqual(outcome!.error!.cause, { sent: 2 });
      assert.match(outcome!.error!.message, /2 of its 3 segments were sent before/);
      assert.deepEqual(outcome!.messageIds, ['one', 'two', null]);
    });

    it('ends each message once, however discards and submits meet', async () => {
      const sent = Array.from({ length: 400 }, (_, n) => run.send(NUMBER, { text: String(n) }));
      const counts: Promise<number>[] = [];
      let submits = 0;
      let done = false;
      const answering = async (): Promise<void> => {
        for (;;) {
          const submit = await link.nextOf('submit_sm');
          submits += 1;
          link.answer(submit, { message_id: String(submits) });
          if (submits % 20 === 0 && !done) {
            counts.push(run.pool.discard({ id: sent[300 - submits]! }), run.pool.discard({ id: sent[399 - submits]! }));
          }
          if (submits === 100) {
            done = true;
            counts.push(run.pool.discard({}), run.pool.discard({}));
          }
        }
      };
      ignoreFailure(answering(), 'it waits for one more when the test is over');
      await run.outcomes.many(400);
      const cancelled = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
      const ids = run.outcomes.all.map(({ id }) => id);
      assert.deepEqual(ids.sort(), sent.sort());
      assert.equal(ended().cancelled!.length, cancelled);
      assert.equal(ended().accepted!.length, submits);
      assert.equal(submits + cancelled, 400);
    });

    it('gives the rest back to the store where the pool closes meanwhile', async () => {
      run.send(NUMBER);
      await link.nextOf('submit_sm');
      for (let n = 0; n < 3000; n++) run.send(NUMBER);
      await run.pool.entered;
      const discarding = run.pool.discard({});
      await run.outcomes.many(1);
      await run.pool.close(1);
      const count = await discarding;
      const { length } = run.outcomes.all.filter(({ kind }) => kind === 'cancelled');
      assert.ok(count < 3000, String(count));
      assert.ok(length <= count, `${String(length)} of ${String(count)}`);
    });
  });
}
