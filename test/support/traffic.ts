import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message, Simulator } from '../../src/simulator/simulator';
import { NodeRed, ROOT, type Flow } from './node-red';

/** Another Node-RED than the checkout's gets the short form of the long tests. */
export const SHORT = process.env.TEST_NODE_RED !== undefined;

/** A line of the ledger: what the flow has seen, in order. Which of the last fields are there depends on the kind of line. */
export interface Entry {
  readonly line: 'given' | 'accepted' | 'failed' | 'receipt' | 'event';
  /** Number of the process that wrote it. */
  readonly run: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly tag: string;
  /** Of an outcome, and of a receipt. */
  readonly smpp: {
    readonly id: string;
    readonly messageIds: readonly (string | null)[];
    readonly possibleDuplicate: boolean;
    readonly matched: boolean;
  };
  readonly error: { readonly code: string; readonly message: string };
  /** Of a receipt, and of a connection event. */
  readonly payload: {
    readonly messageId: string;
    readonly state: string;
    readonly event: string;
    readonly outcome: { readonly id: string; readonly to: string; readonly node: string };
  };
  /** Of a receipt. */
  readonly sent?: { readonly reference: { readonly tag: string } };
}

/** Milliseconds between two looks at the ledger. */
const LOOK = 50;

/** Reads what the nodes of traffic.cjs write. */
export class Ledger {
  readonly path: string;
  readonly entries: Entry[] = [];
  #read = 0;

  constructor(userDir: string) {
    this.path = join(userDir, 'ledger.jsonl');
  }

  /** Takes in what was written since. */
  read(): readonly Entry[] {
    const text = textOf(this.path).subarray(this.#read);
    const end = text.lastIndexOf('\n') + 1;
    this.#read += end;
    for (const line of text.subarray(0, end).toString().split('\n')) {
      if (line !== '') this.entries.push(JSON.parse(line) as Entry);
    }
    return this.entries;
  }

  of(...lines: readonly Entry['line'][]): Entry[] {
    return this.read().filter(({ line }) => lines.includes(line));
  }

  /** Entries by tag. */
  byTag(...lines: readonly Entry['line'][]): Map<string, Entry[]> {
    return groupBy(this.of(...lines), ({ tag, sent }) => tag ?? sent?.reference.tag);
  }

  /** Waits until `missing` says that nothing is. */
  async until(missing: () => string | null, limit = 60_000): Promise<void> {
    const end = Date.now() + limit;
    for (;;) {
      const what = missing();
      if (what === null) return;
      if (Date.now() > end) throw new Error(`still missing after ${String(limit)} ms: ${what}`);
      // Not at every line: the simulator lives in this process too.
      await pause(LOOK);
    }
  }
}

function textOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function groupBy<T>(items: readonly T[], key: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

/** Counts the connections to one server of the simulator. */
export class Proxy {
  readonly port: number;
  total = 0;
  most = 0;
  #open = 0;
  readonly #server: net.Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: net.Server, target: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (inner) => {
      this.total += 1;
      this.#open += 1;
      this.most = Math.max(this.most, this.#open);
      const outer = net.connect({ host: '127.0.0.1', port: target, noDelay: true });
      for (const socket of [inner, outer]) {
        this.#sockets.add(socket);
        socket.setNoDelay(true).on('error', () => undefined);
      }
      inner.pipe(outer).pipe(inner);
      inner.once('close', () => {
        this.#open -= 1;
        this.#sockets.delete(inner);
        outer.destroy();
      });
      outer.once('close', () => {
        this.#sockets.delete(outer);
        inner.destroy();
      });
    });
  }

  static async before(port: number): Promise<Proxy> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Proxy(server, port);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

export const CREDENTIALS = { pool: { systemId: 'demo', password: 'demo' } };

/** Source → smpp-send → ledger; receipts and connection events → ledger. */
export function trafficFlow(
  ports: readonly number[],
  pool: Readonly<Record<string, unknown>> = {},
  send: Readonly<Record<string, unknown>> = {},
): Flow[] {
  const servers = ports.map((port) => ({ host: '127.0.0.1', port, enabled: true }));
  const node = (id: string, z: string, wires: string[][]): Flow => ({ id, type: `smpp-${id}`, z, x: 1, y: 1, wires });
  const ledger = (name: Entry['line'], z: string): Flow => ({ ...node(name, z, []), type: 'traffic-ledger', name });
  return [
    { id: 'sending', type: 'tab' },
    { id: 'hearing', type: 'tab' },
    { id: 'pool', type: 'smpp-pool', name: 'main', servers, from: 'ALERTS', throughput: 0, ...pool },
    { ...node('source', 'sending', [['send']]), type: 'traffic-source' },
    { ...node('send', 'sending', [['accepted'], ['failed']]), pool: 'pool', failures: 'output', ...send },
    ledger('accepted', 'sending'),
    ledger('failed', 'sending'),
    { ...node('dlr-in', 'hearing', [['receipt']]), pool: 'pool' },
    { ...node('status', 'hearing', [['event']]), pool: 'pool', events: [] },
    ledger('receipt', 'hearing'),
    ledger('event', 'hearing'),
  ];
}

export interface RunOptions {
  readonly userDir: string;
  readonly flows: readonly Flow[];
  readonly run: number;
  /** Messages a second. */
  readonly rate: number;
  /** Octets that each message carries along, so that it needs room. */
  readonly ballast?: number;
}

/** A Node-RED with the nodes of traffic.cjs. */
export function startTraffic({ userDir, flows, run, rate, ballast = 0 }: RunOptions): Promise<NodeRed> {
  return NodeRed.start({
    userDir,
    flows,
    credentials: CREDENTIALS,
    settings: { nodesDir: [ROOT, join(ROOT, 'test/support/traffic-nodes')] },
    env: { LEDGER: join(userDir, 'ledger.jsonl'), RUN: String(run), RATE: String(rate), BALLAST: String(ballast) },
  });
}

export async function setRate(nodeRed: NodeRed, rate: number): Promise<void> {
  await fetch(`${nodeRed.url}/traffic/${String(rate)}`, { method: 'POST' });
}

export async function control(simulator: Simulator, path: string, body: unknown = {}): Promise<void> {
  const answer = await fetch(`${simulator.controlUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}

export interface AtPlatform {
  /** Above 1 where a segment came more than once. */
  readonly copies: number;
  readonly whole: boolean;
  readonly messageIds: readonly string[];
}

/** What the platform has of the messages of the source, by tag. */
export function atPlatform(simulator: Simulator): Map<string, AtPlatform> {
  const groups = groupBy(simulator.messages(), ({ text }) => /r\d+n\d+\./.exec(text)?.[0]);
  return new Map(Array.from(groups, ([tag, messages]) => [tag, summary(messages)]));
}

/** A segment that comes again starts a new message at the platform: what is whole may lie in two of them. */
function summary(messages: readonly Message[]): AtPlatform {
  const { segments } = messages[0]!;
  const messageIds = messages.flatMap((message) => message.messageIds);
  const whole =
    messages.some((message) => message.messageIds.length === segments) ||
    new Set(messages.map(({ text }) => text.length)).size === segments;
  return { copies: messageIds.length / segments, whole, messageIds };
}
