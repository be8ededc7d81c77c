import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');

/** A Node-RED, by its start script, and the Node.js that runs it. */
export interface NodeRedVersion {
  readonly red: string;
  readonly node: string;
}

/** Another version can be tested by this variable. */
const RED: NodeRedVersion = {
  red: process.env.TEST_NODE_RED ?? join(ROOT, 'node_modules/node-red/red.js'),
  node: process.execPath,
};

/** Milliseconds; a busy machine takes ten seconds. */
const START_LIMIT = 60_000;

export type Flow = Record<string, unknown> & { readonly id: string; readonly type: string };

export interface NodeRedOptions {
  readonly flows: readonly Flow[];
  /** By node id, in clear. */
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Folder with the state of an earlier run; a new one without it. */
  readonly userDir?: string;
  /** Loads the package from the checkout (`true`, the default) or only what is installed in the userDir. */
  readonly fromCheckout?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly version?: NodeRedVersion;
}

export type DeployType = 'full' | 'flows' | 'nodes';

/** A Node-RED in a process of its own. */
export class NodeRed {
  readonly userDir: string;
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';
  #listeners: (() => void)[] = [];

  private constructor(userDir: string, port: number, child: ChildProcess) {
    this.userDir = userDir;
    this.url = `http://127.0.0.1:${String(port)}`;
    this.#child = child;
    this.#exited = once(child, 'exit');
    const hear = (chunk: Buffer): void => {
      this.#output += chunk.toString();
      for (const listener of [...this.#listeners]) listener();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', () => {
      hear(Buffer.from('\n[exited]\n'));
    });
  }

  static async start(options: NodeRedOptions): Promise<NodeRed> {
    const userDir = options.userDir ?? (await newUserDir());
    const port = await freePort();
    const settings = {
      uiHost: '127.0.0.1',
      uiPort: port,
      flowFile: 'flows.json',
      credentialSecret: false,
      logging: { console: { level: 'info', metrics: false, audit: false } },
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [] } },
      ...(options.fromCheckout === false ? {} : { nodesDir: [ROOT] }),
      ...options.settings,
    };
    await writeFile(join(userDir, 'settings.js'), `module.exports = ${JSON.stringify(settings)};`);
    await writeFile(join(userDir, 'flows.json'), JSON.stringify(options.flows));
    if (options.credentials) await writeFile(join(userDir, 'flows_cred.json'), JSON.stringify(options.credentials));
    const { node, red } = options.version ?? RED;
    const child = spawn(node, [red, '-u', userDir, '-s', join(userDir, 'settings.js')], {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(child, 'spawn');
    const nodeRed = new NodeRed(userDir, port, child);
    // One whose nodes cannot be loaded waits for them for ever; ended, it shows what it has printed.
    const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT);
    try {
      await Promise.all([nodeRed.printed('Started flows'), nodeRed.printed('Server now running')]);
    } finally {
      clearTimeout(limit);
    }
    return nodeRed;
  }

  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves once the output (from `from` on) contains the text; fails when the process ends before. */
  printed(text: string, from = 0): Promise<void> {
    return new Promise((done, fail) => {
      const look = (): void => {
        const found = this.#output.indexOf(text, from) >= 0;
        const exited = this.#output.includes('[exited]');
        if (!found && !exited) return;
        this.#listeners = this.#listeners.filter((listener) => listener !== look);
        if (found) done();
        else fail(new Error(`Node-RED ended before it printed "${text}":\n${this.#output}`));
      };
      this.#listeners.push(look);
      look();
    });
  }

  /** Replaces the flows, as the editor's Deploy does; resolves when they run. */
  async deploy(flows: readonly Flow[], type: DeployType = 'full'): Promise<void> {
    const from = this.#output.length;
    const response = await fetch(`${this.url}/flows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'node-red-deployment-type': type },
      body: JSON.stringify(flows),
    });
    if (!response.ok) throw new Error(`deploy: ${String(response.status)} ${await response.text()}`);
    await this.printed(type === 'full' ? 'Started flows' : `Started modified ${type}`, from);
  }

  /** Asks it to end, as a service manager would; resolves when it has. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }

  /** Ends it on the spot. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

export function newUserDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'smpp-nodes-'));
}

export async function removeUserDir(userDir: string): Promise<void> {
  await rm(userDir, { recursive: true, force: true });
}

export async function makeDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
