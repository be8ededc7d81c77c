import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressWarnings, recipientAddress, recipients, senderAddress } from '../../src/message/address';
import { refusal } from './refusal';

describe('A recipient', () => {
  it('with a plus, with 00, or of 8 to 15 digits is international, however it is punctuated', () => {
    const expected = { ton: 1, npi: 1, addr: '447700900123' };
    const forms = [
      '+447700900123',
      '00447700900123',
      '447700900123',
      '+44 7700-900.123',
      ' (+44) [7700] 900 123\u00a0',
      '\u202a+44\u20117700 900123\u202c',
      447700900123,
      447700900123n,
    ];
    for (const form of forms) assert.deepEqual(recipientAddress(form), expected, String(form));
    assert.deepEqual(recipientAddress('12345678'), { ton: 1, npi: 1, addr: '12345678' });
    assert.deepEqual(recipientAddress('123456789012345'), { ton: 1, npi: 1, addr: '123456789012345' });
    assert.deepEqual(recipientAddress('+2904321'), { ton: 1, npi: 1, addr: '2904321' });
  });

  it('of up to 7 digits is a short code', () => {
    assert.deepEqual(recipientAddress('1234567'), { ton: 3, npi: 0, addr: '1234567' });
    assert.deepEqual(recipientAddress(112), { ton: 3, npi: 0, addr: '112' });
    assert.deepEqual(recipientAddress('000780'), { ton: 3, npi: 0, addr: '000780' });
  });

  it('takes the type of number and the plan it is given', () => {
    assert.deepEqual(recipientAddress('07700900123', { ton: 2 }), { ton: 2, npi: 1, addr: '07700900123' });
    assert.deepEqual(recipientAddress('07700900123', { ton: '2', npi: 8 }), { ton: 2, npi: 8, addr: '07700900123' });
    assert.throws(
      () => recipientAddress('112', { ton: 256 }),
      refusal('destTon', /^destTon: 256 is not a whole number from 0 to 255;/),
    );
    assert.throws(
      () => recipientAddress('112', { npi: 'x' }),
      refusal('destNpi', /^destNpi: "x" is not a whole number/),
    );
  });

  it('that is none is refused', () => {
    assert.throws(() => recipientAddress(''), refusal('to', /^to: there is no recipient; give a phone number$/));
    assert.throws(() => recipientAddress(undefined), refusal('to', /there is no recipient/));
    assert.throws(
      () => recipientAddress('ACME'),
      refusal('to', /^to: "ACME" is not a phone number; give digits with the country code/),
    );
    assert.throws(() => recipientAddress('44+7700'), refusal('to', /is not a phone number/));
    assert.throws(() => recipientAddress('१२३४५६७८'), refusal('to', /is not a phone number/));
    assert.throws(
      () => recipientAddress('1234567890123456'),
      refusal('to', /has 16 digits and a phone number at most 15;/),
    );
    assert.throws(() => recipientAddress({}), refusal('to', /^to: an object is not a text;/));
    assert.throws(() => recipientAddress(2 ** 60), refusal('to', /too large to keep its last digits/));
    assert.throws(() => recipientAddress(-5), refusal('to', /^to: -5 is not a text/));
    assert.throws(() => recipientAddress(1.5), refusal('to', /^to: 1.5 is not a text/));
  });

  it('whose international number begins with 0 is sent with a warning', () => {
    assert.deepEqual(addressWarnings('to', recipientAddress('07700900123')), [
      'to 07700900123 is sent as an international number, but no country code begins with 0; for a national number set destTon to 2',
    ]);
    assert.deepEqual(addressWarnings('to', recipientAddress('07700900123', { ton: 2 })), []);
    assert.deepEqual(addressWarnings('from', senderAddress('447700900123')), []);
  });
});

