import assert from 'node:assert/strict';
import { noteReceipt } from '../../src/pool/segment-receipts';
import { parseReceipt } from '../../src/receipt/parse';
import type { SentMessage } from '../../src/store/store';
import { delivery } from '../receipt/delivery';
import { sentMessage } from '../store/messages';

const NOW = 1_700_000_000_000;
const WAIT = 600_000;

describe('noteReceipt', () => {
  /** Notes receipts like "1 DELIVRD 000", each of a segment (from 1); what each has brought. */
  function note(segments: number, ...receipts: string[]): { sent: SentMessage; reports: string[]; warnings: string[] } {
    const messageIds = Array.from({ length: segments }, (_, segment) => `id${String(segment)}`);
    let sent = sentMessage('m', { messageIds, receipts: messageIds.map(() => null) });
    const reports: string[] = [];
    const warnings: string[] = [];
    for (const receipt of receipts) {
      const [segment, stat, err = '000'] = receipt.split(' ');
      const parsed = parseReceipt(delivery(`id:x stat:${stat!} err:${err}`), { timezone: 'UTC' });
      const noted = noteReceipt(sent, Number(segment) - 1, parsed, NOW, WAIT);
      reports.push(noted?.report ?? 'repeat');
      warnings.push(...(noted?.warnings ?? []));
      sent = noted?.sent ?? sent;
    }
    return { sent, reports, warnings };
  }

  it('tells the result with the last segment, and sets its time with the first', () => {
    const { sent, reports } = note(2, '2 DELIVRD', '1 UNDELIV');
    assert.deepEqual(reports, ['none', 'whole']);
    assert.deepEqual([sent.told, sent.dueAt], [true, null]);
    assert.equal(note(2, '1 ENROUTE').sent.dueAt, null);
    assert.equal(note(2, '1 DELIVRD').sent.dueAt, NOW + WAIT);
  });

  it('takes the same word again for a repeat, interim ones too', () => {
    assert.deepEqual(note(1, '1 ENROUTE', '1 ENROUTE', '1 DELIVRD', '1 DELIVRD').reports, [
      'interim',
      'repeat',
      'whole',
      'repeat',
    ]);
  });

  it('keeps a final word before an interim one that comes late', () => {
    const { sent, reports, warnings } = note(1, '1 UNDELIV', '1 ENROUTE');
    assert.deepEqual([sent.receipts[0]!.state, reports, warnings], ['UNDELIVERABLE', ['whole', 'none'], []]);
  });

  it('tells another final word once more, with a warning that names the one before', () => {
    const { sent, reports, warnings } = note(1, '1 UNDELIV 010', '1 DELIVRD');
    assert.deepEqual([sent.receipts[0]!.state, reports], ['DELIVERED', ['whole', 'whole']]);
    assert.deepEqual(warnings, ['another final report came before: UNDELIV, error 010']);
  });
});
