/** Links and call-back numbers in a text, and the lists of those that are registered. */
import { hostOf, phoneDigits } from './placeholder';

/** A link or a number that a text holds. */
export interface Mention {
  readonly kind: 'link' | 'number';
  readonly text: string;
  /** UTF-16 units from 0. */
  readonly position: number;
}

/** Endings of hosts that are taken for a link where neither scheme nor path says so. */
const ENDINGS = new Set(
  'com in org net co io ly me app gov edu info biz link page store shop online site xyz ai'.split(' '),
);
const EDGE = /^[("'<[{]+|[)"'>\]},.;:!?]+$/g;
/** Characters of a word at most that is looked at: no link that fits an SMS is longer. */
const LONGEST_LINK = 2000;

function linkIn(word: string): string | undefined {
  const link = word.slice(0, LONGEST_LINK).replace(EDGE, '');
  if (link.includes('@')) return undefined;
  const host = hostOf(link);
  if (host === undefined) return undefined;
  if (link.includes('://') || /^www\./i.test(link) || link.includes('/')) return link;
  const ending = host.slice(host.lastIndexOf('.') + 1);
  return ENDINGS.has(ending) ? link : undefined;
}

/** An Indian subscriber's or free number, without country code and trunk prefix; undefined for any other digits. */
function nationalNumber(digits: string): string {
  return digits.replace(/^(?:0091|91(?=\d{10}$)|0(?=\d{10}$))/, '');
}

function looksLikeNumber(digits: string): boolean {
  return /^(?:[6-9]\d{9}|18[06]0\d{6,7})$/.test(nationalNumber(digits));
}

/** Digits with single blanks or hyphens between; bounded, so that a long run costs no more than it has characters. */
const NUMBER = /\+?\d(?:[ -]?\d){8,14}/g;

/** Every link and telephone number in a text, in the order of the text. */
export function mentionsIn(text: string): Mention[] {
  const links = linksIn(text);
  const numbers = numbersIn(text).filter(
    ({ position }) => !links.some((link) => position >= link.position && position < link.position + link.text.length),
  );
  if (links.length === 0) return numbers;
  return [...links, ...numbers].sort((one, other) => one.position - other.position);
}

function isBlankAt(text: string, at: number): boolean {
  return at < 0 || at >= text.length || /\s/.test(text[at]!);
}

/** Looks at the words with a full stop inside, which few texts have. */
function linksIn(text: string): Mention[] {
  const links: Mention[] = [];
  for (let dot = text.indexOf('.'); dot >= 0;) {
    let end = dot + 1;
    if (!isBlankAt(text, dot + 1)) {
      let start = dot;
      while (!isBlankAt(text, start - 1)) start -= 1;
      while (!isBlankAt(text, end)) end += 1;
      const word = text.slice(start, end);
      const link = linkIn(word);
      if (link !== undefined) links.push({ kind: 'link', text: link, position: start + word.indexOf(link) });
    }
    dot = text.indexOf('.', end);
  }
  return links;
}

function numbersIn(text: string): Mention[] {
  const numbers: Mention[] = [];
  for (const { 0: number, index } of text.matchAll(NUMBER)) {
    const before = text[index - 1] ?? ' ';
    const after = text[index + number.length] ?? ' ';
    if (/[\w/.]/.test(before) || /\w/.test(after) || !looksLikeNumber(number.replace(/\D/g, ''))) continue;
    numbers.push({ kind: 'number', text: number, position: index });
  }
  return numbers;
}

interface Address {
  readonly host: string;
  /** Begins with a slash; "" for none. */
  readonly path: string;
}

function addressOf(link: string): Address | undefined {
  const host = hostOf(link)?.toLowerCase();
  if (host === undefined) return undefined;
  const rest = link.slice(link.toLowerCase().indexOf(host) + host.length).replace(/^:\d+/, '');
  return { host: host.replace(/^www\./, ''), path: rest.replace(/^\/$/, '') };
}

/**
 * What is registered. A link is covered by an entry of the same host (`www.` or not) whose path it begins with; an entry
 * without a path covers all of its host. Numbers are compared by their digits, with or without the country's code.
 */
export class Whitelist {
  readonly #paths = new Map<string, string[]>();
  readonly #numbers = new Set<string>();
  /** Lines that are neither links nor numbers. */
  readonly odd: readonly string[];

  constructor(urls: string, numbers: string) {
    const odd: string[] = [];
    for (const line of linesOf(urls)) {
      // Registered links may end in a star or a variable for what changes.
      const address = addressOf(line.replace(/(?:\*|\{\s*#[^{}]*#\s*\}).*$/, ''));
      if (!address) odd.push(line);
      else this.#paths.set(address.host, [...(this.#paths.get(address.host) ?? []), address.path]);
    }
    for (const line of linesOf(numbers)) {
      const digits = phoneDigits(line);
      if (digits === undefined) odd.push(line);
      else this.#numbers.add(nationalNumber(digits));
    }
    this.odd = odd;
  }

  hasLink(link: string): boolean {
    const address = addressOf(link);
    return address !== undefined && (this.#paths.get(address.host) ?? []).some((path) => address.path.startsWith(path));
  }

  hasNumber(number: string): boolean {
    const digits = phoneDigits(number);
    return digits !== undefined && this.#numbers.has(nationalNumber(digits));
  }

  has({ kind, text }: Pick<Mention, 'kind' | 'text'>): boolean {
    return kind === 'link' ? this.hasLink(text) : this.hasNumber(text);
  }
}

/** Entries of a list, one a line. */
export function linesOf(text: string): string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
