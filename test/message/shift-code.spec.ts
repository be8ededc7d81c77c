import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LanguageCode } from '../../src/message/national-language';
import { NATIONAL_LANGUAGES } from '../../src/message/national-language';
import { prepareMessage } from '../../src/message/prepare';
import { shiftCodes, ShiftCode } from '../../src/message/shift-code';
import { segmentText } from '../../src/message/segment';
import { messageProfile } from '../../src/pool/settings';
import { defaultSettings } from '../../src/pool/settings-table';
import { readIncoming } from '../../src/receipt/incoming';
import { joinText } from '../../src/receipt/incoming-text';
import { refusal } from './refusal';

const PROFILE = messageProfile(defaultSettings());
const OPTIONS = { encoding: 'auto', smartEncoding: false, longMessage: 'udh' } as const;

/** The text as a handset joins it, and what the PDUs say. */
function arrive(text: string, more: object, profile = PROFILE) {
  const prepared = prepareMessage({ to: '919876543210', text, ...more }, profile, 0x1234);
  const parts = prepared.segments.map(({ esmClass, dataCoding, shortMessage }) =>
    readIncoming({ esmClass, dataCoding, body: shortMessage, tlvs: [], warnings: [] }),
  );
  return { ...prepared, joined: joinText([parts]).text };
}

