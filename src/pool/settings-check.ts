/** Checks one value against its row of the settings table. The dialog runs it too: no `node:` module here. */
import { COUNTRIES } from '../base/countries';
import { InvalidInputError, type Reason } from '../base/errors';
import { senderAddress } from '../message/address';
import { describe, isBlank } from '../message/input';
import { parseRedisUrl } from '../redis/address';
import type { Setting, TextForm } from './settings-table';

const IPV6 = /^\[?[\da-f]*:[\da-f:.]*:[\da-f.]*(%[\w.-]+)?\]?$/i;
const ENV = /^\$\{[^}]+\}$/;

/** True for `${NAME}`. Node-RED replaces it with the value of the environment variable where that is set. */
export function isEnv(value: unknown): value is string {
  return typeof value === 'string' && ENV.test(value);
}

/** The forms of a text. `read` returns the text as it is used, undefined where it does not have the form. */
const FORMS: Readonly<
  Record<
    Exclude<TextForm, 'redisUrl'>,
    { readonly remedy: string; readonly read: (text: string) => string | undefined }
  >
> = {
  host: {
    remedy: 'give a host name or an IP address, without port and slashes',
    read: (text) => (/^[^\s/:[\]]+$/.test(text) || IPV6.test(text) ? text.replace(/^\[(.*)\]$/, '$1') : undefined),
  },
  sender: {
    remedy: 'give a number, or at most 11 plain letters, digits and signs',
    read: (text) => attempt(() => senderAddress(text)) && text,
  },
  dltId: { remedy: "give the id's digits", read: (text) => (/^\d+$/.test(text) ? text : undefined) },
  dltIds: {
    remedy: 'give one id, several separated by commas, or a hash of 64 hexadecimal digits',
    read: (text) => (/^[\d, ]*\d[\d, ]*$|^[\da-f]{64}$/i.test(text) ? text : undefined),
  },
  dltTags: {
    remedy: 'give three different hexadecimal tags separated by commas, such as 1400,1401,1402',
    read: (text) => (parseTags(text) ? text : undefined),
  },
  redisPrefix: {
    remedy: 'give a word without blanks and braces',
    read: (text) => (/[\s{}]/.test(text) ? undefined : text),
  },
  timeZone: {
    remedy: 'give an IANA time zone such as Asia/Kolkata',
    read: (text) => attempt(() => new Intl.DateTimeFormat('en', { timeZone: text })) && text,
  },
  // Which names there are is known to iconv-lite alone, which is too large for a dialog: charset refuses the others.
  alphabet: {
    remedy: 'give "gsm", or a charset such as latin1, ascii, cp1252 or iso-8859-15',
    read: (text) => (/^[\w.:-]+$/.test(text) ? text.toLowerCase() : undefined),
  },
  country: {
    remedy: 'give the two letters of ISO 3166, such as IN, or leave it blank',
    read: (text) => (COUNTRIES.has(text.toUpperCase()) ? text.toUpperCase() : undefined),
  },
};

function attempt(call: () => unknown): true | undefined {
  try {
    call();
    return true;
  } catch {
    return undefined;
  }
}

/** The tags of `dltTags` as numbers; undefined where the text is not three different hexadecimal tags. */
export function parseTags(text: string): readonly [number, number, number] | undefined {
  const tags = text
    .split(',')
    .map((word) => (/^\s*(0x)?[\da-f]{1,4}\s*$/i.test(word) ? Number.parseInt(word, 16) : NaN));
  if (tags.length !== 3 || tags.includes(NaN) || new Set(tags).size !== 3) return undefined;
  return [tags[0]!, tags[1]!, tags[2]!];
}

/**
 * The value as it is used; the row's default where the value is missing. A blank text that is not `required` stays
 * blank.
 * @param name as in the flow file; the error's text begins with it
 * @throws InvalidInputError whose text says what is wrong and what to do, and whose reason says the same for
 * translation
 */
export function checkSetting(name: string, row: Setting, value: unknown): string | number | boolean {
  switch (row.kind) {
    case 'whole':
      return checkWhole(name, row, value);
    case 'choice':
      if (isBlank(value)) return row.default;
      if (typeof value === 'string' && row.choices.includes(value)) return value;
      throw problem(name, value, 'is not known', `use one of ${row.choices.join(', ')}`, 'choice', {
        choices: row.choices.join(', '),
      });
    case 'flag':
      if (isBlank(value)) return row.default;
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw problem(name, value, 'is neither true nor false', 'give a boolean', 'flag');
    case 'text':
      return checkText(name, row, value);
    case 'node':
      if (isBlank(value)) return '';
      if (typeof value === 'string') return value;
      throw problem(name, value, 'is no id of a node', 'choose one in the dialog', 'text');
    case 'rows':
      throw new TypeError(`${name} is a list`);
  }
}

function checkWhole(name: string, row: Setting & { readonly kind: 'whole' }, value: unknown): number {
  if (isBlank(value) && row.default !== null) return row.default;
  const { min, max = Number.MAX_SAFE_INTEGER } = row;
  const number = typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
  if (Number.isInteger(number) && (number as number) >= min && (number as number) <= max) return number as number;
  if (row.max === undefined) {
    throw problem(name, value, `is not a whole number of ${min} or more`, 'give one', 'atLeast', { min });
  }
  throw problem(name, value, `is not a whole number from ${min} to ${max}`, 'give one', 'between', { min, max });
}

function checkText(name: string, row: Setting & { readonly kind: 'text' }, value: unknown): string {
  const text = isBlank(value) ? '' : textOf(name, value);
  if (text === '') {
    if (!row.required) return value === undefined || value === null ? row.default : '';
    if (row.default !== '') return row.default;
    if (row.form !== 'redisUrl') throw problem(name, '', 'is blank', FORMS[row.form!].remedy, row.form!);
  }
  const { length = Infinity, form } = row;
  if (text.length > length) {
    const what = `has ${text.length} characters, and at most ${length} are allowed`;
    throw problem(name, text, what, 'shorten it', 'length', { max: length });
  }
  if (row.ascii && !/^[ -~]*$/.test(text)) {
    throw problem(name, text, 'has a character that is not printable ASCII', 'replace it', 'ascii');
  }
  if (form === undefined) return text;
  if (form === 'redisUrl') return checkRedisUrl(name, text);
  const used = FORMS[form].read(text);
  if (used === undefined) throw problem(name, text, 'cannot be used', FORMS[form].remedy, form);
  return used;
}

/** The error's text never quotes the address, which may hold a password. */
function checkRedisUrl(name: string, text: string): string {
  try {
    parseRedisUrl(text);
    return text;
  } catch (error) {
    throw new InvalidInputError(name, (error as Error).message, { key: 'redisUrl', values: {} });
  }
}

/** The value as a text. A number that JavaScript may have rounded is refused: an id may have lost its last digits. */
function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value);
  const remedy = typeof value === 'number' ? 'give it as a string in quotes' : 'give a string';
  throw problem(name, value, 'is not a text', remedy, 'text');
}

function problem(
  name: string,
  value: unknown,
  what: string,
  remedy: string,
  key: string,
  values: Reason['values'] = {},
): InvalidInputError {
  return new InvalidInputError(name, `${name}: ${describe(value)} ${what}; ${remedy}`, { key, values });
}
