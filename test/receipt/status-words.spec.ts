import assert from 'node:assert/strict';
import { stateOfOwnWord, stateOfSynonym } from '../../src/receipt/status-words';

describe('a state word', () => {
  const own: readonly [word: string, state: string][] = [
    ['DELIVRD', 'DELIVERED'],
    ['acceptd', 'ACCEPTED'],
    ['Enroute', 'ENROUTE'],
    ['SCHEDULED', 'SCHEDULED'],
    ['EXPIRED', 'EXPIRED'],
    ['UNDELIV', 'UNDELIVERABLE'],
    ['DELETED', 'DELETED'],
    ['UNKNOWN', 'UNKNOWN'],
    ['REJECTD', 'REJECTED'],
    ['SKIPPED', 'SKIPPED'],
  ];
  for (const [word, state] of own) {
    it(`${word} is SMPP’s own for ${state}`, () => assert.equal(stateOfOwnWord(word), state));
  }

  const synonyms: readonly [word: string, state: string][] = [
    ['NOT_DELIVERED', 'UNDELIVERABLE'],
    ['en-route', 'ENROUTE'],
    ['"DELIVRD,', 'DELIVERED'],
    ['Timed out', 'EXPIRED'],
    ['Cancelled', 'DELETED'],
  ];
  for (const [word, state] of synonyms) {
    it(`${word} is how the field spells ${state}, and not SMPP’s own`, () => {
      assert.equal(stateOfSynonym(word), state);
      assert.equal(stateOfOwnWord(word), undefined);
    });
  }

  it('that only begins or ends like one is none', () => {
    for (const word of ['DELIVRDX', 'XDELIVRD', 'NOT', '', '123', 'constructor', '__proto__']) {
      assert.deepEqual([stateOfOwnWord(word), stateOfSynonym(word)], [undefined, undefined], word);
    }
  });
});
