import { InvalidInputError } from '../base/errors';
import type { Address } from '../smpp/pdu';
import { visible } from './character';
import type { Country } from './country';
import { describe, plainText, wholeNumber } from './input';
import { callingCodeOf, countryName, fitsNumberingPlan, isCallingCode } from './numbering-plan';

/** Types of number and numbering plans (SMPP 3.4 sections 5.2.5 and 5.2.6). */
const INTERNATIONAL = { ton: 1, npi: 1 };
const SHORT_CODE = { ton: 3, npi: 0 };
const ALPHANUMERIC = { ton: 5, npi: 0 };

/** Digits of a phone number at most, country code included (E.164). */
const MAX_DIGITS = 15;
const MAX_SHORT_CODE = 7;
/** GSM carries an alphanumeric sender in the octets of ten digits (3GPP TS 23.040 section 9.1.2.5). */
const MAX_SENDER_CHARACTERS = 11;
/** Characters of a phone number at most, punctuation included. */
const MAX_SPELLING = 100;

/** The invisible marks that come along when a number is copied. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const BLANKS_AND_DASHES = /[\s\-\u2010-\u2015\u2212]/g;
const PUNCTUATION = /[.()[\]{}]/g;
/** What a spreadsheet makes of a long number: "9.19876E+11". */
const EXPONENT = /^\+?\d+(?:[.,]\d+)?E[+-]?\d+$/i;
/** Scientific notation in a sender. A decimal point or a sign is needed, because a sender may be called "24E7". */
const SENDERS_EXPONENT = /^\+?\d+(?:[.,]\d+E[+-]?|E[+-])\d+$/i;
/** Trunk prefixes (dialled before a national number) that are not just zeros, by calling code. */
const HOME_PREFIXES: ReadonlyMap<string, string> = new Map([
  ['1', '1'],
  ['7', '8'],
  ['36', '06'],
  ['52', '01'],
  ['370', '8'],
  ['375', '80'],
  ['993', '8'],
]);
/** A fraction behind a decimal comma: "919876543210,0". */
const COMMA_FRACTION = /^\+?\d[\d. ]*,(?:\d{1,2}|0+)$/;
/** A country code and "(0)", as in "+44 (0)7700 900123": that zero is dialled only without the country code. */
const ZERO_BEHIND_CODE = /^\(?(\+|00)?\(?([1-9]\d{0,2})\)?\(0\)([^(]*(?:\([^0)]\d*\)[^(]*)*)$/;

export interface AddressOverrides {
  readonly ton?: unknown;
  readonly npi?: unknown;
}

/** An address that can be sent, with warnings about what is odd in it. */
export interface CheckedAddress {
  readonly address: Address;
  readonly warnings: readonly string[];
}

type Field = 'to' | 'from';

const NO_WARNINGS: readonly string[] = [];

function numbered({ ton, npi }: typeof INTERNATIONAL, addr: string, warnings = NO_WARNINGS): CheckedAddress {
  return { address: { ton, npi, addr }, warnings };
}

function refusal(field: Field, text: string, words: string): InvalidInputError {
  return new InvalidInputError(field, `${field}: ${describe(text)} ${words}`);
}

/**
 * True for a decimal fraction, such as "919876543210.0". In "+44.7700900123", as domain registries write it, the point
 * is punctuation.
 */
function isFraction(text: string): boolean {
  const parts = text.split('.').map((part) => part.trim());
  if (parts.length !== 2) return false;
  const [before, behind] = parts as [string, string];
  if (!/\d$/.test(before)) return false;
  if (before.startsWith('+') && isCallingCode(before.slice(1)) && behind.length > 2) return false;
  return (/^\+?\d+$/.test(before) ? /^\d+$/ : /^(\d{1,2}|0+)$/).test(behind);
}

/** Calling code and number, without the "(0)" between them; undefined where the text has no such "(0)". */
function withoutZero(field: Field, text: string, compact: string): string | undefined {
  if (!compact.includes('(0)') || compact.startsWith('(0)')) return undefined;
  const [, , code, rest] = ZERO_BEHIND_CODE.exec(compact) ?? [];
  const national = rest?.replace(PUNCTUATION, '') ?? '';
  const digits = `${code ?? ''}${national}`;
  if (code === undefined || !isCallingCode(code) || !/^\d+$/.test(national) || digits.length <= MAX_SHORT_CODE) {
    throw refusal(field, text, 'has a "(0)" that is not between a country code and a number; leave it out');
  }
  // Italy and a few other countries keep the 0 behind the calling code.
  if (!fitsNumberingPlan(digits) && fitsNumberingPlan(`${code}0${national}`)) {
    throw refusal(field, text, `may be meant with the 0 behind +${code} or without it; write it without brackets`);
  }
  return digits;
}

/** A number that is written with its country code. */
function international(field: Field, text: string, digits: string): CheckedAddress {
  if (digits.startsWith('0')) {
    throw refusal(field, text, 'has a 0 where its country code should be, and none begins with 0; correct it');
  }
  checkLength(field, text, digits);
  const code = digits.length > 3 ? callingCodeOf(digits)?.code : undefined;
  const prefix = code === undefined ? '' : homePrefix(code, digits);
  if (prefix !== '' && !fitsNumberingPlan(digits)) {
    const without = code! + digits.slice(code!.length + prefix.length);
    if (fitsNumberingPlan(without)) {
      throw refusal(field, text, `has a ${prefix} behind its country code that is not dialled; write +${without}`);
    }
  }
  return numbered(INTERNATIONAL, digits);
}

/** Digits behind the calling code that may be a trunk prefix; "" where there are none. */
function homePrefix(code: string, digits: string): string {
  const own = HOME_PREFIXES.get(code);
  if (own !== undefined && digits.startsWith(own, code.length)) return own;
  let end = code.length;
  while (digits[end] === '0') end++;
  return digits.slice(code.length, end);
}

/** Digits that do not say whether their country code is among them. */
function bare(field: Field, text: string, digits: string, country: Country | null): CheckedAddress {
  checkLength(field, text, digits);
  if (/^0+$/.test(digits)) throw refusal(field, text, 'is not a phone number; give digits with the country code');
  const found = country?.find(digits);
  if (found) return numbered(INTERNATIONAL, found);
  if (digits.length <= MAX_SHORT_CODE) return numbered(SHORT_CODE, digits);
  const override = field === 'to' ? 'destTon' : 'sourceTon';
  if (country) {
    if (digits.startsWith('0') || !country.isInternational(digits)) {
      throw refusal(
        field,
        text,
        `is no valid number of ${country.name}, nor one with its country code; correct it, or write it with + and its country code`,
      );
    }
    return numbered(INTERNATIONAL, digits, [
      `${field} ${digits} is no valid number of ${country.name} and is sent as one of ${placeName(digits)}; write it with + if that is right`,
    ]);
  }
  if (digits.startsWith('0')) {
    throw refusal(
      field,
      text,
      `begins with 0, so its country code is missing; write it as +447700900123, or set the pool's country, or ${override} to 2 for a national number`,
    );
  }
  if (fitsNumberingPlan(digits)) return numbered(INTERNATIONAL, digits);
  return numbered(INTERNATIONAL, digits, [
    `${field} ${digits} is sent as a number of ${placeName(digits)}, where it is no valid one; is its country code missing?`,
  ]);
}

function placeName(digits: string): string {
  const found = callingCodeOf(digits);
  return found ? `${countryName(found.region)}, +${found.code}` : 'no country that there is';
}

function checkLength(field: Field, text: string, digits: string): void {
  if (digits.length <= MAX_DIGITS) return;
  throw refusal(
    field,
    text,
    `has ${digits.length} digits and a phone number at most ${MAX_DIGITS}; give country code and number`,
  );
}

interface Spelled {
  readonly digits: string;
  /** True where the spelling (+, 00 or "(0)") says that the country code is there. */
  readonly complete: boolean;
}

/** Undefined where the text is no number at all. */
function spelled(field: Field, text: string): Spelled | undefined {
  // A short way for plain digits and names, which most texts are: the steps below cost more than all the rest.
  if (/^[1-9]\d*$/.test(text)) return { digits: text, complete: false };
  if (text.length > MAX_SPELLING || /[a-z]/i.test(text)) return undefined;
  const seen = text.replace(INVISIBLE, '');
  if (isFraction(seen)) {
    throw refusal(field, text, 'looks like a decimal fraction; give the digits as a text, without a decimal point');
  }
  const undashed = seen.replace(BLANKS_AND_DASHES, '');
  const completed = withoutZero(field, text, undashed.replace(/\./g, ''));
  if (completed !== undefined) return { digits: completed, complete: true };
  const match = /^(\+|00(?=[1-9]))?(\d+)$/.exec(undashed.replace(PUNCTUATION, ''));
  return match ? { digits: match[2]!, complete: match[1] !== undefined } : undefined;
}

/**
 * Undefined where the text is no number at all.
 * @param ton set by the flow; only the length of the digits is then checked
 */
function phoneNumber(
  field: Field,
  text: string,
  country: Country | null,
  ton: number | undefined,
): CheckedAddress | undefined {
  const number = spelled(field, text);
  if (!number) return undefined;
  const { digits, complete } = number;
  if (ton !== undefined) {
    checkLength(field, text, digits);
    return numbered(complete || digits.length > MAX_SHORT_CODE ? INTERNATIONAL : SHORT_CODE, digits);
  }
  return complete ? international(field, text, digits) : bare(field, text, digits, country);
}

function alphanumeric(text: string): CheckedAddress {
  if (SENDERS_EXPONENT.test(text)) throw exponent('from', text);
  const outsider = /[^ -~]/u.exec(text)?.[0];
  if (outsider !== undefined) {
    throw refusal('from', text, `has a character that is not ASCII (${visible(outsider)}); replace it`);
  }
  if (text.length > MAX_SENDER_CHARACTERS) {
    throw refusal(
      'from',
      text,
      `has ${text.length} characters and a sender with letters at most ${MAX_SENDER_CHARACTERS}; shorten it`,
    );
  }
  return numbered(ALPHANUMERIC, text);
}

function overridden(
  { address, warnings }: CheckedAddress,
  ton: number | undefined,
  npi: number | undefined,
): CheckedAddress {
  if (ton === undefined && npi === undefined) return { address, warnings };
  return { address: { ton: ton ?? address.ton, npi: npi ?? address.npi, addr: address.addr }, warnings };
}

/** True for one number with a decimal comma, as spreadsheets write it; false for a comma list. */
export function isCommaFraction(text: string): boolean {
  return COMMA_FRACTION.test(text) && text.replace(/,.*|\D/g, '').length > MAX_SHORT_CODE;
}

function notANumber(text: string): InvalidInputError {
  if (isCommaFraction(text)) {
    return refusal('to', text, 'looks like a decimal fraction; give the digits as a text, without a decimal comma');
  }
  if (EXPONENT.test(text)) return exponent('to', text);
  if (/[a-z]/i.test(text) && text.includes('/')) return refusal('to', text, 'is not a phone number; an MQTT topic?');
  if (/^\d+(,\d+)+(\.\d+)?$/.test(text)) {
    const remedy = 'give its digits alone, or put a blank behind each comma of a list';
    return refusal('to', text, `looks like one number with a comma at each thousand; ${remedy}`);
  }
  return refusal('to', text, 'is not a phone number; give digits with the country code, such as +447700900123');
}

function exponent(field: Field, text: string): InvalidInputError {
  return refusal(
    field,
    text,
    'is a number in scientific notation, of which digits are lost; give all digits as a text',
  );
}

/**
 * The recipient's address: a phone number or a short code, however it is punctuated. A text that can be read in two
 * ways is refused, so that no message goes to another subscriber.
 * @param country where numbers without a country code belong
 * @throws InvalidInputError (`to`, `destTon`, `destNpi`)
 */
export function recipientAddress(
  to: unknown,
  overrides: AddressOverrides = {},
  country: Country | null = null,
): CheckedAddress {
  const text = plainText('to', to);
  if (text === '') throw new InvalidInputError('to', 'to: there is no recipient; give a phone number');
  const ton = wholeNumber('destTon', overrides.ton, 0, 255);
  const address = phoneNumber('to', text, country, ton);
  if (!address) throw notANumber(text);
  return overridden(address, ton, wholeNumber('destNpi', overrides.npi, 0, 255));
}

/**
 * The sender's address: a number, a short code, or up to 11 ASCII characters. Blank gives the empty address, which the
 * platform replaces by its own.
 * @param country where numbers without a country code belong
 * @throws InvalidInputError (`from`, `sourceTon`, `sourceNpi`)
 */
export function senderAddress(
  from: unknown,
  overrides: AddressOverrides = {},
  country: Country | null = null,
): CheckedAddress {
  const text = plainText('from', from);
  const ton = wholeNumber('sourceTon', overrides.ton, 0, 255);
  const address =
    text === '' ? numbered({ ton: 0, npi: 0 }, '') : (phoneNumber('from', text, country, ton) ?? alphanumeric(text));
  return overridden(address, ton, wholeNumber('sourceNpi', overrides.npi, 0, 255));
}
