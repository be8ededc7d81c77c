import type { Cancel, Clock } from '../base/clock';
import { ESME_RMSGQFUL, type Answer } from './delivery-answer';
import type { ReceiptArrival } from './report';

/** Milliseconds a receipt without a match waits for the answer to a submit that is under way to its recipient. */
const EARLY = 10_000;
/**
 * Where the submit may be another instance's, of which we do not know: milliseconds that any receipt without a match waits. By then it
 * is known, too, whether that instance has fallen silent.
 */
const EARLY_ELSEWHERE = 5000;
/** Milliseconds between two tries to match those, for nothing here tells when the submit's answer has been noted. */
const TRY_ELSEWHERE = 250;

/** A receipt that may wait, unanswered. */
export interface WaitingReceipt extends ReceiptArrival {
  readonly answer: Answer;
  /** Epoch milliseconds; after that it counts as unmatched. */
  readonly until: number;
}

/** Receipts that came before the answer to their submit. */
export class EarlyReceipts {
  readonly #clock: Clock;
  readonly #shared: boolean;
  readonly #again: (waiting: WaitingReceipt) => void;
  #waiting: WaitingReceipt[] = [];
  #cancelTry: Cancel | null = null;

  /** @param shared whether other instances have the store too @param again tries to match one of them */
  constructor(clock: Clock, shared: boolean, again: (waiting: WaitingReceipt) => void) {
    this.#clock = clock;
    this.#shared = shared;
    this.#again = again;
  }

  /** Epoch milliseconds until which a receipt that comes now may wait. */
  deadline(): number {
    return this.#clock.now() + (this.#shared ? EARLY_ELSEWHERE : EARLY);
  }

  hold(receipt: WaitingReceipt): void {
    this.#waiting.push(receipt);
    if (!this.#shared || this.#cancelTry) return;
    this.#cancelTry = this.#clock.after(TRY_ELSEWHERE, () => {
      this.#cancelTry = null;
      this.#tryAll();
    });
  }

  /** A submit was answered here. */
  answered(): void {
    if (!this.#shared) this.#tryAll();
  }

  /** Tries all again where one of them has waited long enough. */
  tick(now: number): void {
    if (this.#waiting.some(({ until }) => until <= now)) this.#tryAll();
  }

  /** Not ours to judge any more: the platform brings them again. */
  close(): void {
    for (const { answer } of this.#waiting.splice(0)) answer(ESME_RMSGQFUL);
    this.#cancelTry?.();
  }

  #tryAll(): void {
    for (const receipt of this.#waiting.splice(0)) this.#again(receipt);
  }
}
