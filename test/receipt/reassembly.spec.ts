import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addPart,
  giveOut,
  isNew,
  messageKey,
  octetsOf,
  openPart,
  partNumber,
  wholeMessage,
  type IncomingMessage,
  type OpenMessage,
  type OpenPart,
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

interface Kept<Origin> {
  readonly open: OpenMessage;
  readonly parts: ReadonlyMap<number, OpenPart<Origin>>;
}

/** What is open, by key, kept as a store keeps it. */
class Together<Origin> {
  readonly kept = new Map<string, Kept<Origin>>();

  add(pdu: Delivery, origin: Origin): IncomingMessage<Origin> | null {
    const key = messageKey(pdu);
    if (key === null) return wholeMessage(pdu, origin);
    const known = this.kept.get(key);
    const part = openPart(pdu, origin);
    const { open, ends, keeps, gives } = addPart(known?.open ?? null, part);
    const parts = new Map(ends ? [] : known?.parts);
    if (keeps) parts.set(partNumber(part), part);
    this.kept.set(key, { open, parts });
    const before = known ? inOrder(known) : [];
    return gives && giveOut(gives === 'whole' ? [...before, part] : before);
  }

  /** What is given out when its time is over. */
  giveOut(): IncomingMessage<Origin>[] {
    return [...this.kept.values()].filter(({ open }) => isNew(open)).map((kept) => giveOut(inOrder(kept)));
  }
}

