import assert from 'node:assert/strict';
import { readReceiptText, type ReceiptFields } from '../../src/receipt/fields';
import { delivery, ucs2 } from './delivery';

describe('the labels of a receipt text', () => {
  function fieldsOf(text: string): ReceiptFields {
    return readReceiptText(delivery(text), []).fields;
  }

  it('are read in any order and case, each up to the next blank', () => {
    const fields = fieldsOf('STAT:DELIVRD done date:2311142320 Id : 7f ERR:000 sub:001 submit_date:2311142313 text:x');
    const { id, stat, err, submitDate, doneDate, isReceipt } = fields;
    assert.deepEqual(
      { id, stat, err, submitDate, doneDate, isReceipt },
      { id: '7f', stat: 'DELIVRD', err: '000', submitDate: '2311142313', doneDate: '2311142320', isReceipt: true },
    );
  });

  it('count the first time only, and not in the sender’s own text', () => {
    const fields = fieldsOf('id:7 id:8 stat:DELIVRD text:err:099 stat:UNDELIV');
    assert.deepEqual([fields.id, fields.stat, fields.err], ['7', 'DELIVRD', null]);
  });

  it('without a value are null, and still make a receipt', () => {
    const { id, stat, isReceipt } = fieldsOf('id: stat: err:000');
    assert.deepEqual([id, stat, isReceipt], [null, null, true]);
    assert.equal(fieldsOf('id:7, says the postman').isReceipt, false);
  });

  it('are no part of other words', () => {
    assert.equal(fieldsOf('paid:7 estat:DELIVRD').isReceipt, false);
  });

  it('may enclose an id with blanks and a state of two words', () => {
    const { id, longId, stat, longStat } = fieldsOf('id:ab 12 sub:001 stat:NOT DELIVERED err:1');
    assert.deepEqual([id, longId, stat, longStat], ['ab', 'ab 12', 'NOT', 'NOT DELIVERED']);
  });

  describe('in octets of another alphabet', () => {
    const text = 'id:7 stat:DELIVRD';
    const ways: [what: string, body: Buffer, dataCoding: number, warning: RegExp | null][] = [
      ['UCS-2', ucs2(text), 8, null],
      ['UCS-2 that is not marked', ucs2(text), 0, /is UCS-2, but data_coding is 0/],
      ['single octets that are marked as UCS-2', Buffer.from(text), 8, /marked as UCS-2 but is single octets/],
      ['UCS-2 with its octets swapped', Buffer.from(text, 'utf16le'), 8, /octets swapped/],
      ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`), 0, null],
      ['with NULs behind it', Buffer.from(`${text}\0\0`), 0, null],
    ];
    for (const [what, body, dataCoding, warning] of ways) {
      it(`(${what}) are read all the same`, () => {
        const warnings: string[] = [];
        const { raw, fields } = readReceiptText(delivery(body, { dataCoding }), warnings);
        assert.deepEqual([raw, fields.id, fields.stat], [text, '7', 'DELIVRD']);
        if (warning) assert.match(warnings.join(), warning);
        else assert.deepEqual(warnings, []);
      });
    }
  });
});
