import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something that is only seen by looking; fails after `limit` milliseconds, so that nothing waits on after its test. */
export async function eventually(what: string, condition: () => boolean, limit = 15_000): Promise<void> {
  const end = performance.now() + limit;
  while (!condition()) {
    assert.ok(performance.now() < end, `${what}: not after ${String(limit)} ms`);
    await sleep(5);
  }
}
