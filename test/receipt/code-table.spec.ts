import assert from 'node:assert/strict';
import { codeByNumber, codeByWord, DELIVERY_CODES } from '../../src/receipt/code-table';

describe('the delivery code table', () => {
  it('has the 63 rows of the guide, each with its own number of three digits', () => {
    assert.equal(DELIVERY_CODES.length, 63);
    assert.equal(new Set(DELIVERY_CODES.map(({ error }) => error)).size, 63);
    for (const { error } of DELIVERY_CODES) assert.match(error, /^\d{3}$/);
  });

  it('finds every row by its number, with and without leading zeros', () => {
    for (const code of DELIVERY_CODES) {
      assert.equal(codeByNumber(code.error), code);
      assert.equal(codeByNumber(`000${code.error}`), code);
      assert.equal(codeByNumber(String(Number(code.error))), code);
    }
  });

  it('has no row for what is not all digits, nor for numbers the guide does not give', () => {
    for (const error of ['', '00B', '0x10', '1e1', ' 10', '-1', 'null', '999', '22', '779', '9'.repeat(400)]) {
      assert.equal(codeByNumber(error), undefined, error);
    }
  });

  it('finds a word in any case where only one row has it', () => {
    assert.equal(codeByWord('DLT-INV-TMID')?.error, '780');
    assert.equal(codeByWord('dlt-inv-tm-id')?.error, '782');
    assert.equal(codeByWord('Mob-Off')?.error, '013');
    assert.equal(codeByWord('REJECTED')?.error, '458');
  });

  it('finds no row for a word that several rows share', () => {
    for (const word of [
      'INVALID-SUB',
      'ABSENT-SUB',
      'HANDSET-ERR',
      'BARRED',
      'NET-ERR',
      'FAILED',
      'UNDELIV',
      'SERVER-ERR',
    ]) {
      assert.equal(codeByWord(word), undefined, word);
    }
  });

  it('calls retryable what may pass by itself, and nothing else', () => {
    const retryable = DELIVERY_CODES.filter((code) => code.retryable).map(({ error }) => Number(error));
    assert.deepEqual(retryable, [3, 7, 9, 10, 11, 12, 13, 14, 16, 17, 21, 457]);
  });
});
