import assert from 'node:assert/strict';
import { textOfFile } from '../../src/dlt/file-text';

describe("A file's text", () => {
  const text = 'Template ID,Content\n1,“Prix” 5 €, பம்ப்';
  const utf16 = (mark: string) => Buffer.from(mark + text, 'utf16le');

  it('is read from UTF-8 and UTF-16, with and without a mark', () => {
    assert.equal(textOfFile(Buffer.from(text)), text);
    assert.equal(textOfFile(Buffer.from(`\ufeff${text}`)), text);
    for (const mark of ['', '\ufeff']) {
      assert.equal(textOfFile(utf16(mark)), text);
      assert.equal(textOfFile(utf16(mark).swap16()), text);
    }
  });

  it('is read from Windows-1252', () => {
    assert.equal(textOfFile(Buffer.from([0x93, 0x50, 0x94, 0x20, 0x80, 0xe9])), '“P” €é');
  });

  it('is read from anything', () => {
    assert.equal(textOfFile(Buffer.alloc(0)), '');
    textOfFile(Buffer.from([0xff, 0xfe, 0x00]));
  });
});
