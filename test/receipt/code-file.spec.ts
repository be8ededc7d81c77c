import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SmppError } from '../../src/base/errors';
import { namedCodeTable, readCodeFile } from '../../src/receipt/code-file';
import { deliveryStatusOf } from '../../src/receipt/delivery-status';

function fate(status: string | null, error: string | null, codes = readCodeFile('number\n1')) {
  const { state, group, description, retryable } = deliveryStatusOf(
    { status, error, messageState: null, intermediate: false },
    codes,
  );
  return [state, group, description, retryable];
}

function refused(text: string, message: RegExp): void {
  assert.throws(
    () => readCodeFile(text),
    (error) => error instanceof SmppError && error.code === 'SMPP_CODE_TABLE' && message.test(error.message),
    text,
  );
}

describe('A file of delivery codes', () => {
  it('adds rows to those of the guide and replaces the ones of its numbers', () => {
    const codes = readCodeFile(
      'number,word,description,group,retryable\n' +
        '900,PORTED,"Number ported, try the ""other"" route",number,yes\n' +
        '018,SERIES-BLK,Route closed for an hour,temporary,\n',
    );
    assert.deepEqual(fate('PORTED', '900', codes), [
      'UNDELIVERABLE',
      'number',
      'Number ported, try the "other" route',
      true,
    ]);
    assert.deepEqual(fate('SERIES-BLK', '18', codes), ['UNDELIVERABLE', 'temporary', 'Route closed for an hour', true]);
    assert.deepEqual(fate('DLT-INV-TMID', '780', codes)[1], 'dlt');
  });

  it('may be JSON, with numbers as numbers', () => {
    const rows = [
      { number: 900, description: 'Ported', group: 'number' },
      { word: 'HELD', group: 'pending' },
    ];
    for (const text of [JSON.stringify(rows), `\ufeff${JSON.stringify({ codes: rows })}`]) {
      assert.deepEqual(fate('FAILED', '900', readCodeFile(text)), ['UNDELIVERABLE', 'number', 'Ported', false]);
      assert.deepEqual(fate('held', null, readCodeFile(text)), ['ENROUTE', 'pending', 'HELD', false]);
    }
  });

  it('has its columns in any order, with semicolons or tabs, and quoted lines', () => {
    const codes = readCodeFile('Group;Number;Description\r\npolicy;901;"Two\r\nlines"\r\n\r\n');
    assert.deepEqual(fate('X', '901', codes), ['REJECTED', 'policy', 'Two\r\nlines', false]);
    assert.equal(fate('X', '902', readCodeFile('number\tgroup\n902\tdlt'))[1], 'dlt');
  });

  it('leaves the meaning of SMPP’s own words alone', () => {
    const codes = readCodeFile('word,group,description\nDELIVRD,number,nonsense\nUNDELIV,policy,barred here');
    assert.equal(fate('DELIVRD', '000', codes)[0], 'DELIVERED');
    assert.equal(fate('UNDELIV', null, codes)[0], 'UNDELIVERABLE');
  });

  it('is refused with its row and what is wrong in it', () => {
    refused('', /neither "number" nor "word"/);
    refused('number,word\n', /it has no rows/);
    refused('a,b\n1,2', /first line has neither "number" nor "word"; give a head line of number, word, description/);
    refused('number,group\n1,number\n2,nonsense', /row 2: group "nonsense" is not known; use one of delivered, number/);
    refused('number\nDLT-1', /row 1: number "DLT-1" is not all digits/);
    refused('number,retryable\n1,perhaps', /row 1: retryable "perhaps" is neither true nor false/);
    refused('number,word\n1,"open', /quotation mark is not closed/);
    refused('[1]', /row 1: 1 is no object/);
    refused('{"codes": 1}', /neither an array of rows/);
    refused('[{"number": 1.5}]', /row 1: number 1.5 is neither a text nor a whole number/);
    refused('[{"description": "x"}]', /row 1: it has neither a number nor a word/);
    refused('[{"number": 1', /it is no JSON/);
  });

  it('never fails in another way, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom(...'number,word\n"1;\t') })),
        (text) => {
          try {
            readCodeFile(text);
          } catch (error) {
            assert.ok(error instanceof SmppError);
          }
        },
      ),
    );
  });
});

describe('A named code table', () => {
  it('is the guide’s, SMPP’s own words alone, or the guide’s with the numbers of Indian resellers', () => {
    const [guide, smpp, india] = ['guide', 'smpp', 'india'].map((name) => namedCodeTable(name)!);
    assert.equal(guide!.rows.length, 63);
    assert.deepEqual(fate('UNDELIV', '780', guide)[1], 'dlt');
    assert.deepEqual(fate('UNDELIV', '780', smpp), [
      'UNDELIVERABLE',
      'unexplained',
      'Not deliverable, no reason given',
      false,
    ]);
    assert.deepEqual(fate('DLT-INV-TMID', '780', smpp)[1], 'unknown');
    assert.deepEqual(fate('REJECTD', '633', india), [
      'REJECTED',
      'template',
      'The text does not fit the template',
      false,
    ]);
    assert.match(String(fate('REJECTD', '614', india)[2]), /providers disagree/);
    assert.deepEqual(fate('DLT-INV-TMID', '780', india)[1], 'dlt');
    assert.equal(namedCodeTable('codes.csv'), undefined);
    assert.equal(namedCodeTable('toString'), undefined);
  });
});
