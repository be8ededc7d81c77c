// Writes src/message/calling-codes.ts from libphonenumber's metadata: npx tsx scripts/calling-codes.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metadata, type CountryCode, type MetadataJson } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/max/metadata';

/** E.164: digits behind the calling code at most. */
const LONGEST = 14;
const DIGITS = '0123456789';
const TYPES = [
  ...['FIXED_LINE', 'MOBILE', 'FIXED_LINE_OR_MOBILE', 'PREMIUM_RATE', 'TOLL_FREE', 'SHARED_COST', 'VOIP'],
  ...['PERSONAL_NUMBER', 'PAGER', 'UAN', 'VOICEMAIL'],
];

/** A state of an automaton that reads digits: where it goes with which of them, and where it goes with none. */
interface State {
  readonly moves: { readonly digits: string; readonly to: State }[];
  readonly jumps: State[];
}

interface Automaton {
  readonly start: State;
  readonly end: State;
}

function state(): State {
  return { moves: [], jumps: [] };
}

/** The patterns of the metadata: digits, \d, classes, groups, alternatives, and the quantifiers ? and {n,m}. */
class Pattern {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Automaton {
    const whole = this.#alternatives();
    if (this.#at < this.#source.length) throw new Error(`${this.#source}: cannot be read at ${this.#at}`);
    return whole;
  }

  #alternatives(): Automaton {
    const [start, end] = [state(), state()];
    do {
      const one = this.#sequence();
      start.jumps.push(one.start);
      one.end.jumps.push(end);
    } while (this.#take('|'));
    return { start, end };
  }

