import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { listFlow } from '../support/list-flow';
import { newUserDir, NodeRed, removeUserDir, ROOT } from '../support/node-red';

const RECIPIENTS = 100_000;
/** Octets of the message beside its list: 2 GB if each recipient had them. */
const BALLAST = 20_000;
const MEGABYTE = 2 ** 20;
const LOOK = 100;

interface Figures {
  readonly out: number;
  readonly second: number;
  readonly caught: number;
  readonly completed: number;
  readonly lists: number;
  readonly strangers: number;
  /** Resident, beyond what there was before. */
  readonly megabytes: number;
  /** Milliseconds; other work of the machine is in it. */
  readonly longestTurn: number;
}

describe('A list of a hundred thousand recipients', () => {
  let simulator: Simulator;
  let userDir: string;
  let nodeRed: NodeRed;

  before(async () => {
    simulator = await createSimulator({ servers: 1, throughput: 0, seed: 1 });
    userDir = await newUserDir();
    const servers = simulator.servers.map(({ port }) => ({ host: '127.0.0.1', port, enabled: true }));
    const pool = { id: 'pool', type: 'smpp-pool', servers, throughput: 0, window: 100, queueLimit: RECIPIENTS };
    nodeRed = await NodeRed.start({
      userDir,
      flows: listFlow(pool, 'list-counter', [{ id: 'source', type: 'list-source', wires: [['send']] }]),
      credentials: { pool: { systemId: 'demo', password: 'demo' } },
      settings: { nodesDir: [ROOT, join(ROOT, 'test/support/list-nodes')] },
      env: { BALLAST: String(BALLAST) },
    });
  });
  after(async () => {
    await nodeRed.stop();
    await simulator.close();
    await removeUserDir(userDir);
  });

  it('costs what its length costs, in memory and on the disk, and no turn of the event loop is long', async () => {
    const folder = join(userDir, 'smpp/pool');
    const onDisk = (): number =>
      readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) / MEGABYTE;
    while (!existsSync(join(folder, 'store.mdb'))) await pause(LOOK);
    const empty = onDisk();
    let disk = 0;
    const started = performance.now();
    await fetch(`${nodeRed.url}/list/${String(RECIPIENTS)}`, { method: 'POST' });
    let figures: Figures;
    do {
      await pause(LOOK);
      disk = Math.max(disk, onDisk() - empty);
      figures = (await (await fetch(`${nodeRed.url}/list`)).json()) as Figures;
    } while (figures.completed === 0 && nodeRed.isRunning);
    console.log({ ...figures, disk: Math.round(disk), seconds: Math.round((performance.now() - started) / 1000) });
    const { out, second, caught, completed, lists, strangers, megabytes } = figures;
    const accepted = RECIPIENTS - 1;
    assert.deepEqual([out, second, caught, completed, lists, strangers], [accepted, accepted, 1, 1, 0, 0]);
    assert.ok(megabytes < 400, `${String(megabytes)} MB`);
    assert.ok(disk < 60, `${String(disk)} MB`);
  });
});
