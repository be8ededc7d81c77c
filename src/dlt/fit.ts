/**
 * Whether a text fits a registered text. The time is linear in the text for any template: no regular expression is
 * built, and nothing is tried twice.
 */
import { holds, isByCharacter, isOfKind, longest, type Kind, type Limits } from './placeholder';
import type { ParsedText } from './template';

/** A text fits. `spans` has start and end of each variable's value, one pair behind the other. */
export interface Fit {
  readonly spans: readonly number[];
}

/** Where a text leaves its template, and how. `position` counts UTF-16 units from 0. */
export type Misfit =
  | {
      readonly kind: 'literal';
      readonly position: number;
      /** A few characters around the place, of both. "" at the text's end. */
      readonly found: string;
      readonly expected: string;
    }
  | {
      readonly kind: 'long' | 'type';
      readonly position: number;
      /** Of the variable, from 0. */
      readonly variable: number;
      readonly value: string;
      /** True where all of the fixed text is there. */
      readonly otherwise: boolean;
    };

/** How operators differ: some overlook these differences, some refuse the message. */
export type Difference = 'case' | 'blanks' | 'stops';

export interface Deviation {
  readonly difference: Difference;
  readonly position: number;
  readonly found: string;
  readonly expected: string;
}

/** Characters that a tolerant operator skips. */
function isSkipped(unit: number): boolean {
  return unit === 0x20 || unit === 0x2e || unit === 0x2c || (unit >= 9 && unit <= 13) || unit === 0xa0;
}

/** Lower case, unit by unit, so that places stay what they are. */
function fold(unit: number): number {
  if (unit < 0x80) return unit >= 0x41 && unit <= 0x5a ? unit + 32 : unit;
  const lower = String.fromCharCode(unit).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : unit;
}

/** A text as a tolerant operator reads it: the UTF-16 units, folded, without what is skipped. */
export function foldedUnits(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isSkipped(unit)) continue;
    units[length] = fold(unit);
    length += 1;
  }
  return units.subarray(0, length);
}

/** Places in a text, with the first and the last of them. */
class Places {
  readonly at: Uint8Array;
  first = Infinity;
  last = -1;

  constructor(length: number) {
    this.at = new Uint8Array(length + 1);
  }

  add(from: number, to: number): void {
    // What is there already need not be set again: the ranges of one literal only move on.
    for (let place = Math.max(from, this.last); place <= to; place++) this.at[place] = 1;
    if (from < this.first) this.first = from;
    if (to > this.last) this.last = to;
  }
}

/** How a literal is looked for at a place: `[first, last]` of the places where it may end; null where it is not there. */
type Finder = (literal: string, at: number) => readonly [number, number] | null;

function exactly(text: string): Finder {
  return (literal, at) => {
    if (!text.startsWith(literal, at)) return null;
    const end = at + literal.length;
    return [end, end];
  };
}

function tolerantly(text: string): Finder {
  // Where the run of skipped characters that a place is in ends.
  const runEnd = new Int32Array(text.length + 1).fill(text.length);
  for (let at = text.length - 1; at >= 0; at--) runEnd[at] = isSkipped(text.charCodeAt(at)) ? runEnd[at + 1]! : at;
  return (literal, start) => {
    let at = start;
    for (let index = 0; index < literal.length; index++) {
      const wanted = literal.charCodeAt(index);
      if (isSkipped(wanted)) continue;
      at = runEnd[at]!;
      if (at === text.length || fold(text.charCodeAt(at)) !== fold(wanted)) return null;
      at += 1;
    }
    return [at, runEnd[at]!];
  };
}

/** Where the value of a variable may end, each with the start that was chosen for it. */
class Ends {
  readonly #from: number;
  readonly #starts: Int32Array;
  readonly last: number;

  constructor(text: string, starts: Places, kind: Kind, limit: number) {
    this.#from = starts.first;
    this.last = Math.min(text.length, starts.last + limit);
    this.#starts = new Int32Array(this.last - this.#from + 1).fill(-1);
    if (isByCharacter(kind)) this.#byCharacter(text, starts, kind, limit);
    else this.#byValue(text, starts, kind, limit);
  }

  get first(): number {
    return this.#from;
  }

  startOf(end: number): number {
    return this.#starts[end - this.#from] ?? -1;
  }

