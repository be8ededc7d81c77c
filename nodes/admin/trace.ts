import type { Response } from 'express';
import type { NodeAPI } from 'node-red';
import { systemClock, type Clock } from '../../src/base/clock';
import { describe } from '../../src/message/input';
import { masked } from '../../src/smpp/mask';
import { pcapHead, PcapLink } from '../../src/smpp/pcap';
import type { Say } from '../pool-lifetime/pool-config';
import type { PoolHandle } from '../pool-lifetime/pool-handle';
import { BadRequest, bodyObject, serve, type Body } from './endpoint';
import { poolNamed } from './pools';

const LONGEST = 600;
/** Octets that wait for a slow reader; above that the oldest packets are dropped. */
const MAX_WAITING = 50_000_000;

/** What a trace is to show. */
interface TraceRequest {
  readonly seconds: number;
  /** "host:port"; undefined: all servers. */
  readonly server: string | undefined;
  /** True: numbers and texts are shown. Passwords never are. */
  readonly texts: boolean;
}

/**
 * Serves `POST smpp-pool/:id/trace` with `{seconds, server?, texts?}`: every PDU of the pool, as a capture file that Wireshark reads. It
 * is streamed from the first packet on and ends with its time, or with the request.
 */
export function serveTrace(RED: NodeAPI, say: Say): void {
  serve(RED, 'post', '/smpp-pool/:id/trace', 'smpp-pool.write', (request, response) => {
    const handle = poolNamed(request.params.id, say);
    const wanted = readRequest(bodyObject(request.body ?? {}));
    const { servers } = handle.snapshot();
    if (wanted.server !== undefined && !servers.some(({ server }) => server === wanted.server)) {
      throw new BadRequest(say('errors.unknownServer', { server: wanted.server.slice(0, 300) }), 404);
    }
    if (!handle.isOpen) throw new BadRequest(say('errors.poolClosed'), 409);
    response.set('Content-Type', 'application/vnd.tcpdump.pcap');
    response.set('Content-Disposition', 'attachment; filename="smpp.pcap"');
    trace(handle, wanted, response, systemClock);
  });
}

function readRequest({ seconds, server, texts = false }: Body): TraceRequest {
  const number = typeof seconds === 'string' && /^\s*\d+\s*$/.test(seconds) ? Number(seconds) : seconds;
  if (typeof number !== 'number' || !(number >= 1 && number <= LONGEST)) {
    throw new BadRequest(`seconds: ${describe(seconds)} is not a number from 1 to ${LONGEST}; give one.`);
  }
  if (server !== undefined && typeof server !== 'string') {
    throw new BadRequest(`server: ${describe(server)} is no text; give "host:port", or leave it out.`);
  }
  if (typeof texts !== 'boolean') {
    throw new BadRequest(`texts: ${describe(texts)} is neither true nor false; give one, or leave it out.`);
  }
  return { seconds: number, server: server === '' ? undefined : server, texts };
}

/** Streams the trace and ends the response. */
function trace(handle: PoolHandle, { seconds, server, texts }: TraceRequest, response: Response, clock: Clock): void {
  const names = handle.snapshot().servers.map(({ server: name }) => name);
  const links = new Map<string, PcapLink>();
  const stream = new PacketStream(response);
  stream.push(pcapHead());
  const stopLooking = handle.lookOn((name, bind, outgoing, frame) => {
    if (server !== undefined && name !== server) return;
    const key = `${name} ${bind}`;
    let link = links.get(key);
    if (!link) {
      link = new PcapLink(links.size, names.indexOf(name), Number(name.slice(name.lastIndexOf(':') + 1)));
      links.set(key, link);
    }
    stream.push(link.packets(outgoing, masked(frame, texts), clock.wallOf(clock.now())));
  });
  const stop = (): void => {
    cancel();
    stopLooking();
    stream.end();
    if (stream.dropped > 0)
      handle.log.warn(`trace: its reader was too slow, ${String(stream.dropped)} PDUs are not in it`);
  };
  const cancel = clock.after(seconds * 1000, stop);
  response.once('close', stop);
}

/** Packets on their way to a reader that may be slow. */
export class PacketStream {
  /** Packets that were thrown away. */
  dropped = 0;
  readonly #response: Pick<Response, 'write' | 'end' | 'on'>;
  #waiting: Buffer[] = [];
  #octets = 0;
  #blocked = false;
  #ended = false;

  constructor(
    response: Pick<Response, 'write' | 'end' | 'on'>,
    readonly limit = MAX_WAITING,
  ) {
    this.#response = response;
    response.on('drain', () => {
      this.#blocked = false;
      this.#flush();
    });
  }

  push(packet: Buffer): void {
    if (this.#ended) return;
    this.#waiting.push(packet);
    this.#octets += packet.length;
    if (!this.#blocked) this.#flush();
    else if (this.#octets > this.limit) this.#shed();
  }

  /** What waits is still written. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#blocked = false;
    this.#flush();
    this.#response.end();
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const octets = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#octets = 0;
    this.#blocked = !this.#response.write(octets);
  }

  /** The oldest go, down to half the limit: then dropping costs each packet the same. */
  #shed(): void {
    let gone = 0;
    while (this.#octets > this.limit / 2) this.#octets -= this.#waiting[gone++]!.length;
    this.#waiting = this.#waiting.slice(gone);
    this.dropped += gone;
  }
}
