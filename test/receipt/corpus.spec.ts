import assert from 'node:assert/strict';
import { classify } from '../../src/receipt/classify';
import { readEnds } from '../../src/receipt/handset';
import { bestMatch, matchKeys, messageIdKey } from '../../src/receipt/match';
import { parseReceipt } from '../../src/receipt/parse';
import { sentMessage } from '../store/messages';
import { RECEIPTS } from './corpus';
import { delivery } from './delivery';

describe('the corpus of receipts', () => {
  for (const { what, ids, text, source, destination, esmClass = 4, tlvs = [], is, error, segment } of RECEIPTS) {
    it(`has ${what}`, () => {
      const pdu = delivery(text, { from: source ?? '919812345678', to: destination ?? 'ALERTS', esmClass, tlvs });
      if (is === 'message') {
        assert.equal(classify(pdu), is);
        return;
      }
      assert.equal(classify(pdu), 'receipt');
      const receipt = parseReceipt(pdu, { timezone: 'UTC' });
      assert.equal(`${receipt.state} ${receipt.final ? 'final' : 'open'}`, is);
      if (error !== undefined) assert.equal(receipt.error, error);
      const keys = matchKeys(receipt.messageIds, 'auto', null).map(({ key }) => key);
      const receipts = ids.map(() => null);
      const sent = sentMessage('m', { to: '919812345678', messageIds: ids, receipts });
      const found = ids.some((id) => keys.includes(messageIdKey(id))) ? [sent] : [];
      const match = bestMatch(found, {
        messageIds: receipt.messageIds,
        status: receipt,
        ends: readEnds(pdu.source.addr, pdu.destination.addr),
        policy: 'auto',
        learnt: null,
        fromSameServer: () => true,
      });
      assert.equal(match?.segment ?? null, segment);
    });
  }
});
