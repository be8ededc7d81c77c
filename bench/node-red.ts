/** A Node-RED runtime in this process, with a flow of a source, smpp-send and a counter. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import RED, { type Node, type NodeDef } from 'node-red';
import { FROM, TEXT, TO, WINDOW, type StoreName } from './load';

const flowOf = (port: number, store: StoreName): object[] => [
  { id: 'tab', type: 'tab', label: 'bench' },
  {
    id: 'pool',
    type: 'smpp-pool',
    servers: [{ host: '127.0.0.1', port, tls: false, binds: '', throughput: '', enabled: true }],
    throughput: 0,
    window: WINDOW,
    from: FROM,
    store,
  },
  // A node without a place on the canvas would be a configuration node.
  { id: 'source', type: 'bench-source', z: 'tab', x: 100, y: 40, wires: [['send']] },
  { id: 'send', type: 'smpp-send', z: 'tab', x: 300, y: 40, pool: 'pool', wires: [['counter']] },
  { id: 'counter', type: 'bench-counter', z: 'tab', x: 500, y: 40, wires: [] },
  { id: 'catcher', type: 'catch', z: 'tab', x: 100, y: 80, scope: null, uncaught: false, wires: [['failed']] },
  { id: 'failed', type: 'bench-failed', z: 'tab', x: 300, y: 80, wires: [] },
];

type Register = (set: string, type: string, constructor: (this: Node, def: NodeDef) => void) => void;

export interface BenchFlow {
  /** Sends a message into smpp-send. */
  emit(): void;
  /** Messages that wait in the pool. */
  waiting(): number;
  /** Removes what it has left on the disk; the process may end afterwards. */
  remove(): Promise<void>;
}

let emit: () => void;
let onAccepted: () => void;

function registerNodes(): void {
  const { nodes } = RED as unknown as {
    readonly nodes: { readonly registerType: Register; createNode(node: Node, def: NodeDef): void };
  };
  nodes.registerType('bench/source', 'bench-source', function (def) {
    nodes.createNode(this, def);
    emit = () => {
      this.send({ topic: TO, payload: TEXT });
    };
  });
  nodes.registerType('bench/counter', 'bench-counter', function (def) {
    nodes.createNode(this, def);
    this.on('input', (_msg, _send, done) => {
      onAccepted();
      done();
    });
  });
  nodes.registerType('bench/failed', 'bench-failed', function (def) {
    nodes.createNode(this, def);
    this.on('input', (msg) => {
      throw new Error(JSON.stringify(msg));
    });
  });
}

/** @param accepted is called for each message that leaves smpp-send */
export async function startFlow(port: number, store: StoreName, accepted: () => void): Promise<BenchFlow> {
  onAccepted = accepted;
  const userDir = await mkdtemp(join(tmpdir(), 'smpp-bench-'));
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(flowOf(port, store)));
  await writeFile(join(userDir, 'flows_cred.json'), JSON.stringify({ pool: { systemId: 'demo', password: 'demo' } }));
  RED.init(createServer(), {
    userDir,
    flowFile: 'flows.json',
    credentialSecret: false,
    nodesDir: [resolve(__dirname, '..')],
    httpAdminRoot: false,
    httpNodeRoot: false,
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'off' } },
  } as never);
  const started = new Promise<void>((resolve) => RED.events.once('flows:started', resolve));
  registerNodes();
  await RED.start();
  await started;
  const { nodes } = RED as unknown as { readonly nodes: { getNode(id: string): unknown } };
  const pool = nodes.getNode('pool') as {
    readonly shared: { snapshot(): { readonly queue: { readonly waiting: number } } };
  };
  return {
    emit,
    waiting: () => pool.shared.snapshot().queue.waiting,
    remove: () => rm(userDir, { recursive: true, force: true }),
  };
}
