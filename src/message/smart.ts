import { visible } from './character';

/**
 * Typographic look-alikes and the GSM 7-bit characters that replace them. They are only characters that a word
 * processor, a web page or a phone's keyboard puts in place of a plain one: a letter is never exchanged for another.
 */
const LOOK_ALIKES = new Map<string, string>();

function standIn(replacement: string, lookAlikes: string): void {
  for (const character of lookAlikes) LOOK_ALIKES.set(character, replacement);
}

standIn("'", '\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u00b4\u0060');
standIn('"', '\u201c\u201d\u201e\u201f\u2033\u2036\u02ba\u02ee\u00ab\u00bb\u301d\u301e');
standIn('<', '\u2039');
standIn('>', '\u203a');
standIn('-', '\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63');
standIn('...', '\u2026');
standIn('*', '\u2022\u2217\u25cf\u2219');
standIn('/', '\u2044\u2215');
standIn('x', '\u00d7');
standIn(' ', '\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000');
standIn('\n', '\u2028\u2029\u0085');
// Soft hyphen, zero-width marks and the byte order mark: they are invisible, so nothing replaces them.
standIn('', '\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff');
// The full-width forms of ASCII. The backtick is the only ASCII character from ! to ~ that GSM 7-bit does not have.
for (let unit = 0xff01; unit <= 0xff5e; unit++) {
  const ascii = String.fromCharCode(unit - 0xfee0);
  standIn(ascii === '`' ? "'" : ascii, String.fromCharCode(unit));
}

export function isLookAlike(character: string): boolean {
  return LOOK_ALIKES.has(character);
}

export interface Replaced {
  readonly text: string;
  /** How often each look-alike was replaced, in the order of their first appearance. */
  readonly counts: ReadonlyMap<string, number>;
}

export function replaceLookAlikes(text: string): Replaced {
  const counts = new Map<string, number>();
  let replaced = '';
  for (const character of text) {
    const replacement = LOOK_ALIKES.get(character);
    replaced += replacement ?? character;
    if (replacement !== undefined) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return { text: replaced, counts };
}

/** Each look-alike, its replacement and how often, as one line. @param nothing the word for an empty replacement */
export function listReplaced(counts: ReadonlyMap<string, number>, nothing: string): string {
  return Array.from(counts, ([character, times]) => {
    const replacement = LOOK_ALIKES.get(character)!;
    return `${visible(character)} → ${replacement === '' ? nothing : visible(replacement)} (${times}×)`;
  }).join(', ');
}
