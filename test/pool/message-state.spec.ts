import assert from 'node:assert/strict';
import type { LeasedMessage, QueuedSegment } from '../../src/pool/backlog';
import {
  accepted,
  acceptedLate,
  expire,
  interrupted,
  isAccepted,
  MAX_ATTEMPTS,
  MAX_LOSSES,
  newLeased,
  notAccepted,
  unanswered,
  type NoAnswer,
  type Step,
} from '../../src/pool/message-state';
import { commandStatus } from '../../src/smpp/command-status';
import { outboxMessage } from '../store/messages';

const [ONE, TWO] = ['one:2775', 'two:2775'];
const [THROTTLED, BUSY, BAD_NUMBER] = [0x58, 0x45, 0x0b].map((code) => commandStatus(code)) as [
  ReturnType<typeof commandStatus>,
  ReturnType<typeof commandStatus>,
  ReturnType<typeof commandStatus>,
];

/** A message whose segments are all in flight. */
function inFlight(segments: number): { readonly leased: LeasedMessage; readonly items: readonly QueuedSegment[] } {
  const frames = Array.from({ length: segments }, () => Buffer.of(1));
  const leased = newLeased(outboxMessage('a', { frames, messageIds: frames.map(() => null) }), 0);
  leased.inFlight = segments;
  const items = frames.map((_, segment) => ({ leased, segment, next: null, ticket: 0, troubles: 0, losses: 0 }));
  return { leased, items };
}

const no = (change: Partial<NoAnswer> = {}): NoAnswer => ({
  ...{ server: ONE, at: 10, sentAt: 5, passed: 0, again: false },
  ...change,
});

