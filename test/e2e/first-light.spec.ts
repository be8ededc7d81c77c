import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { newUserDir, NodeRed, removeUserDir, ROOT, type Flow } from '../support/node-red';

const run = promisify(execFile);

/** The main example, its servers where the simulator listens, its debug nodes writing to the console. */
async function example(simulator: Simulator): Promise<{ readonly flows: Flow[]; readonly pool: string }> {
  const flows = JSON.parse(await readFile(join(ROOT, 'examples/1 - First light.json'), 'utf8')) as Record<
    string,
    any
  >[];
  for (const node of flows) {
    if (node.type === 'debug') node.console = true;
    if (node.type !== 'smpp-pool') continue;
    node.servers.forEach((server: { port: number }, index: number) => (server.port = simulator.servers[index]!.port));
  }
  return { flows: flows as Flow[], pool: flows.find(({ type }) => type === 'smpp-pool')!.id as string };
}

describe('the package, installed from its tarball into a real Node-RED', function () {
  this.timeout(90_000);
  let simulator: Simulator;
  let userDir: string;
  let nodeRed: NodeRed | undefined;

  before(async () => {
    userDir = await newUserDir();
    simulator = await createSimulator({ servers: 2, dlrDelay: 50 });
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', userDir], {
      cwd: ROOT,
    });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    await run(
      'npm',
      ['install', '--omit=dev', '--no-audit', '--no-fund', join(userDir, filename.replace('/', '-').replace('@', ''))],
      {
        cwd: userDir,
      },
    );
    const { flows, pool } = await example(simulator);
    const credentials = { [pool]: { systemId: 'demo', password: 'demo' } };
    nodeRed = await NodeRed.start({ flows, credentials, userDir, fromCheckout: false });
  });

  after(async () => {
    await nodeRed?.stop();
    await simulator.close();
    await removeUserDir(userDir);
  });

  it('sends the example’s first alert with its DLT ids and hears of its delivery', async () => {
    await nodeRed!.printed('[debug:delivery report]');
    await nodeRed!.printed("state: 'DELIVERED'");
    const [message] = simulator.messages();
    assert.equal(message?.text, 'Pump 7 is over 90 degrees');
    assert.deepEqual(Object.keys(message.tlvs).sort(), ['1400', '1401', '1402']);
    assert.equal(Buffer.from(message.tlvs['1400']!, 'hex').toString(), '1101172974420810001');
    assert.equal(message.receipts.length, 1);
    assert.ok(nodeRed!.output.includes('[debug:accepted]'));
  });

  it('binds to both servers', () => {
    assert.deepEqual(
      simulator.state().servers.map(({ binds }) => binds),
      [1, 1],
    );
  });

  it('brings its icons, its catalogues and its examples along', async () => {
    const get = async (path: string): Promise<any> =>
      (await fetch(`${nodeRed!.url}${path}`, { headers: { accept: 'application/json' } })).json();
    const name = '@smpp-nodes/node-red-smpp';
    assert.ok((await get('/icons'))[name].length >= 3);
    assert.ok((await get('/library/examples/flows')).includes(name));
    const sets = (await get(`/nodes/${name}`)).nodes as { types: string[]; err?: string }[];
    assert.deepEqual(sets.flatMap(({ types }) => types).sort(), [
      'smpp-dlr-in',
      'smpp-pool',
      'smpp-send',
      'smpp-status',
    ]);
    assert.ok(sets.every(({ err }) => !err));
    const catalogue = await get(`/locales/${name}/smpp-send?lng=en-US`);
    assert.ok(catalogue['smpp-send'].label);
  });
});
