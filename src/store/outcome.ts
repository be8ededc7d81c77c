import type { SmppError } from '../base/errors';
import type { ListRecipient } from './list-recipient';
import type { EncodingName } from '../message/message';

export type OutcomeKind = 'accepted' | 'refused' | 'expired' | 'unknown' | 'invalid' | 'overflow' | 'failed';

/** Why a message was not accepted. `cause` is plain data. */
export interface OutcomeError {
  readonly code: string;
  readonly message: string;
  readonly cause?: Readonly<Record<string, unknown>>;
}

/** The end of a message's way. Kept by the store until the flow has heard of it. Times are epoch milliseconds. */
export interface Outcome {
  readonly id: string;
  readonly node: string;
  readonly kind: OutcomeKind;
  /** The flow's message. Where there is a `recipient`, it is one object for several, and the list is still in it, or was taken out. */
  readonly msg: Readonly<Record<string, unknown>>;
  readonly recipient?: ListRecipient;
  readonly to: string;
  readonly from: string;
  readonly encoding: EncodingName;
  readonly dataCoding: number;
  readonly segments: number;
  readonly messageIds: readonly (string | null)[];
  /** The server that answered last. */
  readonly server: string | null;
  readonly attempts: number;
  readonly possibleDuplicate: boolean;
  readonly warnings: readonly string[];
  readonly queuedAt: number;
  readonly submittedAt: number | null;
  readonly answeredAt: number | null;
  /** Set on every kind but accepted. */
  readonly error: OutcomeError | null;
}

/** What an outcome says of its message: every OutboxMessage has it. */
export interface EndedMessage {
  readonly id: string;
  readonly node: string;
  readonly msg: Readonly<Record<string, unknown>>;
  readonly recipient?: ListRecipient;
  readonly to: string;
  readonly from: string;
  readonly encoding: EncodingName;
  readonly dataCoding: number;
  readonly warnings: readonly string[];
  readonly queuedAt: number;
  /** One a segment. */
  readonly frames: readonly unknown[];
  readonly messageIds: readonly (string | null)[];
  readonly attempts: number;
  readonly possibleDuplicate: boolean;
  readonly submittedAt: number | null;
}

export function outcomeOf(
  message: EndedMessage,
  kind: OutcomeKind,
  error: OutcomeError | null,
  server: string | null = null,
  answeredAt: number | null = null,
): Outcome {
  return {
    id: message.id,
    node: message.node,
    kind,
    msg: message.msg,
    ...(message.recipient && { recipient: message.recipient }),
    to: message.to,
    from: message.from,
    encoding: message.encoding,
    dataCoding: message.dataCoding,
    segments: message.frames.length,
    messageIds: message.messageIds,
    server,
    attempts: message.attempts,
    possibleDuplicate: message.possibleDuplicate,
    warnings: message.warnings,
    queuedAt: message.queuedAt,
    submittedAt: message.submittedAt,
    answeredAt,
    error,
  };
}

/** Of what may not even have been read: only these are always known. */
export type UnsentMessage = Pick<EndedMessage, 'id' | 'node' | 'msg' | 'to' | 'queuedAt'> &
  Partial<Pick<EndedMessage, 'recipient' | 'from' | 'encoding' | 'dataCoding' | 'warnings'>>;

/** The outcome of a message that never was in the outbox; what kind it is follows from the error's code. */
export function notSent(message: UnsentMessage, error: OutcomeError): Outcome {
  const {
    id,
    node,
    msg,
    recipient,
    to,
    queuedAt,
    from = '',
    encoding = 'gsm7',
    dataCoding = 0,
    warnings = [],
  } = message;
  const unsent = { frames: [], messageIds: [], attempts: 0, possibleDuplicate: false, submittedAt: null };
  const about = { id, node, msg, recipient, to, queuedAt, from, encoding, dataCoding, warnings, ...unsent };
  return outcomeOf(about, notSentKind(error.code), error);
}

function notSentKind(code: string): OutcomeKind {
  if (code === 'SMPP_QUEUE_FULL') return 'overflow';
  return /^SMPP_(STORE|POOL)_/.test(code) ? 'failed' : 'invalid';
}

/** What an outcome says of an error. A cause that is an Error itself is nothing for a flow. */
export function outcomeError({ code, message, cause }: SmppError): OutcomeError {
  const plain = typeof cause === 'object' && cause !== null && !(cause instanceof Error);
  return { code, message, ...(plain && { cause: cause as Record<string, unknown> }) };
}