  /** The nearest start is the best one: a value from there is the shortest, and breaks no rule that others keep. */
  #byCharacter(text: string, starts: Places, kind: Kind, limit: number): void {
    let nearest = -1;
    for (let end = this.#from; end <= this.last; end++) {
      const fits = end === this.#from || holds(kind, text.charCodeAt(end - 1));
      if (!fits) nearest = -1;
      // Only {#var#} may be left empty.
      if (kind === 'var' && starts.at[end] === 1) nearest = end;
      if (nearest >= 0 && end - nearest <= limit) this.#starts[end - this.#from] = nearest;
      if (starts.at[end] === 1) nearest = end;
    }
  }

  #byValue(text: string, starts: Places, kind: Kind, limit: number): void {
    for (let start = starts.first; start <= starts.last; start++) {
      if (starts.at[start] === 0) continue;
      const last = Math.min(this.last, start + limit);
      for (let end = start + 1; end <= last; end++) {
        if (isOfKind(kind, text.slice(start, end))) this.#starts[end - this.#from] = start;
      }
    }
  }
}

function fit({ literals, placeholders }: ParsedText, text: string, limits: Limits, find: Finder): Fit | null {
  const last = placeholders.length;
  const begin = find(literals[0]!, 0);
  if (!begin) return null;
  if (last === 0) return begin[1] === text.length ? { spans: [] } : null;
  let starts = new Places(text.length);
  starts.add(...begin);
  const ends: Ends[] = [];
  for (let index = 0; ; index++) {
    const { kind } = placeholders[index]!;
    const own = new Ends(text, starts, kind, longest(kind, limits));
    ends.push(own);
    const literal = literals[index + 1]!;
    const next = new Places(text.length);
    for (let end = own.first; end <= own.last; end++) {
      if (own.startOf(end) < 0) continue;
      const found = find(literal, end);
      if (!found) continue;
      if (index + 1 < last) next.add(...found);
      else if (found[1] === text.length) return spansOf(literals, ends, end, text, find);
    }
    if (next.last < 0) return null;
    starts = next;
  }
}

/** Goes back from the end of the last value: what stands between two values is a literal. */
function spansOf(literals: readonly string[], ends: readonly Ends[], lastEnd: number, text: string, find: Finder): Fit {
  const spans: number[] = [];
  let end = lastEnd;
  for (let index = ends.length - 1; ; index--) {
    const start = ends[index]!.startOf(end);
    spans.unshift(start, end);
    if (index === 0) return { spans };
    end = endBefore(literals[index]!, ends[index - 1]!, start, text, find);
  }
}

/** Where the value before a literal that ends at `start` ends: so that the literal is itself, else all that is skipped is its. */
function endBefore(literal: string, ends: Ends, start: number, text: string, find: Finder): number {
  let best = -1;
  for (let end = Math.min(start, ends.last); end >= ends.first; end--) {
    const found = ends.startOf(end) < 0 ? null : find(literal, end);
    if (!found || found[0] > start || start > found[1]) {
      if (best >= 0) break;
      continue;
    }
    best = end;
    if (start - end === literal.length && text.startsWith(literal, end)) break;
  }
  return best;
}

/** Most characters that a text of this template can have. */
function mostCharacters({ literals, placeholders }: ParsedText, limits: Limits): number {
  let sum = 0;
  for (const literal of literals) sum += literal.length;
  for (const { kind } of placeholders) sum += longest(kind, limits);
  return sum;
}

/** The fit of a text, character by character; null where there is none. */
export function fitExactly(template: ParsedText, text: string, limits: Limits): Fit | null {
  // The shortest values are nearly always the right ones. Where the fixed text is not found with them, it is not there.
  const { spans, missing } = shortestValues(template, text);
  if (missing !== undefined) return null;
  if (!variableMisfit(template, text, spans, limits)) return { spans };
  if (text.length > mostCharacters(template, limits)) return null;
  return fit(template, text, limits, exactly(text));
}

interface ShortestValues {
  readonly spans: readonly number[];
  /** The first literal that is not found; undefined where all are. */
  readonly missing: number | undefined;
  /** Where what is missing was looked for, or where the last literal ends. */
  readonly at: number;
}

