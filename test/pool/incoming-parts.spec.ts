import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmppError } from '../../src/base/errors';
import type { Origin } from '../../src/pool/report';
import type { OpenPart } from '../../src/receipt/reassembly';
import { DiskStore } from '../../src/store/disk/disk-store';
import { StoreFile } from '../../src/store/disk/store-file';
import { MemoryStore } from '../../src/store/memory';
import type { Store } from '../../src/store/store';
import { closePlatforms, FakePlatform, type Link } from '../support/fake-platform';
import { closePools, poolSettings, runPool, type PoolRun } from '../support/pool-run';

const PARTS = ['Pump 3 ', 'of the north ', 'station'];

describe('parts of a long incoming message', () => {
  let platform: FakePlatform;
  let folder: string;

  beforeEach(async () => {
    platform = await FakePlatform.listen();
    folder = await mkdtemp(join(tmpdir(), 'smpp-parts-'));
  });
  afterEach(async () => {
    await closePools();
    await closePlatforms();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(store: Store): Promise<{ run: PoolRun; link: Link }> {
    const opening = runPool(poolSettings([platform.port]), { store });
    const link = await platform.boundLink();
    return { run: await opening, link };
  }

  /** Brings a part (from 1); resolves with the status of its answer. */
  async function bring(link: Link, part: number): Promise<number> {
    const header = Buffer.of(5, 0, 3, 7, PARTS.length, part);
    link.send('deliver_sm', {
      source_addr: '919812345678',
      destination_addr: '56767',
      esm_class: 0x40,
      short_message: Buffer.concat([header, Buffer.from(PARTS[part - 1]!)]),
    });
    return (await link.nextOf('deliver_sm_resp')).status;
  }

  async function parked(store: Store): Promise<number> {
    return (await store.parked()).length;
  }

  const stores: Readonly<Record<string, () => () => Store>> = {
    memory: () => {
      const store = new MemoryStore({ queueLimit: 10 });
      return () => store;
    },
    disk: () => () => new DiskStore({ folder, queueLimit: 10, log: console }),
  };
  for (const [name, make] of Object.entries(stores)) {
    it(`that were answered are there after a restart (${name} store)`, async () => {
      const store = make();
      const first = await start(store());
      assert.deepEqual([await bring(first.link, 3), await bring(first.link, 1)], [0, 0]);
      const closing = first.run.pool.close(1000);
      first.link.answer(await first.link.nextOf('unbind'));
      await closing;

      const kept = store();
      const { run, link } = await start(kept);
      assert.equal(await bring(link, 2), 0);
      const { text, segments, warnings } = await run.incoming.one();
      assert.deepEqual([text, segments, warnings], [PARTS.join(''), PARTS.length, []]);
      assert.equal(await bring(link, 1), 0);
      assert.equal(run.incoming.all.length, 1);
      assert.equal(await parked(kept), 0);
    });
  }

  it('that an earlier version has parked are joined with what comes', async () => {
    const store = new MemoryStore({ queueLimit: 10 });
    const before = await start(store);
    assert.equal(await bring(before.link, 3), 0);
    const [kept] = await store.findPartialsDue(Infinity, 0);
    const { delivery, origin } = (await store.findParts(kept!.key)).get(3) as OpenPart<Origin>;
    await store.forgetPartial(kept!);
    await store.park({ kind: 'part', data: { delivery, ...origin, at: 0 } });
    const closing = before.run.pool.close(1000);
    before.link.answer(await before.link.nextOf('unbind'));
    await closing;
    const { run, link } = await start(store);
    for (const part of [1, 2]) assert.equal(await bring(link, part), 0);
    assert.equal((await run.incoming.one()).text, PARTS.join(''));
    assert.equal(await parked(store), 0);
  });

  it('that an earlier version kept in one with the message are joined with what comes', async () => {
    const store = new MemoryStore({ queueLimit: 10 });
    const { run, link } = await start(store);
    assert.equal(await bring(link, 3), 0);
    const [kept] = await store.findPartialsDue(Infinity, 0);
    const { delivery, origin } = (await store.findParts(kept!.key)).get(3) as OpenPart<Origin>;
    const before = { ...kept!, octets: 0, data: { parts: [{ delivery, origin }], told: false } };
    await store.savePartial(before, kept!, { clear: true });
    for (const part of [1, 3, 2]) assert.equal(await bring(link, part), 0);
    const { text, warnings } = await run.incoming.one();
    assert.deepEqual([text, warnings], [PARTS.join(''), []]);
  });

  it('are written once each, and what is whole leaves nothing but what knows it again', async () => {
    const PAYLOAD = 60_000;
    const TOTAL = 100;
    let octets = 0;
    let parts = 0;
    const { commit } = StoreFile.prototype;
    StoreFile.prototype.commit = function (batch) {
      for (const { to, value } of [...batch.arrivals, ...batch.changes]) {
        octets += value?.length ?? 0;
        if (to === 'parts' && value) parts += 1;
      }
      return commit.call(this, batch);
    };
    try {
      const store = new DiskStore({ folder, queueLimit: 10, log: console });
      const { run, link } = await start(store);
      for (let part = 1; part <= TOTAL; part++) {
        link.send('deliver_sm', {
          source_addr: '919812345678',
          destination_addr: '56767',
          sar_msg_ref_num: 7,
          sar_total_segments: TOTAL,
          sar_segment_seqnum: part,
          message_payload: Buffer.alloc(PAYLOAD, 0x61),
        });
      }
      for (let part = 1; part <= TOTAL; part++) assert.equal((await link.nextOf('deliver_sm_resp')).status, 0);
      assert.equal((await run.incoming.one()).text.length, TOTAL * PAYLOAD);
      assert.equal(parts, TOTAL - 1);
      // The parts, the message that waited to be handed over, and a little more.
      assert.ok(octets < 2.2 * TOTAL * PAYLOAD, String(octets));
      const [known] = await store.findPartialsDue(Infinity, 0);
      assert.ok(known!.octets < 10_000);
      assert.equal((await store.findParts(known!.key)).size, 0);
    } finally {
      StoreFile.prototype.commit = commit;
    }
  });

  it('give way, the oldest first, where all together take more than 16 MiB', async () => {
    const { run, link } = await start(new MemoryStore({ queueLimit: 10 }));
    for (let reference = 1; reference <= 300; reference++) {
      link.send('deliver_sm', {
        source_addr: '919812345678',
        destination_addr: '56767',
        sar_msg_ref_num: reference,
        sar_total_segments: 2,
        sar_segment_seqnum: 1,
        message_payload: Buffer.alloc(60_000, 0x61),
      });
    }
    for (let reference = 1; reference <= 300; reference++) {
      assert.equal((await link.nextOf('deliver_sm_resp')).status, 0);
    }
    const { text, warnings } = await run.incoming.one();
    assert.deepEqual([text.length, warnings], [60_000, ['parts missing of 2: 2']]);
    assert.ok(run.incoming.all.length >= 20 && run.incoming.all.length <= 40, String(run.incoming.all.length));
  });

  it('are asked for again where the store cannot take them', async () => {
    const store = new MemoryStore({ queueLimit: 10 });
    const { run, link } = await start(store);
    const { savePartial } = store;
    store.savePartial = () => Promise.reject(new SmppError('SMPP_STORE_FULL', 'full'));
    assert.deepEqual([await bring(link, 1), await bring(link, 1)], [0x14, 0x14]);
    store.savePartial = savePartial;
    for (const part of [1, 2, 3]) assert.equal(await bring(link, part), 0);
    assert.equal((await run.incoming.one()).text, PARTS.join(''));
    assert.equal(await parked(store), 0);
  });
});
