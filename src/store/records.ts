import { outcomeOf, type Outcome } from './outcome';
import type { OutboxMessage, SentMessage } from './store';
import { MAX_VALUES, storable, storableMessage } from './storable';

// Records are arrays: half the size and time of objects with named fields. A field is added at the end, and null where a record of before
// has none; any other change is a new layout (see disk/layout.ts).

/** A message as it was taken; what changes later is in its progress. */
export type MessageRecord = ReturnType<typeof messageRecord>;
export type ProgressRecord = ReturnType<typeof progressRecord>;
/** An outcome without what its message says. The first field is the message's number. */
export type OutcomeRecord = ReturnType<typeof outcomeRecord>;
export type SentRecord = ReturnType<typeof sentRecord>;

/** The warning of a message of which not everything can be stored because there is too much. */
const CUT =
  `the message has more than ${MAX_VALUES.toLocaleString('en')} values, or deeper ones than are stored: ` +
  'what lies beyond is gone once it is read back, after a restart';

/** @param message of which too much would have to be stored gets a warning */
export function messageRecord(message: OutboxMessage) {
  return storableRecord(message).record;
}

/** @returns with the record, what cannot be stored of the flow's message: it is there while this process has it */
export function storableRecord(message: OutboxMessage) {
  const { id, node, to, from, encoding, dataCoding, frames, receipt, msg, reference } = message;
  const { copy, left, cut } = storableMessage(msg);
  if (cut && !message.warnings.includes(CUT)) message.warnings = [...message.warnings, CUT];
  const { warnings } = message;
  const record = [
    id,
    node,
    to,
    from,
    encoding,
    dataCoding,
    warnings,
    frames,
    receipt,
    copy,
    storable(reference),
  ] as const;
  return { record, left };
}

export function progressRecord(message: OutboxMessage) {
  const { messageIds, attempts, possibleDuplicate, submittedAt, server } = message;
  return [[...messageIds], attempts, possibleDuplicate, submittedAt, server] as const;
}

export interface Place {
  readonly urgent: boolean;
  readonly queuedAt: number;
  readonly expiresAt: number;
}

export function toMessage(
  record: MessageRecord,
  progress: ProgressRecord | undefined,
  place: Place,
  leased: boolean,
): OutboxMessage {
  const [id, node, to, from, encoding, dataCoding, warnings, frames, receipt, msg, reference] = record;
  const { urgent, queuedAt, expiresAt } = place;
  const [messageIds, attempts, possibleDuplicate, submittedAt, server] = progress ?? unsentProgress(frames.length);
  return {
    id,
    node,
    urgent,
    queuedAt,
    expiresAt,
    to,
    from,
    encoding,
    dataCoding,
    warnings,
    frames,
    receipt,
    msg: msg as Record<string, unknown>,
    reference,
    messageIds: [...messageIds],
    attempts,
    possibleDuplicate,
    server: server ?? null,
    leased,
    submittedAt,
  };
}

function unsentProgress(segments: number): ProgressRecord {
  return [new Array<null>(segments).fill(null), 0, false, null, null];
}

export function outcomeRecord(number: number, outcome: Outcome) {
  const { kind, messageIds, server, attempts, possibleDuplicate, submittedAt, answeredAt } = outcome;
  const error = storable(outcome.error) as Outcome['error'];
  return [number, kind, messageIds, server, attempts, possibleDuplicate, submittedAt, answeredAt, error] as const;
}

/** What `toOutcome` needs of the message of an outcome that was settled elsewhere. */
export function messageOf(outcome: Outcome): OutboxMessage {
  const { id, node, queuedAt, to, from, encoding, dataCoding, warnings, segments, msg } = outcome;
  const { messageIds, attempts, possibleDuplicate, submittedAt } = outcome;
  return {
    id,
    node,
    urgent: false,
    queuedAt,
    expiresAt: queuedAt,
    to,
    from,
    encoding,
    dataCoding,
    warnings,
    frames: Array.from({ length: segments }, () => Buffer.alloc(0)),
    receipt: false,
    msg,
    reference: undefined,
    messageIds: [...messageIds],
    attempts,
    possibleDuplicate,
    server: outcome.server,
    leased: false,
    submittedAt,
  };
}

export function toOutcome(record: OutcomeRecord, message: OutboxMessage): Outcome {
  const [, kind, messageIds, server, attempts, possibleDuplicate, submittedAt, answeredAt, error] = record;
  const ended = { ...message, messageIds, attempts, possibleDuplicate, submittedAt };
  return outcomeOf(ended, kind, error, server, answeredAt);
}

export function sentRecord(sent: SentMessage) {
  const { id, node, msgid, to, from, encoding, server, submittedAt, reference } = sent;
  const { expiresAt, messageIds, receipts, dueAt, told, servers } = sent;
  return [
    id,
    node,
    msgid,
    to,
    from,
    encoding,
    server,
    submittedAt,
    storable(reference),
    expiresAt,
    messageIds,
    receipts,
    dueAt,
    told,
    servers,
  ] as const;
}

export function toSent(record: SentRecord): SentMessage {
  const [
    id,
    node,
    msgid,
    to,
    from,
    encoding,
    server,
    submittedAt,
    reference,
    expiresAt,
    messageIds,
    receipts,
    dueAt,
    told,
    servers,
  ] = record;
  return {
    id,
    node,
    msgid,
    to,
    from,
    encoding,
    server,
    servers: servers ?? null,
    submittedAt,
    reference,
    expiresAt,
    messageIds,
    receipts,
    dueAt,
    told,
  };
}
