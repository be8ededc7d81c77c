import assert from 'node:assert/strict';
import { InvalidInputError, SmppError } from '../../src/base/errors';
import { notSent, outcomeError, outcomeOf } from '../../src/store/outcome';
import { serverOf } from '../../src/store/store';
import { outboxMessage, sentMessage } from './messages';

const ABOUT = { id: 'a', node: 'send-1', msg: { payload: 1 }, to: '919876543210', queuedAt: 5 };

describe('an outcome', () => {
  it('says of its message what the message knows', () => {
    const message = outboxMessage('a', { messageIds: ['x', null], frames: [Buffer.of(1), Buffer.of(2)], attempts: 3 });
    const error = { code: 'SMPP_EXPIRED', message: 'late' };
    const outcome = outcomeOf(message, 'expired', error, 'one:2775', 9);
    assert.equal(outcome.msg, message.msg);
    assert.deepEqual(
      [outcome.kind, outcome.segments, outcome.messageIds, outcome.attempts, outcome.server, outcome.answeredAt],
      ['expired', 2, ['x', null], 3, 'one:2775', 9],
    );
    assert.equal(outcome.error, error);
  });

  for (const [code, kind] of [
    ['SMPP_QUEUE_FULL', 'overflow'],
    ['SMPP_STORE_FULL', 'failed'],
    ['SMPP_STORE_CLOSED', 'failed'],
    ['SMPP_POOL_CONFIG', 'failed'],
    ['SMPP_POOL_RECEIVE_ONLY', 'failed'],
    ['SMPP_INVALID_INPUT', 'invalid'],
  ] as const) {
    it(`of a message that was not taken is ${kind} with ${code}`, () => {
      const outcome = notSent(ABOUT, outcomeError(new SmppError(code, 'why')));
      assert.deepEqual(
        [outcome.kind, outcome.segments, outcome.messageIds, outcome.attempts, outcome.from, outcome.warnings],
        [kind, 0, [], 0, '', []],
      );
      assert.deepEqual(outcome.error, { code, message: 'why' });
    });
  }

  it('has a cause that is plain data, and no Error', () => {
    assert.deepEqual(outcomeError(new InvalidInputError('to', 'none')).cause, { field: 'to' });
    assert.equal(outcomeError(new SmppError('SMPP_POOL_FAILED', 'no', { cause: new Error('x') })).cause, undefined);
  });
});

describe('the server of a segment', () => {
  it('is the one of the message where all went there', () => {
    const sent = sentMessage('a', { messageIds: ['x', null, 'z'], server: 'one:1' });
    assert.deepEqual(
      [0, 1, 2, 3].map((segment) => serverOf(sent, segment)),
      ['one:1', null, 'one:1', null],
    );
  });

  it('is its own where they went to different ones', () => {
    const servers = ['one:1', 'two:2', null];
    const sent = sentMessage('a', { messageIds: ['x', 'y', null], server: 'one:1', servers });
    assert.deepEqual(
      [0, 1, 2].map((segment) => serverOf(sent, segment)),
      servers,
    );
  });
});
