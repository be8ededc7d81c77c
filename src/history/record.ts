import { OUTCOMES, type HistoryEntry } from './entry';

/**
 * An entry as it is stored. An array takes half the size and time of an object with named fields. A new field goes to
 * the end and is absent in records of earlier versions.
 */
export type EntryRecord = ReturnType<typeof entryRecord>;

/** @param storable makes of a reference what can be stored of it */
export function entryRecord(entry: HistoryEntry, storable: (reference: unknown) => unknown) {
  return [
    entry.id,
    entry.to,
    entry.from,
    entry.outcome === null ? -1 : OUTCOMES.indexOf(entry.outcome),
    entry.state,
    entry.status,
    entry.error,
    entry.description,
    entry.template,
    entry.segments,
    entry.messageIds,
    entry.server,
    entry.queuedAt,
    entry.submittedAt,
    entry.answeredAt,
    entry.doneAt,
    entry.attempts,
    entry.possibleDuplicate,
    storable(entry.reference),
    entry.node,
    entry.text ?? null,
  ] as const;
}

export function toEntry(record: EntryRecord): HistoryEntry {
  const [id, to, from, outcome, state, status, error, description, template, segments, messageIds, server] = record;
  const [, , , , , , , , , , , , queuedAt, submittedAt, answeredAt, doneAt, attempts, possibleDuplicate] = record;
  const [reference, node, text] = record.slice(18) as [unknown, string, string | null];
  return {
    id,
    to,
    from,
    outcome: OUTCOMES[outcome] ?? null,
    state,
    status,
    error,
    description,
    template,
    segments,
    messageIds,
    server,
    queuedAt,
    submittedAt,
    answeredAt,
    doneAt,
    attempts,
    possibleDuplicate,
    reference,
    node,
    ...(text !== null && { text }),
  };
}
