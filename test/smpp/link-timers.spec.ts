import assert from 'node:assert/strict';
import fc from 'fast-check';
import { linkVerdict, type LinkTimes } from '../../src/smpp/link-timers';

const LIMITS = { enquireLink: 60_000, responseTimeout: 30_000 };
const QUIET: LinkTimes = {
  connectingSince: null,
  bindingSince: null,
  lastHeard: 1000,
  enquiringSince: null,
  partialSince: null,
  oldestSubmit: null,
};

describe('the timers of a link', () => {
  const cases: readonly (readonly [string, Partial<LinkTimes>, number, object])[] = [
    ['wait for the connection', { connectingSince: 1000 }, 30_999, { action: 'wait', until: 31_000 }],
    ['give the connection up', { connectingSince: 1000 }, 31_000, { action: 'dead', code: 'connect-timeout' }],
    ['wait for the answer to the bind', { bindingSince: 2000 }, 31_000, { action: 'wait', until: 32_000 }],
    ['give the bind up', { bindingSince: 2000 }, 32_000, { action: 'dead', code: 'bind-timeout' }],
    ['do not ask while the bind is unanswered', { bindingSince: 90_000 }, 100_000, { action: 'wait', until: 120_000 }],
    ['wait while the peer was heard', {}, 60_999, { action: 'wait', until: 61_000 }],
    ['ask after silence', {}, 61_000, { action: 'enquire' }],
    ['ask once', { enquiringSince: 61_000 }, 62_000, { action: 'wait', until: 91_000 }],
    ['give up a peer that does not answer', { enquiringSince: 61_000 }, 91_000, { action: 'dead', code: 'silent' }],
    ['wait for the rest of a PDU', { partialSince: 1000 }, 30_000, { action: 'wait', until: 31_000 }],
    ['give up a peer that stops inside a PDU', { partialSince: 1000 }, 31_000, { action: 'dead', code: 'partial' }],
    ['wait for the answer to a submit', { oldestSubmit: 5000 }, 34_999, { action: 'wait', until: 35_000 }],
    ['notice a submit without an answer', { oldestSubmit: 5000 }, 35_000, { action: 'submit-timeout' }],
  ];
  for (const [name, times, now, verdict] of cases) {
    it(name, () => {
      assert.deepEqual(linkVerdict({ ...QUIET, ...times }, LIMITS, now), verdict);
    });
  }

  it('never wait for a moment that has passed, and never for ever', () => {
    const since = fc.option(fc.integer({ min: 0, max: 200_000 }));
    const times = fc.record({
      connectingSince: since,
      bindingSince: since,
      lastHeard: fc.integer({ min: 0, max: 200_000 }),
      enquiringSince: since,
      partialSince: since,
      oldestSubmit: since,
    });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 200_000 }), (state, now) => {
        const verdict = linkVerdict(state, LIMITS, now);
        if (verdict.action === 'wait') assert.ok(verdict.until > now && verdict.until < Infinity);
      }),
    );
  });
});