  #sequence(): Automaton {
    const start = state();
    let end = start;
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at]!)) {
      const from = this.#at;
      const first = this.#atom();
      const [least, most] = this.#quantifier();
      const behind = this.#at;
      let part = first;
      const last = state();
      if (least === 0) end.jumps.push(last);
      for (let count = 1; count <= most; count++) {
        if (count > 1) {
          // Read once more: an automaton can stand in one place only.
          this.#at = from;
          part = this.#atom();
        }
        end.jumps.push(part.start);
        end = part.end;
        if (count >= least) end.jumps.push(last);
      }
      this.#at = behind;
      end = last;
    }
    return { start, end };
  }

  #atom(): Automaton {
    if (this.#take('(?:') || this.#take('(')) {
      const inner = this.#alternatives();
      if (!this.#take(')')) throw new Error(`${this.#source}: a bracket is open`);
      return inner;
    }
    const [start, end] = [state(), state()];
    start.moves.push({ digits: this.#digits(), to: end });
    return { start, end };
  }

  #digits(): string {
    if (this.#take('\\d')) return DIGITS;
    if (!this.#take('[')) {
      const digit = this.#source[this.#at++]!;
      if (!DIGITS.includes(digit)) throw new Error(`${this.#source}: "${digit}" is no digit`);
      return digit;
    }
    const close = this.#source.indexOf(']', this.#at);
    const text = this.#source.slice(this.#at, close);
    this.#at = close + 1;
    return text.replace(/(\d)-(\d)/g, (_, from: string, to: string) => DIGITS.slice(Number(from), Number(to) + 1));
  }

  #quantifier(): readonly [least: number, most: number] {
    if (this.#take('?')) return [0, 1];
    const match = /^\{(\d+)(?:,(\d+))?\}/.exec(this.#source.slice(this.#at));
    if (!match) return [1, 1];
    this.#at += match[0].length;
    return [Number(match[1]), Number(match[2] ?? match[1])];
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

function closure(states: Iterable<State>): Set<State> {
  const all = new Set(states);
  for (const one of all) for (const next of one.jumps) all.add(next);
  return all;
}

function step(states: Iterable<State>, digits: string): Set<State> {
  const next: State[] = [];
  for (const { moves } of states) {
    for (const { digits: allowed, to } of moves)
      if (Array.from(digits).some((one) => allowed.includes(one))) next.push(to);
  }
  return closure(next);
}

/** Lengths of the numbers that begin with these digits. */
function lengthsBehind({ start, end }: Automaton, prefix: string): Set<number> {
  let states = closure([start]);
  for (const digit of prefix) states = step(states, digit);
  const lengths = new Set<number>();
  for (let length = prefix.length; states.size > 0 && length <= LONGEST; length++) {
    if (states.has(end)) lengths.add(length);
    states = step(states, DIGITS);
  }
  return lengths;
}

interface Kind {
  readonly pattern: string;
  readonly lengths: readonly number[];
}

/** The kinds of numbers that a region (or a calling code without one) has. */
function kindsOf(region: string | undefined, code: string): Kind[] {
  const plan = new Metadata(metadata as MetadataJson) as unknown as {
    selectNumberingPlan(region?: string, code?: string): void;
    numberingPlan: {
      nationalNumberPattern(): string;
      possibleLengths(): number[];
      type(name: string): { pattern(): string; possibleLengths(): number[] | undefined } | undefined;
    };
  };
  if (region === undefined) plan.selectNumberingPlan(undefined, code);
  else plan.selectNumberingPlan(region);
  const { numberingPlan } = plan;
  const lengths = numberingPlan.possibleLengths();
  const kinds = TYPES.flatMap((name) => {
    const type = numberingPlan.type(name);
    return type?.pattern() ? [{ pattern: type.pattern(), lengths: type.possibleLengths() ?? lengths }] : [];
  });
  return kinds.length > 0 ? kinds : [{ pattern: numberingPlan.nationalNumberPattern(), lengths }];
}

/** "20-23 27" for the prefixes 20, 21, 22, 23 and 27. */
function ranges(prefixes: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const prefix of prefixes) {
    const run = runs.at(-1);
    if (run?.[1] === prefix - 1) run[1] = prefix;
    else runs.push([prefix, prefix]);
  }
  const two = (number: number): string => String(number).padStart(2, '0');
  return runs.map(([from, to]) => (from === to ? two(from) : `${two(from)}-${two(to)}`)).join(' ');
}

function planOf(regions: readonly (string | undefined)[], code: string): string {
  const kinds = regions.flatMap((region) => kindsOf(region, code));
  const automata = kinds.map(({ pattern, lengths }) => ({ automaton: new Pattern(pattern).read(), lengths }));
  const prefixesByLengths = new Map<string, number[]>();
  for (let prefix = 0; prefix < 100; prefix++) {
    const found = new Set<number>();
    for (const { automaton, lengths } of automata) {
      for (const length of lengthsBehind(automaton, String(prefix).padStart(2, '0'))) {
        if (lengths.includes(length)) found.add(length);
      }
    }
    if (found.size === 0) continue;
    const key = [...found].sort((a, b) => a - b).join();
    prefixesByLengths.set(key, [...(prefixesByLengths.get(key) ?? []), prefix]);
  }
  return Array.from(prefixesByLengths, ([lengths, prefixes]) => `${lengths}:${ranges(prefixes)}`).join(';');
}

/** The source of src/message/calling-codes.ts. */
export function callingCodes(): string {
  const { country_calling_codes: byCode, nonGeographic = {} } = metadata as unknown as {
    country_calling_codes: Record<string, readonly CountryCode[]>;
    nonGeographic?: Record<string, unknown>;
  };
  const lines = [
    ...Object.entries(byCode).map(([code, regions]) => `${code} ${regions[0]!} ${planOf(regions, code)}`),
    ...Object.keys(nonGeographic).map((code) => `${code} 001 ${planOf([undefined], code)}`),
  ].sort();
  return `// Made by scripts/calling-codes.ts from libphonenumber's metadata; not to be edited.

/**
 * A line for each calling code: the code, the region that has it (the main one of several; 001 is none), and the lengths that its
 * numbers have by their first two digits: "6,7,10:11 13" says that those that begin with 11 or 13 have 6, 7 or 10.
 */
export const CALLING_CODES = \`
${lines.join('\n')}
\`;
`;
}

if (require.main === module) {
  writeFileSync(join(__dirname, '../src/message/calling-codes.ts'), callingCodes());
}
