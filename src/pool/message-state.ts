import type { CommandStatus } from '../smpp/command-status';
import type { OutboxMessage } from '../store/store';
import type { Failure, LeasedMessage, QueuedSegment, Trouble } from './backlog';

/** Answers of the class retry-elsewhere that a segment may get. */
export const MAX_ATTEMPTS = 5;
/** Links that may break under a segment before we stop believing in chance: it might be what breaks them. */
export const MAX_LOSSES = 5;

/**
 * What an event asks for. `none`: nothing, others of its segments are to be heard of first, or it has ended · `progress`: what was
 * accepted is to be stored · `end`: it has its outcome, once nothing of it is in flight · `again`: the segment goes back to its place ·
 * `aside`: so does it, and what is left of the message waits, for it alone is throttled · `elsewhere`: what is left goes to another
 * server, at once where there is one · `later`: the same after a while · `leave`: the message is another instance's.
 */
export type Step = 'none' | 'progress' | 'end' | 'again' | 'aside' | 'elsewhere' | 'later' | 'leave';

export function newLeased(message: OutboxMessage, order: number): LeasedMessage {
  return {
    message,
    order,
    inFlight: 0,
    failure: null,
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

/** @param server its name @param at epoch milliseconds */
export function accepted(item: QueuedSegment, id: string, server: string, at: number): Step {
  const { leased } = item;
  leased.inFlight -= 1;
  return taken(item, id, server, at);
}

/** An answer that came after its time: good news is still used, whether it waits for another submit or is on its way again. */
export function acceptedLate(item: QueuedSegment, id: string, server: string, at: number): Step {
  const { leased, segment } = item;
  const { message } = leased;
  if (!leased.ended) return taken(item, id, server, at);
  if (message.messageIds[segment] !== null) return 'none';
  // The flow was told "unknown" already; its receipt shall find it all the same.
  note(leased, segment, id, server, at);
  return 'progress';
}

function taken({ leased, segment }: QueuedSegment, id: string, server: string, at: number): Step {
  const { message } = leased;
  // Sent twice after a lost link, the first answer counts.
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

/** Who said no, and what it said to others. Times are epoch milliseconds. */
export interface NoAnswer {
  readonly server: string;
  readonly at: number;
  /** When the submit that this answers went out. */
  readonly sentAt: number;
  /** Segments that this server has accepted so far, of whatever message. */
  readonly passed: number;
  /** True where the last one it throttled was of this message too. */
  readonly again: boolean;
}

export function notAccepted(item: QueuedSegment, status: CommandStatus, answer: NoAnswer): Step {
  const { leased, segment } = item;
  const { server, at } = answer;
  leased.inFlight -= 1;
  leased.server = server;
  leased.answeredAt = at;
  if (leased.ended || leased.message.messageIds[segment] !== null || leased.failure) return ended(leased);
  const { trouble } = leased;
  if (status.class === 'retry-here') {
    // What its other segments were told for the same reason says nothing new.
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
 * A server that is sent too much throttles whatever comes; one that takes others meanwhile, or throttles nothing but this message,
 * means the message. Once is no pattern, and without a witness twice is none either.
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

/** The link ended, or the response timeout passed, before the answer came. @param sent false: not one octet of it was written */
export function unanswered(item: QueuedSegment, sent: boolean, onLinkLoss: 'resend' | 'fail'): Step {
  const { leased, segment } = item;
  leased.inFlight -= 1;
  if (leased.ended || leased.message.messageIds[segment] !== null || leased.failure) return ended(leased);
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

/** Leased again after its process died: whether it was submitted is not known. */
export function interrupted(leased: LeasedMessage, onLinkLoss: 'resend' | 'fail'): Step {
  leased.message.leased = false;
  if (onLinkLoss === 'fail') return fail(leased, unknown('Node-RED stopped before the answer came'));
  leased.message.possibleDuplicate = true;
  return 'again';
}

export function expire(leased: LeasedMessage): Step {
  return fail(leased, expired(leased));
}

function fail(leased: LeasedMessage, failure: Failure): Step {
  leased.failure ??= failure;
  return ended(leased);
}

/** A message that has failed ends when the last of its segments in flight has an answer. */
function ended({ ended: over, failure }: LeasedMessage): Step {
  return !over && failure ? 'end' : 'none';
}

/** A submit that was only throttled is no attempt. @param more of which the item does not know yet */
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

function unknown(why: string): Failure {
  return {
    kind: 'unknown',
    error: {
      code: 'SMPP_OUTCOME_UNKNOWN',
      message: `Submitted, but ${why}: the platform may have taken it or not`,
    },
  };
}