describe('A sender', () => {
  it('is a number, a short code, a name, or nothing', () => {
    assert.deepEqual(senderAddress('+44 7700 900123'), { ton: 1, npi: 1, addr: '447700900123' });
    assert.deepEqual(senderAddress(56161), { ton: 3, npi: 0, addr: '56161' });
    assert.deepEqual(senderAddress(' My-Shop 24 '), { ton: 5, npi: 0, addr: 'My-Shop 24' });
    assert.deepEqual(senderAddress('ABCDEFGHIJK'), { ton: 5, npi: 0, addr: 'ABCDEFGHIJK' });
    assert.deepEqual(senderAddress(''), { ton: 0, npi: 0, addr: '' });
    assert.deepEqual(senderAddress('12345', { ton: 5, npi: 9 }), { ton: 5, npi: 9, addr: '12345' });
  });

  it('is refused when its letters are too many or not ASCII', () => {
    assert.throws(
      () => senderAddress('ABCDEFGHIJKL'),
      refusal('from', /^from: "ABCDEFGHIJKL" has 12 characters and a sender with letters at most 11; shorten it$/),
    );
    assert.throws(
      () => senderAddress('Café'),
      refusal('from', /^from: "Café" has a character that is not ASCII \(é\); replace it$/),
    );
    assert.throws(() => senderAddress('A\u0000'), refusal('from', /\(U\+0000\)/));
    assert.throws(() => senderAddress(['x']), refusal('from', /^from: an array is not a text; give a string$/));
    assert.throws(() => senderAddress('x', { ton: -1 }), refusal('sourceTon', /^sourceTon: -1 /));
    assert.throws(() => senderAddress('x', { npi: NaN }), refusal('sourceNpi', /^sourceNpi: NaN /));
  });
});

describe('A list of recipients', () => {
  it('is a text, a number, a comma list, or an array of those', () => {
    assert.deepEqual(recipients('+447700900123'), { to: ['+447700900123'], warnings: [] });
    assert.deepEqual(recipients(447700900123).to, ['447700900123']);
    assert.deepEqual(recipients(' 447700900123, 447700900124 ;447700900125\n447700900126,,').to, [
      '447700900123',
      '447700900124',
      '447700900125',
      '447700900126',
    ]);
    assert.deepEqual(recipients([447700900123, '447700900124,447700900125', 5n, '']).to, [
      '447700900123',
      '447700900124',
      '447700900125',
      '5',
    ]);
  });

  it('has each recipient once, with a warning for a repeat however it is written', () => {
    assert.deepEqual(recipients('+44 7700 900123, 00447700900123, 447700900124, 447700900123'), {
      to: ['+44 7700 900123', '447700900124'],
      warnings: ['to: +44 7700 900123 is in the list 3 times; it is sent once'],
    });
    assert.deepEqual(
      recipients('+1234567,1234567').to.length,
      2,
      'a number and a short code of the same digits are two',
    );
  });

  it('keeps an entry that is no number, so that it fails by itself', () => {
    const { to } = recipients([447700900123, null, 'ACME', {}, -5, 1.5, 2 ** 60, true]);
    assert.equal(to.length, 8);
    assert.deepEqual(recipientAddress(to[0]).addr, '447700900123');
    for (const entry of to.slice(1)) assert.throws(() => recipientAddress(entry), refusal('to', /phone number/), entry);
  });

  it('without anybody in it is refused', () => {
    for (const value of [undefined, null, '', ' ', ' , ', [], ['', ' ']]) {
      assert.throws(
        () => recipients(value),
        refusal('to', /^to: there is no recipient; give a phone number, a comma list or an array of them$/),
      );
    }
    for (const value of [{}, true, Symbol('x'), () => 1, Buffer.from('1')]) {
      assert.throws(() => recipients(value), refusal('to', / is no recipient; give /));
    }
  });

  it('throws nothing but a refusal, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(fc.anything())), (value) => {
        try {
          for (const entry of recipients(value).to) assert.equal(typeof entry, 'string');
        } catch (error) {
          refusal('to', /^to: /)(error);
        }
      }),
    );
  });
});
