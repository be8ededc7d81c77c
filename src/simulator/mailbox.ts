import { REMEMBERED } from './messages';

/** One deliver_sm for an account: a receipt, or a message from a handset. */
export interface Delivery {
  readonly kind: 'receipt' | 'incoming';
  /** The deliver_sm for one bind; optional parameters only where `tlvsAllowed`. */
  encode(sequence: number, tlvsAllowed: boolean): Buffer;
  /** Called each time the delivery was written to a bind of this server (numbered from 1). */
  written(server: number): void;
  /** How often it was refused or not answered so far. */
  attempts: number;
}

/** A bind that receives. */
export interface Receiver {
  /** False while its window is full or its server is silent. */
  readonly ready: boolean;
  deliver(delivery: Delivery): void;
}

/**
 * Deliveries of one account, for its receiving binds on all servers, which take turns. Deliveries wait while no bind is
 * ready; beyond REMEMBERED the oldest are dropped.
 */
export class Mailbox {
  readonly #receivers: Receiver[] = [];
  #turn: number;
  #waiting: Delivery[] = [];
  /** Index of the first delivery that waits. The array is cut now and then, because `shift` on a long array is slow. */
  #head = 0;

  /** @param turn any whole number; it decides which bind comes first. */
  constructor(turn: number) {
    this.#turn = turn;
  }

  post(delivery: Delivery): void {
    const receiver = this.#head === this.#waiting.length ? this.#next() : undefined;
    if (receiver) {
      receiver.deliver(delivery);
      return;
    }
    this.#waiting.push(delivery);
    if (this.#waiting.length - this.#head > REMEMBERED) this.#head += 1;
  }

  /** Hands out waiting deliveries while a bind is ready. */
  pump(): void {
    while (this.#head < this.#waiting.length) {
      const receiver = this.#next();
      if (!receiver) break;
      receiver.deliver(this.#waiting[this.#head++]!);
    }
    if (this.#head > 0 && (this.#head === this.#waiting.length || this.#head > REMEMBERED)) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
  }

  join(receiver: Receiver): void {
    this.#receivers.push(receiver);
    this.pump();
  }

  /** Removes a bind that is gone. The deliveries it has not answered go to other binds, before those that wait. */
  leave(receiver: Receiver, unanswered: readonly Delivery[]): void {
    this.#receivers.splice(this.#receivers.indexOf(receiver), 1);
    this.#waiting = [...unanswered, ...this.#waiting.slice(this.#head)];
    this.#head = 0;
    this.pump();
  }

  clear(): void {
    this.#waiting = [];
    this.#head = 0;
  }

  #next(): Receiver | undefined {
    for (let tries = this.#receivers.length; tries > 0; tries -= 1) {
      this.#turn = (this.#turn + 1) % this.#receivers.length;
      const receiver = this.#receivers[this.#turn]!;
      if (receiver.ready) return receiver;
    }
    return undefined;
  }
}
