/** A list of registered texts with its rules: which template is a text of, and may it be sent? */
import { InvalidInputError } from '../base/errors';
import { describe, isBlank } from '../message/input';
import { compose, type Composed } from './compose';
import { deviationOf, fitExactly, fitTolerantly, misfitOf, type Deviation, type Fit, type Misfit } from './fit';
import { WANTED, type Limits } from './placeholder';
import { called, listed, readTemplate, variableName, type Template, type TemplateRow } from './template';
import { TemplateIndex } from './template-index';
import { mentionsIn, Whitelist, type Mention } from './whitelist';

export interface ListRules extends Limits {
  /** Calling codes of the recipients to whom the check applies; none = all. */
  readonly countries: readonly string[];
  readonly links: 'warn' | 'refuse';
  readonly urls: string;
  readonly numbers: string;
}

/** What was found for a text. */
export interface Match {
  readonly template: Template;
  readonly fit: Fit;
  /** Null where the text is the template's character by character. */
  readonly deviation: Deviation | null;
}

export interface TextToCheck {
  readonly text: string;
  /** The template that the flow asks for; "" where it names none. */
  readonly templateId: string;
  /** Sender; "" where there is none. */
  readonly from: string;
  /** When it is to be delivered, epoch milliseconds. */
  readonly at: number;
}

export interface Checked {
  /** Of the template that the text is of; "" where it is of none. */
  readonly templateId: string;
  readonly warnings: readonly string[];
  /** What is wrong with the text. */
  readonly problem: InvalidInputError | null;
}

/** Promotional messages are delivered from 10:00 to 21:00 India time alone, which has no summer time. */
const INDIA = 5.5 * 3_600_000;
const DAY = 86_400_000;
/** Templates that are compared with a text that fits none. */
const MOST_SIMILAR = 20;
/** Characters that a text shares with the beginning of a template before it is called like it. */
const LEAST_COMMON = 4;
const OPENS = 10 * 3_600_000;
const CLOSES = 21 * 3_600_000;

export class TemplateList {
  readonly templates: readonly Template[];
  readonly #index: TemplateIndex;
  readonly #byId = new Map<string, Template>();
  readonly #byName = new Map<string, Template | null>();
  readonly #whitelist: Whitelist;
  readonly rules: ListRules;
  /** Said behind errors: why the list may lack templates; "" where nothing is wrong with it. */
  readonly trouble: string;

  constructor(rows: readonly Partial<Readonly<Record<keyof TemplateRow, unknown>>>[], rules: ListRules, trouble = '') {
    const templates: Template[] = [];
    for (const row of rows) {
      const template = readTemplate(row);
      // A row without an id or a text is one that somebody began to write; of one id the first counts.
      if (template.id === '' || template.text === '' || this.#byId.has(template.id)) continue;
      templates.push(template);
      this.#byId.set(template.id, template);
      const name = template.name.toLowerCase();
      if (name !== '') this.#byName.set(name, this.#byName.has(name) ? null : template);
    }
    this.templates = templates;
    this.#index = new TemplateIndex(templates);
    this.#whitelist = new Whitelist(rules.urls, rules.numbers);
    this.rules = rules;
    this.trouble = trouble;
  }

  /** Whether the rules are for this recipient. @param digits international, without "+" */
  appliesTo(digits: string): boolean {
    const { countries } = this.rules;
    return countries.length === 0 || countries.some((code) => digits.startsWith(code));
  }

  /** @throws InvalidInputError (`template`) where no template, or more than one, has this id or name */
  named(value: unknown): Template {
    if (isBlank(value)) throw this.#unnamed('there is none; give the id or the name of a template');
    const word = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
    if (typeof word !== 'string') throw this.#unnamed(`${describe(value)} is no text; give an id or a name`);
    const key = word.trim();
    const found = this.#byId.get(key) ?? this.#byName.get(key.toLowerCase());
    if (found) return found;
    const why =
      found === null
        ? 'is the name of more than one template; give its id'
        : `is neither id nor name of a template in the list${this.#because()}; correct it or add the template`;
    throw this.#unnamed(`${describe(key)} ${why}`);
  }

  #unnamed(what: string): InvalidInputError {
    return new InvalidInputError('template', `template: ${what}`);
  }

