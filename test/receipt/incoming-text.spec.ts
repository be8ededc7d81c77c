import assert from 'node:assert/strict';
import { charsetOf } from '../../src/message/charset';
import { joinText, type TextPiece } from '../../src/receipt/incoming-text';

describe('the text of an incoming message', () => {
  function piece(octets: readonly number[] | string, dataCoding = 0, [locking, single] = [0, 0]): TextPiece {
    const content = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : Buffer.from(octets);
    return { content, dataCoding, locking, single };
  }

  it('is joined before it is read: a cut may go through a surrogate pair or a unit of it', () => {
    for (const cut of [1, 2, 3]) {
      const octets = [0xd8, 0x3d, 0xde, 0x00];
      const pieces = [piece(octets.slice(0, cut), 8), piece(octets.slice(cut), 8)];
      assert.deepEqual(joinText([pieces]), { text: '😀', encoding: 'ucs2', warnings: [] });
    }
  });

  it('is joined before it is read: a cut may go between an escape and its septet', () => {
    assert.equal(joinText([[piece([65, 0x1b]), piece([0x65, 66])]]).text, 'A€B');
  });

  it('is not joined over what is missing', () => {
    const halves = joinText([[piece([0, 65, 0xd8], 8)], [piece([0x3d, 0], 8)]]);
    assert.match(halves.warnings.join(), /half a character/);
    assert.notEqual(joinText([[piece([65, 0x1b])], [piece([0x65])]]).text, 'A€');
  });

  it('reads each PDU by its own data_coding', () => {
    const { text, encoding } = joinText([[piece('Hi '), piece([0x09, 0x15], 8), piece([0xe9], 3)]]);
    assert.deepEqual([text, encoding], ['Hi कé', 'gsm7']);
  });

  it('reads each PDU by its own national tables, an escape before a cut with what follows it', () => {
    // 0x1b 0x53 is "Ş" in the Turkish single shift table (3GPP TS 23.038 section A.2.1).
    const { text, warnings } = joinText([[piece([65, 0x1b]), piece([0x53], 0, [0, 1])]]);
    assert.deepEqual([text, warnings], ['AŞ', []]);
  });

  it('is octets where one of its PDUs is binary or unknown', () => {
    assert.deepEqual(joinText([[piece('A'), piece([1, 2], 4)]]), {
      text: Buffer.of(65, 1, 2),
      encoding: 'binary',
      warnings: [],
    });
    const { text, warnings } = joinText([[piece('A', 0xe0)]]);
    assert.deepEqual(text, Buffer.from('A'));
    assert.match(warnings.join(), /data_coding 224 is not known/);
  });

  it('is Latin-1 where octets marked as septets cannot be such', () => {
    const { text, encoding, warnings } = joinText([[piece([0x41, 0xe9])]]);
    assert.deepEqual([text, encoding], ['Aé', 'latin1']);
    assert.match(warnings.join(), /octets above 0x7F/);
  });

  it('says which table there is none of, and that half a character was dropped', () => {
    assert.match(
      joinText([[piece('A', 0, [99, 98])]]).warnings.join(),
      /locking shift table 99.*single shift table 98/,
    );
    assert.match(joinText([[piece([0, 65, 0], 8)]]).warnings.join(), /half a character/);
  });

  it('is read in the charset that the platform has under data_coding 0, but not what names language tables or data_coding 1', () => {
    const latin1 = charsetOf('latin1');
    assert.deepEqual(joinText([[piece([0x40, 0xe9])]], latin1), { text: '@é', encoding: 'gsm7', warnings: [] });
    assert.equal(joinText([[piece([0x00, 0x41], 0, [0, 1])]], latin1).text, '@A');
    assert.equal(joinText([[piece([0x41, 0xe9]), piece([0x00], 1)]], latin1).text, 'Aé@');
    assert.equal(joinText([[piece([0xa4])]], charsetOf('iso-8859-15')).text, '€');
    assert.match(joinText([[piece([0x41, 0xe9])]], charsetOf('ascii')).warnings.join(), /no character of ascii/);
  });
});
