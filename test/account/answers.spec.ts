import assert from 'node:assert/strict';
import { RecentAnswers, SLICE, sliceFrom } from '../../src/account/answers';

const NOW = 1_700_000_000_000;

describe('the recent answers', () => {
  let answers: RecentAnswers;
  beforeEach(() => {
    answers = new RecentAnswers();
  });

  it('count by when the PDU was sent, not by when it was answered', () => {
    answers.sent(NOW);
    answers.sent(NOW + 99);
    answers.sent(NOW + 100);
    answers.answered(NOW + 99, true);
    answers.answered(NOW + 100, false);
    assert.deepEqual(answers.between(NOW, NOW + SLICE), { sent: 2, answered: 1, throttled: 1 });
    assert.deepEqual(answers.between(NOW + SLICE, NOW + 2 * SLICE), { sent: 1, answered: 1, throttled: 0 });
    assert.deepEqual(answers.between(NOW, NOW), { sent: 0, answered: 0, throttled: 0 });
  });

  it('know the first slice with a throttled PDU, from a time on', () => {
    for (let slice = 0; slice < 5; slice++) answers.sent(NOW + slice * SLICE);
    assert.equal(answers.firstThrottled(NOW), null);
    answers.answered(NOW + 3 * SLICE + 7, true);
    answers.answered(NOW + SLICE, true);
    assert.equal(answers.firstThrottled(NOW), NOW + SLICE);
    assert.equal(answers.firstThrottled(NOW + 2 * SLICE), NOW + 3 * SLICE);
    assert.equal(answers.firstThrottled(NOW + 4 * SLICE), null);
  });

  it('forget what is older than sixteen seconds, and take no answer to it', () => {
    answers.sent(NOW);
    answers.answered(NOW, true);
    answers.sent(NOW + 160 * SLICE);
    answers.answered(NOW, true);
    assert.deepEqual(answers.between(NOW, NOW + 161 * SLICE), { sent: 1, answered: 0, throttled: 0 });
    assert.equal(answers.firstThrottled(NOW), null);
  });

  it('count a clock that goes back, and an answer to what was never sent, for nothing worse', () => {
    answers.sent(NOW + SLICE);
    answers.sent(NOW);
    answers.answered(NOW + 5 * SLICE, true);
    assert.deepEqual(answers.between(NOW, NOW + 10 * SLICE), { sent: 2, answered: 0, throttled: 0 });
  });

  it('begin slices at multiples of their length', () => {
    assert.deepEqual([sliceFrom(NOW), sliceFrom(NOW + 1), sliceFrom(NOW + 100)], [NOW, NOW + 100, NOW + 100]);
  });
});
