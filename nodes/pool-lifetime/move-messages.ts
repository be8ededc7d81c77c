import { systemClock } from '../../src/base/clock';
import { SmppError } from '../../src/base/errors';
import type { PoolLog } from '../../src/pool/listeners';
import { MemoryStore } from '../../src/store/memory';
import { notSent, outcomeError, outcomeOf } from '../../src/store/outcome';
import type { OutboxMessage, Store } from '../../src/store/store';

const AT_ONCE = 100;

/**
 * Moves waiting messages, and outcomes and receipts that no flow has heard of, to another store: the pool's kind of
 * store was changed. Nothing leaves the old store before the new one has it. Both are closed afterwards.
 * @throws {SmppError} SMPP_STORE_UNAVAILABLE where the new store cannot be reached
 */
export async function moveMessages(from: Store, to: Store, log: PoolLog): Promise<void> {
  try {
    await from.open();
  } catch (error) {
    // A failure of the old store must not keep the pool from the store that its user has chosen.
    log.warn(
      `what waits in the store of before stays there: ${error instanceof Error ? error.message : String(error)}`,
    );
    return;
  }
  try {
    await to.open();
    try {
      if (to.trouble) throw new SmppError('SMPP_STORE_UNAVAILABLE', to.trouble);
      if (from.trouble) {
        log.warn(`what waits in the store of before stays there: ${from.trouble}`);
        return;
      }
      await moveOutcomes(from, to);
      if (from.others) {
        const { waiting } = from.counts();
        log.warn(
          `${String(waiting)} messages stay in Redis for the ${String(from.others)} other Node-RED instances of this pool`,
        );
        return;
      }
      await moveParked(from, to);
      await movePartials(from, to);
      const left = await moveWaiting(from, to);
      if (left) log.warn(`${String(from.counts().waiting)} messages stay in the store of before: ${left}`);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** Milliseconds by which the clock of `to` is ahead of the clock of `from`. */
function aheadBy(to: Store, from: Store): number {
  return (to.clock ?? systemClock).now() - (from.clock ?? systemClock).now();
}

function later(moment: number | null, by: number): number | null {
  return moment === null ? null : moment + by;
}

async function moveOutcomes(from: Store, to: Store): Promise<void> {
  const ahead = aheadBy(to, from);
  for (const outcome of await from.untold()) {
    const { queuedAt, submittedAt, answeredAt } = outcome;
    await to.settle({
      ...outcome,
      queuedAt: queuedAt + ahead,
      submittedAt: later(submittedAt, ahead),
      answeredAt: later(answeredAt, ahead),
    });
    await from.told(outcome.id);
  }
}

/** Moves receipts and incoming messages that no flow has heard of. */
async function moveParked(from: Store, to: Store): Promise<void> {
  for (const { key, ...event } of await from.parked()) {
    await to.park(event);
    await from.unpark(key);
  }
}

/** Moves incoming messages of which parts are missing. */
async function movePartials(from: Store, to: Store): Promise<void> {
  for (let partials; (partials = await from.findPartialsDue(Infinity, 0)).length > 0;) {
    for (const partial of partials) {
      const moved = { ...partial, expiresAt: partial.expiresAt + aheadBy(to, from) };
      const parts = await from.findParts(partial.key);
      await to.savePartial(moved, await to.findPartial(partial.key), { parts });
      await from.forgetPartial(partial);
    }
  }
}

/** @returns why some messages could not be moved; null where all were */
async function moveWaiting(from: Store, to: Store): Promise<string | null> {
  const ahead = aheadBy(to, from);
  while (from.counts().waiting > 0) {
    const messages = await from.lease(AT_ONCE);
    for (const [index, message] of messages.entries()) {
      message.possibleDuplicate ||= message.leased;
      const { queuedAt, expiresAt, submittedAt } = message;
      const moved = {
        ...message,
        queuedAt: queuedAt + ahead,
        expiresAt: expiresAt + ahead,
        submittedAt: later(submittedAt, ahead),
      };
      try {
        await enqueueOrEnd(moved, from, to);
      } catch (error) {
        for (const back of messages.slice(index).reverse()) await from.release(back);
        // A memory store's messages would be gone with this process: the pool must not open without them.
        if (from instanceof MemoryStore) throw error;
        return error instanceof Error ? error.message : String(error);
      }
      // Only an outcome takes a message out of a store. No flow is told of this one.
      const gone = new SmppError('SMPP_STORE_CHANGED', 'moved');
      await from.settle(notSent({ ...message, msg: {} }, outcomeError(gone)));
      await from.told(message.id);
    }
  }
  return null;
}

/** A message that does not fit stays in the old store. A memory store is not opened again: there it is an overflow. */
async function enqueueOrEnd(message: OutboxMessage, from: Store, to: Store): Promise<void> {
  try {
    await to.enqueue(message);
  } catch (error) {
    const full = error instanceof SmppError && error.code === 'SMPP_QUEUE_FULL';
    if (!full || !(from instanceof MemoryStore)) throw error;
    await to.settle(outcomeOf(message, 'overflow', outcomeError(error)));
  }
}
