import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MatchRung } from '../../src/receipt/match';
import { matchKeys, messageIdKey, rungOf } from '../../src/receipt/match';

const POLICIES = ['auto', 'exact', 'hex-to-dec', 'dec-to-hex'] as const;

function keys(...parameters: Parameters<typeof matchKeys>): string[] {
  return matchKeys(...parameters).map(({ key, rung }) => `${key} ${rung}`);
}

describe('messageIdKey', () => {
  const known: [id: string, key: string][] = [
    ['0', '0'],
    ['0000', '0'],
    ['0x0', '0'],
    ['0123456789', '123456789'],
    ['00AbC', 'abc'],
    ['0x1F', '1f'],
    ['0X1f', '1f'],
    ['0x', '0x'],
    ['00-AB', '00-ab'],
    ['C87C2273-7EDB-4BC7-8D3A-7F57F21B625E', 'c87c2273-7edb-4bc7-8d3a-7f57f21b625e'],
    ['00Msg', '00msg'],
    ['', ''],
  ];
  for (const [id, key] of known) it(`is "${key}" for "${id}"`, () => assert.equal(messageIdKey(id), key));

  it('is its own key and of bounded length, whatever the id', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 200 }), fc.stringMatching(/^0{0,9}[0-9a-fA-F]{0,140}$/)), (id) => {
        const key = messageIdKey(id);
        assert.equal(messageIdKey(key), key);
        assert.ok(key.length <= 128);
      }),
    );
  });
});

describe('the match ladder', () => {
  const pairs: [sent: string, receipt: string, rung: MatchRung | null][] = [
    ['77', '77', 'exact'],
    ['AbC-1', 'aBc-1', 'case'],
    ['12345678', '0000000012345678', 'zeros'],
    ['0x1F', '001f', 'zeros'],
    ['5f878c79', '1602718841', 'hex-to-dec'],
    ['10C8F40D', '281605133', 'hex-to-dec'],
    ['38601fa', '0059113978', 'hex-to-dec'],
    ['6aad5', '0000436949', 'hex-to-dec'],
    ['26F0C4A1', '653313185', 'hex-to-dec'],
    ['1602718841', '5F878C79', 'dec-to-hex'],
    ['0059113978', '38601fa', 'dec-to-hex'],
    ['ffffffffffffffff', '18446744073709551615', 'hex-to-dec'],
    ['ffffffffffffffff', '18446744073709551614', null],
    ['1701260715104012345', '1701260715104012346', null],
    ['abc', 'abd', null],
    ['', '0', null],
  ];
  for (const [sent, receipt, rung] of pairs) {
    it(`puts ${sent} and ${receipt} on ${rung ?? 'no rung'}`, () => {
      assert.equal(rungOf(sent, receipt), rung);
      const found = matchKeys([receipt], 'auto', null).some(({ key }) => key === messageIdKey(sent));
      assert.equal(found, rung !== null);
    });
  }

  it('looks up the plain key first, then the converted ones', () => {
    assert.deepEqual(keys(['0059113978'], 'auto', null), [
      '59113978 exact',
      '38601fa hex-to-dec',
      '1494301048 dec-to-hex',
    ]);
    assert.deepEqual(keys(['6AAD5'], 'auto', null), ['6aad5 exact', '436949 dec-to-hex']);
    assert.deepEqual(keys(['m-1'], 'auto', null), ['m-1 exact']);
  });

  it('starts with the learnt rung', () => {
    assert.deepEqual(keys(['10'], 'auto', 'hex-to-dec'), ['a hex-to-dec', '10 exact', '16 dec-to-hex']);
    assert.deepEqual(keys(['10'], 'auto', 'dec-to-hex'), ['16 dec-to-hex', '10 exact', 'a hex-to-dec']);
    for (const rung of ['exact', 'case', 'zeros'] as const) {
      assert.deepEqual(keys(['10'], 'auto', rung), ['10 exact', 'a hex-to-dec', '16 dec-to-hex']);
    }
  });

  it('keeps to a policy', () => {
    assert.deepEqual(keys(['10'], 'exact', 'hex-to-dec'), ['10 exact']);
    assert.deepEqual(keys(['10'], 'hex-to-dec', null), ['a hex-to-dec']);
    assert.deepEqual(keys(['10'], 'dec-to-hex', null), ['16 dec-to-hex']);
  });

  it('takes an id that a policy cannot convert as it is', () => {
    assert.deepEqual(keys(['0000436949', '6AAD5'], 'hex-to-dec', null), ['6aad5 hex-to-dec']);
    assert.deepEqual(keys(['msg-1'], 'dec-to-hex', null), ['msg-1 dec-to-hex']);
  });

  it('tries every id on a rung before the next rung, no key twice', () => {
    assert.deepEqual(keys(['0000436949', '6aad5'], 'auto', null), [
      '436949 exact',
      '6aad5 exact',
      '4417865 dec-to-hex',
    ]);
    assert.deepEqual(keys([], 'auto', null), []);
  });

  it('never throws, and finds every number in the other radix', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), fc.nat(5), (number, zeros) => {
        const hex = number.toString(16).toUpperCase();
        const decimal = '0'.repeat(zeros) + number.toString();
        assert.ok(matchKeys([decimal], 'auto', null).some(({ key }) => key === messageIdKey(hex)));
        assert.ok(matchKeys([hex], 'auto', null).some(({ key }) => key === messageIdKey(decimal)));
        assert.notEqual(rungOf(hex, decimal), null);
        assert.notEqual(rungOf(decimal, hex), null);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 })), fc.constantFrom(...POLICIES), (ids, policy) => {
        const found = matchKeys(ids, policy, null).map(({ key }) => key);
        assert.equal(new Set(found).size, found.length);
      }),
    );
  });

  it('stays quick with ids of any length', () => {
    const start = process.hrtime.bigint();
    matchKeys(['9'.repeat(60_000), 'f'.repeat(60_000)], 'auto', null);
    assert.ok(Number(process.hrtime.bigint() - start) / 1e6 < 50);
  });
});
