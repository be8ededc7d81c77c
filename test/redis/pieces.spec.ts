import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock';
import { RedisStore } from '../../src/store/redis/redis-store';
import { eventually } from '../support/eventually';
import { fastClock } from '../support/clock';
import { closePlatforms, FakePlatform, type Link } from '../support/fake-platform';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';
import { RedisServer, stopRedisServers } from './redis-server';

const PARTS = ['Pump 3 ', 'of the north ', 'station ', 'stands still'];
const TEXT = PARTS.join('');
/** Longer than anything takes that is still under way. */
const QUIET = 500;

let redis: RedisServer;
let platform: FakePlatform;
let pools = 0;

/** One of several instances of a pool, and what the platform has of it. */
interface Instance {
  readonly run: PoolRun;
  readonly link: Link;
}

async function instance(poolId: string, clock?: Clock): Promise<Instance> {
  const quiet = (): void => undefined;
  const log = { info: quiet, warn: quiet, error: quiet };
  const options = { url: redis.url, user: '', password: '', prefix: 'smpp', poolId, userDir: '.', log };
  const store = new RedisStore({ ...options, queueLimit: 100 });
  // Long enough for a clock that runs fast.
  const settings = poolSettings([platform.port], { enquireLink: 1e6, responseTimeout: 1e6 });
  const opening = runPool(settings, { store, ...(clock && { clock }) });
  const link = await platform.boundLink();
  return { run: await opening, link };
}

async function two(clock?: Clock): Promise<readonly [Instance, Instance]> {
  const poolId = `pool-${String(pools++)}`;
  return [await instance(poolId, clock), await instance(poolId, clock)];
}

/** Brings a part (from 1) and does not wait for its answer. */
function send(link: Link, part: number, reference = 7): void {
  const header = Buffer.of(5, 0, 3, reference, PARTS.length, part);
  link.send('deliver_sm', {
    source_addr: '919812345678',
    destination_addr: '56767',
    esm_class: 0x40,
    short_message: Buffer.concat([header, Buffer.from(PARTS[part - 1]!)]),
  });
}

/** Resolves with the status of its answer. */
async function bring(link: Link, part: number, reference?: number): Promise<number> {
  send(link, part, reference);
  return (await link.nextOf('deliver_sm_resp')).status;
}

/** Brings the report on a message; resolves with the status of its answer. */
async function report(link: Link, id: string, word = 'DELIVRD'): Promise<number> {
  link.send('deliver_sm', {
    source_addr: '919812345678',
    destination_addr: 'ALERTS',
    esm_class: 0x04,
    short_message: Buffer.from(
      `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:${word} err:000`,
    ),
  });
  return (await link.nextOf('deliver_sm_resp')).status;
}

async function leave({ run, link }: Instance): Promise<void> {
  const closing = run.pool.close(2000);
  link.answer(await link.nextOf('unbind'));
  await closing;
}

/** What all flows have heard of, once nothing more comes. */
async function heard<T>(instances: readonly Instance[], of: (run: PoolRun) => readonly T[]): Promise<readonly T[]> {
  const all = (): readonly T[] => instances.flatMap(({ run }) => of(run));
  await eventually('something is heard', () => all().length > 0);
  await sleep(QUIET);
  return all();
}

