import type { OutcomeError } from '../store/outcome';
import type { OutboxMessage, SentMessage } from '../store/store';
import type { Server } from './server';

/** A message whose segments are being submitted. */
export interface LeasedMessage {
  readonly message: OutboxMessage;
  /** Segments submitted and not answered. */
  inFlight: number;
  /** Why it cannot succeed any more; it ends when nothing of it is in flight. */
  failure: Failure | null;
  /** The server that answered last, for the outcome. */
  server: string | null;
  /** By segment, once two servers have accepted segments of it. */
  servers: (string | null)[] | null;
  answeredAt: number | null;
  /** What is remembered of it so far, once a segment was accepted. */
  sent: SentMessage | null;
  ended: boolean;
  /** Once it has ended: resolves when its outcome is stored and handed over. */
  settling: Promise<void> | null;
  /** Another instance has it by now: what is in flight here may still end it, nothing is submitted any more. */
  lost: boolean;
}

export interface Failure {
  readonly kind: 'refused' | 'expired' | 'unknown';
  readonly error: OutcomeError;
}

/** One segment on its way: the unit a server pulls. */
export interface QueuedSegment {
  readonly active: LeasedMessage;
  /** Index of the segment, from 0. */
  readonly segment: number;
  /** Its place among all that were leased. */
  readonly order: number;
  /** The server that had trouble with it; another one pulls it, where one is up. */
  avoid: Server | null;
  /** Of the budget it was last sent on. */
  ticket: number;
  /** Answers of the class retry-elsewhere. */
  troubles: number;
  /** Links that broke, or response timeouts that passed, while it was unanswered. */
  losses: number;
}

/** What is leased from the store and not submitted yet: two lanes, the urgent one first. */
export class Backlog {
  readonly #urgent = new Lane();
  readonly #normal = new Lane();

  get size(): number {
    return this.#urgent.size + this.#normal.size;
  }

  push(submission: QueuedSegment): void {
    this.#lane(submission).push(submission);
  }

  /** Takes back what could not be submitted, to the place it had. */
  giveBack(submission: QueuedSegment): void {
    this.#lane(submission).giveBack(submission);
  }

  /** The first submission `server` may take; those that avoid it are passed over only where `others` can take them. */
  pull(server: Server, others: boolean): QueuedSegment | undefined {
    return this.#urgent.pull(server, others) ?? this.#normal.pull(server, others);
  }

  /** Takes out what `unwanted` says, in order. */
  remove(unwanted: (submission: QueuedSegment) => boolean): QueuedSegment[] {
    return [...this.#urgent.remove(unwanted), ...this.#normal.remove(unwanted)];
  }

  #lane(submission: QueuedSegment): Lane {
    return submission.active.message.urgent ? this.#urgent : this.#normal;
  }
}

/** How far a server looks past submissions that avoid it. */
const LOOK_AHEAD = 64;

/** A queue with two ends; taking from the front costs the same however long it is. */
class Lane {
  #items: QueuedSegment[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: QueuedSegment): void {
    this.#items.push(item);
  }

  giveBack(item: QueuedSegment): void {
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
    // Only what was given back before it can be older: at most a few windows.
    const items = this.#items;
    for (let at = this.#head; at + 1 < items.length && items[at + 1]!.order < item.order; at++) {
      items[at] = items[at + 1]!;
      items[at + 1] = item;
    }
  }

  pull(server: Server, others: boolean): QueuedSegment | undefined {
    const first = this.#items[this.#head];
    if (first === undefined) return undefined;
    if (first.avoid !== server || !others) {
      this.#head += 1;
      if (this.#head === this.#items.length) {
        this.#items = [];
        this.#head = 0;
      } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
        this.#items = this.#items.slice(this.#head);
        this.#head = 0;
      }
      return first;
    }
    const end = Math.min(this.#items.length, this.#head + LOOK_AHEAD);
    for (let index = this.#head + 1; index < end; index++) {
      if (this.#items[index]!.avoid !== server) return this.#items.splice(index, 1)[0];
    }
    return undefined;
  }

  remove(unwanted: (item: QueuedSegment) => boolean): QueuedSegment[] {
    const all = this.#items.slice(this.#head);
    const removed = all.filter(unwanted);
    if (removed.length > 0) {
      const gone = new Set(removed);
      this.#items = all.filter((item) => !gone.has(item));
      this.#head = 0;
    }
    return removed;
  }
}
