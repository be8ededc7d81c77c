import { InvalidInputError } from '../base/errors';
import type { Address } from '../smpp/pdu';
import { visible } from './character';
import { describe, isBlank, plainText, wholeNumber } from './input';

/** Types of number and numbering plans (SMPP 3.4 sections 5.2.5 and 5.2.6). */
const INTERNATIONAL = { ton: 1, npi: 1 };
const SHORT_CODE = { ton: 3, npi: 0 };
const ALPHANUMERIC = { ton: 5, npi: 0 };

/** E.164: country code and number together. */
const MAX_DIGITS = 15;
const MAX_SHORT_CODE = 7;
/** GSM carries an alphanumeric sender in the octets of ten digits (3GPP TS 23.040 section 9.1.2.5). */
const MAX_SENDER_CHARACTERS = 11;

/** Blanks, dashes, dots, brackets, and the invisible direction marks that come along when a number is copied. */
const DROPPED = /[\s\-.()[\]{}\u00ad\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069]/g;

export interface AddressOverrides {
  readonly ton?: unknown;
  readonly npi?: unknown;
}

/** Undefined where the text is no number at all. */
function phoneNumber(field: string, text: string): Address | undefined {
  // Most texts are plain digits or a name, and taking them apart costs more than all the rest.
  if (/[a-z]/i.test(text)) return undefined;
  const isPlain = /^[1-9]\d*$/.test(text);
  const match = isPlain ? null : /^(\+|00(?=[1-9]))?(\d+)$/.exec(text.replace(DROPPED, ''));
  if (!isPlain && !match) return undefined;
  const digits = match?.[2] ?? text;
  if (digits.length > MAX_DIGITS) {
    throw new InvalidInputError(
      field,
      `${field}: ${describe(text)} has ${digits.length} digits and a phone number at most ${MAX_DIGITS}; give country code and number`,
    );
  }
  const kind = match?.[1] === undefined && digits.length <= MAX_SHORT_CODE ? SHORT_CODE : INTERNATIONAL;
  return { ton: kind.ton, npi: kind.npi, addr: digits };
}

function alphanumeric(text: string): Address {
  const outsider = /[^ -~]/u.exec(text)?.[0];
  if (outsider !== undefined) {
    throw new InvalidInputError(
      'from',
      `from: ${describe(text)} has a character that is not ASCII (${visible(outsider)}); replace it`,
    );
  }
  if (text.length > MAX_SENDER_CHARACTERS) {
    throw new InvalidInputError(
      'from',
      `from: ${describe(text)} has ${text.length} characters and a sender with letters at most ${MAX_SENDER_CHARACTERS}; shorten it`,
    );
  }
  return { ton: ALPHANUMERIC.ton, npi: ALPHANUMERIC.npi, addr: text };
}

function overridden(address: Address, ton: number | undefined, npi: number | undefined): Address {
  if (ton === undefined && npi === undefined) return address;
  return { ton: ton ?? address.ton, npi: npi ?? address.npi, addr: address.addr };
}

/**
 * The handset's address: a phone number or a short code, however it is punctuated.
 * @throws InvalidInputError (`to`, `destTon`, `destNpi`)
 */
export function recipientAddress(to: unknown, overrides: AddressOverrides = {}): Address {
  const text = plainText('to', to);
  if (text === '') throw new InvalidInputError('to', 'to: there is no recipient; give a phone number');
  const address = phoneNumber('to', text);
  if (!address) {
    throw new InvalidInputError(
      'to',
      `to: ${describe(text)} is not a phone number; give digits with the country code, such as +447700900123`,
    );
  }
  return overridden(
    address,
    wholeNumber('destTon', overrides.ton, 0, 255),
    wholeNumber('destNpi', overrides.npi, 0, 255),
  );
}

/**
 * The sender's address: a number, a short code, or up to 11 ASCII characters; blank is the empty address, for which the platform
 * puts its own.
 * @throws InvalidInputError (`from`, `sourceTon`, `sourceNpi`)
 */
export function senderAddress(from: unknown, overrides: AddressOverrides = {}): Address {
  const text = plainText('from', from);
  const address = text === '' ? { ton: 0, npi: 0, addr: '' } : (phoneNumber('from', text) ?? alphanumeric(text));
  return overridden(
    address,
    wholeNumber('sourceTon', overrides.ton, 0, 255),
    wholeNumber('sourceNpi', overrides.npi, 0, 255),
  );
}

const NO_WARNINGS: readonly string[] = [];

/** What is odd about an address that is sent all the same. */
export function addressWarnings(field: 'to' | 'from', { ton, addr }: Address): readonly string[] {
  if (ton !== INTERNATIONAL.ton || !addr.startsWith('0')) return NO_WARNINGS;
  const override = field === 'to' ? 'destTon' : 'sourceTon';
  return [
    `${field} ${addr} is sent as an international number, but no country code begins with 0; for a national number set ${override} to 2`,
  ];
}

const SEPARATORS = /[,;\r\n]/;

function entries(value: unknown): unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list
    .flatMap((item) => (typeof item === 'string' ? item.split(SEPARATORS).map((part) => part.trim()) : [item]))
    .filter((item) => item !== '');
}

/** An entry that cannot be a number becomes words, so that its own message fails as invalid and the others are sent. */
function entryText(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  if (typeof entry !== 'number' && typeof entry !== 'bigint') return describe(entry);
  return entry >= 0 && (typeof entry === 'bigint' || Number.isSafeInteger(entry)) ? String(entry) : `number ${entry}`;
}

function normalised(text: string): string {
  try {
    const { ton, addr } = recipientAddress(text);
    return `${ton} ${addr}`;
  } catch {
    return text;
  }
}

/**
 * Every recipient once, in the order given and as written there: from a string, a number, a comma list, or an array of those.
 * Two that come to the same address are one recipient, with a warning. Whether an address is any good shows in `prepareMessage`, for
 * each by itself.
 * @throws InvalidInputError (`to`) when there is none
 */
export function recipients(value: unknown): { readonly to: readonly string[]; readonly warnings: readonly string[] } {
  // Nearly always it is one number.
  if (typeof value === 'string' && !SEPARATORS.test(value) && !isBlank(value)) {
    return { to: [value.trim()], warnings: NO_WARNINGS };
  }
  if (!isBlank(value) && !['string', 'number', 'bigint'].includes(typeof value) && !Array.isArray(value)) {
    throw new InvalidInputError(
      'to',
      `to: ${describe(value)} is no recipient; give a phone number, a comma list or an array of them`,
    );
  }
  const all = isBlank(value) ? [] : entries(value);
  if (all.length === 1) return { to: [entryText(all[0])], warnings: NO_WARNINGS };
  const seen = new Map<string, { text: string; times: number }>();
  for (const entry of all) {
    const text = entryText(entry);
    const key = normalised(text);
    const known = seen.get(key);
    if (known) known.times++;
    else seen.set(key, { text, times: 1 });
  }
  if (seen.size === 0)
    throw new InvalidInputError(
      'to',
      'to: there is no recipient; give a phone number, a comma list or an array of them',
    );
  const found = Array.from(seen.values());
  const repeated = found.filter(({ times }) => times > 1);
  return {
    to: found.map(({ text }) => text),
    warnings: repeated.map(({ text, times }) => `to: ${text} is in the list ${times} times; it is sent once`),
  };
}
