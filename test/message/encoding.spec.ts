import assert from 'node:assert/strict';
import { chooseEncoding, dataCoding, firstOutsideGsm7 } from '../../src/message/encoding';
import type { EncodingName } from '../../src/message/message';
import { isGsm7 } from '../../src/message/gsm7';
import { isLookAlike, replaceLookAlikes } from '../../src/message/smart';
import { refusal } from './refusal';

describe('The choice of the encoding', () => {
  it('is GSM 7-bit where the text fits it, else UCS-2', () => {
    assert.equal(chooseEncoding('Grüße {€}', 'auto', false).encoding, 'gsm7');
    assert.equal(chooseEncoding('नमस्ते', 'auto', false).encoding, 'ucs2');
    assert.equal(chooseEncoding('garçon', 'auto', false).encoding, 'ucs2');
  });

  it('names the character outside a forced alphabet, its code point and its place among the characters', () => {
    assert.throws(
      () => chooseEncoding('ab₹', 'gsm7', false),
      refusal(
        'text',
        /^text: "₹" \(U\+20B9\) at position 3 is not in the GSM 7-bit alphabet; replace it or set encoding to "auto"$/,
      ),
    );
    assert.throws(
      () => chooseEncoding('é€', 'latin1', false),
      refusal('text', /^text: "€" \(U\+20AC\) at position 2 is not in Latin-1;/),
    );
    assert.throws(
      () => chooseEncoding('ab 0g', 'binary', false),
      refusal('text', /^text: "g" \(U\+0067\) at position 5 is not in hex/),
    );
  });

  it('counts a surrogate pair as one character and shows what is invisible as its code point', () => {
    assert.throws(() => chooseEncoding('é😀', 'gsm7', false), refusal('text', /"😀" \(U\+1F600\) at position 2 /));
    assert.throws(
      () => chooseEncoding('é\u00a0', 'gsm7', false),
      refusal('text', /^text: U\+00A0 at position 2 .* set smartEncoding, or /),
    );
    assert.deepEqual(firstOutsideGsm7('a😀’'), { character: '😀', index: 1, position: 2 });
    assert.equal(firstOutsideGsm7('plain'), undefined);
  });

  it('takes all of Latin-1 and nothing above', () => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
    assert.deepEqual(chooseEncoding(all, 'latin1', false), { encoding: 'latin1', text: all, units: 256, warnings: [] });
    assert.throws(() => chooseEncoding('\u0100', 'latin1', false), refusal('text', /U\+0100/));
  });

  it('reads hex digits in pairs, white space between them', () => {
    assert.deepEqual(chooseEncoding('DE ad\nbe ef', 'binary', false), {
      encoding: 'binary',
      text: 'DEadbeef',
      units: 4,
      warnings: [],
    });
    assert.throws(
      () => chooseEncoding('abc', 'binary', false),
      refusal('text', /^text: 3 hex digits make no whole octets;/),
    );
  });

  it('gives each encoding its data_coding, and message class 0 to GSM 7-bit and UCS-2 only', () => {
    const codings = (['gsm7', 'latin1', 'binary', 'ucs2'] as EncodingName[]).map((name) => dataCoding(name, false));
    assert.deepEqual(codings, [0, 3, 4, 8]);
    assert.equal(dataCoding('gsm7', true), 0x10);
    assert.equal(dataCoding('ucs2', true), 0x18);
    assert.throws(
      () => dataCoding('latin1', true),
      refusal('flash', /^flash: a latin1 message has no flash form; set encoding to /),
    );
    assert.throws(() => dataCoding('binary', true), refusal('flash', /^flash: a binary message has no flash form;/));
  });
});

describe('Smart encoding', () => {
  it('keeps a pasted text in GSM 7-bit and says what was replaced', () => {
    const pasted = '“It’s – well… 5\u00a0kg”';
    assert.deepEqual(chooseEncoding(pasted, 'auto', true), {
      encoding: 'gsm7',
      text: '"It\'s - well... 5 kg"',
      units: 21,
      warnings: [
        'smartEncoding replaced “ → " (1×), ’ → \' (1×), – → - (1×), … → ... (1×), U+00A0 → U+0020 (1×), ” → " (1×)',
      ],
    });
    assert.equal(chooseEncoding(pasted, 'auto', false).encoding, 'ucs2');
  });

  it('counts how often', () => {
    assert.deepEqual(chooseEncoding('’a’\u200b’', 'gsm7', true).warnings, [
      "smartEncoding replaced ’ → ' (3×), U+200B → nothing (1×)",
    ]);
  });

  it('leaves a text alone that goes as UCS-2 all the same, or is in GSM 7-bit as it is', () => {
    assert.deepEqual(chooseEncoding('“₹”', 'auto', true), { encoding: 'ucs2', text: '“₹”', units: 3, warnings: [] });
    assert.deepEqual(chooseEncoding('"plain"', 'auto', true).warnings, []);
    assert.equal(chooseEncoding('“x”', 'ucs2', true).text, '“x”');
  });

  it('names the first character that it cannot replace, where GSM 7-bit is forced', () => {
    assert.throws(
      () => chooseEncoding('“…₹”', 'gsm7', true),
      refusal('text', /"₹" \(U\+20B9\) at position 3 .* replace it or set/),
    );
  });

  it('replaces only what is outside GSM 7-bit, by what is inside', () => {
    const lookAlikes = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(isLookAlike);
    assert.ok(lookAlikes.length > 100);
    for (const character of lookAlikes) {
      assert.ok(!isGsm7(character), character);
      assert.ok(Array.from(replaceLookAlikes(character).text).every(isGsm7), character);
    }
  });
});
