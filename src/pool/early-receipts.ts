import type { Cancel, Clock } from '../base/clock';
import { ESME_RMSGQFUL, type Answer } from './delivery-answer';
import type { ReceiptEnds } from '../receipt/handset';
import { messageIdKey } from '../receipt/match';
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
  readonly ends: ReceiptEnds;
  /** Epoch milliseconds; after that it counts as unmatched. */
  readonly until: number;
  /** Under which the sent message may be found once it is there; null as long as nobody has asked for more than the first. */
  keys: readonly string[] | null;
}

/**
 * Receipts that came before the answer to their submit. The answer brings the id that they name; where the submits may be another
 * instance's, nothing tells when, and they are tried again and again.
 */
export class EarlyReceipts {
  readonly #clock: Clock;
  readonly #shared: boolean;
  readonly #again: (waiting: WaitingReceipt) => void;
  readonly #waiting = new Set<WaitingReceipt>();
  /** By the keys of the ids for which they wait. */
  readonly #byKey = new Map<string, Set<WaitingReceipt>>();
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
    this.#waiting.add(receipt);
    for (const key of receipt.keys ?? []) {
      const others = this.#byKey.get(key);
      if (others) others.add(receipt);
      else this.#byKey.set(key, new Set([receipt]));
    }
    if (!this.#shared || this.#cancelTry) return;
    this.#cancelTry = this.#clock.after(TRY_ELSEWHERE, () => {
      this.#cancelTry = null;
      this.#tryAll();
    });
  }

  /** A submit was answered here with this message id. */
  answered(messageId: string): void {
    if (this.#waiting.size === 0) return;
    for (const receipt of [...(this.#byKey.get(messageIdKey(messageId)) ?? [])]) this.#try(receipt);
  }

  /** Tries all again: one of them may have waited long enough, or what it waits for has ended in another way. */
  tick(): void {
    this.#tryAll();
  }

  /** Not ours to judge any more: the platform brings them again. */
  close(): void {
    for (const receipt of this.#waiting) {
      this.#release(receipt);
      receipt.answer(ESME_RMSGQFUL);
    }
    this.#cancelTry?.();
  }

  #tryAll(): void {
    for (const receipt of [...this.#waiting]) this.#try(receipt);
  }

  #try(receipt: WaitingReceipt): void {
    this.#release(receipt);
    this.#again(receipt);
  }

  #release(receipt: WaitingReceipt): void {
    this.#waiting.delete(receipt);
    for (const key of receipt.keys ?? []) {
      const same = this.#byKey.get(key)!;
      same.delete(receipt);
      if (same.size === 0) this.#byKey.delete(key);
    }
  }
}