/** The values that the fixed text leaves, whatever their type and length, each as short as can be. */
function shortestValues({ literals, placeholders }: ParsedText, text: string): ShortestValues {
  const last = placeholders.length;
  const spans: number[] = [];
  if (!text.startsWith(literals[0]!)) return { spans, missing: 0, at: 0 };
  let at = literals[0]!.length;
  for (let index = 1; index <= last; index++) {
    const literal = literals[index]!;
    let end = text.length - literal.length;
    if (index < last) end = text.indexOf(literal, at);
    else if (end < at || !text.endsWith(literal)) end = -1;
    if (end < 0) return { spans, missing: index, at };
    spans.push(at, end);
    at = end + literal.length;
  }
  return { spans, missing: at === text.length ? undefined : last, at };
}

/** Blanks that a tolerant operator skips are counted so often at most: a text of blanks alone is no text. */
const MOST_BLANKS = 4;

/** As `fitExactly`, but blanks, full stops, commas and case in the fixed text may differ. */
export function fitTolerantly(template: ParsedText, text: string, limits: Limits): Fit | null {
  if (text.length > MOST_BLANKS * mostCharacters(template, limits) + MOST_BLANKS) return null;
  return fit(template, text, limits, tolerantly(text));
}

const AROUND = 10;

function around(text: string, at: number): string {
  const from = Math.max(0, at - AROUND);
  const to = Math.min(text.length, at + AROUND);
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at++;
  return at;
}

/** What differs in the fixed text of a text that fits tolerantly: the first place. */
export function deviationOf({ literals, placeholders }: ParsedText, text: string, { spans }: Fit): Deviation | null {
  let from = 0;
  for (let index = 0; index <= placeholders.length; index++) {
    const found = text.slice(from, spans[2 * index] ?? text.length);
    const expected = literals[index]!;
    if (found !== expected) {
      const at = firstDifference(found, expected);
      const place = { position: from + at, found: around(text, from + at), expected: around(expected, at) };
      return { difference: differenceOf(found, expected), ...place };
    }
    from = spans[2 * index + 1] ?? text.length;
  }
  return null;
}

function differenceOf(found: string, expected: string): Difference {
  if (found.toLowerCase() === expected.toLowerCase()) return 'case';
  return found.replace(/\s/g, '').toLowerCase() === expected.replace(/\s/g, '').toLowerCase() ? 'blanks' : 'stops';
}

/** Where a text that does not fit leaves its template. Values are taken as short as the fixed text allows. */
export function misfitOf(template: ParsedText, text: string, limits: Limits): Misfit {
  const { spans, missing, at } = shortestValues(template, text);
  const literal = template.literals[missing ?? 0]!;
  const ofVariable = variableMisfit(template, text, spans, limits);
  if (ofVariable) return { ...ofVariable, otherwise: missing === undefined };
  if (missing !== 0) return absent(literal, text, at);
  const position = at > 0 ? at : firstDifference(text, literal);
  return { kind: 'literal', position, found: around(text, position), expected: around(literal, position) };
}

function variableMisfit({ placeholders }: ParsedText, text: string, spans: readonly number[], limits: Limits) {
  for (let index = 0; 2 * index < spans.length; index++) {
    const { kind } = placeholders[index]!;
    const position = spans[2 * index]!;
    const value = text.slice(position, spans[2 * index + 1]);
    if (!isOfKind(kind, value)) return { kind: 'type', position, variable: index, value } as const;
    if (value.length > longest(kind, limits)) return { kind: 'long', position, variable: index, value } as const;
  }
  return undefined;
}

/** The literal is nowhere behind `from`: it differs where most of its beginning is found. */
function absent(literal: string, text: string, from: number): Misfit {
  const failure = prefixTable(literal);
  let best = 0;
  let position = from;
  let matched = 0;
  for (let at = from; at < text.length; at++) {
    while (matched > 0 && text[at] !== literal[matched]) matched = failure[matched - 1]!;
    if (text[at] === literal[matched]) matched += 1;
    if (matched > best) {
      best = matched;
      position = at + 1;
    }
    if (matched === literal.length) matched = failure[matched - 1]!;
  }
  return { kind: 'literal', position, found: around(text, position), expected: around(literal, best) };
}

/** For each prefix of a word the length of its longest proper prefix that it also ends in. */
function prefixTable(word: string): readonly number[] {
  const table = new Array<number>(word.length).fill(0);
  for (let at = 1, length = 0; at < word.length; at++) {
    while (length > 0 && word[at] !== word[length]) length = table[length - 1]!;
    if (word[at] === word[length]) length += 1;
    table[at] = length;
  }
  return table;
}