describe('National language tables', () => {
  it('carry a text in Hindi in one segment where UCS-2 takes three', () => {
    const text = 'पंप सात का तापमान नब्बे डिग्री से ऊपर है, कृपया तुरंत जाँच करें। '.repeat(2) + 'धन्यवाद';
    const plain = arrive(text, {});
    assert.deepEqual([plain.encoding, plain.segments.length], ['ucs2', 3]);
    const hindi = arrive(text, { language: 'hi' });
    assert.deepEqual([hindi.encoding, hindi.dataCoding, hindi.segments.length], ['gsm7', 0, 1]);
    assert.equal(hindi.joined, text);
    assert.deepEqual([...hindi.segments[0]!.shortMessage.subarray(0, 7)], [6, 0x25, 1, 6, 0x24, 1, 6]);
    assert.equal(hindi.segments[0]!.esmClass, 0x40);
    assert.deepEqual(hindi.warnings, []);
  });

  it('are named in every segment of a long text, beside its reference', () => {
    const { segments } = arrive("Şişli'de çığ ".repeat(20), { language: 'tr', longMessage: 'udh' });
    assert.ok(segments.length > 1);
    for (const [index, { shortMessage }] of segments.entries()) {
      assert.deepEqual([...shortMessage.subarray(1, 6)], [0, 3, 0x34, segments.length, index + 1]);
      assert.ok([0x24, 0x25].includes(shortMessage[6]!));
    }
    const wide = arrive('Şişli '.repeat(40), { language: 'tr', longMessage: 'udh16' }).segments[0]!.shortMessage;
    assert.deepEqual([...wide.subarray(1, 7)], [8, 4, 0x12, 0x34, wide[5], 1]);
  });

  it('leave 155 septets beside one table and 152 beside two, 149 and 146 in a segment of several', () => {
    const limit = (text: string): number => segmentText(text, { ...OPTIONS, language: 'tr' }).limit;
    assert.equal(limit('ğ'), 155);
    assert.equal(limit('ğ'.repeat(200)), 149);
    // A letter of the locking table and a digit of the single shift table: both tables are needed.
    const hindi = segmentText('न१'.repeat(10), { ...OPTIONS, language: 'hi' });
    assert.equal(hindi.limit, 152);
    assert.equal(segmentText('न१'.repeat(100), { ...OPTIONS, language: 'hi' }).limit, 146);
  });

  it('are not used for a text that the plain alphabet holds', () => {
    const { segments } = arrive('Pump 7', { language: 'auto' });
    assert.equal(segments[0]!.esmClass, 0);
    assert.equal(segments[0]!.shortMessage.toString('latin1'), 'Pump 7');
  });

  it('are found by auto where they save segments, with a warning that names the language, and not otherwise', () => {
    const short = arrive('நன்றி', { language: 'auto' });
    assert.deepEqual([short.encoding, short.warnings], ['ucs2', []]);
    const long = arrive('நன்றி '.repeat(20), { language: 'auto' });
    assert.equal(long.encoding, 'gsm7');
    assert.match(long.warnings.join(), /sent with the Tamil language table; a handset without it/);
    assert.equal(long.joined, 'நன்றி '.repeat(20));
  });

  it('asked for by name are used where they cost nothing, and UCS-2 is where they do not hold the text', () => {
    assert.equal(arrive('நன்றி', { language: 'ta' }).encoding, 'gsm7');
    assert.equal(arrive('நன்றி', { language: 'hi' }).encoding, 'ucs2');
    assert.throws(() => arrive('நன்றி', { language: 'hi', encoding: 'gsm7' }), /is not in the GSM 7-bit alphabet/);
    assert.equal(arrive('நன்றி', { language: 'ta', encoding: 'gsm7' }).joined, 'நன்றி');
    assert.throws(
      () => arrive('x', { language: 'xx' }),
      refusal('language', /^language: "xx" is not known; use one of none, auto, tr/),
    );
  });

  it('are left out with a warning where the platform could not take them', () => {
    for (const longMessage of ['sar', 'payload', 'reject']) {
      const { encoding, warnings } = arrive('ğ', { language: 'tr', longMessage });
      assert.equal(encoding, 'ucs2');
      assert.match(warnings.join(), /^language is not used: .* longMessage "udh" or "udh16"$/);
    }
    const latin1 = messageProfile({ ...defaultSettings(), alphabet: 'latin1' });
    const { encoding, warnings } = arrive('ğ', { language: 'tr' }, latin1);
    assert.equal(encoding, 'ucs2');
    assert.match(warnings.join(), /the pool's alphabet "gsm"/);
  });

  it('go with smartEncoding, which replaces what no table has', () => {
    const { joined, warnings } = arrive('Şişli\u2019de çığ düştü', { language: 'tr', smartEncoding: true });
    assert.equal(joined, "Şişli'de çığ düştü");
    assert.match(warnings.join(), /smartEncoding replaced/);
  });

  it('bring every text of their letters to the handset as it was, in any of the three ways', () => {
    const languages = NATIONAL_LANGUAGES.map(({ code }) => code);
    const letters = (code: LanguageCode): string[] => {
      const { locking, single } = NATIONAL_LANGUAGES.find((one) => one.code === code)!;
      return [...(locking ?? []), ...single].filter((one) => one !== undefined);
    };
    const texts = fc
      .constantFrom(...languages)
      .chain((code) =>
        fc.tuple(
          fc.constant(code),
          fc.string({ unit: fc.constantFrom(...letters(code)), minLength: 1, maxLength: 400 }),
        ),
      );
    fc.assert(
      fc.property(texts, fc.constantFrom('udh', 'udh16'), ([language, text], longMessage) => {
        const { joined, segments, encoding } = arrive(text, { language, longMessage });
        assert.equal(joined, text);
        const ucs2 = segmentText(text, { ...OPTIONS, encoding: 'ucs2', longMessage }).segments.length;
        assert.ok(segments.length <= ucs2);
        for (const { shortMessage } of segments) {
          const header = shortMessage[0]! + 1;
          if (encoding === 'gsm7') assert.ok(Math.ceil(((shortMessage.length - header) * 7) / 8) + header <= 140);
        }
      }),
    );
  });

  it('are none for a text of which no table has a character, however long, and several for one of a language', () => {
    assert.deepEqual(shiftCodes(`${'न'.repeat(50_000)}ж`, 'auto'), []);
    assert.equal(shiftCodes('न'.repeat(50_000), 'auto').length > 0, true);
    assert.equal(new ShiftCode(NATIONAL_LANGUAGES[0]!, { locking: true, single: true }).septets('ж'), undefined);
  });
});
