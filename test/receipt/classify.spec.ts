import assert from 'node:assert/strict';
import { classify } from '../../src/receipt/classify';
import { delivery, tlv, ucs2 } from './delivery';

const RECEIPT = 'id:77 sub:001 dlvrd:001 submit date:2607151040 done date:2607151041 stat:DELIVRD err:000 text:x';

describe('classify', () => {
  it('takes the word of esm_class for receipts and intermediate notifications, whatever the text', () => {
    for (const esmClass of [0x04, 0x20, 0x24, 0x44, 0x07])
      assert.equal(classify(delivery('Hello', { esmClass })), 'receipt');
  });

  it('tells acknowledgements of the handset and its user from receipts', () => {
    for (const esmClass of [0x08, 0x10, 0x48]) {
      for (const text of ['', 'id:77', 'stat:READ']) {
        assert.equal(classify(delivery(text, { esmClass, tlvs: [tlv(0x001e, '77\0')] })), 'acknowledgement');
      }
    }
  });

  it('takes a whole receipt for one under every esm_class', () => {
    for (let esmClass = 0; esmClass < 0x40; esmClass++) {
      assert.equal(classify(delivery(RECEIPT, { esmClass })), 'receipt', `0x${esmClass.toString(16)}`);
    }
  });

  it('leaves a text with state words but no id a message, whatever TLV it carries', () => {
    const tlvs = [tlv(0x0427, [2]), tlv(0x001e, '77\0'), tlv(0x0423, [3, 0, 10]), tlv(0x1403, 'x')];
    const texts = ['stat:DELIVRD err:000', 'sub:001 dlvrd:001 stat:UNDELIV err:010 text:x', 'DELIVRD', 'Hello'];
    for (const text of texts) {
      for (const one of tlvs) assert.equal(classify(delivery(text, { esmClass: 0, tlvs: [one] })), 'message', text);
      assert.equal(classify(delivery(text, { esmClass: 0, tlvs })), 'message', text);
      assert.equal(classify(delivery(ucs2(text), { esmClass: 0, dataCoding: 8, tlvs })), 'message', text);
    }
  });

  it('takes receipted_message_id or message_state for a receipt without the bit', () => {
    assert.equal(classify(delivery('', { esmClass: 0, tlvs: [tlv(0x001e, '77\0')] })), 'receipt');
    assert.equal(classify(delivery('', { esmClass: 0, tlvs: [tlv(0x0427, [2])] })), 'receipt');
  });

  it('takes a text with an id and a stat label for a receipt, in single octets and in UCS-2', () => {
    assert.equal(classify(delivery(RECEIPT, { esmClass: 0 })), 'receipt');
    assert.equal(classify(delivery('STAT : DELIVRD\nID : 77', { esmClass: 0 })), 'receipt');
    assert.equal(classify(delivery(ucs2(RECEIPT), { esmClass: 0, dataCoding: 8 })), 'receipt');
    assert.equal(classify(delivery(RECEIPT, { esmClass: 0, dataCoding: 8 })), 'receipt');
  });

  it('leaves an ordinary text a message, although it has a label', () => {
    const texts = [
      'Please reply with your id: to confirm',
      'stat: all fine',
      'Grid:7 thermostat:21',
      'text: id:99 stat:UNDELIV',
      'My id:5, status:good',
      '',
    ];
    for (const text of texts) assert.equal(classify(delivery(text, { esmClass: 0 })), 'message', text);
  });

  it('leaves a message with a lone TLV of a vendor a message', () => {
    const tlvs = [tlv(0x1454, 'x'), tlv(0x0423, [3, 0, 0]), tlv(0x0424, 'Hello')];
    assert.equal(classify(delivery('Hello', { esmClass: 0, tlvs })), 'message');
  });
});
