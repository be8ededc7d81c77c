import { withoutList } from '../../src/store/list-recipient';
import type { Outcome } from '../../src/store/outcome';
import type { OutboxMessage, SentMessage } from '../../src/store/store';

/** A message like those of the pool; `id` also tells its text. */
export function outboxMessage(id: string, changes: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    id,
    node: 'send-1',
    flow: null,
    urgent: false,
    queuedAt: 1_700_000_000_000,
    expiresAt: 1_700_086_400_000,
    to: '919876543210',
    from: 'ALERTS',
    encoding: 'gsm7',
    dataCoding: 0,
    warnings: [],
    frames: [Buffer.from(`frame of ${id}`)],
    receipt: true,
    msg: { _msgid: `msg-${id}`, payload: `text of ${id}` },
    reference: { order: id },
    messageIds: [null],
    attempts: 0,
    possibleDuplicate: false,
    server: null,
    leased: false,
    submittedAt: null,
    ...changes,
  };
}

/** Messages of one input, whose list stands in `msg.order.numbers`. */
export function listMessages(prefix: string, recipients: readonly string[], more: object = {}): OutboxMessage[] {
  const list = { path: ['order', 'numbers'] };
  const msg = { payload: 'to all', order: { id: 7, numbers: recipients }, ...more };
  return recipients.map((to, index) =>
    outboxMessage(`${prefix}${String(index)}`, { to, msg, recipient: { list, to }, reference: { campaign: 'spring' } }),
  );
}

/** The flow's message as one recipient gets it. */
export function ownMessageOf({ msg, recipient }: Pick<OutboxMessage, 'msg' | 'recipient'>): unknown {
  return withoutList(msg, recipient!.list, recipient!.to);
}

export function outcomeOf(message: OutboxMessage, changes: Partial<Outcome> = {}): Outcome {
  const { id, node, msg, recipient, to, from, encoding, dataCoding, warnings, queuedAt } = message;
  return {
    id,
    node,
    kind: 'accepted',
    msg,
    ...(recipient && { recipient }),
    to,
    from,
    encoding,
    dataCoding,
    segments: message.frames.length,
    messageIds: ['id-1'],
    server: '127.0.0.1:2775',
    attempts: 1,
    possibleDuplicate: false,
    warnings,
    queuedAt,
    submittedAt: queuedAt + 5,
    answeredAt: queuedAt + 9,
    error: null,
    ...changes,
  };
}

export function sentMessage(id: string, changes: Partial<SentMessage> = {}): SentMessage {
  return {
    id,
    node: 'send-1',
    flow: null,
    msgid: `msg-${id}`,
    to: '919876543210',
    from: 'ALERTS',
    encoding: 'gsm7',
    server: '127.0.0.1:2775',
    servers: null,
    submittedAt: 1_700_000_000_000,
    reference: { order: id },
    expiresAt: 1_700_259_200_000,
    messageIds: [`id-${id}`],
    receipts: [null],
    dueAt: null,
    told: false,
    ...changes,
  };
}
