import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeInitializer, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import smppDlrIn from '../../nodes/smpp-dlr-in';
import smppPool from '../../nodes/smpp-pool';
import type { PoolNode } from '../../nodes/pool-lifetime/pool-node';
import smppSend from '../../nodes/smpp-send';
import smppStatus from '../../nodes/smpp-status';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator';

/** Another Node-RED than the checkout's own, where the tests are to run on one. */
const HOME = process.env.TEST_NODE_RED_HOME;
if (HOME) helper.init(join(HOME, 'lib/red.js'));

// Core modules have no types.
const tlsConfig = (
  HOME
    ? createRequire(join(HOME, 'package.json'))('@node-red/nodes/core/network/05-tls.js')
    : createRequire(__filename)('@node-red/nodes/core/network/05-tls.js')
) as NodeInitializer;

/** The part of Node-RED's hooks that is used here. */
interface Hooks {
  add(hook: string, handler: (event: { error?: { code?: string }; node: { id: string } }) => void): void;
  remove(hook: string): void;
}

const { hooks } = createRequire(HOME ? join(HOME, 'package.json') : __filename)('@node-red/util') as { hooks: Hooks };

export type Flow = Parameters<typeof helper.load>[1];
export type FlowNode = Flow[number] & Record<string, unknown>;
export type Message = NodeMessage & {
  _msgid: string;
  smpp?: any;
  error?: any;
  payload?: any;
  call?: any;
  ballast?: any;
  sent?: any;
  status?: any;
};

export const CREDENTIALS = { pool: { systemId: 'demo', password: 'demo' } };

const simulators: Simulator[] = [];
const proxies: CountingProxy[] = [];
/** Each platform its own message ids: a pool in memory remembers those of the test before. */
let seed = 0;
let userDir = '';
let loaded = false;

/** A platform whose receipts come at once and whose limits are out of the way, unless the test says otherwise. */
export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  seed += 1;
  const simulator = await createSimulator({ servers: 1, dlrDelay: 20, throughput: 0, seed, ...options });
  simulators.push(simulator);
  return simulator;
}

