import { EventEmitter } from 'node:events';
import type { Chance } from './chance';
import type { Host } from './host';
import type { Timeline } from './timeline';

/** How the network behaves at this moment; times in milliseconds. */
export interface NetworkMood {
  /** One way. */
  readonly delay: number;
  readonly jitter: number;
  /** Probability that a write arrives in pieces. */
  readonly split: number;
}

/** What the platform does with a connection to one of its ports. */
export interface Listener {
  /** 'refused': nothing listens; 'silent': no answer ever comes; 'unknown': the name is not known. */
  accepts(port: number): 'yes' | 'refused' | 'silent' | 'unknown';
  connected(port: number, link: Link): void;
}

/** The platform's end of a connection. */
export interface PlatformEnd {
  received(octets: Buffer): void;
  /** The client has closed, or was cut off. */
  gone(): void;
}

/** Octets on their way that the client's kernel takes without a word. */
const KERNEL = 65_536;

/** The connections between the processes of a world and its platform. */
export class Network {
  readonly #timeline: Timeline;
  readonly #chance: Chance;
  readonly #listener: Listener;
  mood: NetworkMood;
  /** Connections that stand or are being made, from the client's view. */
  readonly open = new Set<Socket>();
  /** Hears of all that a process writes: the moment counts as the moment of sending. */
  wrote: (port: number, octets: Buffer) => void = () => undefined;

  constructor(timeline: Timeline, chance: Chance, listener: Listener, mood: NetworkMood) {
    this.#timeline = timeline;
    this.#chance = chance;
    this.#listener = listener;
    this.mood = mood;
  }

  /** What net.connect and tls.connect do. @param stands the event that says that the connection stands */
  connect(process: Host, port: number, stands: 'connect' | 'secureConnect'): Socket {
    const socket = new Socket(process, port, this);
    this.open.add(socket);
    process.onDeath(() => socket.cut(false));
    const back = this.delay() + this.delay();
    const answer = this.#listener.accepts(port);
    if (answer === 'silent') return socket;
    process.arrive(this.#timeline.now + back, () => {
      if (socket.destroyed) return;
      if (answer !== 'yes' || this.#listener.accepts(port) !== 'yes') {
        const code = answer === 'unknown' ? 'ENOTFOUND' : 'ECONNREFUSED';
        socket.fail(Object.assign(new Error(code), { code }));
        return;
      }
      const link = new Link(socket, this, this.#timeline);
      socket.link = link;
      this.#listener.connected(port, link);
      socket.emit(stands);
    });
    return socket;
  }

  delay(): number {
    return this.mood.delay + this.#chance.next() * this.mood.jitter;
  }

  /** The pieces in which a write arrives. */
  pieces(octets: Buffer): Buffer[] {
    if (octets.length < 2 || !this.#chance.happens(this.mood.split)) return [octets];
    const at = this.#chance.whole(1, octets.length - 1);
    return [octets.subarray(0, at), octets.subarray(at)];
  }
}

/** The client's end of a connection: as much of net.Socket as a session uses. */
export class Socket extends EventEmitter {
  readonly port: number;
  readonly process: Host;
  readonly #network: Network;
  link: Link | null = null;
  destroyed = false;
  #ended = false;
  #paused = false;
  #unread: Buffer[] = [];
  #needsDrain = false;

  constructor(process: Host, port: number, network: Network) {
    super();
    this.process = process;
    this.port = port;
    this.#network = network;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  get writableLength(): number {
    return Math.max(0, (this.link?.toPlatform.unread ?? 0) - KERNEL);
  }

