import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InvalidInputError } from '../../src/base/errors';
import type { Filtered } from '../../src/history/filter';
import { FILTER_KEYS, inTimeOf, matches, parseFilter, parseLimit } from '../../src/history/filter';
import { countryOf } from '../../src/message/country';

const LAST = { to: 'last' } as const;
const WHOLE = { to: 'whole' } as const;

const MESSAGE: Filtered = {
  id: 'a1',
  to: '919876543210',
  from: 'SHOP',
  reference: { order: 7, items: [1, 2] },
  messageIds: ['00AB12', null],
  node: 'n1',
  outcome: 'accepted',
  state: null,
  queuedAt: 1_700_000_000_000,
};

function fits(filter: unknown, rules: Parameters<typeof parseFilter>[1] = LAST, message = MESSAGE): boolean {
  return matches(parseFilter(filter, rules), message);
}

function refusal(filter: unknown, rules: Parameters<typeof parseFilter>[1] = LAST): InvalidInputError {
  try {
    parseFilter(filter, rules);
  } catch (error) {
    assert.ok(error instanceof InvalidInputError);
    return error;
  }
  return assert.fail('it was taken');
}

describe('A filter', () => {
  it('without keys fits every message', () => {
    assert.ok(fits({}));
  });

  it('fits a message where each key fits', () => {
    assert.ok(fits({ id: 'a1', node: 'n1', from: 'SHOP', outcome: 'accepted', state: null }));
    assert.ok(!fits({ id: 'a1', node: 'n2' }));
    assert.ok(!fits({ id: 'a', node: 'n1' }));
  });

  it('finds a number by its last digits, however they are written', () => {
    for (const to of ['9876543210', '+91 98765-43210', '0091 98765 43210', '098765 43210', 6543210]) {
      assert.ok(fits({ to }), String(to));
    }
    assert.ok(!fits({ to: '6543211' }));
    assert.equal(refusal({ to: '543210' }).field, 'filter.to');
    assert.match(refusal({ to: '0543210' }).message, /at least the last 7/);
    assert.match(refusal({ to: 'SHOP' }).message, /is no number/);
  });

  it('changes only messages to the whole number, in any spelling', () => {
    assert.ok(fits({ to: '+91 98765 43210' }, WHOLE));
    assert.ok(fits({ to: 919876543210 }, WHOLE));
    assert.ok(!fits({ to: '9876543210' }, WHOLE));
    assert.ok(fits({ to: '098765 43210' }, { ...WHOLE, country: countryOf('IN') }));
    assert.equal(refusal({ to: 'SHOP' }, WHOLE).field, 'filter.to');
  });

  it('compares a reference deeply', () => {
    assert.ok(fits({ reference: { items: [1, 2], order: 7 } }));
    assert.ok(!fits({ reference: { order: 7 } }));
    assert.ok(fits({ reference: null }, LAST, { ...MESSAGE, reference: undefined }));
  });

  it("finds a platform's id in any spelling, of any segment", () => {
    assert.ok(fits({ messageId: 'ab12' }));
    assert.ok(fits({ messageId: '0xAB12' }));
    assert.ok(fits({ messageId: 'ab12' }, LAST, { ...MESSAGE, messageIds: [null, 'ab12'] }));
    assert.ok(!fits({ messageId: 'ab13' }));
  });

  it('has a beginning and an end, both included', () => {
    const at = new Date(MESSAGE.queuedAt);
    assert.ok(fits({ since: at.toISOString(), until: MESSAGE.queuedAt }));
    assert.ok(fits({ since: at }));
    assert.ok(!fits({ since: MESSAGE.queuedAt + 1 }));
    assert.ok(!fits({ until: String(MESSAGE.queuedAt - 1) }));
    assert.equal(refusal({ since: 'yesterday' }).field, 'filter.since');
  });

  it('is compared in the time of the messages', () => {
    const filter = parseFilter({ since: MESSAGE.queuedAt + 5000 }, LAST);
    assert.ok(matches(inTimeOf(filter, 5000), MESSAGE));
    assert.ok(!matches(inTimeOf(filter, 4999), MESSAGE));
  });

  it('with an unknown key is refused, by the name of the key', () => {
    const error = refusal({ to: '9876543210', status: 'DELIVRD' });
    assert.equal(error.code, 'SMPP_INVALID_INPUT');
    assert.equal(error.field, 'filter.status');
    assert.match(error.message, /"status" is not a key of a filter; the keys are id, to, /);
    assert.equal(refusal(JSON.parse('{"__proto__": 1}')).field, 'filter.__proto__');
  });

  it('that has a key without a value is refused, lest it fit every message', () => {
    for (const key of FILTER_KEYS) {
      assert.equal(refusal({ [key]: undefined }).field, `filter.${key}`);
      assert.equal(refusal({ [key]: undefined }, WHOLE).field, `filter.${key}`);
    }
    assert.equal(refusal({ to: '' }, WHOLE).field, 'filter.to');
    assert.equal(refusal({ outcome: 'lost' }).field, 'filter.outcome');
    assert.equal(refusal({ state: 'DELIVRD' }).field, 'filter.state');
    assert.equal(refusal({ id: {} }).field, 'filter.id');
  });

  it('is an object', () => {
    for (const value of [undefined, null, 'to', 5, [], Buffer.from('x'), new Date()]) {
      assert.equal(refusal(value).field, 'filter');
    }
  });

  it('is read or refused, whatever it holds', () => {
    const key = fc.oneof(fc.constantFrom(...FILTER_KEYS), fc.string());
    fc.assert(
      fc.property(fc.dictionary(key, fc.anything()), (value) => {
        for (const rules of [LAST, WHOLE]) {
          try {
            matches(parseFilter(value, rules), MESSAGE);
          } catch (error) {
            assert.ok(error instanceof InvalidInputError);
          }
        }
      }),
    );
  });
});

describe('A limit', () => {
  it('is a whole number, 100 where there is none', () => {
    assert.equal(parseLimit(undefined), 100);
    assert.equal(parseLimit('7'), 7);
    for (const value of [0, -1, 1.5, 10_001, 'many', {}, NaN]) {
      assert.throws(() => parseLimit(value), { code: 'SMPP_INVALID_INPUT', field: 'limit' });
    }
  });
});
