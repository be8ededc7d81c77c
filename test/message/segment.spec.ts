import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import type { LongMessageMode } from '../../src/message/message';
import type { SegmentOptions } from '../../src/message/segment';
import { MAX_SEGMENTS, segmentText } from '../../src/message/segment';
import { EXTENSION_CHARACTERS, GSM7_CHARACTERS } from './handset';
import { refusal } from './refusal';

function options(given: Partial<SegmentOptions>): SegmentOptions {
  return { encoding: 'auto', smartEncoding: false, longMessage: 'udh', ...given };
}

function units(text: string, given: Partial<SegmentOptions> = {}): number[] {
  return segmentText(text, options(given)).segments.map((segment) => segment.units);
}

const gsm7Text = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...GSM7_CHARACTERS) },
    { weight: 1, arbitrary: fc.constantFrom(...EXTENSION_CHARACTERS) },
  ),
  maxLength: 900,
  size: 'max',
});
/** Code points of any plane, and lone surrogates too. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom('न', '😀', '\ud800', '\udc00'),
  ),
  maxLength: 400,
  size: 'max',
});
const longMessage = fc.constantFrom<LongMessageMode>('udh', 'udh16', 'sar', 'payload');

describe('Segments', () => {
  it('hold 160 septets alone and 153 together, 152 behind a 16-bit reference', () => {
    assert.deepEqual(units('a'.repeat(160)), [160]);
    assert.deepEqual(units('a'.repeat(161)), [153, 8]);
    assert.deepEqual(units('a'.repeat(307)), [153, 153, 1]);
    assert.deepEqual(units('a'.repeat(161), { longMessage: 'udh16' }), [152, 9]);
    assert.deepEqual(units('a'.repeat(161), { longMessage: 'sar' }), [153, 8]);
  });

  it('hold 70 UTF-16 units alone and 67 together, 66 behind a 16-bit reference', () => {
    assert.deepEqual(units('न'.repeat(70)), [70]);
    assert.deepEqual(units('न'.repeat(71)), [67, 4]);
    assert.deepEqual(units('न'.repeat(71), { longMessage: 'udh16' }), [66, 5]);
    assert.deepEqual(units('न'.repeat(71), { longMessage: 'sar' }), [67, 4]);
  });

  it('hold 140 octets alone and 134 together, 133 behind a 16-bit reference', () => {
    for (const [encoding, octet] of [
      ['latin1', 'ç'],
      ['binary', 'ff'],
    ] as const) {
      assert.deepEqual(units(octet.repeat(140), { encoding }), [140]);
      assert.deepEqual(units(octet.repeat(141), { encoding }), [134, 7]);
      assert.deepEqual(units(octet.repeat(141), { encoding, longMessage: 'udh16' }), [133, 8]);
    }
  });

  it('count an extension character double and never cut it', () => {
    assert.deepEqual(units('€'.repeat(80)), [160]);
    assert.deepEqual(units('€'.repeat(81)), [152, 10]);
    assert.deepEqual(units(`${'a'.repeat(152)}€${'a'.repeat(7)}`), [152, 9]);
  });

  it('never cut a surrogate pair', () => {
    assert.deepEqual(units('😀'.repeat(35)), [70]);
    assert.deepEqual(units('😀'.repeat(36)), [66, 6]);
    assert.deepEqual(units(`न${'😀'.repeat(35)}`), [67, 4]);
  });

  it('say what is left for the counter of the editor', () => {
    const empty = segmentText('', options({}));
    assert.deepEqual(empty, {
      encoding: 'gsm7',
      form: 'single',
      segments: [{ text: '', units: 0 }],
      limit: 160,
      remaining: 160,
      warnings: [],
    });
    const long = segmentText('a'.repeat(161), options({}));
    assert.deepEqual([long.form, long.limit, long.remaining], ['udh', 153, 145]);
  });

  it('are at most 255', () => {
    assert.equal(units('a'.repeat(255 * 153)).length, MAX_SEGMENTS);
    const tooMany =
      /^text: 39016 septets of gsm7 are too long: there are at most 255 segments, each of at most 153; shorten it or set longMessage to "payload"$/;
    assert.throws(() => units('a'.repeat(255 * 153 + 1)), refusal('text', tooMany));
    assert.throws(() => units('नै'.repeat(10_000)), refusal('text', /^text: 20000 UTF-16 units of ucs2 are too long:/));
    // The units would fit 255 segments; the pairs that may not be cut leave one unit of each empty.
    assert.throws(() => units('😀'.repeat((255 * 67 - 1) / 2)), refusal('text', /at most 255 segments/));
  });

  it('are one, of up to 65535 octets, as a payload', () => {
    const longest = segmentText('a'.repeat(65535), options({ longMessage: 'payload' }));
    assert.deepEqual([longest.form, longest.segments.length, longest.remaining], ['payload', 1, 0]);
    assert.deepEqual(units('न'.repeat(32767), { longMessage: 'payload' }), [32767]);
    for (const text of ['a'.repeat(65536), 'न'.repeat(32768), '€'.repeat(32768)]) {
      assert.throws(
        () => units(text, { longMessage: 'payload' }),
        refusal('text', /too long: message_payload holds at most/),
      );
    }
  });

  it('are one or none where a long message is to be rejected', () => {
    assert.deepEqual(units('a'.repeat(160), { longMessage: 'reject' }), [160]);
    assert.throws(
      () => units('a'.repeat(161), { longMessage: 'reject' }),
      refusal(
        'text',
        /^text: 161 septets of gsm7 are too long: longMessage is "reject" and one segment holds at most 160; /,
      ),
    );
  });

  it('are counted after look-alikes are replaced', () => {
    const text = `“${'a'.repeat(158)}”`;
    assert.deepEqual(units(text), [67, 67, 26]);
    assert.deepEqual(units(text, { smartEncoding: true }), [160]);
  });

  it('make up the text, none above its limit, none beginning or ending with half a character', () => {
    fc.assert(
      fc.property(fc.oneof(gsm7Text, anyText), longMessage, (text, mode) => {
        const { segments, limit, remaining } = segmentText(text, options({ longMessage: mode }));
        assert.equal(segments.map((segment) => segment.text).join(''), text);
        assert.equal(segments.flatMap((segment) => Array.from(segment.text)).length, Array.from(text).length);
        for (const segment of segments) assert.ok(segment.units <= limit);
        assert.equal(remaining, limit - segments[segments.length - 1]!.units);
      }),
    );
  });

  it('are as full as they can be', () => {
    fc.assert(
      fc.property(fc.oneof(gsm7Text, anyText), (text) => {
        const { segments, limit } = segmentText(text, options({}));
        for (const segment of segments.slice(0, -1)) assert.ok(limit - segment.units <= 1);
      }),
    );
  });
});

describe('Segment counts and sms-segments-calculator', () => {
  it('agree on every GSM 7-bit text', () => {
    // The calculator takes a carriage return and line feed for one character, and that for one of UCS-2.
    const text = gsm7Text.map((given) => given.replaceAll('\r', ''));
    fc.assert(
      fc.property(text, (given) => {
        const oracle = new SegmentedMessage(given);
        assert.equal(oracle.encodingName, 'GSM-7');
        assert.equal(segmentText(given, options({})).segments.length, Math.max(1, oracle.segmentsCount));
      }),
      { numRuns: 50 },
    );
  });

  it('agree on texts in UCS-2, Devanagari and emoji among them', () => {
    const text = fc.string({
      unit: fc.constantFrom('न', 'म', 'स', 'क', '₹', ' ', 'a', '€', '’', '😀', '🚚'),
      minLength: 1,
      maxLength: 300,
      size: 'max',
    });
    fc.assert(
      fc.property(text, (given) => {
        const oracle = new SegmentedMessage(given);
        const ours = segmentText(given, options({}));
        assert.equal(ours.encoding, oracle.encodingName === 'GSM-7' ? 'gsm7' : 'ucs2');
        assert.equal(ours.segments.length, oracle.segmentsCount);
      }),
      { numRuns: 50 },
    );
  });
});
