import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeGsm7, isGsm7, septets, writeGsm7 } from '../../src/message/gsm7';
import { EXTENSION_CHARACTERS, GSM7_CHARACTERS } from './handset';

function encode(text: string): Uint8Array {
  const octets = new Uint8Array(2 * text.length);
  return octets.subarray(0, writeGsm7(text, octets, 0));
}

describe('GSM 7-bit', () => {
  it('has the 127 characters of the default alphabet and the 10 of the extension table, and no other', () => {
    const known = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(isGsm7);
    assert.equal(known.length, 137);
    assert.deepEqual(new Set(known), new Set(GSM7_CHARACTERS));
  });

  it('writes each character of the default alphabet as its septet', () => {
    assert.deepEqual(Buffer.from(encode('@£$_ΔΞ 0AZaz¿à')).toString('hex'), '000102111' + '01a2030415a617a607f');
  });

  it('writes an extension character as the escape and its octet, and counts it double', () => {
    assert.equal(Buffer.from(encode('\f^{}\\[~]|€')).toString('hex'), '1b0a1b141b281b291b2f1b3c1b3d1b3e1b401b65');
    for (const character of EXTENSION_CHARACTERS) assert.equal(septets(`a${character}`), 3);
  });

  it('says which texts it cannot carry', () => {
    for (const text of ['’', '₹', 'ç', '`', '\t', '\u001b', 'a😀', '\ud800', '\uffff', '\u0000']) {
      assert.equal(septets(text), undefined, JSON.stringify(text));
    }
  });

  it('gives every text of the alphabet back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...GSM7_CHARACTERS), maxLength: 400 }), (text) => {
        const octets = encode(text);
        assert.equal(octets.length, septets(text));
        assert.equal(decodeGsm7(octets), text);
      }),
    );
  });

  it('reads any octets at all', () => {
    assert.equal(decodeGsm7(Buffer.from('1b411b1b1b', 'hex')), 'A  ');
    assert.equal(decodeGsm7(Buffer.from('80ff1b80', 'hex')), '\ufffd\ufffd\ufffd');
    fc.assert(fc.property(fc.uint8Array(), (octets) => decodeGsm7(octets).length <= octets.length));
  });
});
