import assert from 'node:assert/strict';
import { alphabetOf, decodeUcs2, splitUserData } from '../../src/receipt/user-data';

describe('user data', () => {
  function split(octets: readonly number[], esmClass = 0x40) {
    const warnings: string[] = [];
    const { elements, content } = splitUserData({ esmClass, body: Buffer.from(octets) }, warnings);
    return {
      elements: elements.map(({ id, data }) => [id, ...data]),
      content: [...content],
      warnings: warnings.length,
    };
  }

  it('has a header only where esm_class says so', () => {
    assert.deepEqual(split([2, 0x24, 0, 65], 0), { elements: [], content: [2, 0x24, 0, 65], warnings: 0 });
  });

  it('gives its elements in their order, an empty one and an unknown one among them', () => {
    const octets = [10, 0, 3, 7, 2, 1, 0x70, 0, 0x24, 1, 5, 65, 66];
    assert.deepEqual(split(octets), {
      elements: [[0, 7, 2, 1], [0x70], [0x24, 5]],
      content: [65, 66],
      warnings: 0,
    });
  });

  it('may have a header of nothing', () => {
    assert.deepEqual(split([0, 65]), { elements: [], content: [65], warnings: 0 });
  });

  it('keeps its elements where a header ends in something else, with a warning', () => {
    assert.deepEqual(split([6, 0, 3, 7, 2, 1, 9, 65]), { elements: [[0, 7, 2, 1]], content: [65], warnings: 1 });
  });

  for (const octets of [[], [5], [200, 0, 3, 7, 2, 1], [3, 0, 9, 9, 65]]) {
    it(`[${octets.join(' ')}] does not begin with one: left as it is, with a warning`, () => {
      assert.deepEqual(split(octets), { elements: [], content: octets, warnings: 1 });
    });
  }
});

describe('alphabetOf', () => {
  const known: Readonly<Record<string, string | null>> = {
    '0x00': 'gsm7',
    '0x01': 'gsm7',
    '0x02': 'binary',
    '0x03': 'latin1',
    '0x04': 'binary',
    '0x05': null,
    '0x08': 'ucs2',
    '0x10': 'gsm7',
    '0x15': 'binary',
    '0x18': 'ucs2',
    '0x1c': null,
    '0xe0': null,
    '0xf0': 'gsm7',
    '0xf6': 'binary',
    '0xff': 'binary',
  };
  for (const [dataCoding, alphabet] of Object.entries(known)) {
    it(`of data_coding ${dataCoding} is ${String(alphabet)}`, () => {
      assert.equal(alphabetOf(Number(dataCoding)), alphabet);
    });
  }
});

describe('decodeUcs2', () => {
  it('reads either order of octets by their mark, big-endian without one, and drops half a unit', () => {
    for (const octets of [
      [0, 65, 0xd8, 0x3d, 0xde, 0],
      [0xfe, 0xff, 0, 65, 0xd8, 0x3d, 0xde, 0],
      [0xff, 0xfe, 65, 0, 0x3d, 0xd8, 0, 0xde],
      [0, 65, 0xd8, 0x3d, 0xde, 0, 7],
    ]) {
      const before = Buffer.from(octets);
      assert.equal(decodeUcs2(before), 'A😀');
      assert.deepEqual([...before], octets, 'the octets stay as they were');
    }
    assert.equal(decodeUcs2(Buffer.of(65)), '');
  });
});
