import assert from 'node:assert/strict';
import { CodeTable, codeRow, DELIVERY_CODES, GUIDE_TABLE } from '../../src/receipt/code-table';

describe('the delivery code table', () => {
  it('has the 63 rows of the guide, each with its own number of three digits', () => {
    assert.equal(DELIVERY_CODES.length, 63);
    assert.equal(new Set(DELIVERY_CODES.map(({ error }) => error)).size, 63);
    for (const { error } of DELIVERY_CODES) assert.match(error, /^\d{3}$/);
  });

  it('finds every row by its number, with and without leading zeros', () => {
    for (const code of DELIVERY_CODES) {
      assert.equal(GUIDE_TABLE.byNumber(code.error), code);
      assert.equal(GUIDE_TABLE.byNumber(`000${code.error}`), code);
      assert.equal(GUIDE_TABLE.byNumber(String(Number(code.error))), code);
    }
  });

  it('has no row for what is not all digits, nor for numbers the guide does not give', () => {
    for (const error of ['', '00B', '0x10', '1e1', ' 10', '-1', 'null', '999', '22', '779', '9'.repeat(400)]) {
      assert.equal(GUIDE_TABLE.byNumber(error), undefined, error);
    }
  });

  it('finds a word in any case where only one row has it', () => {
    assert.equal(GUIDE_TABLE.byWord('DLT-INV-TMID')?.error, '780');
    assert.equal(GUIDE_TABLE.byWord('dlt-inv-tm-id')?.error, '782');
    assert.equal(GUIDE_TABLE.byWord('Mob-Off')?.error, '013');
    assert.equal(GUIDE_TABLE.byWord('REJECTED')?.error, '458');
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
      assert.equal(GUIDE_TABLE.byWord(word), undefined, word);
    }
  });

  it('calls retryable what may pass by itself, and nothing else', () => {
    const retryable = DELIVERY_CODES.filter((code) => code.retryable).map(({ error }) => Number(error));
    assert.deepEqual(retryable, [3, 7, 9, 10, 11, 12, 13, 14, 16, 17, 21, 457]);
  });

  it('takes the later of two rows with one number, and a row without a number for all that have its word', () => {
    const table = new CodeTable([
      codeRow('018', 'BLOCKED', 'REJECTED', 'range', 'first'),
      codeRow('19', 'BLOCKED', 'REJECTED', 'range', 'another'),
      codeRow('18', 'BLOCKED', 'REJECTED', 'policy', 'second'),
      codeRow('', 'Shut', 'REJECTED', 'policy', 'by word'),
      codeRow('20', 'SHUT', 'REJECTED', 'number', 'by number'),
    ]);
    assert.equal(table.byNumber('0018')?.description, 'second');
    assert.equal(table.rows.length, 4);
    assert.equal(table.byWord('blocked'), undefined);
    assert.equal(table.byWord('shut')?.description, 'by word');
  });
});
