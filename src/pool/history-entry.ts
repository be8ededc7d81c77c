import type { HistoryEntry } from '../history/entry';
import type { Outcome } from '../store/outcome';
import type { OutboxMessage } from '../store/store';

/** What an entry has and an outcome has not. */
interface Told {
  readonly reference?: unknown;
  readonly text?: string | undefined;
}

/** The entry of a message that has ended. @param message what its outcome does not hold; absent where it never waited */
export function entryOfOutcome(outcome: Outcome, message?: Told): HistoryEntry {
  const { error } = outcome;
  // Field by field: spreads cost a third of a microsecond a message.
  const entry: HistoryEntry = {
    id: outcome.id,
    // Of a message that could not be read it may be anything.
    to: typeof outcome.to === 'string' ? outcome.to : String(outcome.to),
    from: outcome.from,
    outcome: outcome.kind,
    state: null,
    status: null,
    error: error && error.code,
    description: error && error.message,
    template: null,
    segments: outcome.segments,
    messageIds: outcome.messageIds,
    server: outcome.server,
    queuedAt: outcome.queuedAt,
    submittedAt: outcome.submittedAt,
    answeredAt: outcome.answeredAt,
    doneAt: null,
    attempts: outcome.attempts,
    possibleDuplicate: outcome.possibleDuplicate,
    reference: message?.reference ?? null,
    node: outcome.node,
  };
  return message?.text === undefined ? entry : { ...entry, text: message.text };
}

/** The entry of a message that waits or is on its way. */
export function entryOfMessage(message: OutboxMessage): HistoryEntry {
  return {
    id: message.id,
    to: message.to,
    from: message.from,
    outcome: null,
    state: null,
    status: null,
    error: null,
    description: null,
    template: null,
    segments: message.frames.length,
    messageIds: message.messageIds,
    server: message.server,
    queuedAt: message.queuedAt,
    submittedAt: message.submittedAt,
    answeredAt: null,
    doneAt: null,
    attempts: message.attempts,
    possibleDuplicate: message.possibleDuplicate,
    reference: message.reference ?? null,
    node: message.node,
    ...(message.text !== undefined && { text: message.text }),
  };
}
