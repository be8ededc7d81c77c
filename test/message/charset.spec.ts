import assert from 'node:assert/strict';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { charsetOf } from '../../src/message/charset';
import { isGsm7 } from '../../src/message/gsm7';
import { prepareMessage } from '../../src/message/prepare';
import { messageProfile } from '../../src/pool/settings';
import { defaultSettings } from '../../src/pool/settings-table';
import { refusal } from './refusal';

const CHARSETS = ['latin1', 'ascii', 'cp1252', 'iso-8859-15', 'windows-1251', 'koi8-r', 'macroman', 'cp437'];

describe('A charset in the place of the GSM alphabet', () => {
  it('is none for "gsm", in any case', () => {
    assert.equal(charsetOf('gsm'), null);
    assert.equal(charsetOf('GSM'), null);
  });

  it('has each of its characters at the octet where an independent encoder has it', () => {
    for (const name of CHARSETS) {
      const charset = charsetOf(name)!;
      for (const character of charset.characters) {
        const octets = Buffer.alloc(1);
        charset.write(character, octets, 0);
        assert.deepEqual(octets, iconv.encode(character, name), `${name} ${character}`);
        assert.equal(charset.decode(octets), character);
      }
    }
  });

  it('is refused where a character may take several octets, or where nobody knows it', () => {
    for (const name of [
      'utf8',
      'utf-16',
      'utf-7',
      'utf-7-imap',
      'utf-32',
      'gbk',
      'shift_jis',
      'euc-jp',
      'big5',
      'hex',
      'base64',
      'nonsense',
    ]) {
      assert.throws(
        () => charsetOf(name),
        refusal('alphabet', /^alphabet: "[\w-]+" is .*; give "gsm" or one such as latin1/),
      );
    }
  });

  it('brings a text to a platform that has it as it was, or sends it as UCS-2: nothing is replaced', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'aZ0@£$_€éèùñÄßêœŽ«»°Яж\n{}[]~^\\|'),
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(fc.constantFrom(...CHARSETS), text, (alphabet, sent) => {
        const profile = messageProfile({ ...defaultSettings(), alphabet });
        const { segments, dataCoding } = prepareMessage({ to: '447700900123', text: sent }, profile, 0);
        const bodies = segments.map(({ shortMessage, esmClass }) => shortMessage.subarray(esmClass & 0x40 ? 6 : 0));
        const arrived = Buffer.concat(bodies);
        const isHeld = Array.from(sent).every(
          (one) => isGsm7(one) && iconv.decode(iconv.encode(one, alphabet), alphabet) === one,
        );
        assert.equal(dataCoding, isHeld ? 0 : 8);
        assert.equal(isHeld ? iconv.decode(arrived, alphabet) : iconv.decode(arrived, 'utf-16be'), sent);
      }),
    );
  });

  it('is counted as GSM, and has one octet for what are two septets there', () => {
    const profile = messageProfile({ ...defaultSettings(), alphabet: 'cp1252' });
    const { segments } = prepareMessage({ to: '447700900123', text: '€'.repeat(81) }, profile, 0);
    assert.equal(segments.length, 2);
    assert.deepEqual(segments[0]!.shortMessage.subarray(6), Buffer.alloc(76, 0x80));
  });

  it('makes a text outside it invalid where gsm7 is asked for, and says which character and why', () => {
    const profile = messageProfile({ ...defaultSettings(), alphabet: 'ascii' });
    const prepare = (text: string, smartEncoding = false): unknown =>
      prepareMessage({ to: '447700900123', text, encoding: 'gsm7', smartEncoding }, profile, 0);
    assert.throws(
      () => prepare('10 £'),
      refusal(
        'text',
        /^text: "£" \(U\+00A3\) at position 4 is not in ascii, which is the pool's alphabet under data_coding 0;/,
      ),
    );
    assert.throws(() => prepare('Яма'), refusal('text', /position 1 is not in the GSM 7-bit alphabet/));
    assert.throws(() => prepare('£ \u2019', true), refusal('text', /"£" .* position 1 is not in ascii/));
    assert.doesNotThrow(() => prepare('it\u2019s', true));
  });
});
