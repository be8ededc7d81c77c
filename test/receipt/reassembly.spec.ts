import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Reassembly } from '../../src/receipt/reassembly';
import type { Delivery } from '../../src/smpp/pdu';
import { delivery, tlv, ucs2 } from './delivery';

const LIMIT = 1000;

interface Numbered {
  readonly reference?: number;
  readonly total?: number;
  readonly part: number;
}

function part(
  text: string | Buffer,
  { reference = 7, total = 2, part }: Numbered,
  fields: Parameters<typeof delivery>[1] = {},
): Delivery {
  const header = Buffer.from([5, 0, 3, reference, total, part]);
  return delivery(Buffer.concat([header, Buffer.from(text as string, 'latin1')]), {
    esmClass: 0x40,
    dataCoding: 3,
    ...fields,
  });
}

describe('Reassembly', () => {
  let reassembly: Reassembly<string>;
  beforeEach(() => (reassembly = new Reassembly(LIMIT, 3)));

  function add(...args: Parameters<Reassembly<string>['add']>) {
    return reassembly.add(...args).message;
  }

  it('hands an ordinary message on at once', () => {
    const tlvs = [tlv(0x1454, 'x')];
    assert.deepEqual(add(delivery('Hello', { esmClass: 0, tlvs }), 'bind 1', 0), {
      to: '56161',
      from: '919800000001',
      text: 'Hello',
      encoding: 'gsm7',
      dataCoding: 0,
      segments: 1,
      tlvs,
      origin: 'bind 1',
      parts: [],
      warnings: [],
    });
  });

  it('puts parts in order, from whichever bind, with the first one’s origin', () => {
    assert.equal(add(part('b', { part: 2, total: 3 }), 'bind 2', 0), null);
    assert.equal(add(part('c', { part: 3, total: 3 }), 'bind 1', 1), null);
    const message = add(part('a', { part: 1, total: 3 }), 'bind 3', 2);
    assert.deepEqual([message?.text, message?.segments, message?.origin, message?.warnings], ['abc', 3, 'bind 2', []]);
  });

  it('joins a surrogate pair that was cut', () => {
    const octets = ucs2('🚰');
    assert.equal(add(part(octets.subarray(0, 2), { part: 1 }, { dataCoding: 8 }), '', 0), null);
    assert.equal(add(part(octets.subarray(2), { part: 2 }, { dataCoding: 8 }), '', 0)?.text, '🚰');
  });

  it('joins binary parts as octets', () => {
    add(part(Buffer.from([1]), { part: 1 }, { dataCoding: 4 }), '', 0);
    const message = add(part(Buffer.from([2]), { part: 2 }, { dataCoding: 4 }), '', 0);
    assert.deepEqual([message?.text, message?.encoding], [Buffer.from([1, 2]), 'binary']);
  });

  it('keeps apart what differs in sender, recipient, reference, total or kind of reference', () => {
    reassembly = new Reassembly(LIMIT, 10);
    const others = [
      part('x', { part: 2 }, { from: '919800000002' }),
      part('x', { part: 2 }, { to: '56162' }),
      part('x', { part: 2, reference: 8 }),
      part('x', { part: 2, total: 3 }),
      delivery('x', { esmClass: 0, tlvs: [tlv(0x020c, [0, 7]), tlv(0x020e, [2]), tlv(0x020f, [2])] }),
      delivery(Buffer.from([6, 8, 4, 0, 7, 2, 2, 0x78]), { esmClass: 0x40 }),
    ];
    assert.equal(add(part('a', { part: 1 }), '', 0), null);
    for (const other of others) assert.equal(add(other, '', 0), null);
    assert.equal(add(part('b', { part: 2 }), '', 0)?.text, 'ab');
    assert.equal(reassembly.expire(LIMIT).length, others.length);
  });

  it('ignores a part that comes again, before and after the message is whole', () => {
    assert.equal(add(part('a', { part: 1 }), '', 0), null);
    assert.equal(add(part('a', { part: 1 }), '', 1), null);
    assert.equal(add(part('b', { part: 2 }), '', 2)?.text, 'ab');
    assert.equal(add(part('b', { part: 2 }), '', 3), null);
    assert.deepEqual(reassembly.expire(10 * LIMIT), []);
  });

  it('starts anew when a reference comes round with another text', () => {
    add(part('a', { part: 1 }), '', 0);
    const given = add(part('A', { part: 1 }), '', 1);
    assert.deepEqual([given?.text, given?.warnings], ['a', ['parts missing of 2: 2']]);
    assert.equal(add(part('B', { part: 2 }), '', 2)?.text, 'AB');
    assert.equal(add(part('c', { part: 1 }), '', 3), null);
    assert.equal(add(part('d', { part: 2 }), '', 4)?.text, 'cd');
  });

  it('gives out what came when the time limit, counted from the first part, is over', () => {
    add(part('c', { part: 3, total: 4 }), 'bind 1', 100);
    add(part('a', { part: 1, total: 4 }), 'bind 2', 900);
    assert.deepEqual(reassembly.expire(99 + LIMIT), []);
    const [message, ...more] = reassembly.expire(100 + LIMIT);
    assert.deepEqual([message?.text, message?.segments, message?.origin], ['ac', 4, 'bind 1']);
    assert.deepEqual(message?.warnings, ['parts missing of 4: 2, 4']);
    assert.deepEqual(more, []);
    assert.deepEqual(reassembly.expire(100 * LIMIT), []);
  });

  it('gives the oldest message out when too many are open', () => {
    for (const reference of [1, 2, 3])
      assert.equal(add(part(`a${String(reference)}`, { part: 1, reference }), '', reference), null);
    assert.equal(add(part('a4', { part: 1, reference: 4 }), '', 4)?.text, 'a1');
    assert.deepEqual(
      reassembly.expire(10 * LIMIT).map(({ text }) => text),
      ['a2', 'a3', 'a4'],
    );
  });

  it('does not hold on to the frame of a part', () => {
    const tlvs = [tlv(0x1454, 'x')];
    add(part('a', { part: 1 }, { tlvs }), '', 0);
    tlvs[0]!.value.fill(0);
    assert.deepEqual(add(part('b', { part: 2 }), '', 0)?.tlvs, [tlv(0x1454, 'x')]);
  });

  it('gives every message out exactly once and whole, in whichever order and however often its parts come', () => {
    const texts = fc.array(
      fc.array(fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }), { minLength: 2, maxLength: 6 }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.nat()), (messages, random) => {
        const all = messages.flatMap((parts, reference) =>
          parts.flatMap((text, index) => {
            const one = part(text, { reference, total: parts.length, part: index + 1 });
            return [one, one];
          }),
        );
        const shuffled = all.map((one) => ({ one, at: random.next().value as number })).sort((a, b) => a.at - b.at);
        const together = new Reassembly<null>(LIMIT, 5);
        const given = shuffled
          .map(({ one }) => together.add(one, null, 0).message)
          .filter((message) => message !== null);
        assert.deepEqual(given.map(({ text }) => text).sort(), messages.map((parts) => parts.join('')).sort());
        assert.deepEqual(together.expire(LIMIT), []);
      }),
    );
  });
});
