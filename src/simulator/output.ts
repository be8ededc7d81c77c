import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Faults } from './faults';
import { corrupt } from './faults';

/** Octets that may wait for a peer to read them; beyond, the peer's requests are not read either. */
const HIGH_WATER = 1 << 20;

const NOTHING = Buffer.alloc(0);

const joined = (batch: readonly Buffer[]): Buffer => (batch.length === 1 ? batch[0]! : Buffer.concat(batch));

/** The conditions of a server that change everything it writes. */
export interface OutputConditions {
  readonly faults: Faults;
  /** Milliseconds until the server writes again; 0 = now. */
  readonly stalled: number;
  /** PDUs written by the whole server so far, for `corruptEvery`. */
  written: number;
  readonly random: () => number;
}

/**
 * The writing half of a link. The PDUs of one tick leave in one write, because a write for each would cost more in
 * system calls than everything else the simulator does.
 */
export class Output {
  readonly #socket: Socket;
  readonly #conditions: OutputConditions;
  readonly #delays = new Set<NodeJS.Timeout>();
  /** When the last delay ends, by `performance.now()`; the link is not closed before. */
  #lastDue = 0;
  #batch: Buffer[] = [];
  #ending = false;
  #drip = NOTHING;
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

  /** Writes the waiting PDUs, then closes the connection. */
  end(): void {
    this.#ending = true;
    this.#flush();
  }

  /** Drops the waiting PDUs, because the socket is gone. */
  discard(): void {
    for (const timer of this.#delays) clearTimeout(timer);
    this.#delays.clear();
    clearTimeout(this.#dripTimer);
    this.#batch = [];
  }

  #flush(): void {
    if (this.#batch.length === 0 && !this.#ending) return;
    const batch = this.#batch;
    const ending = this.#ending;
    this.#batch = [];
    const { faults, stalled, random } = this.#conditions;
    const { delayMs } = faults;
    if (typeof delayMs !== 'number') {
      // Each PDU has its own random delay, so that PDUs overtake one another.
      const [from, to] = delayMs;
      for (const pdu of batch) this.#later(stalled + from + Math.floor(random() * (to - from + 1)), pdu, false);
      if (ending) this.#later(0, NOTHING, true);
    } else if (stalled + delayMs > 0 || (ending && this.#delays.size > 0)) {
      this.#later(stalled + delayMs, joined(batch), ending);
    } else {
      this.#write(joined(batch), ending);
    }
  }

  #later(delay: number, octets: Buffer, ending: boolean): void {
    const now = performance.now();
    const due = ending ? Math.max(this.#lastDue, now + delay) : now + delay;
    this.#lastDue = Math.max(this.#lastDue, due);
    const timer = setTimeout(
      () => {
        this.#delays.delete(timer);
        this.#write(octets, ending);
      },
      // The end comes a millisecond after the last PDU, so that it is never written first.
      Math.ceil(due - now) + (ending ? 1 : 0),
    );
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
