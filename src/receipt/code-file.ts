/** Delivery codes from elsewhere than the guide: what a pool's `codeTable` may name. */
import { SmppError } from '../base/errors';
import { cellsOf, MOST_ROWS, separatorOf } from '../base/table';
import { describe } from '../message/input';
import { CodeTable, DELIVERY_CODES, GUIDE_TABLE, isRetryable, type DeliveryCode } from './code-table';
import { INDIA_CODES } from './india-codes';
import { DELIVERY_GROUPS, type DeliveryGroup, type MessageState } from './receipt';
import { stateOfOwnWord, stateOfSynonym } from './status-words';

const NAMED: Readonly<Record<string, CodeTable>> = {
  guide: GUIDE_TABLE,
  smpp: new CodeTable([]),
  india: new CodeTable([...INDIA_CODES, ...DELIVERY_CODES]),
};

/** The table of a name ("guide", "smpp", "india"); undefined where `codeTable` is the path of a file. */
export function namedCodeTable(codeTable: string): CodeTable | undefined {
  return Object.hasOwn(NAMED, codeTable) ? NAMED[codeTable] : undefined;
}

const COLUMNS = ['number', 'word', 'description', 'group', 'retryable'] as const;
type Row = Readonly<Partial<Record<(typeof COLUMNS)[number], unknown>>>;

/** Octets of a file at most: a table of all numbers has 200 kB. */
export const MAX_FILE_OCTETS = 4_000_000;

/**
 * Reads a file of delivery codes, whose rows add to those of the guide or replace them: JSON (an array of objects, or an object with
 * such an array as `codes`) or CSV with a head line. Columns: number (digits), word, description, group, retryable; a row needs a number
 * or a word. Without a group the row has that of the guide's number, else "unexplained"; without `retryable` that of its group.
 * @throws SmppError `SMPP_CODE_TABLE` that names the row and what is wrong with it
 */
export function readCodeFile(text: string): CodeTable {
  const trimmed = text.replace(/^\ufeff/, '').trim();
  const rows = /^[[{]/.test(trimmed) ? rowsOfJson(trimmed) : rowsOfCsv(trimmed);
  if (rows.length === 0) throw fault('it has no rows; give at least one');
  return new CodeTable([...DELIVERY_CODES, ...rows.map((row, index) => codeOf(row, index + 1))]);
}

function rowsOfJson(text: string): readonly Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault(`it is no JSON: ${(error as Error).message}`);
  }
  const rows = Array.isArray(value) ? (value as unknown[]) : (value as { readonly codes?: unknown }).codes;
  if (!Array.isArray(rows)) throw fault('it is neither an array of rows nor an object with such an array as "codes"');
  return rows.map((row: unknown, index) => {
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row;
    throw fault(`row ${index + 1}: ${describe(row)} is no object`);
  });
}

function rowsOfCsv(text: string): readonly Row[] {
  const [head = [], ...lines] = cellsOf(text, separatorOf(text), () => {
    throw fault('a quotation mark is not closed');
  });
  if (lines.length + 1 >= MOST_ROWS) throw fault(`it has ${MOST_ROWS} rows or more; leave out what is not used`);
  const names = head.map((name) => name.trim().toLowerCase());
  if (!names.includes('number') && !names.includes('word')) {
    throw fault(`its first line has neither "number" nor "word"; give a head line of ${COLUMNS.join(', ')}`);
  }
  return lines.map((cells) => Object.fromEntries(names.map((name, column) => [name, cells[column]?.trim() ?? ''])));
}

function codeOf(row: Row, number: number): DeliveryCode {
  const error = text(row.number, 'number', number);
  const status = text(row.word, 'word', number);
  if (error === '' && status === '') throw fault(`row ${number}: it has neither a number nor a word`);
  if (!/^\d{0,9}$/.test(error)) throw fault(`row ${number}: number ${describe(error)} is not all digits`);
  const guide = error === '' ? undefined : GUIDE_TABLE.byNumber(error);
  const group = groupOf(text(row.group, 'group', number), number) ?? guide?.group ?? 'unexplained';
  return {
    error,
    status: status === '' ? (guide?.status ?? '') : status,
    description: text(row.description, 'description', number) || (guide?.description ?? status) || `Error ${error}`,
    group,
    state: stateOf(status, group, guide),
    retryable: retryableOf(row.retryable, number) ?? isRetryable(group),
  };
}

function text(value: unknown, column: string, number: number): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value);
  throw fault(`row ${number}: ${column} ${describe(value)} is neither a text nor a whole number`);
}

function groupOf(name: string, number: number): DeliveryGroup | undefined {
  if (name === '') return undefined;
  const group = DELIVERY_GROUPS.find((known) => known === name.toLowerCase());
  if (group) return group;
  throw fault(`row ${number}: group ${describe(name)} is not known; use one of ${DELIVERY_GROUPS.join(', ')}`);
}

function retryableOf(value: unknown, number: number): boolean | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (value === true || value === 1 || /^(true|yes|1)$/i.test(String(value as string))) return true;
  if (value === false || value === 0 || /^(false|no|0)$/i.test(String(value as string))) return false;
  throw fault(`row ${number}: retryable ${describe(value)} is neither true nor false`);
}

/** Groups of what the platform refuses before it tries to deliver. */
const REFUSING: ReadonlySet<DeliveryGroup> = new Set([
  ...(['submission', 'range', 'account', 'policy', 'time-window'] as const),
  ...(['duplicate', 'template', 'dlt'] as const),
]);

function stateOf(word: string, group: DeliveryGroup, guide: DeliveryCode | undefined): MessageState {
  if (group === 'delivered') return 'DELIVERED';
  const said = word === '' ? undefined : (stateOfOwnWord(word) ?? stateOfSynonym(word));
  const isPending = said === 'ACCEPTED' || said === 'ENROUTE' || said === 'SCHEDULED';
  if (group === 'pending') return isPending ? said : 'ENROUTE';
  // A row of another group is a failure, whatever its word would mean elsewhere.
  if (said && said !== 'DELIVERED' && !isPending) return said;
  if (guide && guide.group === group) return guide.state;
  return REFUSING.has(group) ? 'REJECTED' : 'UNDELIVERABLE';
}

function fault(what: string): SmppError {
  return new SmppError('SMPP_CODE_TABLE', what);
}
