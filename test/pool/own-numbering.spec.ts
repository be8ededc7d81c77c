import assert from 'node:assert/strict';
import { closePlatforms, FakePlatform, type Link } from '../support/fake-platform';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';

const MESSAGES = 8;
const LONG = 'A text that needs more than one segment. '.repeat(8);

describe('two servers that number their messages for themselves', () => {
  let platforms: FakePlatform[];
  let run: PoolRun;

  beforeEach(async () => {
    platforms = [await FakePlatform.listen(), await FakePlatform.listen()];
    const opening = runPool(poolSettings(platforms.map(({ port }) => port)));
    const links = await Promise.all(platforms.map((platform) => platform.boundLink()));
    for (const [index, link] of links.entries()) void serve(link, index);
    run = await opening;
  });
  afterEach(async () => {
    await closePlatforms();
    await closePools();
  });

  /** Numbers from 1; its receipt, delivered by one server and undeliverable by the other, comes before the answer or behind it. */
  async function serve(link: Link, server: number): Promise<void> {
    for (let number = 1; ; number++) {
      const submit = await link.nextOf('submit_sm');
      const { destination_addr, source_addr } = submit.fields as Record<string, string>;
      const stat = server === 0 ? 'DELIVRD' : 'UNDELIV';
      const receipt = {
        source_addr: destination_addr,
        destination_addr: source_addr,
        esm_class: 4,
        short_message: Buffer.from(`id:${String(number)} stat:${stat} err:000`),
      };
      if (number % 2 === 0) link.send('deliver_sm', receipt);
      link.answer(submit, { message_id: String(number) });
      if (number % 2 !== 0) link.send('deliver_sm', receipt);
    }
  }

  for (const [what, text] of [
    ['short', 'Pump 3 alarm'],
    ['long', LONG],
  ] as const) {
    it(`bring each ${what} message its own result`, async () => {
      for (let n = 0; n < MESSAGES; n++) run.send(`91981234560${String(n)}`, { text });
      const outcomes = new Map((await run.outcomes.many(MESSAGES)).map((outcome) => [outcome.id, outcome]));
      for (const { sent, to, segments, state, warnings } of await run.reports.many(MESSAGES)) {
        const outcome = outcomes.get(sent!.id)!;
        assert.equal(to, outcome.to);
        assert.equal(segments!.pending, 0);
        const isFirst = outcome.server === `127.0.0.1:${String(platforms[0]!.port)}`;
        // A long one may have gone to both.
        if (text !== LONG) assert.equal(state, isFirst ? 'DELIVERED' : 'UNDELIVERABLE');
        assert.deepEqual(warnings, []);
      }
      assert.equal(new Set(run.reports.all.map(({ sent }) => sent!.id)).size, MESSAGES);
      assert.equal(run.pool.snapshot().totals.unmatched, 0);
    });
  }
});
