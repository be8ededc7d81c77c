import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addPart,
  giveOut,
  messageKey,
  wholeMessage,
  type IncomingMessage,
  type OpenMessage,
} from '../../src/receipt/reassembly';
import type { Delivery } from '../../src/smpp/pdu';
import { delivery, tlv, ucs2 } from './delivery';

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

/** What is open, by key. */
class Together<Origin> {
  readonly open = new Map<string, OpenMessage<Origin>>();

  add(pdu: Delivery, origin: Origin): IncomingMessage<Origin> | null {
    const key = messageKey(pdu);
    if (key === null) return wholeMessage(pdu, origin);
    const { open, message } = addPart(this.open.get(key) ?? null, { delivery: pdu, origin });
    this.open.set(key, open);
    return message;
  }

  giveOut(): (IncomingMessage<Origin> | null)[] {
    return [...this.open.values()].map(giveOut);
  }
}

describe('Reassembly', () => {
  let together: Together<string>;
  beforeEach(() => (together = new Together()));

  function add(pdu: Delivery, origin = ''): IncomingMessage<string> | null {
    return together.add(pdu, origin);
  }

  it('hands an ordinary message on at once', () => {
    const tlvs = [tlv(0x1454, 'x')];
    assert.deepEqual(add(delivery('Hello', { esmClass: 0, tlvs }), 'bind 1'), {
      to: '56161',
      from: '919800000001',
      text: 'Hello',
      encoding: 'gsm7',
      dataCoding: 0,
      segments: 1,
      tlvs,
      origin: 'bind 1',
      warnings: [],
    });
  });

  it('puts parts in order, from whichever bind, with the first one’s origin', () => {
    assert.equal(add(part('b', { part: 2, total: 3 }), 'bind 2'), null);
    assert.equal(add(part('c', { part: 3, total: 3 }), 'bind 1'), null);
    const message = add(part('a', { part: 1, total: 3 }), 'bind 3');
    assert.deepEqual([message?.text, message?.segments, message?.origin, message?.warnings], ['abc', 3, 'bind 2', []]);
  });

  it('joins a surrogate pair that was cut', () => {
    const octets = ucs2('🚰');
    assert.equal(add(part(octets.subarray(0, 2), { part: 1 }, { dataCoding: 8 })), null);
    assert.equal(add(part(octets.subarray(2), { part: 2 }, { dataCoding: 8 }))?.text, '🚰');
  });

  it('joins binary parts as octets', () => {
    add(part(Buffer.from([1]), { part: 1 }, { dataCoding: 4 }));
    const message = add(part(Buffer.from([2]), { part: 2 }, { dataCoding: 4 }));
    assert.deepEqual([message?.text, message?.encoding], [Buffer.from([1, 2]), 'binary']);
  });

  it('keeps apart what differs in sender, recipient, reference, total or kind of reference', () => {
    const others = [
      part('x', { part: 2 }, { from: '919800000002' }),
      part('x', { part: 2 }, { to: '56162' }),
      part('x', { part: 2, reference: 8 }),
      part('x', { part: 2, total: 3 }),
      delivery('x', { esmClass: 0, tlvs: [tlv(0x020c, [0, 7]), tlv(0x020e, [2]), tlv(0x020f, [2])] }),
      delivery(Buffer.from([6, 8, 4, 0, 7, 2, 2, 0x78]), { esmClass: 0x40 }),
    ];
    assert.equal(add(part('a', { part: 1 })), null);
    for (const other of others) assert.equal(add(other), null);
    assert.equal(add(part('b', { part: 2 }))?.text, 'ab');
    assert.equal(together.giveOut().filter((message) => message !== null).length, others.length);
  });

  it('ignores a part that comes again, before and after the message is whole', () => {
    assert.equal(add(part('a', { part: 1 })), null);
    assert.equal(add(part('a', { part: 1 })), null);
    assert.equal(add(part('b', { part: 2 }))?.text, 'ab');
    assert.equal(add(part('b', { part: 2 })), null);
    assert.deepEqual(together.giveOut(), [null]);
  });

  it('starts anew when a reference comes round with another text', () => {
    add(part('a', { part: 1 }));
    const given = add(part('A', { part: 1 }));
    assert.deepEqual([given?.text, given?.warnings], ['a', ['parts missing of 2: 2']]);
    assert.equal(add(part('B', { part: 2 }))?.text, 'AB');
    assert.equal(add(part('c', { part: 1 })), null);
    assert.equal(add(part('d', { part: 2 }))?.text, 'cd');
  });

  it('gives out what came, with the origin of what came first, and what comes later begins anew', () => {
    add(part('c', { part: 3, total: 4 }), 'bind 1');
    add(part('a', { part: 1, total: 4 }), 'bind 2');
    const [message] = together.giveOut();
    assert.deepEqual([message?.text, message?.segments, message?.origin], ['ac', 4, 'bind 1']);
    assert.deepEqual(message?.warnings, ['parts missing of 4: 2, 4']);
    const [[key, open]] = [...together.open] as [[string, OpenMessage<string>]];
    together.open.set(key, { ...open, told: true });
    assert.deepEqual(together.giveOut(), [null]);
    assert.equal(add(part('c', { part: 3, total: 4 })), null);
    assert.equal(add(part('b', { part: 2, total: 4 })), null);
    assert.equal(together.giveOut()[0]?.text, 'b');
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
        const joined = new Together<null>();
        const given = shuffled.map(({ one }) => joined.add(one, null)).filter((message) => message !== null);
        assert.deepEqual(given.map(({ text }) => text).sort(), messages.map((parts) => parts.join('')).sort());
        assert.ok(joined.giveOut().every((message) => message === null));
      }),
    );
  });
});
