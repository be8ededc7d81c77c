import assert from 'node:assert/strict';
import { count } from '../../../nodes/editor/counter';
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
    assert.equal(
      lines[2],
      'With plain characters in place of such ones it is 1 segment instead of 2: tick the box below.',
    );
  });

  it('names the few characters that have no plain look-alike', () => {
    const { lines } = count(`${'a'.repeat(80)}\u{1f525}ж`, OPTIONS, words);
    assert.equal(lines[1], '\u{1f525} (U+1F525) at position 81 needs UCS-2.');
    assert.equal(lines[2], 'With plain characters in place of \u{1f525} ж it is 1 segment instead of 2.');
  });

  it('promises no saving where there is none', () => {
    assert.equal(count('it\u2019s', OPTIONS, words).lines.length, 2);
    assert.equal(count('ж', OPTIONS, words).lines.length, 2);
  });

  it('promises no saving where the script itself needs UCS-2', () => {
    const text = 'पंप संख्या सात का तापमान नब्बे डिग्री से ऊपर चला गया है। कृपया तुरंत जाँच करें।';
    assert.equal(count(text, OPTIONS, words).lines.length, 2);
    assert.equal(count('न'.repeat(71), OPTIONS, words).lines.length, 2);
  });

  it('says what was replaced once the box is ticked', () => {
    const { lines } = count('it\u2019s', { ...OPTIONS, smartEncoding: true }, words);
    assert.match(lines[0]!, /^GSM 7-bit · 1 segment/);
    assert.equal(lines[1], "Sent with plain characters: \u2019 → ' (1×).");
  });

  it('says what cannot be sent as it is, and what to do', () => {
    const problem = (text: string, options: object): string => {
      const counted = count(text, { ...OPTIONS, ...options }, words);
      assert.equal(counted.problem, true);
      assert.deepEqual(counted.segments, []);
      return counted.lines.join();
    };
    assert.match(problem('ж', { encoding: 'gsm7' }), /^"ж" \(U\+0436\) at position 1 is not in the GSM 7-bit alphabet/);
    assert.match(problem('ж', { encoding: 'latin1' }), /^"ж" \(U\+0436\) at position 1 is not in Latin-1/);
    assert.match(problem('0g', { encoding: 'binary' }), /^"g" \(U\+0067\) at position 2 is no hexadecimal digit/);
    assert.match(problem('012', { encoding: 'binary' }), /^3 hexadecimal digits make no whole octets/);
    assert.match(problem('00', { encoding: 'binary', flash: true }), /^A flash message needs/);
    assert.match(problem('a'.repeat(161), { longMessage: 'reject' }), /this takes 161, one segment holds 160/);
    assert.match(problem('a'.repeat(153 * 256), {}), /at most 255 segments/);
    assert.match(problem('a'.repeat(65536), { longMessage: 'payload' }), /this takes 65536, one piece holds 65535/);
  });

  it('shows each segment with its length and its text', () => {
    const { segments, more } = count('a'.repeat(161), OPTIONS, words);
    assert.deepEqual(
      segments.map(({ title }) => title),
      ['1/2 · 153 septets', '2/2 · 8 septets'],
    );
    assert.equal(segments.map(({ text }) => text).join(''), 'a'.repeat(161));
    assert.equal(more, '');
  });

  it('does not bury the dialog under a very long text', () => {
    const { segments, more } = count('a'.repeat(153 * 40), OPTIONS, words);
    assert.equal(segments.length, 12);
    assert.equal(more, 'and 28 more');
  });
});
