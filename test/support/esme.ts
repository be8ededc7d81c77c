import { once } from 'node:events';
import net from 'node:net';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { FrameReader } from '../../src/smpp/framing';
import { PDU } from '../../src/smpp/library';

/** A decoded PDU: the header, `command`, and the fields of the codec by name. */
export interface Received {
  readonly command: string;
  readonly command_id: number;
  readonly command_status: number;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
}

export interface BindOptions {
  readonly command?: 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver';
  readonly systemId?: string;
  readonly password?: string;
  readonly version?: number;
}

export interface ConnectOptions {
  /** Certificate of the authority: connects by TLS. */
  readonly ca?: string;
  readonly tlsVersion?: tls.SecureVersion;
  /** Answers deliver_sm by itself. Default true. */
  readonly answers?: boolean;
}

interface Wanted {
  readonly matches: (pdu: Received) => boolean;
  readonly resolve: (pdu: Received) => void;
  readonly reject: (error: Error) => void;
}

/** A customer with bare hands: it sends what it is told, keeps what comes, and hides nothing. */
export class Esme {
  readonly socket: Socket;
  /** Everything received that no `next` has taken, oldest first. */
  readonly inbox: Received[] = [];
  readonly closed: Promise<void>;
  readonly #frames = new FrameReader();
  readonly #wanted: Wanted[] = [];
  readonly #answers: boolean;
  #sequence = 0;

  private constructor(socket: Socket, answers: boolean) {
    this.socket = socket;
    this.#answers = answers;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const { reject } of this.#wanted.splice(0)) reject(new Error('the connection was closed'));
        resolve();
      });
    });
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#frames.push(chunk)) this.#take(new PDU(frame) as unknown as Received);
    });
  }

  static async connect(port: number, { ca, tlsVersion, answers = true }: ConnectOptions = {}): Promise<Esme> {
    const to = { port, host: '127.0.0.1' };
    if (ca === undefined) {
      const socket = net.connect({ ...to, noDelay: true });
      await once(socket, 'connect');
      return new Esme(socket, answers);
    }
    const versions = tlsVersion
      ? { minVersion: tlsVersion, maxVersion: tlsVersion, ciphers: 'DEFAULT:@SECLEVEL=0' }
      : {};
    const socket = tls.connect({ ...to, ca, servername: 'localhost', ...versions });
    await once(socket, 'secureConnect');
    return new Esme(socket, answers);
  }

  /** Connected and bound with the right password. */
  static async bound(port: number, options: BindOptions & ConnectOptions = {}): Promise<Esme> {
    const esme = await Esme.connect(port, options);
    const { command_status } = await esme.bind(options);
    if (command_status !== 0) throw new Error(`bind refused with ${command_status}`);
    return esme;
  }

  bind({ command = 'bind_transceiver', systemId = 'demo', password = 'demo', version = 0x34 }: BindOptions = {}) {
    return this.request(command, { system_id: systemId, password, interface_version: version });
  }

  /** The answer to a submit_sm of `text` to `to`; raw optional parameters are put behind it. */
  submit(to: string, fields: Record<string, unknown> = {}, tlvs: readonly Buffer[] = []): Promise<Received> {
    return this.request('submit_sm', { ...submitFields(to), ...fields }, tlvs);
  }

  request(command: string, fields: Record<string, unknown> = {}, tlvs: readonly Buffer[] = []): Promise<Received> {
    const sequence = this.send(command, fields, tlvs);
    return this.#next((pdu) => pdu.sequence_number === sequence && pdu.command_id >= 0x80000000);
  }

  /** Sends without waiting; returns the sequence number. */
  send(command: string, fields: Record<string, unknown> = {}, tlvs: readonly Buffer[] = []): number {
    this.#sequence += 1;
    this.write(withTlvs(new PDU(command, { sequence_number: this.#sequence, ...fields }).toBuffer(), tlvs));
    return this.#sequence;
  }

  write(octets: Buffer): void {
    this.socket.write(octets);
  }

  /** The next PDU of this command that nobody has taken; rejects when the connection closes. */
  next(command: string): Promise<Received> {
    return this.#next((pdu) => pdu.command === command);
  }

  close(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }

  #next(matches: (pdu: Received) => boolean): Promise<Received> {
    const index = this.inbox.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.inbox.splice(index, 1)[0]!);
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) reject(new Error('the connection is closed'));
      else this.#wanted.push({ matches, resolve, reject });
    });
  }

  #take(pdu: Received): void {
    if (pdu.command === 'deliver_sm' && this.#answers) {
      this.write(new PDU('deliver_sm_resp', { sequence_number: pdu.sequence_number }).toBuffer());
    }
    const index = this.#wanted.findIndex(({ matches }) => matches(pdu));
    if (index < 0) this.inbox.push(pdu);
    else this.#wanted.splice(index, 1)[0]!.resolve(pdu);
  }
}

export function submitFields(to: string): Record<string, unknown> {
  return {
    source_addr_ton: 5,
    source_addr: 'PUMPCO',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: to,
    registered_delivery: 1,
    data_coding: 0,
    short_message: Buffer.from('Pump 3 alarm'),
  };
}

/** An optional parameter as it goes on the wire. */
export function tlv(tag: number, value: string | Buffer): Buffer {
  const octets = Buffer.from(value as string, 'latin1');
  const header = Buffer.alloc(4);
  header.writeUInt16BE(tag, 0);
  header.writeUInt16BE(octets.length, 2);
  return Buffer.concat([header, octets]);
}

export function withTlvs(pdu: Buffer, tlvs: readonly Buffer[]): Buffer {
  const whole = Buffer.concat([pdu, ...tlvs]);
  whole.writeUInt32BE(whole.length, 0);
  return whole;
}

/** Text of a deliver_sm, as the codec reads it. */
export function textOf(pdu: Received): string {
  const { message } = pdu['short_message'] as { message: string | Buffer };
  return String(message);
}
