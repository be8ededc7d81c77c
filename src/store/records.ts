import { withoutList } from './list-recipient';
import { outcomeOf, type Outcome } from './outcome';
import type { OutboxMessage, SentMessage } from './store';
import { MAX_VALUES, storable, storableMessage } from './storable';

// Records are arrays: they take half the size and time of objects with named fields. A new field goes to the end and is
// null or absent in records of earlier versions. Any other change is a new layout (see disk/layout.ts).

/** A message as the flow gave it. What changes later is in its ProgressRecord. */
export type MessageRecord = ReturnType<typeof messageRecord>;
export type ProgressRecord = ReturnType<typeof progressRecord>;
/** An outcome without the properties of its message. The first field is the message's number in the outbox. */
export type OutcomeRecord = ReturnType<typeof outcomeRecord>;
export type SentRecord = ReturnType<typeof sentRecord>;
/** The flow's message and reference, which all recipients of one input share. */
export type BodyRecord = ReturnType<typeof contentOf>['record'];

/** The warning on a message that exceeds MAX_VALUES or the depth that is stored. */
const CUT =
  `the message has more than ${MAX_VALUES.toLocaleString('en')} values, or deeper ones than are stored: ` +
  'what lies beyond is gone once it is read back, after a restart';

/** The content that the recipients of one input share, where it is stored once in a BodyRecord of its own. */
export interface SharedBody extends Omit<ReturnType<typeof contentOf>, 'record'> {
  readonly key: number;
}

/**
 * The record of the flow's message and reference. `left` has the properties that cannot be stored, `cut` says whether
 * it is too large.
 */
export function contentOf({ msg, recipient, reference }: OutboxMessage) {
  const { copy, left, cut } = storableMessage(recipient ? withoutList(msg, recipient.list, '') : msg);
  return { record: [copy, storable(reference)] as const, left, cut };
}

/** The record of a message. @param message gets a warning where it is too large to be stored completely */
export function messageRecord(message: OutboxMessage) {
  return storableRecord(message).record;
}

/**
 * @returns the record, and as `left` the properties that cannot be stored: they exist only as long as this process does
 */
export function storableRecord(message: OutboxMessage, body: SharedBody | null = null) {
  const { id, node, flow, to, from, encoding, dataCoding, frames, receipt, recipient } = message;
  const content = body ? null : contentOf(message);
  const { left, cut } = body ?? content!;
  if (cut && !message.warnings.includes(CUT)) message.warnings = [...message.warnings, CUT];
  const { warnings } = message;
  const [msg, reference] = content?.record ?? [null, null];
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
    msg,
    reference,
    recipient ? ([recipient.list.path, recipient.to] as const) : null,
    body && body.key,
    flow,
    ...(message.text === undefined ? [] : ([message.text] as const)),
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
  body?: BodyRecord,
): OutboxMessage {
  const [id, node, to, from, encoding, dataCoding, warnings, frames, receipt, ownMsg, ownReference, recipient] = record;
  const [flow, text] = [record[13] ?? null, record[14]];
  const [msg, reference] = body ?? [ownMsg, ownReference];
  const { urgent, queuedAt, expiresAt } = place;
  const [messageIds, attempts, possibleDuplicate, submittedAt, server] = progress ?? unsentProgress(frames.length);
  return {
    id,
    node,
    flow,
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
    ...(recipient && { recipient: { list: { path: recipient[0] }, to: recipient[1] } }),
    reference,
    ...(text !== undefined && { text }),
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

/**
 * The message of an outcome, as far as `toOutcome` needs it, for outcomes that are stored without an outbox message.
 */
export function messageOf(outcome: Outcome): OutboxMessage {
  const { id, node, queuedAt, to, from, encoding, dataCoding, warnings, segments, msg, recipient } = outcome;
  const { messageIds, attempts, possibleDuplicate, submittedAt } = outcome;
  return {
    id,
    node,
    flow: null,
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
    ...(recipient && { recipient }),
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
  const { expiresAt, messageIds, receipts, dueAt, told, servers, flow } = sent;
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
    flow,
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
    flow,
  ] = record;
  return {
    id,
    node,
    flow: flow ?? null,
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
