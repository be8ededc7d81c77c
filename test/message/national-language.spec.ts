import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { decodeGsm7 } from '../../src/message/gsm7';
import {
  NATIONAL_LANGUAGES,
  nationalLanguage,
  septetsByCharacter,
  type LanguageCode,
  type SeptetTable,
} from '../../src/message/national-language';

const ESCAPE = 0x1b;

const language = (code: LanguageCode) => NATIONAL_LANGUAGES.find((one) => one.code === code)!;
const octets = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** Code points in the order of the septets, in hex; "-" where there is none. */
function digest(table: SeptetTable | null): string {
  const points = (table ?? []).map((character) => character?.codePointAt(0)!.toString(16) ?? '-');
  return createHash('sha256').update(points.join(' ')).digest('hex').slice(0, 12);
}

describe('National language tables', () => {
  it('are those of the thirteen languages of 3GPP TS 23.038, under their identifiers', () => {
    assert.deepEqual(
      NATIONAL_LANGUAGES.map(({ code }) => code),
      ['tr', 'es', 'pt', 'bn', 'gu', 'hi', 'kn', 'ml', 'or', 'pa', 'ta', 'te', 'ur'],
    );
    for (const one of NATIONAL_LANGUAGES) assert.equal(nationalLanguage(one.id), one);
    for (const id of [0, 14, 255]) assert.equal(nationalLanguage(id), undefined);
    assert.equal(language('es').locking, null);
  });

  it('have the characters that the standard gives them', () => {
    assert.deepEqual(
      NATIONAL_LANGUAGES.map(({ code, locking, single }) => `${code} ${digest(locking)} ${digest(single)}`),
      [
        'tr ceb04542b7e1 a7307e3a62a8',
        'es e3b0c44298fc b3185f5c323a',
        'pt b4269d969947 359b77dec99e',
        'bn f1b0481c0f33 301e604dc936',
        'gu f642f3262a1a 082ed07832d7',
        'hi cadce1a89eb9 d76e6e2b695c',
        'kn 1c546d74412c 144556742321',
        'ml 6fded30c225d 0bd4e1d02b57',
        'or 1ef575ce630b 448313e26c90',
        'pa c415b6c85bfb b5168678ad35',
        'ta 4eb6ce3fd52a f959fa8b6f78',
        'te bc446b86b850 7b8625efa956',
        'ur bd3c52872aa1 823b11b633f5',
      ],
    );
  });

  const places: readonly (readonly [LanguageCode, 'locking' | 'single', number, string])[] = [
    ['hi', 'locking', 0x00, '\u0901'],
    ['hi', 'locking', 0x02, '\u0903'],
    ['hi', 'locking', 0x7f, '\u097f'],
    ['hi', 'single', 0x3a, '\u0971'],
    ['tr', 'locking', 0x04, '€'],
    ['tr', 'locking', 0x40, 'İ'],
    ['tr', 'single', 0x69, 'ı'],
    ['es', 'single', 0x75, 'ú'],
    ['pt', 'locking', 0x15, '∞'],
    ['pt', 'single', 0x7b, 'ã'],
    ['bn', 'locking', 0x02, '\u0983'],
    ['gu', 'locking', 0x7f, '\u0af1'],
    ['kn', 'locking', 0x24, '\u0ca1'],
    ['ml', 'locking', 0x7f, '\u0d79'],
    ['or', 'locking', 0x47, '\u0b33'],
    ['pa', 'single', 0x23, '\u0a6d'],
    ['ta', 'single', 0x24, '\u0bee'],
    ['te', 'single', 0x22, '\u0c6c'],
    ['ur', 'locking', 0x00, '\u0627'],
    ['ur', 'single', 0x3f, '\u06d4'],
  ];
  for (const [code, which, septet, character] of places) {
    it(`have ${character} at ${septet.toString(16).padStart(2, '0')} of ${language(code).name}, ${which} shift`, () => {
      assert.equal(language(code)[which]?.[septet], character);
    });
  }

  it('have no character outside the basic plane, nothing at the escape, and 128 places', () => {
    for (const { locking, single } of NATIONAL_LANGUAGES) {
      for (const table of [locking, single]) {
        if (!table) continue;
        assert.equal(table.length, 128);
        assert.equal(table[ESCAPE], undefined);
        assert.ok(table.every((character) => character === undefined || character.length === 1));
      }
    }
  });

  it('are read in the place of the alphabet, of its extension, or of both', () => {
    const { locking, single } = language('hi');
    assert.equal(decodeGsm7(octets('2f424c5f2759 20 1b1c'), { locking, single }), 'नमस्ते \u0966');
    assert.equal(decodeGsm7(octets('2f 1b65 1b1c'), { locking, single: null }), 'न€\u091b');
    assert.equal(decodeGsm7(octets('61 1b1c 1b68'), { locking: null, single }), 'a\u0966h');
  });

  it('leave an unknown extension to the table beside them, and read an escape alone as a space', () => {
    const { locking, single } = language('tr');
    assert.equal(decodeGsm7(octets('1b04 1b41 1b1b 1b'), { locking, single }), '€A  ');
    assert.equal(decodeGsm7(octets('1b04'), { locking: null, single }), 'è');
  });

  it('read what a locking shift table leaves blank as a space, as handsets do', () => {
    assert.equal(decodeGsm7(octets('6101 00 62'), language('ta')), 'a\u0b82 b');
  });

  it('give every text of theirs back', () => {
    for (const { locking, single, name } of NATIONAL_LANGUAGES) {
      const main = septetsByCharacter(locking ?? []);
      const extension = septetsByCharacter(single);
      const characters = [...new Set([...main.keys(), ...extension.keys()])];
      fc.assert(
        fc.property(fc.string({ unit: fc.constantFrom(...characters), maxLength: 50 }), (text) => {
          const septets = Array.from(text).flatMap((character) => {
            const septet = main.get(character);
            return septet === undefined ? [ESCAPE, extension.get(character)!] : [septet];
          });
          assert.equal(decodeGsm7(Uint8Array.from(septets), { locking, single }), text, name);
        }),
        { numRuns: 50 },
      );
    }
  });
});
