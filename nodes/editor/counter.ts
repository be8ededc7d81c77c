import { codePoint, visible } from '../../src/message/character';
import { dataCoding, firstOutsideGsm7 } from '../../src/message/encoding';
import type { SegmentOptions, Segmentation } from '../../src/message/segment';
import { segmentText } from '../../src/message/segment';

/** Segments shown in the preview; a text of 255 would bury the dialog. */
const SHOWN = 12;

export type Words = (key: string, values?: Readonly<Record<string, unknown>>) => string;

export interface Count {
  readonly lines: readonly string[];
  readonly segments: readonly { readonly title: string; readonly text: string }[];
  readonly problem: boolean;
}

/** What becomes of a text, in words. The counting is the runtime's. */
export function count(text: string, options: SegmentOptions & { readonly flash: boolean }, words: Words): Count {
  try {
    const result = segmentText(text, options);
    return {
      lines: [...summary(result, words), ...advice(text, options, result, words)],
      segments: preview(result, dataCoding(result.encoding, options.flash), words),
      problem: false,
    };
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    return { lines: [sentence.replace(/^text: /, '')], segments: [], problem: true };
  }
}

function summary({ encoding, segments, limit, remaining }: Segmentation, words: Words): string[] {
  const used = limit - remaining;
  return [
    [
      words(`alphabet.${encoding}`),
      words('segments', { count: segments.length }),
      words(segments.length === 1 ? 'used' : 'usedInLast', { used, limit, left: remaining }),
    ].join(' · '),
  ];
}

/** Which character makes the text dearer than it need be, and what a plain one in its place would save. */
function advice(text: string, options: SegmentOptions, result: Segmentation, words: Words): string[] {
  if (options.encoding !== 'auto' || result.encoding !== 'ucs2') return [...result.warnings];
  const outsider = firstOutsideGsm7(text);
  if (!outsider) return [];
  const shown = visible(outsider.character);
  const name = shown === outsider.character ? `${shown} (${codePoint(shown)})` : shown;
  const lines = [words('forces', { character: name, position: outsider.position })];
  const smart = segmentText(text, { ...options, smartEncoding: true });
  if (smart.encoding === 'gsm7') lines.push(words('smart', { count: smart.segments.length }));
  return lines;
}

function preview({ encoding, form, segments }: Segmentation, coding: number, words: Words): Count['segments'] {
  const total = segments.length;
  const shown = segments.slice(0, SHOWN).map(({ text, units }, index) => {
    const parts = [`${index + 1}/${total}`, words(`units.${encoding}`, { count: units }), `data_coding ${coding}`];
    const header = partHeader(form, index + 1, total);
    if (header) parts.push(header);
    return { title: parts.join(' · '), text };
  });
  return total > SHOWN ? [...shown, { title: words('more', { count: total - SHOWN }), text: '' }] : shown;
}

/** The header that ties the segments together (3GPP TS 23.040 section 9.2.3.24); the reference is chosen when it is sent. */
function partHeader(form: Segmentation['form'], part: number, total: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0').toUpperCase();
  switch (form) {
    case 'udh':
      return `UDH 05 00 03 ·· ${hex(total)} ${hex(part)}`;
    case 'udh16':
      return `UDH 06 08 04 ·· ·· ${hex(total)} ${hex(part)}`;
    case 'sar':
      return `sar_segment_seqnum ${part}`;
    case 'payload':
      return 'message_payload';
    case 'single':
      return '';
  }
}
