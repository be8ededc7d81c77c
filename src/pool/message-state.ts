import type { CommandStatus } from '../smpp/command-status';
import type { OutboxMessage } from '../store/store';
import type { Failure, LeasedMessage, QueuedSegment, Trouble } from './backlog';

/** At this many answers of the class retry-elsewhere to one segment, its message fails. */
export const MAX_ATTEMPTS = 5;
/** After this many lost links or response timeouts a segment is not sent again: the segment itself may be the cause. */
export const MAX_LOSSES = 5;

/**
 * What the caller has to do after an event of a message:
 * - `none`: nothing; the message waits for answers to other segments, or has ended
 * - `progress`: store the message ids that it has so far
 * - `end`: the outcome is known; end the message once nothing of it is in flight
 * - `again`: put the segment back in its place
 * - `aside`: put the segment back, and let the rest of the message wait, because this message alone is throttled
 * - `elsewhere`: put the segment back, and send the rest by another server, at once where there is one
 * - `later`: put the segment back, and send the rest by another server after a while
 * - `leave`: drop the message once nothing of it is in flight, because another instance has it
 */
export type Step = 'none' | 'progress' | 'end' | 'again' | 'aside' | 'elsewhere' | 'later' | 'leave';

export function newLeased(message: OutboxMessage, order: number): LeasedMessage {
  return {
    message,
    order,
    inFlight: 0,
    failure: null,
    cancelling: false,
    server: null,
    servers: null,
    answeredAt: null,
    sent: null,
    ended: false,
    settling: null,
    lost: false,
    bind: null,
    avoid: null,
    queued: null,
    queuedCount: 0,
    lanes: null,
    aside: false,
    trouble: null,
  };
}

export function isAccepted({ messageIds }: OutboxMessage): boolean {
  for (const id of messageIds) if (id === null) return false;
  return true;
}

/** The platform accepted a segment with this message id. @param server "host:port" @param at epoch milliseconds */
export function accepted(item: QueuedSegment, id: string, server: string, at: number): Step {
  const { leased } = item;
  leased.inFlight -= 1;
  return taken(item, id, server, at);
}

/** A segment was accepted after its response timeout. The id counts, even where the segment was sent again. */
export function acceptedLate(item: QueuedSegment, id: string, server: string, at: number): Step {
  const { leased, segment } = item;
  const { message } = leased;
  if (!leased.ended) return taken(item, id, server, at);
  if (message.messageIds[segment] !== null) return 'none';
  // The flow was told another outcome already. The id is still stored, so that a receipt finds the message.
  note(leased, segment, id, server, at);
  return 'progress';
}

function taken({ leased, segment }: QueuedSegment, id: string, server: string, at: number): Step {
  const { message } = leased;
  // A segment that was sent twice after a lost link gets two answers: the first one counts.
  if (leased.ended || message.messageIds[segment] !== null) return ended(leased);
  note(leased, segment, id, server, at);
  leased.trouble = null;
  if (isAccepted(message)) return 'end';
  if (leased.failure) return ended(leased);
  return leased.lost ? 'leave' : 'progress';
}

function note(leased: LeasedMessage, segment: number, id: string, server: string, at: number): void {
  const { message } = leased;
  leased.server = server;
  leased.answeredAt = at;
  message.server ??= server;
  if (leased.servers !== null || message.server !== server) {
    leased.servers ??= message.messageIds.map((known) => (known === null ? null : message.server));
    leased.servers[segment] = server;
  }
  message.messageIds[segment] = id;
}

/** The circumstances of an answer other than success. Times are epoch milliseconds. */
export interface NoAnswer {
  readonly server: string;
  readonly at: number;
  /** When the submit that this answers went out. */
  readonly sentAt: number;
  /** Segments that this server has accepted so far, of whatever message. */
  readonly passed: number;
  /** True where the last segment that this server throttled was of this message too. */
  readonly again: boolean;
}

/** The platform answered a segment with a command_status other than success. */
export function notAccepted(item: QueuedSegment, status: CommandStatus, answer: NoAnswer): Step {
  const { leased, segment } = item;
  const { server, at } = answer;
  leased.inFlight -= 1;
  leased.server = server;
  leased.answeredAt = at;
  if (leased.ended || leased.message.messageIds[segment] !== null || leased.failure) return ended(leased);
  const { trouble } = leased;
  if (status.class === 'retry-here') {
    // A segment sent before the last trouble was answered shares its cause: its answer says nothing new.
    const news = trouble === null || answer.sentAt >= trouble.at;
    const aside = news && isThrottledAlone(trouble, answer);
    if (news) leased.trouble = next(trouble, status.name, answer, aside);
    if (leased.lost) return 'leave';
    return aside || leased.aside ? 'aside' : 'again';
  }
  if (status.class === 'retry-elsewhere' && item.troubles + 1 < MAX_ATTEMPTS) {
    leased.trouble = next(trouble, status.name, answer, false);
    item.troubles += 1;
    leased.avoid = server;
    leased.bind = null;
    countAttempts(item, 0);
    if (leased.lost) return 'leave';
    return item.troubles === 1 ? 'elsewhere' : 'later';
  }
  countAttempts(item, 1);
  return fail(leased, refused(status, server));
}

