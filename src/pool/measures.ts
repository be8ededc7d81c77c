/** Counters beyond a snapshot's totals, for metrics. Each is a number that grows in its place, so that the way of a message pays next to nothing. */
import type { DeliveryGroup, MessageState } from '../receipt/receipt';
import { commandStatus, isNamedStatus } from '../smpp/command-status';

/** Upper bounds of the buckets, in milliseconds. */
export const LATENCY_BOUNDS: readonly number[] = [
  5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 3_600_000,
];

/** How often a span of time was how long. */
export class LatencyHistogram {
  /** By bucket, not cumulated; the last one is for what is longer than all bounds. */
  readonly counts: number[] = new Array<number>(LATENCY_BOUNDS.length + 1).fill(0);
  /** Milliseconds. */
  sum = 0;

  add(milliseconds: number): void {
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS.length && milliseconds > LATENCY_BOUNDS[bucket]!) bucket++;
    this.counts[bucket]! += 1;
    this.sum += milliseconds;
  }
}

/** The name under which a status is counted: those that SMPP does not name are one, because a platform may invent any number of them. */
function labelOf(code: number): string {
  return isNamedStatus(code) ? commandStatus(code).name : 'vendor';
}

/** The answers to one bind's submits. */
export class AnswerCounts {
  #accepted = 0;
  readonly #refused = new Map<string, number>();

  add(code: number): void {
    if (code === 0) this.#accepted += 1;
    else {
      const label = labelOf(code);
      this.#refused.set(label, (this.#refused.get(label) ?? 0) + 1);
    }
  }

  /** Counts by status name. */
  entries(): [status: string, count: number][] {
    return [['ESME_ROK', this.#accepted], ...this.#refused];
  }
}

/** The receipts of a pool. */
export class ReceiptCounts {
  readonly #counts = new Map<string, { readonly state: MessageState; readonly group: DeliveryGroup; count: number }>();
  /** From the submit's answer to the first final receipt of a segment. */
  readonly time = new LatencyHistogram();

  add(state: MessageState, group: DeliveryGroup): void {
    const key = `${state} ${group}`;
    const known = this.#counts.get(key);
    if (known) known.count += 1;
    else this.#counts.set(key, { state, group, count: 1 });
  }

  entries(): { readonly state: MessageState; readonly group: DeliveryGroup; readonly count: number }[] {
    return [...this.#counts.values()];
  }
}

/** What a pool has counted since it was opened. */
export interface Measures {
  readonly answers: readonly { readonly server: string; readonly bind: string; readonly counts: AnswerCounts }[];
  readonly answerTimes: readonly { readonly server: string; readonly times: LatencyHistogram }[];
  readonly receipts: ReceiptCounts;
}

export const NO_MEASURES: Measures = { answers: [], answerTimes: [], receipts: new ReceiptCounts() };