describe('what comes in pieces to several instances', () => {
  before(async () => {
    redis = await RedisServer.start();
  });
  beforeEach(async () => {
    platform = await FakePlatform.listen();
  });
  afterEach(async () => {
    await closePools();
    await closePlatforms();
  });
  after(stopRedisServers);

  describe('parts of an incoming message that come to different instances', () => {
    it('are one message, told where it becomes whole; what comes again changes nothing', async () => {
      const [a, b] = await two();
      assert.equal(await bring(a.link, 4), 0);
      assert.equal(await bring(b.link, 1), 0);
      assert.equal(await bring(a.link, 1), 0);
      assert.equal(await bring(b.link, 3), 0);
      assert.equal(await bring(a.link, 2), 0);
      const message = await a.run.incoming.one();
      assert.deepEqual([message.text, message.segments, message.warnings], [TEXT, PARTS.length, []]);
      for (const { link } of [a, b]) for (const part of [1, 2, 3, 4]) assert.equal(await bring(link, part), 0);
      assert.equal((await heard([a, b], ({ incoming }) => incoming.all)).length, 1);
      const totals = [a, b].map(({ run }) => run.pool.snapshot().totals.incoming);
      assert.deepEqual(totals, [1, 0]);
    });

    it('are each message once where all of them come twice at one moment', async () => {
      const both = await two();
      for (let reference = 1; reference <= 20; reference++) {
        for (const part of [1, 2, 3, 4]) for (const { link } of both) send(link, part, reference);
      }
      for (const { link } of both) {
        for (let answers = 0; answers < 80; answers++) {
          assert.equal((await link.nextOf('deliver_sm_resp')).status, 0);
        }
      }
      const texts = (await heard(both, ({ incoming }) => incoming.all)).map(({ text }) => text);
      assert.deepEqual(
        texts,
        Array.from({ length: 20 }, () => TEXT),
      );
    });

    it('outlive the instance they came to', async () => {
      const [a, b] = await two();
      for (const part of [1, 2]) assert.equal(await bring(a.link, part), 0);
      await leave(a);
      for (const part of [3, 4]) assert.equal(await bring(b.link, part), 0);
      assert.equal((await b.run.incoming.one()).text, TEXT);
    });

    it('are given out as they are, once, where the rest does not come in time', async () => {
      const both = await two(fastClock(300));
      assert.equal(await bring(both[0].link, 1), 0);
      assert.equal(await bring(both[1].link, 3), 0);
      const messages = await heard(both, ({ incoming }) => incoming.all);
      assert.deepEqual(
        messages.map(({ text, warnings }) => [text, warnings]),
        [['Pump 3 station ', ['parts missing of 4: 2, 4']]],
      );
    });

    it('are answered with "later" while Redis is away, and taken when they come again', async () => {
      const own = await RedisServer.start();
      const shared = redis;
      redis = own;
      const [a, b] = await two();
      redis = shared;
      for (const part of [1, 2]) assert.equal(await bring(a.link, part), 0);
      await own.stop();
      assert.equal(await bring(b.link, 3), 0x14);
      await own.start();
      await eventually('it is back', () => [a, b].every(({ run }) => run.pool.trouble === null));
      for (const part of [3, 4]) assert.equal(await bring(b.link, part), 0);
      assert.equal((await b.run.incoming.one()).text, TEXT);
    });
  });

  describe('reports on the segments of one message that come to different instances', () => {
    const LONG = 'Pump 3 alarm '.repeat(30);

    /** A message of three segments, accepted through whichever instance took it. */
    async function sendLong(instances: readonly Instance[]): Promise<readonly string[]> {
      const [{ run }] = instances as [Instance];
      run.send('919812345678', { text: LONG });
      let count = 0;
      const seen = new Set<object>();
      const messageIds: string[] = [];
      await eventually('all segments', () => {
        for (const { link } of instances) {
          for (const pdu of link.received) {
            if (pdu.command !== 'submit_sm' || seen.has(pdu)) continue;
            seen.add(pdu);
            messageIds.push(`${String(pools)}-${String(++count)}`);
            link.answer(pdu, { message_id: messageIds.at(-1)! });
          }
        }
        return count === 3;
      });
      await run.outcomes.one();
      return messageIds;
    }

    it('are one result, told where the last one comes', async () => {
      const both = await two();
      const [a, b] = both;
      const [one, two_, three] = (await sendLong(both)) as [string, string, string];
      assert.equal(await report(b.link, one), 0);
      assert.equal(await report(a.link, two_), 0);
      assert.equal(await report(b.link, three), 0);
      const results = await heard(both, ({ reports }) => reports.all);
      assert.deepEqual(
        results.map(({ state, segments }) => [state, segments]),
        [['DELIVERED', { total: 3, delivered: 3, failed: 0, pending: 0 }]],
      );
      assert.equal(b.run.reports.all.length, 1);
    });

    it('are one result where they come at one moment, each to both', async () => {
      const both = await two();
      const ids = await sendLong(both);
      await Promise.all(
        both.map(async ({ link }) => {
          for (const id of ids) assert.equal(await report(link, id), 0);
        }),
      );
      assert.equal((await heard(both, ({ reports }) => reports.all)).length, 1);
    });

    it('are one result where the instance that sent it, and had the first, is closed in between', async () => {
      const both = await two();
      const [a, b] = both;
      const [one, two_, three] = (await sendLong(both)) as [string, string, string];
      assert.equal(await report(a.link, one, 'UNDELIV'), 0);
      assert.equal(await report(a.link, two_), 0);
      await leave(a);
      assert.equal(await report(b.link, three), 0);
      const results = await heard(both, ({ reports }) => reports.all);
      assert.deepEqual(
        results.map(({ state, sent, segments }) => [state, sent?.segments, segments]),
        [['UNDELIVERABLE', 3, { total: 3, delivered: 2, failed: 1, pending: 0 }]],
      );
      assert.equal(b.run.reports.all.length, 1);
    });

    it('are one result with what is known, once, where one never comes and the instance of the others is closed', async () => {
      const both = await two(fastClock(300));
      const [a, b] = both;
      const [one, two_] = (await sendLong(both)) as [string, string];
      assert.equal(await report(a.link, one), 0);
      assert.equal(await report(a.link, two_), 0);
      await leave(a);
      const results = await heard(both, ({ reports }) => reports.all);
      assert.deepEqual(
        results.map(({ segments }) => segments),
        [{ total: 3, delivered: 2, failed: 0, pending: 1 }],
      );
      assert.equal(b.run.reports.all.length, 1);
    });
  });
});
