import assert from 'node:assert/strict';
import type { Simulator } from '../../src/simulator/simulator';
import type { PoolRun } from './pool-run';

/** Messages of a run: our id → its text, which no other message has. */
export type Sent = ReadonlyMap<string, string>;

/** How often the platform took each text. */
function takenBy(simulator: Simulator): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of simulator.messages()) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/**
 * Holds what the flows were told against what the platform took: every message has exactly one outcome, what is said to be
 * accepted was taken, and what was taken twice is marked as a possible duplicate.
 */
export function assertAccounted(run: PoolRun, simulator: Simulator, sent: Sent): void {
  const taken = takenBy(simulator);
  assert.equal(run.outcomes.all.length, sent.size, 'outcomes');
  assert.equal(new Set(run.outcomes.all.map(({ id }) => id)).size, sent.size, 'messages with an outcome');
  for (const { id, kind, possibleDuplicate } of run.outcomes.all) {
    const text = sent.get(id)!;
    const times = taken.get(text) ?? 0;
    if (kind === 'accepted') assert.ok(times >= 1, `${text}: accepted, but the platform does not know it`);
    if (times > 1) assert.ok(possibleDuplicate, `${text}: taken ${String(times)} times without a word`);
  }
}
