import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cellsOf, separatorOf } from '../../src/base/table';

describe('The cells of a table', () => {
  it('may be quoted, with quotes, separators and line ends inside', () => {
    assert.deepEqual(cellsOf('a,"b ""c"", d\ne" ,f\r\n\r\n"g,h'), [['a', 'b "c", d\ne', 'f'], ['g,h']]);
    assert.deepEqual(cellsOf('a"b,c'), [['a"b', 'c']]);
  });

  it('are separated by what the first line has most of', () => {
    assert.equal(separatorOf('a;b;c,d\n1,2,3,4,5'), ';');
    assert.equal(separatorOf('"a,b,c"\td'), '\t');
    assert.equal(separatorOf('alone'), ',');
  });

  it('are what was written, whatever that was', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ü') });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        const text = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join('\n');
        const filled = rows.filter((row) => row.some((one) => one.trim() !== ''));
        assert.deepEqual(cellsOf(text, ','), filled);
      }),
    );
  });
});
