import assert from 'node:assert/strict';
import { flowError, smppReport } from '../../../nodes/send/outcome';
import { HandClock } from '../../support/clock';
import { outboxMessage, outcomeOf } from '../../store/messages';

describe('what smpp-send says of an outcome', () => {
  it('begins with what a folded line of the debug sidebar shall tell', () => {
    const report = smppReport(outcomeOf(outboxMessage('a')), new HandClock());
    assert.deepEqual(Object.keys(report).slice(0, 5), ['outcome', 'to', 'segments', 'encoding', 'messageIds']);
  });

  it('tells times by the system clock as it is now, put right since or not', () => {
    const clock = new HandClock(1000);
    const outcome = outcomeOf(outboxMessage('a', { queuedAt: clock.now() }), { submittedAt: null, answeredAt: 3500 });
    assert.equal(smppReport(outcome, clock).queuedAt, '1970-01-01T00:00:01.000Z');
    clock.setWall(Date.UTC(2026, 10, 27));
    const { queuedAt, submittedAt, answeredAt } = smppReport(outcome, clock);
    assert.deepEqual(
      [queuedAt, submittedAt, answeredAt],
      ['2026-11-27T00:00:01.000Z', null, '2026-11-27T00:00:03.500Z'],
    );
  });

  it('gives Catch the sentence alone', () => {
    const error = flowError({ code: 'SMPP_EXPIRED', message: 'It expired after 5 s' });
    assert.equal(String(error), 'It expired after 5 s');
    assert.equal(error.code, 'SMPP_EXPIRED');
  });
});
