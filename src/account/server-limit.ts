import { SLICE, sliceFrom, type Answers, type Counts } from './answers';
import { LIMIT, MARGIN } from './throttling';

/** What is believed of one server's limit. Rates are PDUs a second, times epoch milliseconds. Plain data. */
export interface Belief {
  /** The rate in force; null = the contracted rate. */
  readonly limit: number | null;
  /** The rate the server took when it was last found to take less than believed. */
  readonly found: number;
  /** The highest rate that went without throttling. `limit` is the same, except while a higher rate is being tried. */
  readonly clean: number;
  /** The lowest rate that was tried and throttled; FORGOTTEN once the server may take it again. */
  readonly refused: number;
  /** Part of the rate by which the next trial raises it. */
  readonly step: number;
  /** Milliseconds to wait after the next failed trial. */
  readonly hold: number;
  /** End of the present wait. */
  readonly tryAt: number;
  /** PDUs sent from this time on were sent at the rate in force. */
  readonly since: number;
  /** PDUs sent before this time are judged. */
  readonly judged: number;
  /** Number of seconds with throttling in a row, until `judged`. */
  readonly inARow: number;
  /** Part of the PDUs that is throttled whatever the rate, until `unrelatedUntil`; see LIMIT.unrelated. */
  readonly unrelated: number;
  readonly unrelatedUntil: number;
  /** The rate at which throttling began; needed where no rate is contracted. */
  readonly goal: number;
  /** Part of the contracted rate that was left unused at `marginAt`; see MARGIN. */
  readonly margin: number;
  readonly marginAt: number;
}

/** Above any rate; unlike Infinity, JSON can hold it. */
const FORGOTTEN = Number.MAX_VALUE;

export const NOTHING_LEARNT: Belief = {
  limit: null,
  found: 0,
  clean: 0,
  refused: FORGOTTEN,
  step: LIMIT.probe,
  hold: LIMIT.hold,
  tryAt: 0,
  since: 0,
  judged: 0,
  inARow: 0,
  unrelated: 0,
  unrelatedUntil: 0,
  goal: 0,
  margin: MARGIN.least,
  marginAt: 0,
};

/** The margin at `now`, which falls with time: see MARGIN.kept. A part of 1. */
export function marginAt({ margin, marginAt }: Belief, now: number): number {
  return MARGIN.least + (margin - MARGIN.least) * Math.exp(-Math.max(0, now - marginAt) / MARGIN.kept);
}

/**
 * The belief after these answers; the same object where nothing is new. To be called after a throttle answer, and now
 * and then while `isWatching`. The result depends on the answers, not on how often this is called.
 * @param contract contracted PDUs a second, 0 = none
 */
export function learn(belief: Belief, answers: Answers, contract: number, now: number): Belief {
  const throttled = answers.firstThrottled(Math.max(belief.since, belief.judged));
  if (belief.limit !== null && belief.limit > belief.clean) {
    return throttled === null
      ? tried(belief, belief.limit, answers, contract, now)
      : failed(belief, belief.limit, answers, now);
  }
  if (throttled !== null) return judge(belief, throttled, answers, contract, now);
  return belief.limit !== null && now >= belief.tryAt ? tryMore(belief, belief.limit, answers, contract, now) : belief;
}

/** True while answers without throttling matter, too. */
export function isWatching(belief: Belief, answers: Answers): boolean {
  return belief.limit !== null || answers.firstThrottled(Math.max(belief.since, belief.judged)) !== null;
}

/** Judges a second with throttling, once all its answers are here. @param from its beginning */
function judge(belief: Belief, from: number, answers: Answers, contract: number, now: number): Belief {
  const rate = belief.limit ?? contract;
  if (belief.limit !== null && rate <= LIMIT.lowest) return { ...belief, judged: from + SLICE, inARow: 0 };
  let length: number = LIMIT.second;
  while (length < LIMIT.longest && answers.between(from, from + length).sent < LIMIT.fewest) {
    if (now < from + length) return belief;
    length += LIMIT.second;
  }
  const to = from + length;
  const first = answers.between(from, to);
  if (now < to + SLICE || !isComplete(first, to, now)) return belief;
  // The slice in which throttling began also has PDUs that were accepted before.
  const after = answers.between(from + SLICE, to + SLICE);
  const counts = after.throttled > 0 && isComplete(after, to + SLICE, now) ? after : first;
  const sent = (counts.sent / length) * 1000;
  const taken = sent - (counts.throttled / length) * 1000;
  const part = first.throttled / first.sent;
  const inARow = from - belief.judged <= LIMIT.second ? belief.inARow + 1 : 1;
  const seen = { ...belief, judged: to, inARow };
  if (first.sent < LIMIT.fewest) return seen;
  const isUnrelated = from < belief.unrelatedUntil;
  const some = LIMIT.some + (isUnrelated ? LIMIT.times * belief.unrelated : 0);
  // Little was left out so far. It is trimmed bit by bit, which shows whether the rate is the reason at all.
  const isDoubtful = belief.limit !== null && belief.found >= (contract || belief.goal) * (1 - LIMIT.good);
  if (part >= LIMIT.good || (part >= some && inARow >= LIMIT.inARow && !isDoubtful)) {
    const lowered = lower(seen, taken > 0 ? taken : sent * LIMIT.closed, now, sent);
    // So little is sent that a lower rate would change nothing.
    if (rate > 0 && lowered.limit! >= rate) return seen;
    const found = { ...lowered, found: lowered.limit! };
    return taken > 0 ? found : { ...found, step: LIMIT.reopened, tryAt: now };
  }
  if (belief.limit !== null) {
    const trusted = belief.found * LIMIT.trusted;
    if (isDoubtful && belief.limit <= trusted) {
      const counts = answers.between(Math.max(belief.since, to - LIMIT.unrelated), to);
      const { judged, since } = seen;
      const unrelated = counts.throttled / Math.max(1, counts.sent);
      return { ...NOTHING_LEARNT, judged, since, unrelated, unrelatedUntil: to + LIMIT.unrelated };
    }
    const least = Math.max(taken, trusted);
    return held(lower(seen, Math.min(belief.limit, Math.max(belief.limit * (1 - LIMIT.trim), least)), now, sent), now);
  }
  if (isUnrelated) return { ...seen, unrelatedUntil: to + LIMIT.unrelated };
  // Several throttled PDUs in one second were held up together, which no margin prevents. Less than the full rate needs
  // no margin.
  if ((first.throttled > 1 && part >= LIMIT.some) || sent < contract * LIMIT.tested) return seen;
  const margin = marginAt(belief, now) + MARGIN.step * 2 ** (inARow - 1);
  return { ...seen, margin: Math.min(margin, MARGIN.most), marginAt: now };
}

