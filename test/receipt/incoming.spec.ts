import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeIncoming } from '../../src/receipt/incoming';
import { delivery, tlv, ucs2 } from './delivery';

const UDH = 0x40;

function incoming(
  body: string | Buffer,
  fields: Parameters<typeof delivery>[1] = {},
): ReturnType<typeof decodeIncoming> {
  return decodeIncoming(delivery(body, { esmClass: 0, ...fields }));
}

function withHeader(header: readonly number[], content: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from([header.length, ...header]), Buffer.from(content as string, 'latin1')]);
}

describe('decodeIncoming', () => {
  it('reads GSM 7-bit with its extension table as data_coding 0, 1 and with a message class', () => {
    const octets = Buffer.from([0x00, 0x41, 0x1b, 0x65, 0x11, 0x1b, 0x3c, 0x78]);
    for (const dataCoding of [0, 1, 0x10, 0x13, 0xf0, 0xf3]) {
      const { text, encoding } = incoming(octets, { dataCoding });
      assert.deepEqual([text, encoding], ['@A€_[x', 'gsm7'], String(dataCoding));
    }
  });

  it('reads Latin-1', () => {
    const { text, encoding, warnings } = incoming('Größe @\xa3', { dataCoding: 3 });
    assert.deepEqual([text, encoding, warnings], ['Größe @£', 'latin1', []]);
  });

  it('reads UCS-2 with surrogate pairs, with a message class, with a byte order mark', () => {
    for (const dataCoding of [8, 0x18, 0x1b]) {
      assert.equal(incoming(ucs2('नमस्ते 🚰'), { dataCoding }).text, 'नमस्ते 🚰');
      assert.equal(incoming(ucs2('\ufeffab'), { dataCoding }).text, 'ab');
    }
    assert.equal(incoming(Buffer.from('\ufeffहिं 🚰', 'utf16le'), { dataCoding: 8 }).text, 'हिं 🚰', 'little-endian');
    assert.equal(incoming(ucs2('ab'), { dataCoding: 8 }).encoding, 'ucs2');
  });

  it('drops half a UCS-2 character with a warning', () => {
    const { text, warnings } = incoming(Buffer.from([0, 0x61, 0]), { dataCoding: 8 });
    assert.equal(text, 'a');
    assert.match(warnings.join(), /half a character/);
  });

  it('leaves binary as octets', () => {
    for (const dataCoding of [2, 4, 0x14, 0xf5]) {
      const { text, encoding, warnings } = incoming(Buffer.from([0, 255]), { dataCoding });
      assert.deepEqual([text, encoding, warnings], [Buffer.from([0, 255]), 'binary', []]);
    }
  });

  it('leaves the octets of an unknown data_coding, with a warning', () => {
    for (const dataCoding of [5, 6, 7, 9, 14, 0x1c, 0x20, 0xc8]) {
      const { text, encoding, warnings } = incoming('abc', { dataCoding });
      assert.deepEqual([text, encoding], [Buffer.from('abc'), 'binary']);
      assert.match(warnings.join(), new RegExp(`data_coding ${String(dataCoding)} is not known`));
    }
  });

  it('reads octets above 0x7F in a GSM text as Latin-1, with a warning', () => {
    const { text, encoding, warnings } = incoming('Größe', { dataCoding: 0 });
    assert.deepEqual([text, encoding], ['Größe', 'latin1']);
    assert.match(warnings.join(), /above 0x7F/);
  });

  it('does not hold on to the frame', () => {
    const body = Buffer.from([1, 2, 3]);
    const { text } = incoming(body, { dataCoding: 4 });
    body.fill(0);
    assert.deepEqual(text, Buffer.from([1, 2, 3]));
  });

  it('reads references of 8 and of 16 bits, behind other elements too', () => {
    const eight = incoming(withHeader([0, 3, 0x9c, 3, 2], 'abc'), { esmClass: UDH });
    assert.deepEqual([eight.text, eight.concat], ['abc', { reference: 0x9c, total: 3, part: 2, width: 8 }]);
    const sixteen = incoming(withHeader([5, 4, 1, 2, 3, 4, 8, 4, 0x12, 0x34, 2, 1], 'abc'), { esmClass: UDH });
    assert.deepEqual([sixteen.text, sixteen.concat], ['abc', { reference: 0x1234, total: 2, part: 1, width: 16 }]);
  });

  it('reads the SAR TLVs', () => {
    const tlvs = [tlv(0x020c, [0x12, 0x34]), tlv(0x020e, [2]), tlv(0x020f, [1])];
    assert.deepEqual(incoming('abc', { tlvs }).concat, { reference: 0x1234, total: 2, part: 1, width: 'sar' });
    assert.equal(incoming('abc', { tlvs: tlvs.slice(1) }).concat, null);
    assert.equal(incoming('abc', { tlvs: [tlv(0x020c, []), ...tlvs.slice(1)] }).concat, null);
  });

  it('takes one of one for a whole message', () => {
    const { concat, warnings } = incoming(withHeader([0, 3, 9, 1, 1], 'abc'), { esmClass: UDH });
    assert.deepEqual([concat, warnings], [null, []]);
  });

  it('warns of a part that does not exist and of a header that does not add up', () => {
    for (const header of [
      [0, 3, 9, 2, 3],
      [0, 3, 9, 2, 0],
      [0, 3, 9, 0, 0],
    ]) {
      const { concat, warnings } = incoming(withHeader(header, 'abc'), { esmClass: UDH });
      assert.equal(concat, null);
      assert.match(warnings.join(), /does not exist/);
    }
    for (const body of ['', '\x05\x00\x03', '\x03\x00\x05\x01abc', 'hello']) {
      const { text, warnings } = incoming(body, { esmClass: UDH, dataCoding: 3 });
      assert.equal(text, body);
      assert.match(warnings.join(), /does not begin with one/);
    }
  });

  it('takes an empty header off', () => {
    const { text, warnings } = incoming(Buffer.from('\0abc'), { esmClass: UDH, dataCoding: 3 });
    assert.deepEqual([text, warnings], ['abc', []]);
  });

  it('takes a header off that ends in stray octets, with a warning', () => {
    for (const stray of [[0], [0x70, 9, 1]]) {
      const header = withHeader([0, 3, 9, 2, 1, ...stray], 'abc');
      const { text, concat, warnings } = incoming(header, { esmClass: UDH, dataCoding: 3 });
      assert.deepEqual([text, concat?.part], ['abc', 1]);
      assert.match(warnings.join(), /that are no element/);
    }
  });

  it('goes by the last of several elements, and by one before it where that cannot be', () => {
    const twice = incoming(withHeader([0, 3, 1, 2, 1, 8, 4, 0, 5, 3, 2], 'abc'), { esmClass: UDH });
    assert.deepEqual(twice.concat, { reference: 5, total: 3, part: 2, width: 16 });
    const odd = incoming(withHeader([0, 3, 1, 2, 1, 8, 4, 0, 5, 3, 9], 'abc'), { esmClass: UDH });
    assert.deepEqual(odd.concat, { reference: 1, total: 2, part: 1, width: 8 });
    assert.match(odd.warnings.join(), /does not exist/);
  });

  it('goes by the SAR TLVs where the header names a part that does not exist', () => {
    const tlvs = [tlv(0x020c, [0x12, 0x34]), tlv(0x020e, [2]), tlv(0x020f, [1])];
    const { concat } = incoming(withHeader([0, 3, 9, 2, 0], 'abc'), { esmClass: UDH, tlvs });
    assert.deepEqual(concat, { reference: 0x1234, total: 2, part: 1, width: 'sar' });
  });

  it('reads national language tables, each by its element', () => {
    const octets = Buffer.from([0x2f, 0x42, 0x4c, 0x5f, 0x27, 0x59, 0x1b, 0x1c]).toString('latin1');
    const read = (...elements: readonly number[]) => incoming(withHeader(elements, octets), { esmClass: UDH });
    const both = read(0x25, 1, 6, 0x24, 1, 6);
    assert.deepEqual([both.text, both.encoding, both.warnings], ['नमस्ते०', 'gsm7', []]);
    assert.equal(read(0x24, 1, 6).text, "/BL§'Y०");
    assert.equal(read(0x25, 1, 6).text, 'नमस्तेछ');
    assert.equal(read(0x25, 1, 4, 0x25, 1, 6).text, 'नमस्तेछ');
  });

  it('reads by the default alphabet where there is no such table, with a warning', () => {
    for (const [element, id] of [
      [0x24, 14],
      [0x25, 2],
      [0x25, 200],
    ] as const) {
      const { text, warnings } = incoming(withHeader([element, 1, id], 'abc'), { esmClass: UDH });
      assert.equal(text, 'abc');
      assert.match(warnings.join(), new RegExp(`there is no .* shift table ${String(id)}`));
    }
    assert.equal(incoming(withHeader([0x24, 0], 'abc'), { esmClass: UDH }).text, 'abc');
  });

  it('never throws, on any octets', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), byte, byte, (octets, esmClass, dataCoding) => {
        const part = incoming(Buffer.from(octets), { esmClass, dataCoding });
        assert.equal(typeof part.text === 'string', part.encoding !== 'binary');
      }),
      { numRuns: 1000 },
    );
  });
});
