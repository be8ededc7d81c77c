import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mentionsIn, Whitelist } from '../../src/dlt/whitelist';

const found = (text: string) => mentionsIn(text).map(({ kind, text: what }) => `${kind} ${what}`);

describe('Links and numbers in a text', () => {
  it('are found with their places', () => {
    assert.deepEqual(mentionsIn('See https://a.example/x?y, or call +91 98765 43210.'), [
      { kind: 'link', text: 'https://a.example/x?y', position: 4 },
      { kind: 'number', text: '+91 98765 43210', position: 35 },
    ]);
  });

  it('are links with a scheme, www, a path, or a usual ending', () => {
    assert.deepEqual(found('www.pump.museum (acme.in/9) acme.com. http://x.io!'), [
      'link www.pump.museum',
      'link acme.in/9',
      'link acme.com',
      'link http://x.io',
    ]);
    assert.deepEqual(found('It is 21.5 degrees.Now stop. e.g. a.b@acme.com v1.2.3'), []);
  });

  it('are numbers that ring in India', () => {
    assert.deepEqual(found('9876543210 or 09876543210, 919876543210, 1800 123 4567, 1860-500-1234'), [
      'number 9876543210',
      'number 09876543210',
      'number 919876543210',
      'number 1800 123 4567',
      'number 1860-500-1234',
    ]);
    assert.deepEqual(found('123456 1234567890 order A9876543210 12.9876543210 98765432101234567890'), []);
  });

  it('are looked for in time in proportion to the text', () => {
    for (const piece of ['.', '9 ', '9-', 'a.', 'http://', '(((', 'a.b']) mentionsIn(piece.repeat(50_000));
    fc.assert(fc.property(fc.string(), (text) => void mentionsIn(text)));
  });
});

describe('A whitelist', () => {
  const list = new Whitelist(
    'acme.com\nhttps://www.shop.in/t/*\r\n\n pay.io/a/{#var#}\nnothing',
    '1800 123 4567\n+91-9876543210\nabc',
  );

  it('covers links of a host, or those that begin with a path', () => {
    for (const link of [
      'acme.com',
      'https://ACME.com/x/y?z',
      'http://www.acme.com',
      'shop.in/t/7',
      'https://pay.io/a/1',
    ]) {
      assert.ok(list.hasLink(link), link);
    }
    for (const link of [
      'evil.com',
      'acme.com.evil.io',
      'x.acme.com',
      'shop.in',
      'shop.in/u',
      'https://evil.io/acme.com',
      '',
    ]) {
      assert.ok(!list.hasLink(link), link);
    }
  });

  it('covers numbers with and without the country code', () => {
    for (const number of ['18001234567', '9876543210', '09876543210', '+91 98765 43210', '919876543210'])
      assert.ok(list.hasNumber(number), number);
    for (const number of ['9876543211', '', 'abc']) assert.ok(!list.hasNumber(number), number);
  });

  it('says which lines are neither', () => {
    assert.deepEqual(list.odd, ['nothing', 'abc']);
  });
});
