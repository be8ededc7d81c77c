import type { Socket } from 'node:net';
import type { Faults } from './faults';
import { corrupt } from './faults';

/** Octets a peer may leave unread before its own requests are no longer read. */
const HIGH_WATER = 1 << 20;

/** What a server does to everything it writes. */
export interface OutputConditions {
  readonly faults: Faults;
  /** PDUs written by the whole server, for "every n-th". */
  written: number;
  readonly random: () => number;
}

/**
 * The writing half of a link. The PDUs of one tick leave in one write: with a write for each, the system calls alone
 * cost more than everything else the simulator does.
 */
export class Output {
  readonly #socket: Socket;
  readonly #conditions: OutputConditions;
  readonly #delays = new Set<NodeJS.Timeout>();
  #batch: Buffer[] = [];
  #ending = false;
  #drip = Buffer.alloc(0);
  #dripTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, conditions: OutputConditions) {
    this.#socket = socket;
    this.#conditions = conditions;
  }

  send(pdu: Buffer): void {
    const { faults, random } = this.#conditions;
    if (faults.silent) return;
    this.#conditions.written += 1;
    const damaged = faults.corruptEvery > 0 && this.#conditions.written % faults.corruptEvery === 0;
    if (this.#batch.length === 0) process.nextTick(() => this.#flush());
    this.#batch.push(damaged ? corrupt(pdu, random) : pdu);
  }

  /** Writes what is waiting, then closes the connection. */
  end(): void {
    this.#ending = true;
    this.#flush();
  }

  /** Forgets what is waiting; the socket is gone. */
  discard(): void {
    for (const timer of this.#delays) clearTimeout(timer);
    this.#delays.clear();
    clearTimeout(this.#dripTimer);
    this.#batch = [];
  }

  #flush(): void {
    if (this.#batch.length === 0 && !this.#ending) return;
    const octets = this.#batch.length === 1 ? this.#batch[0]! : Buffer.concat(this.#batch);
    const ending = this.#ending;
    this.#batch = [];
    const { delayMs } = this.#conditions.faults;
    if (delayMs === 0) {
      this.#write(octets, ending);
      return;
    }
    const timer = setTimeout(() => {
      this.#delays.delete(timer);
      this.#write(octets, ending);
    }, delayMs);
    this.#delays.add(timer);
  }

  #write(octets: Buffer, ending: boolean): void {
    if (this.#socket.destroyed) return;
    if (this.#conditions.faults.dripMs > 0 || this.#drip.length > 0) {
      this.#drip = Buffer.concat([this.#drip, octets]);
      if (this.#dripTimer === undefined) this.#dripOne();
      return;
    }
    if (octets.length > 0) this.#socket.write(octets);
    if (ending) this.#socket.destroySoon();
    else if (this.#socket.writableLength > HIGH_WATER) this.#waitForReader();
  }

  #dripOne(): void {
    this.#dripTimer = undefined;
    if (this.#drip.length > 0) {
      this.#socket.write(this.#drip.subarray(0, 1));
      this.#drip = this.#drip.subarray(1);
      this.#dripTimer = setTimeout(() => this.#dripOne(), this.#conditions.faults.dripMs);
    } else if (this.#ending) {
      this.#socket.destroySoon();
    }
  }

  #waitForReader(): void {
    this.#socket.pause();
    this.#socket.once('drain', () => this.#socket.resume());
  }
}
