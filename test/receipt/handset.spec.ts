import assert from 'node:assert/strict';
import { handsetVerdict, namedBy, readEnds, type HandsetVerdict } from '../../src/receipt/handset';

const TO = '919812345678';

function verdict(source: string, destination: string, to = TO, from = 'ALERTS'): HandsetVerdict {
  return handsetVerdict(readEnds(source, destination), to, from);
}

describe('handsetVerdict', () => {
  const verdicts: [source: string, expected: HandsetVerdict, to?: string][] = [
    [TO, 'same'],
    ['+91 98123-45678', 'same'],
    ['00919812345678', 'same'],
    ['09812345678', 'same'],
    ['9812345678', 'same'],
    ['07700900123', 'same', '447700900123'],
    ['5491123456789', 'similar', '541123456789'],
    ['91981234', 'similar'],
    ['919812345679', 'other'],
    ['919912345678', 'other'],
    ['447700900123', 'other'],
    ['9198XXXX5678', 'similar'],
    ['91********78', 'similar'],
    ['9198123*****', 'similar'],
    ['xxxxxxxx5678', 'similar'],
    ['98XXXX5678', 'similar'],
    ['4477****0123', 'similar', '447700900123'],
    ['4477***0123', 'similar', '447700900123'],
    ['4477....0123', 'similar', '447700900123'],
    ['0770XXX0123', 'similar', '447700900123'],
    ['9198XXXX5679', 'other'],
    ['4477****0123', 'other'],
    ['************', 'hidden'],
    ['a94a8fe5ccb19ba6', 'hidden'],
    ['', 'silent'],
    ['56161', 'same', '56161'],
    ['56162', 'other', '56161'],
  ];
  for (const [address, expected, to = TO] of verdicts) {
    it(`is ${expected} where "${address}" stands for ${to}, as source, and as destination where they are not turned round`, () => {
      assert.equal(verdict(address, 'ALERTS', to), expected);
      assert.equal(verdict('ALERTS', address, to), expected);
    });
  }

  it('is silent where neither end can be a handset', () => {
    for (const [source, destination] of [
      ['ALERTS', 'ALERTS'],
      ['ALERTS', ''],
      ['', 'ALERTS'],
      ['', '56161'],
      ['VM-ALERTS', '56161'],
      ['', '447700900999'],
    ] as const) {
      assert.equal(verdict(source, destination), 'silent', `${source} ${destination}`);
    }
  });

  it('tells the sender from the handset, whichever end it is at and however it is written', () => {
    const from = '447700900999';
    assert.equal(verdict(TO, from, TO, from), 'same');
    assert.equal(verdict(from, TO, TO, from), 'same');
    assert.equal(verdict('+44 7700 900999', '', TO, from), 'silent');
    assert.equal(verdict(from, from, TO, from), 'silent');
    assert.equal(verdict(from, '447700900123', TO, from), 'other');
    assert.equal(verdict('447700900123', from, TO, from), 'other');
  });

  it('finds another recipient where the platform has put its own sender', () => {
    assert.equal(verdict('VM-ALERTS', '447700900123'), 'other');
    assert.equal(verdict('447700900123', 'VM-ALERTS'), 'other');
    assert.equal(verdict('56161', '447700900123'), 'other');
  });
});

describe('namedBy', () => {
  it('is the source, unless only the destination can be the handset', () => {
    const named = (source: string, destination: string, sender = ''): string => namedBy(source, destination, sender).to;
    assert.equal(named(TO, 'ALERTS'), TO);
    assert.equal(named('ALERTS', TO), TO);
    assert.equal(named('56161', TO), TO);
    assert.equal(named(TO, '447700900999'), TO);
    assert.equal(named('447700900999', TO, '+447700900999'), TO);
    assert.equal(named('', TO), '');
    assert.equal(named('ALERTS', ''), 'ALERTS');
    assert.deepEqual(namedBy('ALERTS', '9198XXXX5678', ''), { to: '9198XXXX5678', from: 'ALERTS' });
  });
});