  #because(): string {
    return this.trouble === '' ? '' : ` (${this.trouble})`;
  }

  compose(template: Template, values: unknown): Composed {
    return compose(template, values, this.rules);
  }

  /** Every template that the text fits, in the order of the list; where it fits one exactly, those alone. */
  matches(text: string): Match[] {
    const candidates = this.#index.candidates(text).map((place) => this.templates[place]!);
    const exact: Match[] = [];
    for (const template of candidates) {
      const fit = fitExactly(template, text, this.rules);
      if (fit) exact.push({ template, fit, deviation: null });
    }
    return exact.length > 0 ? exact : candidates.flatMap((template) => this.#tolerantly(template, text) ?? []);
  }

  #tolerantly(template: Template, text: string): Match | undefined {
    const fit = fitTolerantly(template, text, this.rules);
    return fit ? { template, fit, deviation: deviationOf(template, text, fit) } : undefined;
  }

  /** Where a text that fits none leaves the template that it follows furthest; undefined where it is like none. */
  nearest(text: string): { readonly template: Template; readonly misfit: Misfit } | undefined {
    const places = this.templates.length <= MOST_SIMILAR ? this.templates.keys() : this.#index.similar(text);
    let best: { readonly template: Template; readonly misfit: Misfit } | undefined;
    let furthest = LEAST_COMMON - 1;
    for (const place of Array.from(places).slice(0, MOST_SIMILAR)) {
      const template = this.templates[place]!;
      const misfit = misfitOf(template, text, this.rules);
      const reached = misfit.kind !== 'literal' && misfit.otherwise ? text.length : misfit.position;
      if (reached <= furthest) continue;
      furthest = reached;
      best = { template, misfit };
    }
    return best;
  }

  /** Whether the text may be sent, and as which template. Never throws. */
  check(message: TextToCheck): Checked {
    const warnings: string[] = [];
    let match: Match;
    try {
      match = message.templateId === '' ? this.#found(message, warnings) : this.#asked(message);
    } catch (error) {
      return { templateId: message.templateId, warnings, problem: error as InvalidInputError };
    }
    const { template } = match;
    if (match.deviation) warnings.push(deviationWarning(template, match.deviation));
    const late = this.#lateness(template, message.at);
    if (late !== undefined) warnings.push(late);
    const problem = this.#senderProblem(template, message.from) ?? this.#linkProblem(match, message.text, warnings);
    return { templateId: template.id, warnings, problem };
  }

  #asked({ text, templateId }: TextToCheck): Match {
    const template = this.#byId.get(templateId);
    if (!template) {
      throw new InvalidInputError(
        'templateId',
        `templateId: ${describe(templateId)} is not in the list of templates${this.#because()}; correct it or add the template`,
        undefined,
        { template: templateId },
      );
    }
    const fit = fitExactly(template, text, this.rules);
    const match = fit ? { template, fit, deviation: null } : this.#tolerantly(template, text);
    if (match) return match;
    throw misfitError(template, misfitOf(template, text, this.rules), this.rules);
  }

  #found({ text, from }: TextToCheck, warnings: string[]): Match {
    const all = this.matches(text);
    // Where the texts are the same, the sender tells which one is meant.
    const ofSender = all.filter(({ template }) => hasSender(template, from));
    const [first, second] = ofSender.length > 0 ? ofSender : all;
    if (first) {
      if (second) {
        const others = (ofSender.length > 0 ? ofSender : all).slice(1).map(({ template }) => called(template));
        warnings.push(`text: it fits template ${called(first.template)} and ${someOf(others)} too; the first is taken`);
      }
      return first;
    }
    const near = this.nearest(text);
    if (near) throw misfitError(near.template, near.misfit, this.rules, `fits none${this.#because()};`);
    throw new InvalidInputError(
      'text',
      `text: it fits none of the ${this.templates.length} templates of the list${this.#because()}; correct it or register it`,
      { key: 'none', values: { count: this.templates.length } },
      { position: 0 },
    );
  }

  #senderProblem(template: Template, from: string): InvalidInputError | null {
    if (hasSender(template, from)) return null;
    const { headers } = template;
    return new InvalidInputError(
      'from',
      `from: ${describe(from)} is no sender of template ${called(template)}, which has ${someOf(headers)}; set one of these`,
      undefined,
      { template: template.id },
    );
  }

  #lateness(template: Template, at: number): string | undefined {
    if (template.kind !== 'promotional') return undefined;
    const ofDay = (((at + INDIA) % DAY) + DAY) % DAY;
    if (ofDay >= OPENS && ofDay < CLOSES) return undefined;
    return `template ${called(template)} is promotional, and it is not between 10:00 and 21:00 India time: operators refuse the message (error 457)`;
  }

  /** The first link or number that is on no whitelist, as an error where the list says so; else all are warnings. */
  #linkProblem({ template, fit }: Match, text: string, warnings: string[]): InvalidInputError | null {
    for (const mention of mentionsOf(template, fit, text)) {
      if (this.#whitelist.has(mention)) continue;
      const list = mention.kind === 'link' ? 'links' : 'numbers';
      const words = `the ${mention.kind} ${describe(mention.text)} is on no whitelist`;
      if (this.rules.links === 'warn') {
        warnings.push(`text: ${words}`);
        continue;
      }
      return new InvalidInputError(
        'text',
        `text: ${words}; register it and add it to the ${list} of the list of templates`,
        { key: `whitelist.${mention.kind}`, values: { text: mention.text } },
        {
          position: mention.position,
          template: template.id,
          ...(mention.variable !== undefined && { variable: mention.variable }),
        },
      );
    }
    return null;
  }
}

