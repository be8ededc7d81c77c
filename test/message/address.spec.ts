import assert from 'node:assert/strict';
import * as address from '../../src/message/address';
import { countryOf } from '../../src/message/country';
import { refusal } from './refusal';

const recipientAddress = (...args: Parameters<typeof address.recipientAddress>) =>
  address.recipientAddress(...args).address;
const senderAddress = (...args: Parameters<typeof address.senderAddress>) => address.senderAddress(...args).address;
const warningsOf = (...args: Parameters<typeof address.recipientAddress>) => address.recipientAddress(...args).warnings;
const IN = countryOf('IN');

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

  it('written with a zero that is not dialled loses it behind its country code, and only there', () => {
    const expected = { ton: 1, npi: 1, addr: '447700900123' };
    for (const form of [
      '+44 (0)7700 900123',
      '0044 (0) 7700 900123',
      '+44(0)(7700)900123',
      '(+44) (0)7700-900-123',
      '44 (0)7700 900123',
      '\u202a+44\u00a0(0)7700\u00a0900123\u202c',
    ]) {
      assert.deepEqual(recipientAddress(form), expected, form);
    }
    assert.deepEqual(recipientAddress('+91 (0) 98765 43210').addr, '919876543210');
    for (const form of ['+44 77(0)00 900123', '+44 (0)(0)7700 900123', '+44 (0)', '+999 (0)7700 900123', '44(0)123']) {
      assert.throws(() => recipientAddress(form), refusal('to', /"\(0\)" that is not between/), form);
    }
    // Rome is dialled with its zero from abroad too.
    assert.throws(() => recipientAddress('+39 (0)6 69812345'), refusal('to', /with the 0 behind \+39 or without/));
    assert.throws(() => recipientAddress('+44 07911 123456'), refusal('to', /not dialled; write \+447911123456$/));
    assert.equal(recipientAddress('+390669812345').addr, '390669812345');
  });

  it('with what is dialled at home behind its country code is refused, whatever that is there', () => {
    for (const [form, right] of [
      ['+91 (00) 98765 43210', '919876543210'],
      ['+7 8 912 345 67 89', '79123456789'],
      ['0036 (06) 20 123 4567', '36201234567'],
      ['+370 (8) 612 34567', '37061234567'],
      ['+1 1 212 555 0123', '12125550123'],
    ] as const) {
      assert.throws(() => recipientAddress(form), refusal('to', new RegExp(`not dialled; write \\+${right}$`)), form);
      assert.equal(recipientAddress(`+${right}`).addr, right);
    }
    assert.equal(recipientAddress('+7 800 555 35 35').addr, '78005553535', 'a number that begins so');
  });

  it('that a spreadsheet has made a fraction or a power of is refused, not sent to somebody else', () => {
    for (const form of [
      '919876543210.0',
      '919876543210.00',
      '+919876543210.0',
      '91 98765 43210.0',
      '919876543210 .0',
      '919876543210\u200b.0',
      '919 876 543 210.000',
      '447700.900123',
      '4.5',
    ]) {
      assert.throws(() => recipientAddress(form), refusal('to', /looks like a decimal fraction; /), form);
    }
    for (const form of ['9.19E11', '9.19876543210E+11', '9,19876E+11', '919e9', '+9.19e+11']) {
      assert.throws(() => recipientAddress(form), refusal('to', /scientific notation, .*; give all digits/), form);
    }
    assert.equal(recipientAddress(9.19e11).addr, '919000000000');
    assert.equal(recipientAddress('+44.7700900123').addr, '447700900123', 'as domain registries write it');
    assert.equal(recipientAddress('06.12.34.56.78', {}, countryOf('FR')).addr, '33612345678');
  });

  it('whose country code is missing is refused with the remedy', () => {
    for (const form of ['07700900123', '0 7700 900 123', '(0)7700 900123', '000447700900123']) {
      assert.throws(
        () => recipientAddress(form),
        refusal('to', /begins with 0.*set the pool's country, or destTon/),
        form,
      );
    }
    assert.throws(() => recipientAddress('+0447700900123'), refusal('to', /none begins with 0/));
    assert.throws(() => recipientAddress('0'), refusal('to', /not a phone number/));
  });

  it('that no spelling of a number explains is refused', () => {
    for (const form of [
      '++447700900123',
      '+44+7700900123',
      '00+447700900123',
      '447700900123x12',
      '447700900123 ext. 12',
      '447700900123#12',
      '447700900123/447700900124',
      '1-800-FLOWERS',
      "'919876543210",
      '="919876543210"',
      '４４７７００９００１２３',
      '٩١٩٨٧٦٥٤٣٢١٠',
      '4477\u000000900123',
      '9'.repeat(100_000),
      ' '.repeat(90) + '+' + ' '.repeat(90) + '447700900123',
    ]) {
      assert.throws(() => recipientAddress(form), refusal('to', /^to: /), form.slice(0, 40));
    }
  });

  it('that looks like a topic is asked after', () => {
    assert.throws(
      () => recipientAddress('plant/pump/7'),
      refusal('to', /^to: "plant\/pump\/7" is not a phone number; an MQTT topic\?$/),
    );
  });

  it('without plus that is none of the country its digits name is sent with a warning', () => {
    assert.deepEqual(warningsOf('9876543210'), [
      'to 9876543210 is sent as a number of Iran, +98, where it is no valid one; is its country code missing?',
    ]);
    assert.match(warningsOf('4407911123456').join(), /United Kingdom, \+44/);
    assert.match(warningsOf('2101234567').join(), /no country that there is/);
    for (const form of ['919876543210', '+9876543210', '447700900123', '12125550123', '56161']) {
      assert.deepEqual(warningsOf(form), [], form);
    }
    assert.deepEqual(warningsOf('9876543210', { ton: 2 }), []);
  });

  it('is read as one of the country of the pool where it is valid there', () => {
    for (const form of [
      '9876543210',
      '09876543210',
      '98765 43210',
      '919876543210',
      '+919876543210',
      '(0)98765-43210',
    ]) {
      assert.deepEqual(address.recipientAddress(form, {}, IN), {
        address: { ton: 1, npi: 1, addr: '919876543210' },
        warnings: [],
      });
    }
    assert.deepEqual(recipientAddress('56161', {}, IN), { ton: 3, npi: 0, addr: '56161' });
    assert.deepEqual(warningsOf('447911123456', {}, IN), [
      'to 447911123456 is no valid number of India and is sent as one of United Kingdom, +44; write it with + if that is right',
    ]);
    assert.deepEqual(warningsOf('+447911123456', {}, IN), []);
    assert.throws(() => recipientAddress('1111111111', {}, IN), refusal('to', /is no valid number of India, nor one/));
    assert.throws(() => recipientAddress('4407911123456', {}, IN), refusal('to', /is no valid number of India/));
    assert.throws(() => recipientAddress('01111111111', {}, IN), refusal('to', /is no valid number of India/));
    assert.equal(recipientAddress('2125550123', {}, countryOf('CA')).addr, '12125550123', 'one numbering plan');
    assert.equal(recipientAddress('0669812345', {}, countryOf('IT')).addr, '390669812345');
    assert.equal(countryOf('XX'), null);
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

  it('keeps to the same rules where it is a number', () => {
    assert.throws(() => senderAddress('07700900123'), refusal('from', /^from: .*begins with 0.* or sourceTon to 2/));
    assert.equal(senderAddress('07700900123', { ton: 2 }).addr, '07700900123');
    assert.equal(senderAddress('+44 (0)7700 900123').addr, '447700900123');
    assert.throws(() => senderAddress('919876543210.0'), refusal('from', /decimal fraction/));
    assert.throws(() => senderAddress('9.19E11'), refusal('from', /scientific notation/));
    assert.deepEqual(senderAddress('24E7'), { ton: 5, npi: 0, addr: '24E7' });
    assert.equal(senderAddress('9876543210', {}, IN).addr, '919876543210');
    assert.match(address.senderAddress('9876543210').warnings.join(), /^from 9876543210 .* Iran, \+98/);
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
