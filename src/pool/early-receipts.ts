import type { Cancel, Clock } from '../base/clock';
import { ESME_RMSGQFUL, type Answer } from './delivery-answer';
import type { ReceiptEnds } from '../receipt/handset';
import { messageIdKey } from '../receipt/match';
import type { ReceiptArrival } from './report';

/** Milliseconds that an unmatched receipt waits while a submit to its recipient is unanswered. */
const EARLY = 10_000;
/**
 * Milliseconds that every unmatched receipt waits when the store is shared: the submit may be another instance's, and
 * this one does not know of it. The time also suffices to notice that an instance has fallen silent.
 */
const EARLY_ELSEWHERE = 5000;
/** Milliseconds between two tries with a shared store: nothing tells that another instance has noted an answer. */
const TRY_ELSEWHERE = 250;

/** A receipt that may be held back, unanswered, until its message is known. */
export interface WaitingReceipt extends ReceiptArrival {
  readonly answer: Answer;
  readonly ends: ReceiptEnds;
  /** Epoch milliseconds from which on the receipt counts as unmatched. */
  readonly until: number;
  /** Keys that may find the sent message; null until all are needed, for the first one nearly always suffices. */
  keys: readonly string[] | null;
}

/**
 * Receipts that came before the answer to their submit, which brings the message id that they name. An answer on this
 * instance tries its receipts at once. With a shared store the answer may come to another instance, so all are also
 * tried at intervals.
 */
export class EarlyReceipts {
  readonly #clock: Clock;
  readonly #shared: boolean;
  readonly #again: (waiting: WaitingReceipt) => void;
  readonly #waiting = new Set<WaitingReceipt>();
  /** Waiting receipts by the keys of their message ids. */
  readonly #byKey = new Map<string, Set<WaitingReceipt>>();
  #cancelTry: Cancel | null = null;

  /** @param shared whether other instances use the store too @param again tries to match one receipt */
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

  /** Tries all again: a receipt may have reached its deadline, or its submit may have ended without an answer. */
  tick(): void {
    this.#tryAll();
  }

  /** Refuses every waiting receipt for now (ESME_RMSGQFUL): the platform brings it again. */
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
