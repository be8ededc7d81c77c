import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { background } from '../base/background';
import { InvalidInputError } from '../base/errors';
import { readFaults } from './faults';
import { sendIncoming } from './incoming';
import type { Message } from './messages';
import { page } from './page/page';
import type { Platform } from './platform';
import type { Server } from './server';
import type { SimulatorState } from './state';

/** What the control API shows and drives. */
export interface Controlled {
  readonly platform: Platform;
  readonly servers: readonly Server[];
  readonly certificate: string | null;
  state(): SimulatorState;
  messages(last?: number): Message[];
}

const HOST = '127.0.0.1';
const MAX_BODY = 1 << 20;
const JSON_TYPE = 'application/json; charset=utf-8';

interface Answer {
  readonly type: string;
  readonly body: string;
}

/** A request that cannot be served, with the HTTP status and text of its answer. */
class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The control port, HTTP on 127.0.0.1 only: a JSON API and one page (docs/simulator.md, "Control API"). */
export class Control {
  readonly #controlled: Controlled;
  readonly #http: http.Server;

  constructor(controlled: Controlled) {
    this.#controlled = controlled;
    this.#http = http.createServer((request, response) => {
      background(this.#serve(request, response), console, request.url ?? '');
    });
  }

  /**
   * @param port 0 = any free port
   * @returns the base URL, without a slash at its end; rejects with the system's error where the port is taken
   */
  listen(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, HOST, () => {
        this.#http.off('error', reject);
        resolve(`http://${HOST}:${(this.#http.address() as AddressInfo).port}`);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      checkOrigin(request);
      const { type, body } = await this.#answer(request);
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    } catch (error) {
      const status = error instanceof RequestError ? error.status : error instanceof InvalidInputError ? 400 : 500;
      const message = error instanceof Error ? error.message : String(error);
      response.writeHead(status, { 'content-type': JSON_TYPE }).end(JSON.stringify({ error: message }));
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const { platform, servers, certificate, state, messages } = this.#controlled;
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /':
        return { type: 'text/html; charset=utf-8', body: page() };
      case 'GET /state':
        return json(state());
      case 'GET /messages':
        return json(messages(readLast(url)));
      case 'GET /certificate.pem':
        if (certificate === null) throw new RequestError(404, 'The simulator runs without TLS');
        return { type: 'application/x-pem-file', body: certificate };
      case 'POST /incoming':
        return json({ parts: sendIncoming(platform, await readBody(request)) });
      case 'POST /reset':
        platform.reset();
        for (const server of servers) server.reset();
        await Promise.all(servers.map((server) => server.start()));
        return json(state());
    }
    const [, number, action] = /^\/servers\/(\d+)\/(\w+)$/.exec(url.pathname) ?? [];
    const server = servers[Number(number) - 1];
    if (request.method !== 'POST' || !server) throw new RequestError(404, 'There is no such thing here');
    await drive(server, action, request);
    return json(server.view());
  }
}

async function drive(server: Server, action: string | undefined, request: IncomingMessage): Promise<void> {
  switch (action) {
    case 'start':
      return server.start();
    case 'stop':
      return server.stop();
    case 'drain':
      return server.drain();
    case 'faults':
      server.faults = readFaults(await readBody(request));
      return;
    default:
      throw new RequestError(404, 'A server knows start, stop, drain and faults');
  }
}

/** A web page from elsewhere, open in a browser on this machine, must neither read nor drive the simulator. */
function checkOrigin({ headers }: IncomingMessage): void {
  const name = (headers.host ?? '').replace(/:\d+$/, '');
  const foreign = headers.origin !== undefined && headers.origin !== `http://${headers.host}`;
  if ((name !== HOST && name !== 'localhost') || foreign) throw new RequestError(403, 'Only for this machine');
}

function readLast(url: URL): number | undefined {
  const last = url.searchParams.get('last');
  if (last === null) return undefined;
  if (!/^\d{1,9}$/.test(last)) throw new InvalidInputError('last', 'last must be a whole number');
  return Number(last);
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw new RequestError(413, 'The body is too long');
    chunks.push(chunk);
  }
  const body = parseJson(Buffer.concat(chunks).toString());
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InvalidInputError('body', 'The body must be a JSON object');
  }
  return body as Record<string, unknown>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InvalidInputError('body', 'The body is no JSON');
  }
}

function json(value: unknown): Answer {
  return { type: JSON_TYPE, body: JSON.stringify(value) };
}
