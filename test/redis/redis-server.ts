import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from '../../src/simulator/certificate';

type Settings = Readonly<Record<string, string>>;

/** What `redis-server` says once it can be used. */
const READY = 'Ready to accept connections';
const SENTINEL_READY = '+monitor master';

const open: RedisServer[] = [];

/** A redis-server of its own, which keeps what it holds as the documentation asks for, unless `settings` say otherwise. */
export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'smpp-redis-'));
  readonly #args: readonly string[];
  readonly #ready: string;
  #child: ChildProcess | null = null;

  private constructor(port: number, args: (folder: string) => readonly string[], ready: string) {
    this.port = port;
    this.#args = args(this.#folder);
    this.#ready = ready;
  }

  /** @param certificate makes it speak TLS, and nothing else */
  static async start(settings: Settings = {}, certificate?: Certificate): Promise<RedisServer> {
    const port = await freePort();
    return RedisServer.#begin(
      port,
      (folder) =>
        argsOf({
          ...portSettings(port, folder, certificate),
          dir: folder,
          save: '',
          appendonly: 'yes',
          appendfsync: 'always',
          'maxmemory-policy': 'noeviction',
          ...settings,
        }),
      READY,
    );
  }

  /** A Redis Sentinel. @param watch lines of its configuration */
  static async startSentinel(watch: readonly string[], certificate?: Certificate): Promise<RedisServer> {
    const port = await freePort();
    return RedisServer.#begin(
      port,
      (folder) => {
        const file = join(folder, 'sentinel.conf');
        const settings = { ...portSettings(port, folder, certificate), dir: folder };
        const lines = Object.entries(settings).map((setting) => setting.join(' '));
        writeFileSync(file, [...lines, ...watch, ''].join('\n'));
        return [file, '--sentinel'];
      },
      SENTINEL_READY,
    );
  }

  static async #begin(port: number, args: (folder: string) => readonly string[], ready: string): Promise<RedisServer> {
    const server = new RedisServer(port, args, ready);
    open.push(server);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${String(this.port)}`;
  }

  /** Once more, on the same port, with what it has kept. */
  async start(): Promise<void> {
    const child = spawn('redis-server', this.#args);
    this.#child = child;
    let output = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes(this.#ready)) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => {
        reject(new Error(`redis-server ended: ${output}`));
      });
    });
    child.stdout.removeAllListeners('data').resume();
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** It keeps its connections, and answers nothing until `resume`. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }
}

/** Ends every server there is. For hooks inside a `describe`: those of a file's top level are run for the tests of all files. */
export async function stopRedisServers(): Promise<void> {
  for (const server of open.splice(0)) {
    await server.kill();
    server.remove();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function portSettings(port: number, folder: string, certificate: Certificate | undefined): Settings {
  const bind = '127.0.0.1';
  if (!certificate) return { port: String(port), bind };
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, certificate.cert);
  writeFileSync(key, certificate.key);
  return {
    port: '0',
    'tls-port': String(port),
    bind,
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-ca-cert-file': cert,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
  };
}

function argsOf(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, ...value.split(' ')]);
}
