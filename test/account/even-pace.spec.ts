import assert from 'node:assert/strict';
import { EvenPace } from '../../src/account/even-pace';

const NOW = 1_700_000_000_000;

describe('the even pace', () => {
  /** Sends whenever it may, with a timer that is late by so much; the times from NOW. */
  function times(pace: EvenPace, count: number, gap: number, most: number, late: (at: number) => number): number[] {
    const sent: number[] = [];
    let now = NOW;
    while (sent.length < count) {
      const at = pace.readyAt(now, gap, most);
      if (at > now) now = at + late(at - NOW);
      else {
        pace.spend(now, gap);
        sent.push(now - NOW);
      }
    }
    return sent;
  }

  it('sends one a gap', () => {
    assert.deepEqual(
      times(new EvenPace(10), 5, 100, 10, () => 0),
      [0, 100, 200, 300, 400],
    );
  });

  it('catches up what a timer was late', () => {
    const late = (at: number): number => (at === 100 ? 30 : 0);
    assert.deepEqual(times(new EvenPace(10), 4, 100, 10, late), [0, 130, 200, 300]);
  });

  it('has in no second more than are allowed, wherever it starts, however late its timers are', () => {
    let seed = 7;
    const late = (): number => (seed = (seed * 48_271) % 2_147_483_647) % 80;
    const sent = times(new EvenPace(50), 500, 20, 50, late);
    for (let at = 50; at < sent.length; at++) assert.ok(sent[at]! - sent[at - 50]! >= 1000, String(at));
  });

  it('saves nothing up while nothing is to be sent', () => {
    const pace = new EvenPace(10);
    pace.spend(NOW, 100);
    pace.spend(NOW + 10_000, 100);
    assert.equal(pace.readyAt(NOW + 10_000, 100, 10), NOW + 10_100);
  });

  it('leaves a PDU out after a higher rate, and does not wait for what a lower one asked', () => {
    const pace = new EvenPace(100);
    pace.spend(NOW, 10);
    pace.change(NOW, 50, true);
    assert.equal(pace.readyAt(NOW, 50, 20), NOW + 100);
    pace.change(NOW, 10, false);
    assert.equal(pace.readyAt(NOW, 10, 100), NOW + 10);
  });

  it('limits no second where any number is allowed', () => {
    const pace = new EvenPace(0);
    for (let n = 0; n < 100; n++) pace.spend(NOW, 0);
    assert.equal(pace.readyAt(NOW, 0, 1), NOW);
  });
});