export async function control(simulator: Simulator, path: string, body: unknown = {}): Promise<void> {
  const answer = await fetch(`${simulator.controlUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A pool on these ports with the memory store and no limit. */
export function pool(ports: readonly number[], more: Record<string, unknown> = {}): FlowNode {
  const servers = ports.map((port) => ({
    host: '127.0.0.1',
    port,
    tls: false,
    binds: '',
    throughput: '',
    enabled: true,
  }));
  return { id: 'pool', type: 'smpp-pool', name: 'main', servers, throughput: 0, store: 'memory', ...more };
}

export function portsOf({ servers }: Simulator): number[] {
  return servers.map(({ port }) => port);
}

/** `tab` with one node of each kind that a test listens to; `more` are the nodes it is about. */
export function flow(...more: FlowNode[]): Flow {
  // Node-RED takes a node without a place on the canvas for a config node.
  const z = { z: 'tab', x: 0, y: 0 };
  const all: FlowNode[] = [
    { id: 'tab', type: 'tab', label: 'flow' },
    { id: 'out', type: 'helper', ...z, wires: [] },
    { id: 'failed', type: 'helper', ...z, wires: [] },
    { id: 'caught', type: 'helper', ...z, wires: [] },
    { id: 'completed', type: 'helper', ...z, wires: [] },
    { id: 'statuses', type: 'helper', ...z, wires: [] },
    { id: 'catch', type: 'catch', ...z, scope: null, uncaught: false, wires: [['caught']] },
    { id: 'complete', type: 'complete', ...z, scope: ['send', 'status'], uncaught: false, wires: [['completed']] },
    { id: 'status-of-all', type: 'status', ...z, scope: null, wires: [['statuses']] },
  ];
  return [
    ...all,
    ...more.map((node) => (node.type === 'smpp-pool' || node.type === 'tls-config' ? node : { ...z, ...node })),
  ];
}

export function send(more: Record<string, unknown> = {}): FlowNode {
  return { id: 'send', type: 'smpp-send', pool: 'pool', wires: [['out'], ['failed']], ...more };
}

/** What the listening nodes have got, over all deploys of a test. */
const inboxes = new Map<string, Message[]>();
const LISTENERS = ['out', 'failed', 'caught', 'completed', 'statuses'];

/** The code of the error, or undefined, for each input of the node `send` that has ended. */
const ends: (string | undefined)[] = [];

export function ended(): readonly (string | undefined)[] {
  return ends;
}

export function inbox(id: string): readonly Message[] {
  return inboxes.get(id)!;
}

export async function load(
  nodes: Flow,
  credentials: Record<string, Record<string, string>> = CREDENTIALS,
): Promise<void> {
  userDir ||= await mkdtemp(join(tmpdir(), 'smpp-nodes-'));
  helper.settings({ userDir } as never);
  for (const id of LISTENERS) inboxes.set(id, []);
  ends.length = 0;
  if (!loaded) {
    hooks.add('onComplete.test', ({ error, node }) => {
      if (node.id === 'send') ends.push(error?.code);
    });
  }
  loaded = true;
  await helper.load(
    [smppPool, smppSend, smppDlrIn, smppStatus, tlsConfig],
    nodes,
    structuredClone(credentials) as never,
  );
  listen();
}

const heard = new WeakSet<object>();

/** Listens to the instances that run now; a deploy need not have replaced them. */
function listen(): void {
  for (const id of LISTENERS) {
    const node = helper.getNode(id) as ReturnType<typeof helper.getNode> | null;
    if (!node || heard.has(node)) continue;
    heard.add(node);
    node.on('input', (msg) => inboxes.get(id)!.push(msg as Message));
  }
}

/** Where the stores on disk lie. */
export function userDirectory(): string {
  return userDir;
}

export async function deploy(nodes: Flow, type: 'full' | 'flows' | 'nodes', credentials = {}): Promise<void> {
  await helper.setFlows(nodes, type, credentials as never);
  listen();
}

export function give(id: string, msg: Record<string, unknown>): void {
  helper.getNode(id).receive(msg as NodeMessage);
}

export function poolNode(id = 'pool'): PoolNode {
  return helper.getNode(id) as unknown as PoolNode;
}

/** Everything that was logged, as one text. */
export function logged(): string {
  return helper
    .log()
    .args.map(([entry]) => entry as { msg: unknown })
    .map(({ msg }) => (msg instanceof Error ? `${msg.message} ${JSON.stringify(msg.cause)}` : String(msg)))
    .join('\n');
}

/** Waits for what is only seen by looking; the test's own limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export async function messages(id: string, count: number): Promise<readonly Message[]> {
  await until(() => inbox(id).length >= count);
  return inbox(id);
}

export async function bound(count = 1): Promise<void> {
  await until(() => poolNode().handle.snapshot().bound >= count);
}

/** As when Node-RED ends; what it logs meanwhile is in `logged`. */
export async function stop(): Promise<void> {
  // Its type is wrong.
  await (helper.clearFlows() as unknown as Promise<void>);
}

export async function cleanUp(): Promise<void> {
  if (loaded) {
    await helper.unload();
    hooks.remove('onComplete.test');
  }
  loaded = false;
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  await Promise.all(simulators.splice(0).map((simulator) => simulator.close()));
  if (userDir) await rm(userDir, { recursive: true, force: true });
  userDir = '';
}

/** Passes everything on to a port and counts the connections: those there are, those there were, and the most at a time. */
export class CountingProxy {
  total = 0;
  most = 0;
  readonly #open = new Set<Socket>();
  readonly #server: net.Server;

  static async before(port: number): Promise<CountingProxy> {
    const proxy = new CountingProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxies.push(proxy);
    return proxy;
  }

  private constructor(target: number) {
    this.#server = net.createServer((near) => {
      const far = net.connect(target, '127.0.0.1');
      this.total += 1;
      this.#open.add(near);
      this.most = Math.max(this.most, this.#open.size);
      near.on('close', () => {
        this.#open.delete(near);
        far.destroy();
      });
      far.on('close', () => near.destroy());
      for (const socket of [near, far]) socket.on('error', () => undefined).setNoDelay(true);
      near.pipe(far).pipe(near);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.#open.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