  write(octets: Buffer): boolean {
    if (this.destroyed || this.#ended || !this.link) return true;
    this.#network.wrote(this.port, octets);
    this.link.toPlatform.send(octets);
    if (this.writableLength === 0) return true;
    this.#needsDrain = true;
    return false;
  }

  end(): this {
    if (this.#ended || this.destroyed) return this;
    this.#ended = true;
    this.link?.toPlatform.end();
    return this;
  }

  destroy(): this {
    if (!this.destroyed) this.cut(true);
    return this;
  }

  pause(): this {
    this.#paused = true;
    return this;
  }

  resume(): this {
    if (!this.#paused) return this;
    this.#paused = false;
    for (const octets of this.#unread.splice(0)) this.process.run('sockets', () => this.receive(octets));
    return this;
  }

  /** An error of the connection, then its end. */
  fail(error: Error): void {
    if (this.destroyed) return;
    this.emit('error', error);
    this.cut(true);
  }

  /** Octets from the platform. */
  receive(octets: Buffer): void {
    if (this.destroyed) return;
    if (this.#paused) this.#unread.push(octets);
    else this.emit('data', octets);
  }

  /** The platform has closed its side. */
  finished(): void {
    if (this.destroyed) return;
    this.emit('end');
    this.end();
    this.cut(true);
  }

  drained(): void {
    if (!this.#needsDrain || this.writableLength > 0 || this.destroyed) return;
    this.#needsDrain = false;
    this.emit('drain');
  }

  /** Ends this side at once. @param told whether the process lives to hear of it */
  cut(told: boolean): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#network.open.delete(this);
    this.link?.toPlatform.end();
    if (told) this.process.run('put off', () => this.emit('close'));
  }
}

/** One direction of a connection. Octets arrive in their order, whatever the delays. */
class Pipe {
  /** Octets that are on their way. */
  unread = 0;
  readonly #link: Link;
  readonly #deliver: (octets: Buffer) => void;
  readonly #over: () => void;
  #last = 0;
  #ended = false;

  constructor(link: Link, deliver: (octets: Buffer) => void, over: () => void) {
    this.#link = link;
    this.#deliver = deliver;
    this.#over = over;
  }

  send(octets: Buffer): void {
    const { network, timeline } = this.#link;
    if (this.#ended || this.#link.black) return;
    for (const piece of network.pieces(octets)) {
      this.unread += piece.length;
      this.#last = Math.max(this.#last, timeline.now + network.delay());
      timeline.at(this.#last, () => {
        this.unread -= piece.length;
        if (!this.#link.black) this.#deliver(piece);
      });
    }
  }

  end(): void {
    const { network, timeline } = this.#link;
    if (this.#ended) return;
    this.#ended = true;
    if (this.#link.black) return;
    this.#last = Math.max(this.#last, timeline.now + network.delay());
    timeline.at(this.#last, () => {
      if (!this.#link.black) this.#over();
    });
  }
}

/** A connection that stands, with what can happen to it. */
export class Link {
  readonly network: Network;
  readonly timeline: Timeline;
  readonly socket: Socket;
  readonly toPlatform: Pipe;
  readonly toClient: Pipe;
  platform: PlatformEnd | null = null;
  /** Nothing comes through any more, and nobody is told. */
  black = false;
  #over = false;

  constructor(socket: Socket, network: Network, timeline: Timeline) {
    this.socket = socket;
    this.network = network;
    this.timeline = timeline;
    this.toPlatform = new Pipe(
      this,
      (octets) => {
        if (!this.#over) this.platform?.received(octets);
        socket.process.arrive(timeline.now, () => socket.drained());
      },
      () => {
        this.#goneAtPlatform();
        this.toClient.end();
      },
    );
    this.toClient = new Pipe(
      this,
      (octets) => socket.process.arrive(timeline.now, () => socket.receive(octets)),
      () => socket.process.arrive(timeline.now, () => socket.finished()),
    );
  }

  /** Both ends learn of it; what is on its way is lost. */
  reset(): void {
    if (this.black) return;
    this.black = true;
    const { socket } = this;
    socket.process.arrive(this.timeline.now + this.network.delay(), () =>
      socket.fail(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })),
    );
    this.timeline.after(this.network.delay(), () => this.#goneAtPlatform());
  }

  /** Nobody learns of it: a firewall that has forgotten the connection. @param after when the platform gives it up */
  blackHole(after: number): void {
    if (this.black) return;
    this.black = true;
    this.timeline.after(after, () => this.#goneAtPlatform());
  }

  /** The platform closes its side. */
  close(): void {
    this.toClient.end();
    this.#goneAtPlatform();
  }

  #goneAtPlatform(): void {
    if (this.#over) return;
    this.#over = true;
    this.platform?.gone();
  }
}
