import { InvalidInputError } from '../base/errors';
import { isCommaFraction, recipientAddress, type AddressOverrides } from './address';
import type { Country } from './country';
import { describe, isBlank } from './input';

const LINES = /[;\t\r\n\u2028\u2029]/;
/** A comma between recipients, but not the decimal comma of "9,19876E+11", as a spreadsheet may write a long number. */
const COMMAS = /,(?!\d+E[+-]?\d)/i;
const SEPARATORS = /[,;\t\r\n\u2028\u2029]/;
/** "919,876,543,210" and "9,19,87,65,43,210" are one number each. */
const THOUSANDS = /^\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?$/;
const SHORTEST_NUMBER = 8;

/** Depth of lists in lists at most, so that a list that holds itself comes to an end. */
const MAX_DEPTH = 16;
/** Entries at most, lists included: a small list may hold the same list many times. */
const MAX_ENTRIES = 1_000_000;
/** Repeated recipients, at most, that get a warning each. */
const MAX_REPEATS_TOLD = 10;

function pieces(text: string): string[] {
  return text.split(LINES).flatMap((line) => {
    const trimmed = line.trim();
    if (THOUSANDS.test(trimmed) && trimmed.replace(/\..*|\D/g, '').length >= SHORTEST_NUMBER) return [trimmed];
    if (isCommaFraction(trimmed)) return [trimmed];
    return trimmed.split(COMMAS).map((part) => part.trim());
  });
}

/** An entry that cannot be a number becomes words, so that its own message fails as invalid and the others are sent. */
function entryText(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  if (typeof entry !== 'number' && typeof entry !== 'bigint') return describe(entry);
  return entry >= 0 && (typeof entry === 'bigint' || Number.isSafeInteger(entry)) ? String(entry) : `number ${entry}`;
}

function noRecipient(): InvalidInputError {
  return new InvalidInputError(
    'to',
    'to: there is no recipient; give a phone number, a comma list or an array of them',
  );
}

export interface RecipientRules {
  readonly country?: Country | null;
  readonly overrides?: AddressOverrides;
}

/**
 * Every recipient once, in the order and spelling given: from a string, a number, a comma list, or an array of these or
 * of arrays. Entries with the same address are one recipient, with a warning. Entries that cannot be read all stay:
 * `prepareMessage` refuses each of them by itself.
 */
export class RecipientList {
  readonly #entries: Iterator<unknown>;
  readonly #rules: RecipientRules;
  readonly #to: string[] = [];
  /** Place in `to` by address. */
  readonly #places = new Map<string, number>();
  /** How often a repeated recipient is in the list, by its place in `to`. */
  readonly #repeated = new Map<number, number>();
  #count = 0;

  /** @throws InvalidInputError (`to`) for what is neither a recipient nor a list */
  constructor(value: unknown, rules: RecipientRules = {}) {
    if (!isBlank(value) && !['string', 'number', 'bigint'].includes(typeof value) && !Array.isArray(value)) {
      throw new InvalidInputError(
        'to',
        `to: ${describe(value)} is no recipient; give a phone number, a comma list or an array of them`,
      );
    }
    this.#entries = this.#each(value ?? '', 0);
    this.#rules = rules;
  }

  /**
   * Reads at most `most` entries more.
   * @returns true once it has read them all
   * @throws InvalidInputError (`to`) for a list without anybody, or with more than a million
   */
  read(most: number): boolean {
    for (let left = most; left > 0; left--) {
      const { done, value } = this.#entries.next();
      if (done) {
        if (this.#to.length === 0) throw noRecipient();
        return true;
      }
      if (value !== '') this.#add(entryText(value));
    }
    return false;
  }

  *#each(value: unknown, depth: number): Generator<unknown> {
    // Lists count too, for a list may hold nothing but lists.
    if (++this.#count > MAX_ENTRIES) {
      throw new InvalidInputError('to', `to: there are more than ${MAX_ENTRIES} recipients; send them in parts`);
    }
    if (typeof value === 'string') yield* pieces(value);
    else if (Array.isArray(value) && depth < MAX_DEPTH) {
      for (const item of value as readonly unknown[]) yield* this.#each(item, depth + 1);
    } else yield value;
  }

  get to(): readonly string[] {
    return this.#to;
  }

  get warnings(): readonly string[] {
    const told = Array.from(this.#repeated)
      .slice(0, MAX_REPEATS_TOLD)
      .map(([place, times]) => `to: ${this.#to[place]!} is in the list ${times} times; it is sent once`);
    const more = this.#repeated.size - told.length;
    return more > 0 ? [...told, `to: ${more} others are in the list several times; each is sent once`] : told;
  }

  #add(text: string): void {
    const key = this.#keyOf(text);
    const place = key === undefined ? undefined : this.#places.get(key);
    if (place !== undefined) {
      this.#repeated.set(place, (this.#repeated.get(place) ?? 1) + 1);
      return;
    }
    if (key !== undefined) this.#places.set(key, this.#to.length);
    this.#to.push(text);
  }

  /** Type of number and digits; undefined for an address that cannot be read. */
  #keyOf(text: string): string | undefined {
    try {
      const { ton, addr } = recipientAddress(text, this.#rules.overrides, this.#rules.country).address;
      return `${ton} ${addr}`;
    } catch {
      return undefined;
    }
  }
}

/** The recipient, trimmed, where the value is plainly a single one; undefined where it has to be read as a list. */
export function singleRecipient(value: unknown): string | undefined {
  return typeof value === 'string' && !SEPARATORS.test(value) && !isBlank(value) ? value.trim() : undefined;
}

/** The whole list at once. @throws InvalidInputError (`to`) when there is nobody in it */
export function recipients(
  value: unknown,
  rules: RecipientRules = {},
): { readonly to: readonly string[]; readonly warnings: readonly string[] } {
  const single = singleRecipient(value);
  if (single !== undefined) return { to: [single], warnings: [] };
  const list = new RecipientList(value, rules);
  list.read(Infinity);
  return { to: list.to, warnings: list.warnings };
}