function lower(belief: Belief, rate: number, now: number, goal: number): Belief {
  const limit = Math.max(rate, LIMIT.lowest);
  const since = sliceFrom(now + LIMIT.echo);
  const begun = belief.limit === null ? { goal, hold: LIMIT.hold, margin: MARGIN.least } : {};
  return {
    ...belief,
    ...begun,
    limit,
    clean: limit,
    refused: FORGOTTEN,
    step: LIMIT.probe,
    tryAt: now + LIMIT.hold,
    since,
    judged: since,
  };
}

/** Tries a higher rate, once the rate in force has run without throttling for long enough. */
function tryMore(belief: Belief, limit: number, answers: Answers, contract: number, now: number): Belief {
  if (!hasPassed(belief, limit, answers, now)) return belief;
  const { clean, step } = belief;
  const refused = isNear(clean, belief.refused) ? FORGOTTEN : belief.refused;
  const next = Math.min(clean * (1 + step), (clean + refused) / 2, contract || belief.goal);
  return { ...belief, refused, limit: next, since: sliceFrom(now), judged: sliceFrom(now) };
}

/** Goes on with the trial of a higher rate that was not throttled so far. */
function tried(belief: Belief, limit: number, answers: Answers, contract: number, now: number): Belief {
  if (!hasPassed(belief, limit, answers, now)) return belief;
  const goal = contract || belief.goal;
  if (limit >= goal) {
    const { judged, since, unrelated, unrelatedUntil } = belief;
    return { ...NOTHING_LEARNT, judged, since, unrelated, unrelatedUntil };
  }
  const next = { ...belief, clean: limit, step: belief.step * 2 };
  return isNear(limit, next.refused) ? held(next, now) : { ...next, tryAt: now };
}

/** Ends the trial of a higher rate that was throttled: goes back to `clean`. */
function failed(belief: Belief, limit: number, answers: Answers, now: number): Belief {
  const since = sliceFrom(now + LIMIT.echo);
  const { sent, throttled } = answers.between(belief.since, sliceFrom(now));
  // The server still takes nothing, so the trial said nothing of its limit.
  if (belief.step >= 1 && sent === throttled) return { ...belief, limit: belief.clean, since, judged: since };
  const back = { ...belief, limit: belief.clean, refused: limit, step: LIMIT.probe, since, judged: since };
  return isNear(belief.clean, limit) ? held(back, now) : { ...back, tryAt: since };
}

/** Stops trying for a while: the limit is known to lie between two rates that differ too little to matter. */
function held(belief: Belief, now: number): Belief {
  const { hold, clean } = belief;
  return {
    ...belief,
    refused: FORGOTTEN,
    step: LIMIT.probe,
    tryAt: now + holdOf(hold, clean),
    hold: Math.min(hold * 2, LIMIT.longestHold),
  };
}

function holdOf(hold: number, rate: number): number {
  return Math.max(hold, (LIMIT.holdPdus * 1000) / rate);
}

/** True where two rates differ too little to matter. */
function isNear(lower: number, higher: number): boolean {
  // One per cent more, for rounding.
  return higher - lower <= lower * LIMIT.probe * 1.01;
}

/** True where PDUs went at the rate in force for long enough without throttling, or too few were there to reach it. */
function hasPassed({ since, judged, step }: Belief, limit: number, answers: Answers, now: number): boolean {
  const from = Math.max(since, judged);
  const isReopening = step >= 1;
  const length = isReopening
    ? Math.max(LIMIT.second, 1000 / limit)
    : Math.max(LIMIT.round, LIMIT.second + 2000 / limit);
  const to = sliceFrom(from + length);
  const counts = answers.between(from, to);
  if (!isComplete(counts, to, now)) return false;
  return (
    counts.sent >= Math.max(1, Math.floor((limit * (to - from) * LIMIT.tested) / 1000)) || now >= from + LIMIT.untested
  );
}

function isComplete({ sent, answered }: Counts, to: number, now: number): boolean {
  return now >= to + LIMIT.patience || (now >= to && answered >= sent);
}
