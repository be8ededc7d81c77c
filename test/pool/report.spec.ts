import assert from 'node:assert/strict';
import {
  messageReport,
  segmentReport,
  statusOnly,
  tlvsInHex,
  unmatchedReport,
  type ReceiptArrival,
} from '../../src/pool/report';
import { parseReceipt } from '../../src/receipt/parse';
import type { SegmentReceipt } from '../../src/store/store';
import { delivery, tlv } from '../receipt/delivery';
import { sentMessage } from '../store/messages';
import { HandClock } from '../support/clock';

const PHONE = '919876543210';
const ORIGIN = { server: '10.0.0.1:2775', bind: 'trx-1' };

describe('the report', () => {
  const clock = new HandClock();

  /** A receipt like "7 UNDELIV 010", of a segment that was done at this minute. */
  function arrival(words: string, minute = '00'): ReceiptArrival {
    const [id, stat, err = '000'] = words.split(' ');
    const body = `id:${id!} submit date:2311142213 done date:23111423${minute} stat:${stat!} err:${err} text:x`;
    const pdu = delivery(body, { from: PHONE, to: 'ALERTS', tlvs: [tlv(0x0427, [2]), tlv(0x1401, 'x')] });
    return { receipt: parseReceipt(pdu, { timezone: 'UTC' }), delivery: pdu, origin: ORIGIN };
  }

  /** What is remembered of such a receipt. */
  function noted(words: string, minute?: string): SegmentReceipt {
    const { receipt } = arrival(words, minute);
    const { submittedAt, doneAt, messageIds } = receipt;
    return { ...statusOnly(receipt), messageId: messageIds[0]!, submittedAt, doneAt, at: clock.now() };
  }

  describe('of a receipt that matches nothing', () => {
    it('says what the receipt says, and how it came', () => {
      const report = unmatchedReport(arrival('7 UNDELIV 010'), 'ALERTS');
      assert.deepEqual(
        [report.matched, report.sent, report.segment, report.segments, report.scope],
        [false, null, null, null, 'segment'],
      );
      assert.deepEqual(
        [report.messageId, report.state, report.error, report.to, report.from],
        ['7', 'UNDELIVERABLE', '010', PHONE, 'ALERTS'],
      );
      assert.deepEqual([report.server, report.bind], [ORIGIN.server, ORIGIN.bind]);
      assert.match(report.raw!, /^id:7 /);
      assert.deepEqual(report.tlvs, { '0427': '02', '1401': '78' });
    });

    it('takes the end that is not the pool’s own sender for the handset', () => {
      const { receipt, ...rest } = arrival('7 DELIVRD');
      const turned = { ...rest, receipt, delivery: delivery('', { from: 'ALERTS', to: PHONE }) };
      assert.deepEqual(
        [unmatchedReport(turned, 'ALERTS').to, unmatchedReport(turned, 'ALERTS').from],
        [PHONE, 'ALERTS'],
      );
    });
  });

  describe('of a segment', () => {
    it('counts from 1, names the addresses as they were sent, and adds its warnings to the receipt’s', () => {
      const sent = sentMessage('m', { messageIds: ['7', '8'], receipts: [null, noted('8 DELIVRD')] });
      const report = segmentReport(sent, 1, arrival('8 DELIVRD'), ['doubt'], clock);
      assert.deepEqual([report.segment, report.scope, report.matched], [2, 'segment', true]);
      assert.deepEqual(report.segments, { total: 2, delivered: 1, failed: 0, pending: 1 });
      assert.deepEqual([report.to, report.from], [sent.to, sent.from]);
      assert.equal(report.warnings.at(-1), 'doubt');
    });

    it('says of its message what the flow knows it by', () => {
      const sent = sentMessage('m', { messageIds: ['7'], receipts: [noted('7 DELIVRD')] });
      assert.deepEqual(segmentReport(sent, 0, arrival('7 DELIVRD'), [], clock).sent, {
        id: 'm',
        _msgid: 'msg-m',
        to: sent.to,
        from: 'ALERTS',
        segments: 1,
        encoding: 'gsm7',
        submittedAt: '2023-11-14T22:13:20.000Z',
        server: sent.server,
        reference: { order: 'm' },
        node: 'send-1',
      });
    });
  });

  describe('of a whole message', () => {
    it('has the worst that is final, with the id of that segment and the latest time', () => {
      const receipts = [noted('7 DELIVRD 000', '20'), noted('8 UNDELIV 010', '10'), noted('9 ENROUTE', '05')];
      const sent = sentMessage('m', { messageIds: ['7', '8', '9'], receipts });
      const report = messageReport(sent, arrival('7 DELIVRD'), [], clock);
      assert.deepEqual([report.state, report.error, report.messageId], ['UNDELIVERABLE', '010', '8']);
      assert.deepEqual(report.segments, { total: 3, delivered: 1, failed: 1, pending: 1 });
      assert.deepEqual([report.doneAt, report.segment], ['2023-11-14T23:20:00.000Z', null]);
    });

    it('has an interim status that is given to it', () => {
      const sent = sentMessage('m', { messageIds: ['7', '8'], receipts: [noted('7 DELIVRD'), null] });
      const last = arrival('8 ENROUTE');
      const report = messageReport(sent, last, [], clock, last.receipt);
      assert.deepEqual([report.state, report.final, report.messageId], ['ENROUTE', false, '8']);
    });

    it('came by nothing where time has brought it about, and has the warning alone', () => {
      const sent = sentMessage('m', { messageIds: ['7', '8'], receipts: [noted('7 DELIVRD'), null] });
      const report = messageReport(sent, null, ['no receipt for 1 of the segments'], clock);
      assert.deepEqual([report.server, report.bind, report.raw, report.tlvs], [null, null, null, {}]);
      assert.deepEqual([report.state, report.messageId], ['DELIVERED', '7']);
      assert.deepEqual(report.warnings, ['no receipt for 1 of the segments']);
    });

    it('is that of its only segment where it has one', () => {
      const sent = sentMessage('m', { messageIds: ['7'], receipts: [noted('7 DELIVRD')] });
      assert.equal(messageReport(sent, arrival('7 DELIVRD'), [], clock).segment, 1);
    });

    for (const hours of [-24, 1, 24 * 365 * 50]) {
      it(`tells when it was submitted by a system clock that was put right by ${String(hours)} hours`, () => {
        const corrected = new HandClock();
        const sent = sentMessage('m', { receipts: [noted('7 DELIVRD')], submittedAt: corrected.now() - 5000 });
        corrected.setWall(hours * 3_600_000);
        const { submittedAt } = messageReport(sent, null, [], corrected).sent!;
        assert.equal(Date.parse(submittedAt), corrected.now() - 5000 + hours * 3_600_000);
      });
    }
  });

  it('has of a TLV that repeats the last, under four hex digits', () => {
    assert.deepEqual(tlvsInHex([tlv(0x1e, [1]), tlv(0x1e, [2, 255]), tlv(0x1400, [])]), { '001e': '02ff', '1400': '' });
  });
});
