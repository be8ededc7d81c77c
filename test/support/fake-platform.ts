import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { decodePdu, encodePdu, type DecodedPdu } from '../../src/smpp/codec';
import { FrameReader } from '../../src/smpp/framing';
import { Heard } from './pool-run';

const open: FakePlatform[] = [];

/** A platform that does nothing by itself: the test reads what came and writes the answer. */
export class FakePlatform {
  readonly links = new Heard<Link>();
  readonly #server: Server;
  #taken = 0;

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.links.add(new Link(socket));
    });
  }

  static async listen(): Promise<FakePlatform> {
    const platform = new FakePlatform();
    platform.#server.listen(0, '127.0.0.1');
    await once(platform.#server, 'listening');
    open.push(platform);
    return platform;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next connection that nobody has taken. */
  async link(): Promise<Link> {
    this.#taken += 1;
    return (await this.links.many(this.#taken))[this.#taken - 1]!;
  }

  /** The next connection, its bind answered with success. */
  async boundLink(): Promise<Link> {
    const link = await this.link();
    const bind = await link.next();
    link.answer(bind, { system_id: 'fake' });
    return link;
  }

  async close(): Promise<void> {
    for (const { socket } of this.links.all) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export async function closePlatforms(): Promise<void> {
  await Promise.all(open.splice(0).map((platform) => platform.close()));
}

/** One connection, seen from the platform. */
export class Link {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #received = new Heard<DecodedPdu>();
  readonly #reader = new FrameReader();
  #taken = 0;
  #sequence = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const frame of this.#reader.push(chunk)) this.#received.add(decodePdu(frame));
    });
  }

  /** Everything that came. */
  get received(): readonly DecodedPdu[] {
    return this.#received.all;
  }

  /** The next PDU that nobody has taken. */
  async next(): Promise<DecodedPdu> {
    this.#taken += 1;
    return (await this.#received.many(this.#taken))[this.#taken - 1]!;
  }

  /** The next PDU of this command; others before it are passed over. */
  async nextOf(command: string): Promise<DecodedPdu> {
    for (;;) {
      const pdu = await this.next();
      if (pdu.command === command) return pdu;
    }
  }

  /** Sends a request; returns its sequence number. */
  send(command: string, fields: Record<string, unknown> = {}): number {
    this.#sequence += 1;
    this.write(encodePdu(command, fields, this.#sequence));
    return this.#sequence;
  }

  answer(request: DecodedPdu, fields: Record<string, unknown> = {}, status = 0): void {
    this.write(encodePdu(`${request.command!}_resp`, fields, request.sequence, status));
  }

  write(octets: Buffer | string): void {
    this.socket.write(octets);
  }
}
