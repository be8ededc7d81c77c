import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deliveryStatusOf } from '../../src/receipt/delivery-status';
import { readEnds } from '../../src/receipt/handset';
import type { MatchEvidence, MatchRung, SentIds } from '../../src/receipt/match';
import { bestMatch, matchKeys, messageIdKey, rungOf, storedKeys } from '../../src/receipt/match';
import type { DeliveryStatus } from '../../src/receipt/receipt';

const POLICIES = ['auto', 'exact', 'hex-to-dec', 'dec-to-hex'] as const;

function keys(...parameters: Parameters<typeof matchKeys>): string[] {
  return matchKeys(...parameters).map(({ key, rung }) => `${key} ${rung}`);
}

describe('storedKeys', () => {
  const known: [id: string, keys: readonly string[]][] = [
    ['0012', ['12']],
    ['ABC', ['abc']],
    ['C87C2273-7EDB-4BC7', ['c87c22737edb4bc7', 'c87c2273-7edb-4bc7']],
    ['"0077"', ['77', '"0077"']],
    ['--', ['--', '--']],
  ];
  for (const [id, keys] of known) {
    it(`of "${id}" are those of this version and of the one before`, () => {
      assert.deepEqual([...new Set(storedKeys(id))], [...new Set(keys)]);
      assert.equal(storedKeys(id)[0], messageIdKey(id));
    });
  }
});

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
    ['00-AB', 'ab'],
    ['0x-1F', '1f'],
    [' [ab]\0', 'ab'],
    ['"m.1"', 'm1'],
    ['--', '--'],
    ['C87C2273-7EDB-4BC7-8D3A-7F57F21B625E', 'c87c22737edb4bc78d3a7f57f21b625e'],
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
    ['c87c2273-7edb-4bc7-8d3a-7f57f21b625e', 'C87C22737EDB4BC78D3A7F57F21B625E', 'punctuation'],
    ['{c87c2273-7edb-4bc7-8d3a-7f57f21b625e}', 'c87c2273-7edb-4bc7-8d3a-7f57f21b625e', 'punctuation'],
    ['abc-1', 'abc1', 'punctuation'],
    ['abc 1', 'abc.1', 'punctuation'],
    ['77', '"77"', 'punctuation'],
    ['00-77', '77', 'punctuation'],
    ['26F0-C4A1', '653313185', 'hex-to-dec'],
    ['77 ', '77', 'punctuation'],
    ['abc-1', 'abc-2', null],
    ['--', '-', null],
    ['', '0', null],
  ];
  for (const [sent, receipt, rung] of pairs) {
    it(`puts ${sent} and ${receipt} on ${rung ?? 'no rung'}`, () => {
      assert.equal(rungOf(sent, receipt), rung);
      const found = matchKeys([receipt], 'auto', null).some(({ key }) => key === messageIdKey(sent));
      assert.equal(found, rung !== null);
    });
  }

  it('looks ids with punctuation up as an earlier version has stored them, too', () => {
    assert.deepEqual(keys(['M-1'], 'auto', null), ['m1 exact', 'm-1 exact']);
    assert.deepEqual(keys(['00-1'], 'exact', null), ['1 exact', '00-1 exact']);
  });

  it('looks up the plain key first, then the converted ones', () => {
    assert.deepEqual(keys(['0059113978'], 'auto', null), [
      '59113978 exact',
      '38601fa hex-to-dec',
      '1494301048 dec-to-hex',
    ]);
    assert.deepEqual(keys(['6AAD5'], 'auto', null), ['6aad5 exact', '436949 dec-to-hex']);
    assert.deepEqual(keys(['m1'], 'auto', null), ['m1 exact']);
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
    assert.deepEqual(keys(['msg-1'], 'dec-to-hex', null), ['msg1 dec-to-hex']);
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

  it('looks for few keys, and short ones, whatever the length of the ids', () => {
    const keys = matchKeys(['9'.repeat(60_000), 'f'.repeat(60_000)], 'auto', null);
    assert.ok(keys.length <= 8, String(keys.length));
  });
});

