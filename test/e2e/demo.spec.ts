import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { newUserDir, removeUserDir, ROOT, type Flow } from '../support/node-red';

const red = createRequire(require.resolve('node-red/package.json'));
const WebSocket = red('ws') as new (url: string) => NodeJS.EventEmitter & Socket;

interface Socket {
  send(text: string): void;
  close(): void;
}

/** A port that is free, with the next `more` ones. */
async function freePorts(more: number): Promise<number> {
  for (;;) {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address() as AddressInfo;
    const all = [first];
    try {
      for (let next = 1; next <= more; next++) {
        const server = createServer().listen(port + next, '127.0.0.1');
        all.push(server);
        await once(server, 'listening');
      }
      return port;
    } catch {
      // Somebody has the next one.
    } finally {
      for (const server of all) server.close();
    }
  }
}

/** What `npm start` runs, on ports of its own. */
class Demo {
  output = '';
  readonly url: string;
  readonly control: string;
  readonly #child: ChildProcess;
  readonly #port: number;

  private constructor(port: number, control: number, child: ChildProcess) {
    this.url = `http://127.0.0.1:${port}`;
    this.control = `http://127.0.0.1:${control}`;
    this.#port = port;
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (this.output += String(chunk)));
  }

  static async start(home: string, ...args: string[]): Promise<Demo> {
    const [port, control, simulator] = [await freePorts(0), await freePorts(0), await freePorts(1)];
    const child = spawn(process.execPath, [join(ROOT, 'scripts/start.mjs'), ...args], {
      env: {
        ...process.env,
        DEMO_HOME: home,
        PORT: String(port),
        SIM_PORT: String(simulator),
        SIM_CONTROL_PORT: String(control),
      },
    });
    const demo = new Demo(port, control, child);
    await demo.printed('Ctrl-C stops everything');
    return demo;
  }

  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#child.stdout!.readableEnded) assert.fail(`it ended:\n${this.output}`);
      await once(this.#child.stdout!, 'data');
    }
  }

  async flows(): Promise<Flow[]> {
    return (await (await fetch(`${this.url}/flows`)).json()) as Flow[];
  }

  async deploy(flows: readonly Flow[]): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.url}/flows`, { method: 'POST', headers, body: JSON.stringify(flows) });
    assert.equal(answer.status, 204);
  }

  /** What an editor that is opened now shows under a node, once that is `text`. */
  async shows(id: string, text: string): Promise<void> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/comms`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ subscribe: 'status/#' }));
    for (;;) {
      const [frame] = (await once(socket, 'message')) as [Buffer];
      const told = [JSON.parse(String(frame))].flat() as { topic: string; data?: { text?: string } }[];
      if (told.some(({ topic, data }) => topic === `status/${id}` && data?.text === text)) break;
    }
    socket.close();
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await exit;
  }
}

describe('npm start', function () {
  this.timeout(90_000);
  let home: string;
  let demo: Demo | undefined;

  const idOf = async (type: string, name: string): Promise<string> =>
    (await demo!.flows()).find((node) => node.type === type && node['name'] === name)!.id;

  before(async () => {
    home = await newUserDir();
  });

  after(async () => {
    await demo?.stop();
    await removeUserDir(home);
  });

  it('sends a message by itself, and shows its fate to whoever opens the editor later', async () => {
    demo = await Demo.start(home);
    await demo.shows(await idOf('debug', 'accepted'), '447700900123 accepted');
    await demo.shows(await idOf('debug', 'delivery report'), '447700900123 DELIVERED');
  });

  it('keeps the credentials encrypted, and warns of nothing that it has made itself', async () => {
    const credentials = await readFile(join(home, 'flows_cred.json'), 'utf8');
    assert.deepEqual(Object.keys(JSON.parse(credentials) as object), ['$']);
    const warnings = demo!.output.split('\n').filter((line) => /\[(warn|error)\]/.test(line));
    // Node-RED's own, of a setting that has its default.
    assert.deepEqual(
      warnings.filter((line) => !line.includes('Projects disabled')),
      [],
    );
  });

  it('prints its banner once, whatever is deployed', async () => {
    await demo!.deploy([...(await demo!.flows()), { id: 'abcdefabcdefabcd', type: 'tab', label: 'Mine' }]);
    await demo!.printed('Stopped flows');
    await demo!.deploy(await demo!.flows());
    assert.equal(demo!.output.split('Ctrl-C stops everything').length, 2);
  });

  it('keeps what was changed from one start to the next, and follows the simulator to other ports', async () => {
    await demo!.stop();
    demo = await Demo.start(home);
    assert.ok((await demo.flows()).some(({ id }) => id === 'abcdefabcdefabcd'));
    await demo.shows(await idOf('debug', 'delivery report'), '447700900123 DELIVERED');
  });

  it('begins anew with --reset', async () => {
    await demo!.stop();
    demo = await Demo.start(home, '--reset');
    assert.ok((await demo.flows()).every(({ id }) => id !== 'abcdefabcdefabcd'));
    await demo.shows(await idOf('debug', 'delivery report'), '447700900123 DELIVERED');
  });
});
