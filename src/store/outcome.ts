import type { SmppError } from '../base/errors';
import type { ListRecipient } from './list-recipient';
import type { EncodingName } from '../message/message';

export type OutcomeKind =
  'accepted' | 'refused' | 'expired' | 'unknown' | 'invalid' | 'overflow' | 'failed' | 'cancelled';

/** Why a message was not accepted. `cause` is plain data. */
export interface OutcomeError {
  readonly code: string;
  readonly message: string;
  readonly cause?: Readonly<Record<string, unknown>>;
}

/** How a message ended. The store keeps it until the flow has heard of it. Times are epoch milliseconds. */
export interface Outcome {
  readonly id: string;
  readonly node: string;
  readonly kind: OutcomeKind;
  /**
   * The flow's message. Where there is a `recipient`, all recipients of the input share this object, and it may still
   * hold the list: a store that has read it back has taken the list out.
   */
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

/** What an outcome takes from its message; a subset of OutboxMessage. Times are epoch milliseconds. */
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
  /** One entry a segment; only their number counts here. */
  readonly frames: readonly unknown[];
  readonly messageIds: readonly (string | null)[];
  readonly attempts: number;
  readonly possibleDuplicate: boolean;
  readonly submittedAt: number | null;
}

/**
 * The outcome of a message.
 * @param server "host:port" that answered last, null where none did
 * @param answeredAt epoch milliseconds of its answer, null where there is none
 */
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

/** A message that may have failed before it was read completely. The required properties are always known. */
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

/** The error of an outcome as plain data. A cause that is itself an Error is left out: flows get plain data only. */
export function outcomeError({ code, message, cause }: SmppError): OutcomeError {
  const plain = typeof cause === 'object' && cause !== null && !(cause instanceof Error);
  return { code, message, ...(plain && { cause: cause as Record<string, unknown> }) };
}