type InVariable = Mention & { readonly variable?: string | number };

/** Links and numbers of a text, with the variable that they are the value of. Digits of a numeric variable are none. */
function mentionsOf(template: Template, { spans }: Fit, text: string): InVariable[] {
  const { placeholders } = template;
  const mentions: InVariable[] = mentionsIn(text).flatMap((mention) => {
    const index = placeholders.findIndex(
      (_, at) => mention.position >= spans[2 * at]! && mention.position < spans[2 * at + 1]!,
    );
    if (index < 0) return [mention];
    const { kind } = placeholders[index]!;
    const isSpoken = kind === 'url' || kind === 'urlott' || kind === 'cbn';
    const isNumber = mention.kind === 'number' && (kind === 'numeric' || kind === 'number' || kind === 'alphanumeric');
    return isSpoken || isNumber ? [] : [{ ...mention, variable: ownName(template, index) }];
  });
  for (const [index, { kind }] of placeholders.entries()) {
    if (kind !== 'url' && kind !== 'urlott' && kind !== 'cbn') continue;
    const position = spans[2 * index]!;
    const value = text.slice(position, spans[2 * index + 1]);
    const what = kind === 'cbn' ? 'number' : 'link';
    mentions.push({ kind: what, text: value, position, variable: ownName(template, index) });
  }
  return mentions;
}

function ownName(template: Template, index: number): string | number {
  return template.names[index] || index + 1;
}

function hasSender({ headers }: Template, from: string): boolean {
  if (headers.length === 0) return true;
  const sender = from.trim().toLowerCase();
  return headers.some((header) => header.toLowerCase() === sender);
}

const NAMED = 3;

function someOf(words: readonly string[]): string {
  const shown = words.slice(0, NAMED).join(', ');
  return words.length > NAMED ? `${shown} and ${words.length - NAMED} more` : shown;
}

const DIFFERENCES: Readonly<Record<Deviation['difference'], string>> = {
  case: 'upper and lower case',
  blanks: 'blanks',
  stops: 'blanks, full stops and commas',
};

function deviationWarning(template: Template, { difference, position, found, expected }: Deviation): string {
  return (
    `text: it fits template ${called(template)} but for ${DIFFERENCES[difference]}, first at position ${position}: ` +
    `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}; some operators refuse that`
  );
}

/** Why a text is not of a template. `reason` has the keys `literal`, `long` and `type.<kind>`. */
function misfitError(template: Template, misfit: Misfit, limits: Limits, nearest = ''): InvalidInputError {
  const { position } = misfit;
  const about =
    nearest === ''
      ? `does not fit template ${called(template)}`
      : `${nearest} the nearest is template ${called(template)}`;
  if (misfit.kind === 'literal') {
    const { found, expected } = misfit;
    return new InvalidInputError(
      'text',
      `text: it ${about}: at position ${position} it has ${JSON.stringify(found)} and the template has ${JSON.stringify(expected)}; correct the text`,
      { key: 'literal', values: { position, found, expected } },
      { position, template: template.id },
    );
  }
  const { variable, value } = misfit;
  const { kind } = template.placeholders[variable]!;
  const name = variableName(template, variable);
  const most = kind === 'var' ? limits.longestVar : limits.longestTyped;
  const what =
    misfit.kind === 'long'
      ? `has ${value.length} characters and ${most} are allowed`
      : `is {#${kind}#}, which takes ${WANTED[kind]}`;
  return new InvalidInputError(
    'text',
    `text: it ${about}: variable ${name} ${what}, and the text has ${describe(value)} there; correct the value`,
    {
      key: misfit.kind === 'long' ? 'long' : `type.${kind}`,
      values: { variable: name, value, length: value.length, most },
    },
    { position, variable: ownName(template, variable), template: template.id },
  );
}

/** @param countries comma list as in the dialog */
export function readCountries(countries: string): readonly string[] {
  return listed(countries).map((code) => code.replace(/\D/g, ''));
}
