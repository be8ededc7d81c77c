import { InvalidInputError } from '../../src/base/errors';
import { codePoint, visible } from '../../src/message/character';
import { dataCoding, firstOutsideGsm7 } from '../../src/message/encoding';
import { isGsm7 } from '../../src/message/gsm7';
import type { SegmentOptions, Segmentation } from '../../src/message/segment';
import { segmentText } from '../../src/message/segment';
import { listReplaced, replaceLookAlikes } from '../../src/message/smart';

/** Most segments shown in the preview; a text of 255 segments would bury the dialog. */
export const SHOWN = 12;
/** Most characters outside GSM 7-bit that a sentence names. */
const NAMED = 6;
/** Share of characters outside GSM 7-bit above which they are the text's own script, not slips. */
const SCRIPT = 0.2;

export type Words = (key: string, values?: Readonly<Record<string, unknown>>) => string;
type CountOptions = SegmentOptions & { readonly flash: boolean };

export interface Count {
  readonly lines: readonly string[];
  readonly segments: readonly { readonly title: string; readonly text: string }[];
  /** A sentence about the segments that are not shown; blank where all are. */
  readonly more: string;
  readonly problem: boolean;
}

/** How a text is sent, in words: alphabet, segments, advice. It is counted by the code that the runtime sends with. */
export function count(text: string, options: CountOptions, words: Words): Count {
  try {
    const result = segmentText(text, options);
    dataCoding(result.encoding, options.flash);
    const hidden = result.segments.length - SHOWN;
    return {
      lines: [summary(result, words), ...advice(text, options, result, words)],
      segments: preview(result, words),
      more: hidden > 0 ? words('more', { count: hidden }) : '',
      problem: false,
    };
  } catch (error) {
    if (!(error instanceof InvalidInputError) || !error.reason) throw error;
    const { key, values } = error.reason;
    return { lines: [words(`problem.${key}`, values)], segments: [], more: '', problem: true };
  }
}

function summary({ encoding, segments, limit, remaining, shift }: Segmentation, words: Words): string {
  const used = limit - remaining;
  return [
    shift
      ? words('alphabet.national', { language: words(`language.${shift.language.code}`) })
      : words(`alphabet.${encoding}`),
    words('segments', { count: segments.length }),
    words(segments.length === 1 ? 'used' : 'usedInLast', { used, limit, left: remaining }),
  ].join(' · ');
}

/** Names the characters that were replaced, or the one that forces UCS-2 and what doing without such ones saves. */
function advice(text: string, options: CountOptions, result: Segmentation, words: Words): string[] {
  const replaced = result.segments.map((segment) => segment.text).join('') !== text && result.encoding === 'gsm7';
  if (replaced) {
    return [words('replaced', { what: listReplaced(replaceLookAlikes(text).counts, words('nothing')) })];
  }
  const { charset = null } = options;
  const isForced = result.encoding === 'ucs2' && options.encoding === 'auto';
  const outsider = isForced ? firstOutsideGsm7(text, charset) : undefined;
  if (!outsider) return [];
  const now = result.segments.length;
  const lines = [words('forces', { character: named(outsider.character), position: outsider.position })];
  const smart = segmentText(text, { ...options, smartEncoding: true });
  if (smart.encoding === 'gsm7') {
    if (smart.segments.length < now) lines.push(words('smart', { count: smart.segments.length, now }));
    return lines;
  }
  const all = Array.from(text);
  const isHeld = (character: string): boolean => isGsm7(character) && charset?.has(character) !== false;
  const outside = all.filter((character) => !isHeld(character));
  if (outside.length > all.length * SCRIPT) return lines;
  const foreign = new Set(outside);
  const plain = segmentText(all.map((one) => (isHeld(one) ? one : '?')).join(''), options);
  if (foreign.size <= NAMED && plain.segments.length < now) {
    const characters = Array.from(foreign, visible).join(' ');
    lines.push(words('plain', { characters, count: plain.segments.length, now }));
  }
  return lines;
}

function named(character: string): string {
  const shown = visible(character);
  return shown === character ? `${shown} (${codePoint(shown)})` : shown;
}

function preview({ encoding, segments }: Segmentation, words: Words): Count['segments'] {
  const total = segments.length;
  return segments.slice(0, SHOWN).map(({ text, units }, index) => ({
    title: `${index + 1}/${total} · ${words(`units.${encoding}`, { count: units })}`,
    text,
  }));
}
