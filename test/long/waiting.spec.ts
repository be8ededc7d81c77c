import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { listFlow } from '../support/list-flow';
import { newUserDir, NodeRed, removeUserDir, ROOT } from '../support/node-red';
import { join } from 'node:path';

const MESSAGES = 47_000;
/** Octets of each message: 940 MB together, in a process that may have 512 MB of objects. */
const BALLAST = 20_000;
const HEAP = 512;

interface Figures {
  readonly out: number;
  readonly completed: number;
  readonly strangers: number;
  readonly waiting: number;
  /** Resident, beyond what there was before. */
  readonly megabytes: number;
  readonly longestTurn: number;
}

describe('Forty-seven thousand messages of 20 kB', () => {
  let simulator: Simulator;
  let userDir: string;
  let nodeRed: NodeRed;

  before(async () => {
    simulator = await createSimulator({ servers: 1, throughput: 0, seed: 1 });
    userDir = await newUserDir();
    const servers = simulator.servers.map(({ port }) => ({ host: '127.0.0.1', port, enabled: true }));
    const pool = { id: 'pool', type: 'smpp-pool', servers, throughput: 0, window: 100 };
    nodeRed = await NodeRed.start({
      userDir,
      flows: listFlow(pool, 'list-counter', [{ id: 'source', type: 'list-source', wires: [['send']] }]),
      credentials: { pool: { systemId: 'demo', password: 'demo' } },
      settings: { nodesDir: [ROOT, join(ROOT, 'test/support/list-nodes')] },
      env: { BALLAST: String(BALLAST), NODE_OPTIONS: `--max-old-space-size=${String(HEAP)}` },
    });
  });
  after(async () => {
    await nodeRed.stop();
    await simulator.close();
    await removeUserDir(userDir);
  });

  const figures = async (): Promise<Figures> => (await (await fetch(`${nodeRed.url}/list`)).json()) as Figures;
  const control = (path: string): Promise<unknown> => fetch(`${simulator.controlUrl}${path}`, { method: 'POST' });
  async function until(reached: (now: Figures) => boolean): Promise<Figures> {
    for (;;) {
      const now = await figures();
      if (reached(now)) return now;
      await pause(200);
    }
  }

  it('wait on the disk while no server can be reached, and all of them are sent and told afterwards', async () => {
    await control('/servers/1/stop');
    await fetch(`${nodeRed.url}/queue/${String(MESSAGES)}`, { method: 'POST' });
    const waiting = await until((now) => now.waiting === MESSAGES);
    await control('/servers/1/start');
    const sent = await until((now) => now.completed === MESSAGES);
    console.log({ waiting: waiting.megabytes, sent: sent.megabytes, longestTurn: sent.longestTurn });
    assert.deepEqual([sent.out, sent.strangers], [MESSAGES, 0]);
    assert.ok(sent.megabytes < HEAP, `${String(sent.megabytes)} MB`);
  });
});