/**
 * True where the platform throttles this message and not the rate. A server that is sent too much throttles every
 * message. One throttled answer is no pattern. It becomes one where the same server accepted segments since, or at the
 * third in a row where the server throttled no other message since the last. A message that was set aside for it once
 * counts from then on.
 */
function isThrottledAlone(before: Trouble | null, { server, passed, again }: NoAnswer): boolean {
  if (before === null) return false;
  if (before.asides > 0) return true;
  return (before.server === server && passed > before.passed) || (again && before.times >= 2);
}

function next(before: Trouble | null, name: string, { server, at, passed }: NoAnswer, aside: boolean): Trouble {
  const times = before?.name === name ? before.times + 1 : 1;
  return { name, server, times, asides: (before?.asides ?? 0) + (aside ? 1 : 0), at, passed };
}

/** The link ended, or the response timeout passed, before the answer. @param sent false: not one octet was written */
export function unanswered(item: QueuedSegment, sent: boolean, onLinkLoss: 'resend' | 'fail'): Step {
  const { leased, segment } = item;
  leased.inFlight -= 1;
  if (leased.ended || leased.message.messageIds[segment] !== null) return ended(leased);
  if (leased.failure) {
    // The message has failed by another segment, and nobody knows whether the platform has this one.
    if (sent) leased.message.possibleDuplicate = true;
    return ended(leased);
  }
  if (sent) {
    item.losses += 1;
    countAttempts(item, 0);
  }
  if (leased.lost) return 'leave';
  if (!sent) return 'again';
  if (onLinkLoss === 'fail') {
    return fail(leased, unknown('the connection was lost, or the response timeout passed, before the answer came'));
  }
  if (item.losses >= MAX_LOSSES) return fail(leased, unknown(`no answer came in ${String(MAX_LOSSES)} tries`));
  leased.message.possibleDuplicate = true;
  return 'again';
}

/** The process died while the message was leased: nobody knows whether the message was submitted. */
export function interrupted(leased: LeasedMessage, onLinkLoss: 'resend' | 'fail'): Step {
  leased.message.leased = false;
  if (onLinkLoss === 'fail') return fail(leased, unknown('Node-RED stopped before the answer came'));
  leased.message.possibleDuplicate = true;
  return 'again';
}

export function expire(leased: LeasedMessage): Step {
  return fail(leased, expired(leased));
}

/** Takes the message back. While a segment is in flight its answer comes first, and nothing more is sent meanwhile. */
export function cancel(leased: LeasedMessage): Step {
  leased.cancelling = true;
  return leased.inFlight > 0 ? 'none' : fail(leased, cancelled(leased));
}

function fail(leased: LeasedMessage, failure: Failure): Step {
  leased.failure ??= failure;
  return ended(leased);
}

/** A message that has failed asks for its end at every answer; the caller ends it with the last segment in flight. */
function ended({ ended: over, failure }: LeasedMessage): Step {
  return !over && failure ? 'end' : 'none';
}

/** A throttled submit does not count as an attempt. @param more attempts that the item does not count yet */
function countAttempts({ leased: { message }, troubles, losses }: QueuedSegment, more: number): void {
  message.attempts = Math.max(message.attempts, troubles + losses + more);
}

function refused(status: CommandStatus, server: string): Failure {
  const { code, name, description, retryable } = status;
  const cause = { commandStatus: code, name, description, retryable, server };
  return { kind: 'refused', error: { code: name, message: `${name}: ${description}`, cause } };
}

function expired({ message, trouble }: LeasedMessage): Failure {
  const waited = `It expired after ${String(Math.round((message.expiresAt - message.queuedAt) / 1000))} s`;
  const fate = message.possibleDuplicate
    ? 'an earlier submit was never answered, so the platform may have taken it'
    : 'it was not sent, or not all of it';
  const last = trouble && { name: trouble.name, server: trouble.server, times: trouble.times };
  const said = last ? `; ${last.server} said ${last.name} last, ${String(last.times)} times` : '';
  return {
    kind: 'expired',
    error: { code: 'SMPP_EXPIRED', message: `${waited}: ${fate}${said}`, ...(last && { cause: { last } }) },
  };
}

function cancelled({ message }: LeasedMessage): Failure {
  const sent = message.messageIds.filter((id) => id !== null).length;
  const total = String(message.messageIds.length);
  const fate = message.possibleDuplicate
    ? 'an earlier submit was never answered, so the platform may have taken it'
    : sent > 0
      ? `${String(sent)} of its ${total} segments were sent before`
      : 'it was not sent';
  return {
    kind: 'cancelled',
    error: { code: 'SMPP_CANCELLED', message: `Cancelled: ${fate}`, ...(sent > 0 && { cause: { sent } }) },
  };
}

function unknown(why: string): Failure {
  return {
    kind: 'unknown',
    error: {
      code: 'SMPP_OUTCOME_UNKNOWN',
      message: `Submitted, but ${why}: the platform may have taken it or not`,
    },
  };
}
