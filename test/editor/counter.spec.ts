import assert from 'node:assert/strict';
import { count } from '../../nodes/editor/counter';
import { translate } from './dialog';

const words = (key: string, values?: Readonly<Record<string, unknown>>): string =>
  translate('smpp-send', `smpp-send.counter.${key}`, values);
const OPTIONS = { encoding: 'auto', smartEncoding: false, longMessage: 'udh', flash: false } as const;

describe('the segment counter of the send dialog', () => {
  it('says alphabet, segments and what is left', () => {
    assert.deepEqual(count('Hello', OPTIONS, words).lines, ['GSM 7-bit · 1 segment · 5 of 160 used, 155 left']);
    assert.deepEqual(count('a'.repeat(161), OPTIONS, words).lines, [
      'GSM 7-bit · 2 segments · 8 of 153 used in the last one, 145 left',
    ]);
  });

  it('counts a character of the extension table as two', () => {
    assert.match(count('€', OPTIONS, words).lines[0]!, /2 of 160/);
  });

  it('names the character that forces UCS-2, and what plain ones would save', () => {
    const { lines } = count(`${'a'.repeat(80)}\u2019`, OPTIONS, words);
    assert.equal(lines[0], 'UCS-2 · 2 segments · 14 of 67 used in the last one, 53 left');
    assert.equal(lines[1], '\u2019 (U+2019) at position 81 needs UCS-2.');
    assert.equal(lines[2], 'With plain characters in place of such ones it is 1 segment: tick the box below.');
  });

  it('promises no saving where the script itself needs UCS-2', () => {
    assert.equal(count('नमस्ते', OPTIONS, words).lines.length, 2);
  });

  it('says what was replaced once the box is ticked', () => {
    const { lines } = count('it\u2019s', { ...OPTIONS, smartEncoding: true }, words);
    assert.match(lines[0]!, /^GSM 7-bit · 1 segment/);
    assert.match(lines[1]!, /\u2019 → '/);
  });

  it('shows a text that cannot be sent as a problem, with the reason of the runtime', () => {
    const { lines, problem, segments } = count('ж', { ...OPTIONS, encoding: 'gsm7' }, words);
    assert.equal(problem, true);
    assert.match(lines[0]!, /^"ж" \(U\+0436\) at position 1/);
    assert.deepEqual(segments, []);
  });

  it('shows each segment with its header and its text', () => {
    const { segments } = count('a'.repeat(161), OPTIONS, words);
    assert.deepEqual(
      segments.map(({ title }) => title),
      [
        '1/2 · 153 septets · data_coding 0 · UDH 05 00 03 ·· 02 01',
        '2/2 · 8 septets · data_coding 0 · UDH 05 00 03 ·· 02 02',
      ],
    );
    assert.equal(segments.map(({ text }) => text).join(''), 'a'.repeat(161));
  });

  it('names the other ways to send a long text', () => {
    const title = (longMessage: 'udh16' | 'sar' | 'payload'): string =>
      count('a'.repeat(200), { ...OPTIONS, longMessage }, words).segments[0]!.title;
    assert.match(title('udh16'), /UDH 06 08 04 ·· ·· 02 01$/);
    assert.match(title('sar'), /sar_segment_seqnum 1$/);
    assert.match(title('payload'), /^1\/1 · 200 septets · data_coding 0 · message_payload$/);
  });

  it('does not bury the dialog under a very long text', () => {
    const { segments } = count('a'.repeat(153 * 40), OPTIONS, words);
    assert.equal(segments.length, 13);
    assert.equal(segments[12]!.title, 'and 28 more');
  });
});
