import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What happens to the octets on their way; all off by default. */
export interface Trouble {
  /** Milliseconds everything is held up, both ways. */
  readonly delayMs?: number;
  /** Octets go in and never come out, both ways, and no close is passed on. */
  readonly blackHole?: boolean;
  /** What the server says is lost; what its clients say is not. */
  readonly mute?: boolean;
  /** Milliseconds for each octet from the server. */
  readonly dripMs?: number;
  /** Every so many octets from the server one has its highest bit turned. */
  readonly corruptEvery?: number;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Octets from the server so far. */
  passed: number;
  /** Octets from the server after which the connection is cut. */
  cutAt: number;
  /** Nothing passes any more. */
  frozen: boolean;
}

const open: FaultProxy[] = [];

/** Stands between a client and a server on this machine and spoils the connection as it is told. */
export class FaultProxy {
  trouble: Trouble = {};
  readonly #target: number;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(target: number) {
    this.#target = target;
    this.#listener = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
      this.#join(client);
    });
  }

  static async to(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    open.push(proxy);
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Connections of clients. */
  get links(): number {
    return this.#pairs.size;
  }

  /** Resets every connection. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /** The server loses every connection, and its clients do not hear of it. */
  halfOpen(): void {
    for (const pair of this.#pairs) {
      pair.frozen = true;
      pair.server.destroy();
    }
  }

  /** Cuts every connection after so many more octets from the server. */
  cutAfter(octets: number): void {
    for (const pair of this.#pairs) pair.cutAt = pair.passed + octets;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #join(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const pair: Pair = { client, server, passed: 0, cutAt: Infinity, frozen: false };
    this.#pairs.add(pair);
    client.on('error', () => undefined);
    server.on('error', () => undefined);
    client.on('data', (chunk) => {
      this.#pass(pair, () => server.write(chunk));
    });
    server.on('data', (chunk) => {
      this.#fromServer(pair, chunk);
    });
    client.on('end', () => {
      this.#pass(pair, () => server.end());
    });
    server.on('end', () => {
      this.#pass(pair, () => client.end());
    });
    client.on('close', () => {
      this.#pairs.delete(pair);
      server.destroy();
    });
    server.on('close', () => {
      // A connection that was never there is refused; one that was lost is lost for both.
      if (!pair.frozen && !this.trouble.blackHole) this.#later(this.trouble.delayMs ?? 0, () => client.destroySoon());
    });
  }

  #fromServer(pair: Pair, chunk: Buffer): void {
    const { corruptEvery = 0, dripMs = 0, mute = false } = this.trouble;
    if (mute) return;
    const start = pair.passed;
    pair.passed += chunk.length;
    if (corruptEvery > 0) {
      for (let at = 0; at < chunk.length; at++) if ((start + at + 1) % corruptEvery === 0) chunk[at]! ^= 0x80;
    }
    const left = pair.cutAt - start;
    this.#pass(pair, () => {
      if (left > chunk.length && dripMs === 0) pair.client.write(chunk);
      else if (left > chunk.length) this.#drip(pair, chunk, dripMs);
      else pair.client.end(chunk.subarray(0, Math.max(0, left)));
    });
  }

  #drip(pair: Pair, chunk: Buffer, dripMs: number): void {
    pair.server.pause();
    for (let at = 0; at < chunk.length; at++) {
      this.#later(at * dripMs, () => pair.client.write(chunk.subarray(at, at + 1)));
    }
    this.#later(chunk.length * dripMs, () => pair.server.resume());
  }

  #pass(pair: Pair, work: () => void): void {
    const { blackHole = false, delayMs = 0 } = this.trouble;
    if (blackHole || pair.frozen) {
      // What was swallowed once cannot be healed: later octets would make no sense.
      pair.frozen = true;
    } else this.#later(delayMs, work);
  }

  #later(milliseconds: number, work: () => void): void {
    if (milliseconds === 0) {
      work();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, milliseconds);
    this.#timers.add(timer);
  }
}

export async function closeProxies(): Promise<void> {
  await Promise.all(open.splice(0).map((proxy) => proxy.close()));
}