describe('the state of a message', () => {
  it('is stored with every segment accepted, and ends with the last', () => {
    const { leased, items } = inFlight(2);
    assert.equal(accepted(items[1]!, 'y', ONE, 7), 'progress');
    assert.equal(accepted(items[0]!, 'x', ONE, 8), 'end');
    assert.deepEqual([leased.message.messageIds, leased.message.server, leased.servers], [['x', 'y'], ONE, null]);
    assert.deepEqual([isAccepted(leased.message), leased.inFlight, leased.answeredAt], [true, 0, 8]);
  });

  it('knows the server of each segment where they are not one', () => {
    const { leased, items } = inFlight(3);
    accepted(items[0]!, 'x', ONE, 7);
    accepted(items[2]!, 'z', TWO, 7);
    assert.deepEqual([leased.message.server, leased.servers], [ONE, [ONE, null, TWO]]);
  });

  it('counts the first answer of what was sent twice', () => {
    const { leased, items } = inFlight(2);
    accepted(items[0]!, 'x', ONE, 7);
    leased.inFlight += 1;
    assert.equal(accepted(items[0]!, 'again', ONE, 8), 'none');
    assert.equal(leased.message.messageIds[0], 'x');
  });

  it('ends as refused once nothing of it is in flight', () => {
    const { leased, items } = inFlight(2);
    assert.equal(notAccepted(items[0]!, BAD_NUMBER, no()), 'end');
    assert.equal(leased.inFlight, 1);
    assert.equal(accepted(items[1]!, 'y', ONE, 7), 'end');
    assert.deepEqual([leased.failure?.kind, leased.failure?.error.code], ['refused', 'ESME_RINVDSTADR']);
    assert.equal(leased.message.attempts, 1);
  });

  it('goes elsewhere with a trouble of the platform, later with the next, and is refused with the fifth', () => {
    const { leased, items } = inFlight(1);
    const steps: Step[] = [];
    for (let n = 0; n < MAX_ATTEMPTS; n++) {
      leased.inFlight = 1;
      steps.push(notAccepted(items[0]!, BUSY, no()));
    }
    assert.deepEqual(steps, ['elsewhere', 'later', 'later', 'later', 'end']);
    assert.deepEqual([leased.avoid, leased.message.attempts], [ONE, MAX_ATTEMPTS]);
  });

  describe('that is throttled', () => {
    const throttle = (leased: LeasedMessage, item: QueuedSegment, change: Partial<NoAnswer>): Step => {
      leased.inFlight = 1;
      return notAccepted(item, THROTTLED, no(change));
    };

    it('goes again where the server throttles all, and counts no attempt', () => {
      const { leased, items } = inFlight(1);
      for (let n = 0; n < 20; n++) {
        assert.equal(throttle(leased, items[0]!, { at: 10 * n, sentAt: 10 * n, passed: 3 }), 'again');
      }
      assert.deepEqual([leased.message.attempts, leased.trouble?.times], [0, 20]);
    });

    it('steps aside where the server takes others meanwhile, and stays patient', () => {
      const { leased, items } = inFlight(1);
      const steps = [3, 4, 4, 4].map((passed, n) =>
        throttle(leased, items[0]!, { at: 10 * n, sentAt: 10 * n, passed }),
      );
      assert.deepEqual(steps, ['again', 'aside', 'aside', 'aside']);
      assert.equal(leased.trouble?.asides, 3);
    });

    it('steps aside where it is all that the server throttles, though nothing else passes', () => {
      const { leased, items } = inFlight(1);
      const steps = [false, true, true].map((again, n) => throttle(leased, items[0]!, { at: n, sentAt: n, again }));
      assert.deepEqual(steps, ['again', 'again', 'aside']);
    });

    it('counts once what all its segments in flight were told', () => {
      const { leased, items } = inFlight(5);
      const steps = items.map((item, n) => notAccepted(item, THROTTLED, no({ at: 10 + n, again: n > 0 })));
      assert.deepEqual(steps, ['again', 'again', 'again', 'again', 'again']);
      assert.equal(leased.trouble?.times, 1);
    });

    it('forgets it with the first segment that is accepted', () => {
      const { leased, items } = inFlight(2);
      notAccepted(items[0]!, THROTTLED, no());
      accepted(items[1]!, 'y', ONE, 12);
      assert.equal(leased.trouble, null);
    });

    it('says when it expires what the platform said last, where, and how often', () => {
      const { leased, items } = inFlight(1);
      for (let n = 0; n < 3; n++) throttle(leased, items[0]!, { at: n, sentAt: n });
      assert.equal(expire(leased), 'end');
      const { kind, error } = leased.failure!;
      assert.deepEqual([kind, error.cause], ['expired', { last: { name: 'ESME_RTHROTTLED', server: ONE, times: 3 } }]);
      assert.match(error.message, /ESME_RTHROTTLED/);
    });
  });

  it('expires without a last word where the platform said none', () => {
    const { leased } = inFlight(1);
    expire(leased);
    assert.equal(leased.failure?.error.cause, undefined);
  });

  describe('whose link ended', () => {
    it('goes again, perhaps twice, and is unknown after five', () => {
      const { leased, items } = inFlight(1);
      const steps: Step[] = [];
      for (let n = 0; n < MAX_LOSSES; n++) {
        leased.inFlight = 1;
        steps.push(unanswered(items[0]!, true, 'resend'));
      }
      assert.deepEqual(steps, ['again', 'again', 'again', 'again', 'end']);
      assert.deepEqual([leased.failure?.kind, leased.message.possibleDuplicate], ['unknown', true]);
    });

    it('goes again as if nothing had been where not one octet was written', () => {
      const { leased, items } = inFlight(1);
      assert.equal(unanswered(items[0]!, false, 'fail'), 'again');
      assert.deepEqual([leased.message.possibleDuplicate, leased.message.attempts], [false, 0]);
    });

    it('is unknown at once where it shall not be sent again', () => {
      const { leased, items } = inFlight(1);
      assert.equal(unanswered(items[0]!, true, 'fail'), 'end');
      assert.equal(leased.failure?.error.code, 'SMPP_OUTCOME_UNKNOWN');
      const other = inFlight(1).leased;
      other.message.leased = true;
      assert.equal(interrupted(other, 'fail'), 'end');
    });

    it('is marked where its message has failed by another segment: the platform may have it', () => {
      const { leased, items } = inFlight(2);
      notAccepted(items[0]!, BAD_NUMBER, no());
      assert.equal(unanswered(items[1]!, true, 'resend'), 'end');
      assert.deepEqual([leased.failure?.kind, leased.message.possibleDuplicate], ['refused', true]);
    });

    it('is accepted by an answer that comes late', () => {
      const { leased, items } = inFlight(1);
      unanswered(items[0]!, true, 'resend');
      assert.equal(acceptedLate(items[0]!, 'x', ONE, 9), 'end');
      assert.deepEqual(leased.message.messageIds, ['x']);
    });

    it('is remembered by an answer that comes after its end', () => {
      const { leased, items } = inFlight(1);
      unanswered(items[0]!, true, 'fail');
      leased.ended = true;
      assert.equal(acceptedLate(items[0]!, 'x', ONE, 9), 'progress');
      assert.equal(acceptedLate(items[0]!, 'y', ONE, 9), 'none');
    });
  });

  it('is left to the instance that has it by now', () => {
    const { leased, items } = inFlight(3);
    leased.lost = true;
    assert.equal(accepted(items[0]!, 'x', ONE, 7), 'leave');
    assert.equal(notAccepted(items[1]!, THROTTLED, no()), 'leave');
    assert.equal(unanswered(items[2]!, true, 'resend'), 'leave');
  });
});
