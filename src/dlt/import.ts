/** The table that a DLT portal exports becomes rows of a template list. */
import type { Reason } from '../base/errors';
import { KINDS, type Kind } from './placeholder';
import { cellsOf, separatorOf } from '../base/table';
import { listed, parseText, type TemplateKind, type TemplateRow } from './template';

/** What a column may hold; `types`: the kinds of the variables, where the text has them all as `{#var#}`. */
export const COLUMNS = ['id', 'name', 'text', 'headers', 'kind', 'variables', 'types', 'status'] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** Index of the column that holds each of these; absent where none does. */
export type Columns = Readonly<Partial<Record<ColumnName, number>>>;

export interface Table {
  /** Names of the columns; null where the table has no such row. */
  readonly heading: readonly string[] | null;
  readonly rows: readonly (readonly string[])[];
  readonly columns: Columns;
}

/** A row that makes no template; keys `noId`, `exponent`, `noText`, `inactive`, `differs`. */
export interface BadRow extends Reason {
  /** From 1, the heading counted. */
  readonly row: number;
}

export interface Imported {
  readonly templates: readonly TemplateRow[];
  readonly bad: readonly BadRow[];
  /** Rows that say the same as one before. */
  readonly merged: number;
}

/**
 * Words that portals write above a column, from the surest to the vaguest; blanks and signs are dropped. A word between
 * slashes may stand anywhere in the name.
 */
const NAMES: Readonly<Record<ColumnName, readonly (string | RegExp)[]>> = {
  id: [
    'id',
    'templateid',
    'dlttemplateid',
    'contenttemplateid',
    'dlttempid',
    'tempid',
    'ctid',
    'templateidno',
    /template.*(id|code|no|number)$/,
    /^dlt.*id$/,
  ],
  text: [
    'text',
    'templatecontent',
    'content',
    'templatemessage',
    'messagecontent',
    'templatetext',
    'template',
    'smscontent',
    'body',
    /content|message|text|body/,
  ],
  name: ['name', 'templatename', 'contenttemplatename', 'templatetitle', 'title', /template.*(name|title|label)$/],
  headers: [
    'headers',
    'header',
    'headername',
    'senderid',
    'sender',
    'cli',
    'linkedheaders',
    'headerid',
    /header|sender|^cli/,
  ],
  types: [
    'types',
    'variabletype',
    'variabletypes',
    'vartype',
    'vartypes',
    'tagtype',
    'tags',
    'variabletags',
    /var.*(type|tag)/,
  ],
  kind: [
    'kind',
    'templatetype',
    'type',
    'communicationtype',
    'contenttype',
    'messagetype',
    'category',
    'templatecategory',
    /type|category/,
  ],
  variables: ['variables', 'variablenames', 'varnames', 'variablename', /var.*name/],
  status: ['status', 'templatestatus', 'approvalstatus', 'state', /status/],
};
/** In this order columns are chosen: the vague words of one must not take what is surely another's. */
const ORDER: readonly ColumnName[] = ['id', 'text', 'types', 'status', 'variables', 'headers', 'name', 'kind'];

