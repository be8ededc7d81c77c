/** What the digits of an international number say: its country, and whether that country has such numbers. */
import { CALLING_CODES } from './calling-codes';

interface CallingCode {
  readonly code: string;
  /** ISO 3166; "001" for a calling code that belongs to no country. */
  readonly region: string;
}

interface Plans {
  readonly codes: readonly CallingCode[];
  /** By the first three digits: the place of the calling code, counted from 1; 0 where there is none. */
  readonly byDigits: Uint8Array;
  /**
   * A hundred entries for each calling code, by the first two digits of the national number. Bit n: the number may have
   * n digits.
   */
  readonly lengths: Uint16Array;
}

const PREFIXES = 100;
let plans: Plans | undefined;

function readPlans(): Plans {
  const lines = CALLING_CODES.trim().split('\n');
  const codes: CallingCode[] = [];
  const byDigits = new Uint8Array(1000);
  const lengths = new Uint16Array(lines.length * PREFIXES);
  for (const [place, line] of lines.entries()) {
    const [code, region] = line.split(' ', 2) as [string, string];
    codes.push({ code, region });
    const span = 10 ** (3 - code.length);
    byDigits.fill(place + 1, Number(code) * span, (Number(code) + 1) * span);
    const plan = line.slice(code.length + region.length + 2);
    for (const group of plan === '' ? [] : plan.split(';')) {
      const [list, ranges] = group.split(':') as [string, string];
      const bits = list.split(',').reduce((sum, length) => sum | (1 << Number(length)), 0);
      for (const range of ranges.split(' ')) {
        const [from, to = from] = range.split('-').map(Number) as [number, number?];
        lengths.fill(bits, place * PREFIXES + from, place * PREFIXES + to + 1);
      }
    }
  }
  return { codes, byDigits, lengths };
}

const ZERO = 0x30;

function placeOf({ byDigits }: Plans, digits: string): number {
  const three = (digits.charCodeAt(0) - ZERO) * 100 + (digits.charCodeAt(1) - ZERO) * 10 + digits.charCodeAt(2) - ZERO;
  return (byDigits[three] ?? 0) - 1;
}

/** The calling code with which the digits (at least three) begin; undefined where no calling code fits. */
export function callingCodeOf(digits: string): CallingCode | undefined {
  plans ??= readPlans();
  return plans.codes[placeOf(plans, digits)];
}

export function isCallingCode(digits: string): boolean {
  return callingCodeOf(digits.padEnd(3, '0'))?.code === digits;
}

/** True where numbers of this length, with this calling code and these two digits behind it, are in use. */
export function fitsNumberingPlan(digits: string): boolean {
  plans ??= readPlans();
  const place = placeOf(plans, digits);
  if (place < 0) return false;
  const national = plans.codes[place]!.code.length;
  const prefix = (digits.charCodeAt(national) - ZERO) * 10 + digits.charCodeAt(national + 1) - ZERO;
  return (((plans.lengths[place * PREFIXES + prefix] ?? 0) >> (digits.length - national)) & 1) === 1;
}

let names: Intl.DisplayNames | undefined;

/** English name of a region, such as "Iran"; the region's code where Node.js has no name for it. */
export function countryName(region: string): string {
  if (region === '001') return 'an international service';
  names ??= new Intl.DisplayNames('en', { type: 'region' });
  return names.of(region) ?? region;
}