function inOrder<Origin>({ open, parts }: Kept<Origin>): OpenPart<Origin>[] {
  return open.parts.map(([number]) => parts.get(number)!);
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
    assert.equal(together.giveOut().length, others.length);
  });

  it('ignores a part that comes again, before and after the message is whole', () => {
    assert.equal(add(part('a', { part: 1 })), null);
    assert.equal(add(part('a', { part: 1 })), null);
    assert.equal(add(part('b', { part: 2 }))?.text, 'ab');
    assert.equal(add(part('b', { part: 2 })), null);
    assert.deepEqual(together.giveOut(), []);
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
    together.kept.clear();
    assert.equal(add(part('b', { part: 2, total: 4 })), null);
    assert.deepEqual(
      together.giveOut().map(({ text }) => text),
      ['b'],
    );
  });

  describe('of texts that begin alike under one reference', () => {
    const alarm = (pump: string) => ['alarm site 7 ', pump].map((text, index) => part(text, { part: index + 1 }));
    const given = (...pdus: readonly Delivery[]) => pdus.map((pdu) => add(pdu)?.text ?? null);

    it('gives each out, whole and at once', () => {
      assert.deepEqual(given(...alarm('pump 1')), [null, 'alarm site 7 pump 1']);
      assert.deepEqual(given(...alarm('pump 2')), [null, 'alarm site 7 pump 2']);
      assert.deepEqual(given(...alarm('pump 1')), [null, 'alarm site 7 pump 1']);
      assert.deepEqual(together.giveOut(), []);
    });

    it('gives each out where the second part comes first', () => {
      assert.deepEqual(given(...alarm('pump 1').reverse()), [null, 'alarm site 7 pump 1']);
      assert.deepEqual(given(...alarm('pump 2').reverse()), [null, 'alarm site 7 pump 2']);
    });

    it('gives each out where parts of the first come again before', () => {
      assert.deepEqual(given(...alarm('pump 1'), ...alarm('pump 1')), [null, 'alarm site 7 pump 1', null, null]);
      assert.deepEqual(given(...alarm('pump 2')), [null, 'alarm site 7 pump 2']);
      assert.deepEqual(given(alarm('pump 2')[1]!, ...alarm('pump 3')), [null, null, 'alarm site 7 pump 3']);
      assert.deepEqual(together.giveOut(), []);
    });

    it('does not mix what came again of the first into another', () => {
      const other = ['valve ', 'open'].map((text, index) => part(text, { part: index + 1 }));
      for (const repeats of [[1], [2], [1, 2], [2, 1]]) {
        together = new Together();
        given(...alarm('pump 1'), ...repeats.map((number) => alarm('pump 1')[number - 1]!));
        assert.deepEqual(given(...other), [null, 'valve open'], repeats.join());
        assert.deepEqual(together.giveOut(), []);
      }
    });

    it('gives one out later where its parts are out of order and one of them may be a repeat', () => {
      const said = (pump: string) => [part(pump, { part: 1 }), part(' stands still', { part: 2 })] as const;
      given(...said('pump 1'));
      assert.deepEqual(given(...[...said('pump 2')].reverse()), [null, null]);
      assert.deepEqual(
        together.giveOut().map(({ text, warnings }) => [text, warnings]),
        [['pump 2 stands still', []]],
      );
    });

    it('gives three of three parts out that differ in the middle', () => {
      const said = (number: string) =>
        ['pump ', number, ' stands still'].map((text, index) => part(text, { part: index + 1, total: 3 }));
      for (const number of ['1', '2', '3']) {
        assert.deepEqual(given(...said(number)), [null, null, `pump ${number} stands still`]);
      }
    });

    it('does not give out what came again of one that was told', () => {
      given(...alarm('pump 1'), alarm('pump 1')[0]!);
      assert.deepEqual(together.giveOut(), []);
    });
  });

  it('joins what was cut anywhere, whatever the alphabet', () => {
    const alphabets: readonly (readonly [number, Buffer, string | Buffer])[] = [
      [0, Buffer.from('541b65531b1b1b3c', 'hex'), 'T€S ['],
      [8, ucs2('पंप 🚰 ok'), 'पंप 🚰 ok'],
      [3, Buffer.from('Größe', 'latin1'), 'Größe'],
      [4, Buffer.of(0, 0x1b, 0xd8, 0x3d), Buffer.of(0, 0x1b, 0xd8, 0x3d)],
      [9, Buffer.of(1, 2), Buffer.of(1, 2)],
    ];
    for (const [dataCoding, octets, text] of alphabets) {
      for (let cut = 0; cut <= octets.length; cut++) {
        together = new Together();
        add(part(octets.subarray(cut), { part: 2 }, { dataCoding }));
        assert.deepEqual(add(part(octets.subarray(0, cut), { part: 1 }, { dataCoding }))?.text, text);
      }
    }
  });

  it('reads a text that is marked as GSM 7-bit in one way, though only one of its parts shows that it is Latin-1', () => {
    add(part('@ Gr', { part: 1 }, { dataCoding: 0 }));
    const message = add(part('öße', { part: 2 }, { dataCoding: 0 }));
    assert.deepEqual([message?.text, message?.encoding], ['@ Größe', 'latin1']);
  });

  it('reads each part by its own alphabet and its own language tables', () => {
    const shifted = (octets: readonly number[], elements: readonly number[], number: number) => {
      const header = [0, 3, 7, 3, number, ...elements];
      return delivery(Buffer.from([header.length, ...header, ...octets]), { esmClass: 0x40 });
    };
    add(shifted([0x04, 0x1b], [0x25, 1, 1], 1));
    add(shifted([0x63, 0x1b], [0x24, 1, 1], 2));
    const message = add(part(ucs2('ж'), { part: 3, total: 3 }, { dataCoding: 8 }));
    assert.deepEqual([message?.text, message?.encoding, message?.warnings], ['€ç ж', 'gsm7', []]);
  });

  it('joins nothing across a part that is missing', () => {
    add(part(Buffer.of(0x41, 0x1b), { part: 1, total: 3 }, { dataCoding: 0 }));
    add(part(Buffer.of(0x65), { part: 3, total: 3 }, { dataCoding: 0 }));
    assert.equal(together.giveOut()[0]?.text, 'A e');
  });

  it('gives octets, as they came, where one of the parts is binary', () => {
    add(part('ab', { part: 1 }, { dataCoding: 0 }));
    const message = add(part(Buffer.of(255), { part: 2 }, { dataCoding: 4 }));
    assert.deepEqual([message?.text, message?.encoding], [Buffer.of(0x61, 0x62, 255), 'binary']);
  });

  it('keeps a part that came as message_payload once, and gives its TLV out all the same', () => {
    const sar = (number: number, text: string) => {
      const body = Buffer.from(text);
      const tlvs = [tlv(0x020c, [0, 7]), tlv(0x020e, [2]), { tag: 0x0424, value: body }, tlv(0x020f, [number])];
      return delivery(body, { esmClass: 0, tlvs });
    };
    const kept = openPart(sar(1, 'a'), '');
    assert.deepEqual([kept.isPayload, kept.delivery.tlvs.map(({ tag }) => tag)], [true, [0x020c, 0x020e, 0x020f]]);
    add(sar(1, 'a'));
    const message = add(sar(2, 'b'));
    assert.equal(message?.text, 'ab');
    assert.deepEqual(message.tlvs.at(-1), { tag: 0x0424, value: Buffer.from('a') });
  });

  it('knows parts again by a few octets, and counts what is kept', () => {
    const long = part('x'.repeat(60_000), { part: 1 });
    const { open } = addPart(null, openPart(long, ''));
    assert.ok(octetsOf(open) > 60_000 && octetsOf(open) < 62_000);
    assert.ok(JSON.stringify(open).length < 60);
    const whole = addPart(open, openPart(part('y', { part: 2 }), '')).open;
    assert.ok(octetsOf(whole) < 1000);
  });

  it('has keys of a bounded length, whatever the addresses', () => {
    const keys = ['x', 'y'].map((end) => messageKey(part('a', { part: 1 }, { from: '9'.repeat(50_000) + end }))!);
    assert.notEqual(keys[0], keys[1]);
    assert.ok(keys.every((key) => key.length <= 200));
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
        assert.deepEqual(joined.giveOut(), []);
      }),
    );
  });
});
