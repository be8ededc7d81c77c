import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recipientAddress } from '../../src/message/address';
import { countryOf } from '../../src/message/country';
import { RecipientList, recipients } from '../../src/message/recipients';
import { refusal } from './refusal';

const COMMA_FRACTIONS = [
  '919876543210,0',
  '9198765432,10',
  '919.876.543.210,00',
  '919 876 543 210,000',
  '+919876543210,5',
];

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
    assert.equal(recipientAddress(to[0]).address.addr, '447700900123');
    for (const entry of to.slice(1)) assert.throws(() => recipientAddress(entry), refusal('to', /phone number/), entry);
  });

  it('may hold lists', () => {
    assert.deepEqual(recipients([['447700900123'], [['447700900124'], '447700900125;447700900126']]).to, [
      '447700900123',
      '447700900124',
      '447700900125',
      '447700900126',
    ]);
    const itself: unknown[] = ['447700900123'];
    itself.push(itself);
    assert.equal(recipients(itself).to[0], '447700900123');
    for (const innermost of ['', []]) {
      let many: unknown = innermost;
      for (let depth = 0; depth < 15; depth++) many = new Array(10).fill(many);
      assert.throws(() => recipients(many), refusal('to', /more than 1000000 recipients/));
    }
  });

  it('has two that cannot be read twice: each gets its outcome', () => {
    assert.deepEqual(recipients([null, null, 'ACME', 'ACME', {}, {}]), {
      to: ['null', 'null', 'ACME', 'ACME', 'an object', 'an object'],
      warnings: [],
    });
  });

  it('is told one from a number that a spreadsheet has cut with commas', () => {
    for (const text of [
      '9,19876E+11',
      '919,876,543,210',
      '9,19,87,65,43,210',
      '919,876,543,210.00',
      ...COMMA_FRACTIONS,
    ]) {
      const { to } = recipients(text);
      assert.deepEqual(to, [text]);
      assert.throws(
        () => recipientAddress(to[0]),
        refusal('to', /scientific notation|comma at each thousand|decimal fraction/),
      );
    }
    assert.deepEqual(recipients('919876543210,0;919876543211').to, ['919876543210,0', '919876543211']);
    assert.deepEqual(recipients('919876543210,112').to, ['919876543210', '112']);
    assert.deepEqual(recipients('112,911').to, ['112', '911']);
    assert.deepEqual(recipients('919, 876, 543, 210').to, ['919', '876', '543', '210']);
  });

  it('may come as rows and cells of a table', () => {
    assert.deepEqual(recipients('447700900123\t447700900124\r\n447700900125\u2028447700900126').to.length, 4);
  });

  it('tells repeats by the country and the type of number that are in force', () => {
    const rules = { country: countryOf('IN') };
    assert.equal(recipients('09876543210, +91 98765 43210, 9876543210', rules).to.length, 1);
    assert.equal(recipients('0770090, 0 770090', { overrides: { ton: 2 } }).to.length, 1);
  });

  it('names ten repeats and counts the others', () => {
    const numbers = Array.from({ length: 50 }, (_, i) => `4477009001${String(i).padStart(2, '0')}`);
    const { to, warnings } = recipients([...numbers, ...numbers]);
    assert.equal(to.length, 50);
    assert.equal(warnings.length, 11);
    assert.equal(warnings[10], 'to: 40 others are in the list several times; each is sent once');
  });

  it('is read in parts, for the event loop must not stand still', () => {
    const list = new RecipientList(['447700900123', ['447700900124', '447700900125']]);
    assert.equal(list.read(2), false);
    assert.deepEqual(list.to, ['447700900123', '447700900124']);
    assert.equal(list.read(2), true);
    assert.equal(list.to.length, 3);
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
