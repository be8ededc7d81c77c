import type { Pace } from '../../src/account/budget';
import { seededRandom } from '../../src/simulator/random';

/** A platform that judges PDUs by when they arrive, and a sender with a backlog that never ends. Times are milliseconds from the start. */
export interface Conditions {
  readonly duration: number;
  /** PDUs that are taken in any second, wherever it starts, at that time; 0 = none, Infinity = all. */
  readonly limit: (time: number) => number;
  /** From arrival to answer, at least and at most. */
  readonly answers?: readonly [number, number];
  /** By how much the way to the platform varies. */
  readonly jitter?: number;
  /** By how much timers are late at most. */
  readonly late?: number;
  /** It stands still now and then, and counts what has arrived when it reads it. */
  readonly stall?: { readonly every: number; readonly length: number };
  /** It counts by the seconds of its clock. */
  readonly clockSeconds?: boolean;
  /** What it throttles counts too. */
  readonly countsAll?: boolean;
  /** It throttles this PDU, whatever its budget says. */
  readonly unlucky?: (index: number, time: number) => boolean;
  readonly seed?: number;
}

export interface Sent {
  readonly at: number;
  readonly throttled: boolean;
}

export interface Run {
  readonly sent: readonly Sent[];
  /** The rate in force, second by second. */
  readonly allowed: readonly number[];
}

const WAY = 5;
const SECOND = 1000;
const ORIGIN = 1_700_000_000_000;

interface Arrival {
  readonly at: number;
  readonly sent: number;
  readonly ticket: number;
  readonly answer?: boolean;
}

/** What arrives, in the order of arrival. */
class Timeline {
  readonly #items: Arrival[] = [];

  get first(): Arrival | undefined {
    return this.#items.at(-1);
  }

  add(item: Arrival): void {
    let index = this.#items.length;
    while (index > 0 && this.#items[index - 1]!.at <= item.at) index -= 1;
    this.#items.splice(index, 0, item);
  }

  take(): Arrival {
    return this.#items.pop()!;
  }
}

/** The budget of a platform. */
class Counted {
  readonly #taken: number[] = [];
  readonly #conditions: Conditions;

  constructor(conditions: Conditions) {
    this.#conditions = conditions;
  }

  throttles(now: number): boolean {
    const { limit, clockSeconds, countsAll } = this.#conditions;
    const second = Math.floor(now / SECOND) * SECOND;
    const isOver = (time: number): boolean => (clockSeconds ? time < second : now - time >= SECOND);
    while (this.#taken.length > 0 && isOver(this.#taken[0]!)) this.#taken.shift();
    const throttled = this.#taken.length >= limit(now);
    if (!throttled || countsAll) this.#taken.push(now);
    return throttled;
  }
}

/** Sends as fast as the pace allows, from a start that is no whole second. */
export function run(pace: Pace, conditions: Conditions): Run {
  const { duration, answers = [10, 10], jitter = 0, late = 0, stall, unlucky, seed = 1 } = conditions;
  const random = seededRandom(seed);
  const budget = new Counted(conditions);
  const timeline = new Timeline();
  const sent: Sent[] = [];
  const allowed: number[] = [];
  const origin = ORIGIN + Math.floor(random() * SECOND);
  let [now, tick, read] = [0, SECOND, 0];
  const reads = (time: number): number => {
    const phase = stall && time >= stall.every ? time % stall.every : Infinity;
    return stall && phase < stall.length ? time - phase + stall.length : time;
  };
  while (now < duration) {
    const due = pace.readyAt(origin + now, 1000) - origin;
    if (due <= now) {
      read = Math.max(read, reads(now + WAY + random() * jitter));
      timeline.add({ at: read, sent: now, ticket: pace.spend(origin + now) });
      continue;
    }
    const arrival = timeline.first;
    now = Math.max(now, Math.min(due + random() * late, tick, arrival?.at ?? Infinity));
    if (arrival && arrival.at <= now) {
      timeline.take();
      if (arrival.answer !== undefined) {
        pace.answered(arrival.ticket, origin + now, arrival.answer);
      } else {
        const throttled = budget.throttles(now) || (unlucky?.(sent.length, arrival.sent) ?? false);
        sent.push({ at: arrival.sent, throttled });
        const at = now + WAY + answers[0] + random() * (answers[1] - answers[0]);
        timeline.add({ ...arrival, at, answer: throttled });
      }
    }
    if (now >= tick) {
      pace.recover(origin + now);
      allowed.push(pace.allowed);
      tick += SECOND;
    }
  }
  return { sent, allowed };
}

/** What was taken of those sent in that time, against so many a second; and which part was throttled. */
export function shareOf({ sent }: Run, perSecond: number, from: number, to: number) {
  const all = sent.filter(({ at }) => at >= from && at < to);
  const throttled = all.filter((one) => one.throttled).length;
  return {
    share: (all.length - throttled) / ((perSecond * (to - from)) / SECOND),
    throttled: throttled / all.length,
  };
}

/** The most PDUs in any window of a second, wherever it starts. */
export function mostInASecond(times: readonly number[]): number {
  let [start, most] = [0, 0];
  times.forEach((time, end) => {
    while (time - times[start]! >= SECOND) start += 1;
    most = Math.max(most, end - start + 1);
  });
  return most;
}
