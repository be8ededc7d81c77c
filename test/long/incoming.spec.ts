import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { closePlatforms, FakePlatform } from '../support/fake-platform';
import { newUserDir, NodeRed, removeUserDir, ROOT } from '../support/node-red';

const PARTS = 100;
const OCTETS = 60_000;
const MEGABYTE = 2 ** 20;
const LOOK = 100;

interface Figures {
  readonly out: number;
  readonly octets: number;
  /** Resident, beyond what there was before. */
  readonly megabytes: number;
  /** Milliseconds; other work of the machine is in it. */
  readonly longestTurn: number;
}

describe('An incoming message of a hundred parts of 60 kB', () => {
  let platform: FakePlatform;
  let userDir: string;
  let nodeRed: NodeRed;

  before(async () => {
    platform = await FakePlatform.listen();
    userDir = await newUserDir();
    const servers = [{ host: '127.0.0.1', port: platform.port, enabled: true }];
    const place = { z: 'tab', x: 0, y: 0 };
    nodeRed = await NodeRed.start({
      userDir,
      flows: [
        { id: 'tab', type: 'tab', label: 'flow' },
        { id: 'pool', type: 'smpp-pool', servers },
        { id: 'in', type: 'smpp-dlr-in', pool: 'pool', incoming: true, ...place, wires: [[], ['out']] },
        { id: 'out', name: 'out', type: 'list-counter', ...place, wires: [] },
      ],
      credentials: { pool: { systemId: 'demo', password: 'demo' } },
      settings: { nodesDir: [ROOT, join(ROOT, 'test/support/list-nodes')] },
    });
  });
  after(async () => {
    await nodeRed.stop();
    await closePlatforms();
    await removeUserDir(userDir);
  });

  it('is joined at a cost that grows with what came, in memory, on the disk and in time', async () => {
    const folder = join(userDir, 'smpp/pool');
    const onDisk = (): number =>
      readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) / MEGABYTE;
    while (!existsSync(join(folder, 'store.mdb'))) await pause(LOOK);
    const link = await platform.boundLink();
    const empty = onDisk();
    await fetch(`${nodeRed.url}/measure`, { method: 'POST' });
    for (let part = 1; part <= PARTS; part++) {
      link.send('deliver_sm', {
        ...{ source_addr: '919812345678', destination_addr: '56767' },
        sar_msg_ref_num: 7,
        sar_total_segments: PARTS,
        sar_segment_seqnum: part,
        message_payload: { message: Buffer.alloc(OCTETS, 0x41) },
      });
      const { status } = await link.nextOf('deliver_sm_resp');
      assert.equal(status, 0);
    }
    let figures: Figures;
    do {
      await pause(LOOK);
      figures = (await (await fetch(`${nodeRed.url}/list`)).json()) as Figures;
    } while (figures.out === 0);
    const { octets, megabytes, longestTurn } = figures;
    const disk = Math.round(onDisk() - empty);
    console.log({ megabytes, disk, longestTurn });
    assert.equal(octets, PARTS * OCTETS);
    assert.ok(megabytes < 200, `${String(megabytes)} MB`);
    // 6 MB of parts, once each, and the message that waited to be handed over.
    assert.ok(disk < 60, `${String(disk)} MB`);
  });
});
