import assert from 'node:assert/strict';
import {
  messageRecord,
  progressRecord,
  sentRecord,
  toMessage,
  toSent,
  type MessageRecord,
  type ProgressRecord,
  type SentRecord,
} from '../../src/store/records';
import { outboxMessage, sentMessage } from './messages';

const PLACE = { urgent: false, queuedAt: 1_700_000_000_000, expiresAt: 1_700_086_400_000 };

describe('a record', () => {
  it('of a message under way comes back with the server that has its first segment', () => {
    const message = outboxMessage('a', { messageIds: ['x'], attempts: 2, server: 'one:2775' });
    assert.deepEqual(toMessage(messageRecord(message), progressRecord(message), PLACE, false), message);
  });

  it('of a message that was never sent comes back without one', () => {
    assert.deepEqual(toMessage(messageRecord(outboxMessage('a')), undefined, PLACE, false), outboxMessage('a'));
  });

  it('of a sent message comes back with the servers of its segments', () => {
    const sent = sentMessage('a', { messageIds: ['x', 'y'], servers: ['one:2775', 'two:2775'] });
    assert.deepEqual(toSent(sentRecord(sent)), sent);
  });

  it('comes back with the flow of the sender, and with none where it was written before flows were known', () => {
    const [message, sent] = [outboxMessage('a', { flow: 'flow-1' }), sentMessage('a', { flow: 'flow-1' })];
    assert.deepEqual(toMessage(messageRecord(message), undefined, PLACE, false), message);
    assert.deepEqual(toSent(sentRecord(sent)), sent);
    const before = messageRecord(message).slice(0, 13) as unknown as MessageRecord;
    assert.equal(toMessage(before, undefined, PLACE, false).flow, null);
    assert.equal(toSent(sentRecord(sent).slice(0, 15) as unknown as SentRecord).flow, null);
  });

  it('written before servers were known reads as one that knows none', () => {
    const [progress, sent] = [
      progressRecord(outboxMessage('a')).slice(0, 4),
      sentRecord(sentMessage('a')).slice(0, 14),
    ];
    const record = messageRecord(outboxMessage('a'));
    assert.equal(toMessage(record, progress as unknown as ProgressRecord, PLACE, false).server, null);
    assert.deepEqual(toSent(sent as unknown as SentRecord), sentMessage('a'));
  });
});