describe('bestMatch', () => {
  const DELIVERED = fate('DELIVRD');
  const FAILED = fate('UNDELIV');
  const ENROUTE = fate('ENROUTE');

  function fate(status: string): DeliveryStatus {
    return deliveryStatusOf({ status, error: null, messageState: null, intermediate: false });
  }

  interface Sent extends SentIds {
    readonly servers: readonly string[];
  }

  function sent(ids: string, change: Partial<Sent> = {}): Sent {
    const messageIds = ids.split(' ');
    return {
      to: '919812345678',
      from: 'ALERTS',
      submittedAt: 1,
      messageIds,
      receipts: messageIds.map(() => null),
      servers: messageIds.map(() => 'A'),
      ...change,
    };
  }

  function best(found: Sent[], id: string, change: Partial<MatchEvidence<Sent>> & { server?: string } = {}) {
    return bestMatch(found, {
      messageIds: [id],
      status: DELIVERED,
      ends: readEnds('919812345678', 'ALERTS'),
      policy: 'auto',
      learnt: null,
      fromSameServer: ({ servers }, segment) => servers[segment] === (change.server ?? 'A'),
      ...change,
    });
  }

  function place(...parameters: Parameters<typeof best>): number | undefined {
    return best(...parameters)?.segment;
  }

  it('gives receipts of one id to its segments in turn, then takes a repeat for one', () => {
    const receipts: (DeliveryStatus | null)[] = [null, null, null];
    const places = [FAILED, DELIVERED, DELIVERED, FAILED, DELIVERED].map((status) => {
      const segment = place([sent('7 7 7', { receipts })], '7', { status })!;
      receipts[segment] ??= status;
      return segment;
    });
    assert.deepEqual(places, [0, 1, 2, 0, 1]);
  });

  it('puts a final word where none is yet, an interim one where nothing is', () => {
    assert.equal(place([sent('7 7', { receipts: [ENROUTE, null] })], '7', { status: ENROUTE }), 1);
    assert.equal(place([sent('7 7', { receipts: [FAILED, ENROUTE] })], '7'), 1);
    assert.equal(place([sent('7 7', { receipts: [ENROUTE, ENROUTE] })], '7', { status: fate('ACCEPTD') }), 0);
  });

  it('gives each of two messages to one phone its own receipt', () => {
    const old = sent('7', { submittedAt: 1 });
    const young = sent('7', { submittedAt: 2 });
    assert.equal(best([old, young], '7')!.sent, young);
    const told = { ...young, receipts: [DELIVERED] };
    assert.equal(best([old, told], '7')!.sent, old);
    assert.equal(best([{ ...old, receipts: [FAILED] }, told], '7')!.sent, told);
  });

  it('lets the recipient decide, then the server, then what is open', () => {
    const [a, b] = [sent('7'), sent('7', { to: '447700900123', servers: ['B'] })];
    assert.equal(best([a, b], '7', { server: 'B' })!.sent, a);
    const c = sent('7', { servers: ['B'], receipts: [FAILED] });
    assert.equal(best([a, c], '7', { server: 'B' })!.sent, c);
    assert.equal(best([a, c], '7', { server: 'C' })!.sent, a);
  });

  it('prefers the segment that went to the server of the receipt, among those that are open', () => {
    const long = sent('7 7', { servers: ['A', 'B'] });
    assert.equal(place([long], '7', { server: 'B' }), 1);
    assert.equal(place([long], '7', { server: 'A' }), 0);
  });

  it('takes no message of another recipient, whatever the rung and what was learnt', () => {
    const ends = readEnds('447700900123', 'ALERTS');
    for (const [id, receipt] of [
      ['77', '77'],
      ['26F0C4A1', '653313185'],
    ] as const) {
      for (const learnt of [null, 'exact', 'hex-to-dec'] as const) {
        assert.equal(best([sent(id)], receipt, { ends, learnt }), null);
      }
    }
  });

  it('prefers the same spelling to the same number, unless the other way was learnt', () => {
    const found = [sent('10'), sent('a')];
    assert.equal(best(found, '10')!.sent, found[0]);
    assert.equal(best(found, '10', { learnt: 'hex-to-dec' })!.sent, found[1]);
  });

  it('knows whether another message may be meant as well', () => {
    const ends = readEnds('', '');
    assert.equal(best([sent('7'), sent('7', { to: '447700900123' })], '7', { ends })!.hasRivals, true);
    assert.equal(best([sent('7'), sent('7', { to: '447700900123' })], '7')!.hasRivals, false);
    assert.equal(best([sent('7'), sent('7')], '7', { ends })!.hasRivals, false);
    assert.equal(best([sent('7 7')], '7', { ends })!.hasRivals, false);
  });

  it('keeps to the policy', () => {
    assert.equal(best([sent('a-7')], 'A7', { policy: 'exact' }), null);
    assert.equal(best([sent('a-7')], 'A7')!.rung, 'punctuation');
  });
});
