/** A registered text, taken apart into what is fixed and what is filled in. */
import type { Reason } from '../base/errors';
import { KINDS, type Kind } from './placeholder';

/** A template as a list holds it, in the dialog and in a file. */
export interface TemplateRow {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** Senders, separated by commas; blank = any. */
  readonly headers: string;
  readonly kind: TemplateKind;
  /** Names of the variables in their order, separated by commas; blank = they have none. */
  readonly variables: string;
}

export const TEMPLATE_KINDS = ['', 'transactional', 'service', 'promotional'] as const;
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

export interface Placeholder {
  readonly kind: Kind;
  /** As it stands in the text: "{# Var #}". */
  readonly written: string;
}

export interface ParsedText {
  /** One more than there are placeholders: the text before, between and behind them, which may be "". */
  readonly literals: readonly string[];
  readonly placeholders: readonly Placeholder[];
  /** What the operators' rules do not like in it; keys `sideBySide`, `manyVariables`, `odd`. */
  readonly oddities: readonly Reason[];
}

export interface Template extends ParsedText {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly headers: readonly string[];
  readonly kind: TemplateKind;
  readonly names: readonly string[];
}

/** The rules allow two; a third needs an exception. */
const USUAL_VARIABLES = 2;
/** Characters between the braces at most: a longer stretch is no placeholder, however it goes on. */
const LONGEST_WORD = 40;
/** How placeholders are written elsewhere; an operator takes these for text. */
const FOREIGN = /\{\s*#|#\s*\}|%%\||#(?:var|numeric|number|alphanumeric|url|urlott|cbn|email)#/i;

function skipBlanks(text: string, at: number): number {
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

/** The placeholder that begins at the brace at `start`, with its end; undefined where none does. */
function placeholderAt(text: string, start: number): { readonly kind: Kind; readonly end: number } | undefined {
  const from = skipBlanks(text.slice(0, start + LONGEST_WORD), start + 1);
  if (text[from] !== '#') return undefined;
  const hash = text.slice(0, from + LONGEST_WORD).indexOf('#', from + 1);
  if (hash < 0) return undefined;
  const end = skipBlanks(text.slice(0, hash + LONGEST_WORD), hash + 1);
  if (text[end] !== '}') return undefined;
  const word = text
    .slice(from + 1, hash)
    .replace(/\s/g, '')
    .toLowerCase();
  const kind = KINDS.find((known) => known === word);
  return kind && { kind, end: end + 1 };
}

/** Reads a registered text. What looks like a placeholder and is none stays text, and is named in `oddities`. */
export function parseText(text: string): ParsedText {
  const literals: string[] = [];
  const placeholders: Placeholder[] = [];
  let literal = 0;
  for (let at = text.indexOf('{'); at >= 0;) {
    const found = placeholderAt(text, at);
    if (found) {
      literals.push(text.slice(literal, at));
      placeholders.push({ kind: found.kind, written: text.slice(at, found.end) });
      literal = found.end;
    }
    at = text.indexOf('{', found ? found.end : at + 1);
  }
  literals.push(text.slice(literal));
  return { literals, placeholders, oddities: odditiesOf(literals, placeholders) };
}

function odditiesOf(literals: readonly string[], placeholders: readonly Placeholder[]): Reason[] {
  const oddities: Reason[] = [];
  const beside = literals.findIndex((one, index) => index > 0 && index < placeholders.length && one.trim() === '');
  if (beside > 0) oddities.push({ key: 'sideBySide', values: { variable: beside, next: beside + 1 } });
  if (placeholders.length > USUAL_VARIABLES) {
    oddities.push({ key: 'manyVariables', values: { count: placeholders.length, usual: USUAL_VARIABLES } });
  }
  for (const literal of literals) {
    const odd = FOREIGN.exec(literal);
    if (!odd) continue;
    oddities.push({ key: 'odd', values: { text: literal.slice(odd.index, odd.index + 20) } });
    break;
  }
  return oddities;
}

/** The entries of a comma list, without blanks around them; none are "". */
export function listed(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** @param row its values may be of any kind: a flow file written by hand may have anything here */
export function readTemplate(row: Partial<Readonly<Record<keyof TemplateRow, unknown>>>): Template {
  const word = (value: unknown): string =>
    typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  const text = word(row.text);
  const kind = TEMPLATE_KINDS.find((known) => known === word(row.kind).trim().toLowerCase()) ?? '';
  return {
    id: word(row.id).trim(),
    name: word(row.name).trim(),
    text,
    headers: listed(word(row.headers)),
    kind,
    names:
      word(row.variables) === ''
        ? []
        : word(row.variables)
            .split(',')
            .map((name) => name.trim()),
    ...parseText(text),
  };
}

/** What people call a template: its name with its id, or the id alone. */
export function called({ id, name }: Pick<Template, 'id' | 'name'>): string {
  return name === '' ? id : `${id} (${name})`;
}

/** What people call a variable, counted from 0: its name in the list, or its number. */
export function variableName({ names }: Pick<Template, 'names'>, index: number): string {
  return names[index] || String(index + 1);
}