function plain(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function columnsByName(heading: readonly string[]): Columns {
  const words = heading.map(plain);
  const columns: Partial<Record<ColumnName, number>> = {};
  const taken = new Set<number>();
  const take = (name: ColumnName, index: number): void => {
    columns[name] = index;
    taken.add(index);
  };
  for (const sure of [true, false]) {
    for (const name of ORDER) {
      if (columns[name] !== undefined) continue;
      for (const known of NAMES[name]) {
        if ((typeof known === 'string') !== sure) continue;
        const index = words.findIndex(
          (word, at) => !taken.has(at) && (typeof known === 'string' ? word === known : known.test(word)),
        );
        if (index < 0) continue;
        take(name, index);
        break;
      }
    }
  }
  return columns;
}

const ID = /^['"\s]*\d{6,30}['"\s]*$/;

/** Without names of columns: the id is what is all digits, the text what is longest or has variables. */
function columnsByContent(rows: readonly (readonly string[])[]): Columns {
  const width = Math.max(0, ...rows.slice(0, SAMPLE).map((row) => row.length));
  const sample = rows.slice(0, SAMPLE);
  const score = (of: (cell: string) => number): number | undefined => {
    const sums = Array.from({ length: width }, (_, at) => sample.reduce((sum, row) => sum + of(row[at] ?? ''), 0));
    const best = sums.indexOf(Math.max(...sums));
    return best >= 0 && sums[best]! > 0 ? best : undefined;
  };
  // Entities and templates have ids of the same length; those of templates differ from row to row.
  const ids = Array.from(
    { length: width },
    (_, at) => new Set(sample.map((row) => row[at] ?? '').filter((cell) => ID.test(cell))),
  );
  const most = Math.max(0, ...ids.map(({ size }) => size));
  const id = most > 0 ? ids.findIndex(({ size }) => size === most) : undefined;
  const text = score((cell) => (ID.test(cell) ? 0 : cell.length + (cell.includes('{#') ? 1000 : 0)));
  return { ...(id !== undefined && { id }), ...(text !== undefined && text !== id && { text }) };
}

/** Rows looked at to guess columns. */
const SAMPLE = 50;
/** Rows above the table that portals fill with a title or a date. */
const MOST_TITLES = 10;

/** Reads a CSV file's text or a pasted table and guesses what its columns hold. Never throws. */
export function readTable(text: string): Table {
  const body = text.replace(/^\ufeff/, '').replace(/^sep=.\r?\n/i, '');
  const cells = cellsOf(body, separatorOf(body));
  for (let at = 0; at < Math.min(MOST_TITLES, cells.length); at++) {
    const columns = columnsByName(cells[at]!);
    if (columns.id === undefined || columns.text === undefined || cells[at]!.some((cell) => ID.test(cell))) continue;
    return { heading: cells[at]!, rows: cells.slice(at + 1), columns };
  }
  return { heading: null, rows: cells, columns: columnsByContent(cells) };
}

/** An id as digits: Excel keeps one with an apostrophe before it or as ="…", and portals put blanks around. */
function idOf(cell: string): string {
  return cell.replace(/^=?["'\s]+|["'\s]+$/g, '');
}

const KIND_WORDS: readonly (readonly [RegExp, TemplateKind])[] = [
  [/promo/i, 'promotional'],
  [/trans/i, 'transactional'],
  [/service/i, 'service'],
];

function kindOf(cell: string): TemplateKind {
  return KIND_WORDS.find(([word]) => word.test(cell))?.[1] ?? '';
}

/** Senders of a cell, which portals separate by commas, blanks, semicolons or bars. */
function headersOf(cell: string): string {
  return [
    ...new Set(cell.split(/[\s,;|/]+/).filter((word) => word !== '' && !/^(all|any|na|n\/a|-)$/i.test(word))),
  ].join(', ');
}

/** The text with each `{#var#}` in place of which `types` names another kind; as it is where their numbers differ. */
function withTypes(text: string, types: string): string {
  const kinds = types
    .split(/[,;|\n]+/)
    .map((word) =>
      word
        .replace(/^.*[:=]/, '')
        .replace(/[^a-z]/gi, '')
        .toLowerCase(),
    )
    .map((word) => KINDS.find((kind) => kind === word));
  const { literals, placeholders } = parseText(text);
  if (kinds.length !== placeholders.length || kinds.includes(undefined)) return text;
  return placeholders
    .map(({ kind, written }, at) => literals[at]! + (kind === 'var' ? tagOf(kinds[at]!) : written))
    .concat(literals[placeholders.length]!)
    .join('');
}

function tagOf(kind: Kind): string {
  return `{#${kind}#}`;
}

const GONE = /inactive|reject|block|blacklist|delete|expired|revoked|suspend/i;

/** Makes templates of a table's rows. Rows of one id are one template that has the senders of all of them. */
export function importRows({ heading, rows }: Pick<Table, 'heading' | 'rows'>, columns: Columns): Imported {
  const templates = new Map<string, TemplateRow>();
  const bad: BadRow[] = [];
  let merged = 0;
  for (const [index, row] of rows.entries()) {
    const cell = (name: ColumnName): string => {
      const at = columns[name];
      return at === undefined ? '' : (row[at] ?? '').trim();
    };
    const number = index + (heading ? 2 : 1);
    const read = readRow(cell);
    if ('key' in read) {
      bad.push({ row: number, ...read });
      continue;
    }
    const known = templates.get(read.id);
    if (!known) templates.set(read.id, read);
    else if (known.text !== read.text) bad.push({ row: number, key: 'differs', values: { id: read.id } });
    else {
      merged += 1;
      templates.set(read.id, { ...known, headers: sendersOfBoth(known.headers, read.headers) });
    }
  }
  return { templates: [...templates.values()], bad, merged };
}

/** Blank = any: a row without senders must not narrow what another allows, nor the other way round. */
function sendersOfBoth(one: string, other: string): string {
  return one === '' || other === '' ? one || other : [...new Set([...listed(one), ...listed(other)])].join(', ');
}

function readRow(cell: (name: ColumnName) => string): TemplateRow | Reason {
  const id = idOf(cell('id'));
  // A spreadsheet has rounded the id: its last digits are gone for good.
  if (/^\d(?:[.,]\d+)?e\+?\d+$/i.test(id)) return { key: 'exponent', values: { id } };
  if (id === '') return { key: 'noId', values: {} };
  if (!/^[\w-]{1,64}$/.test(id)) return { key: 'noId', values: { id: id.slice(0, 40) } };
  const text = cell('text');
  if (text === '') return { key: 'noText', values: { id } };
  if (GONE.test(cell('status'))) return { key: 'inactive', values: { id, status: cell('status') } };
  return {
    id,
    name: cell('name'),
    text: withTypes(text, cell('types')),
    headers: headersOf(cell('headers')),
    kind: kindOf(cell('kind')),
    variables: cell('variables'),
  };
}
