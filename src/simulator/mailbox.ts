import { REMEMBERED } from './messages';

/** Something for the customer: a receipt, or a message from a handset. */
export interface Delivery {
  readonly kind: 'receipt' | 'incoming';
  /** The deliver_sm for one bind; optional parameters only where `tlvsAllowed`. */
  encode(sequence: number, tlvsAllowed: boolean): Buffer;
  /** Called each time it has been written to a bind of this server (numbered from 1). */
  written(server: number): void;
  /** Negative or missing answers so far. */
  attempts: number;
}

/** A bind that receives. */
export interface Receiver {
  /** False while its window is full or its server is silent. */
  readonly ready: boolean;
  deliver(delivery: Delivery): void;
}

/** What waits for the binds of one account, on any server. Nothing is lost for want of a bind; the binds take turns. */
export class Mailbox {
  readonly #receivers: Receiver[] = [];
  #turn: number;
  #waiting: Delivery[] = [];
  /** Index of the first that waits; the array is cut now and then, as `shift` of a long one is slow. */
  #head = 0;

  /** @param turn which bind comes first, any whole number. */
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

  /** Hands out what waits while a bind is ready. */
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

  /** The bind is gone; what it has not answered goes to another. */
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
