import { isDeepStrictEqual } from 'node:util';
import { InvalidInputError } from '../base/errors';
import { recipientAddress } from '../message/address';
import type { Country } from '../message/country';
import { describe } from '../message/input';
import { messageIdKey } from '../receipt/match';
import type { MessageState } from '../receipt/receipt';
import { OUTCOMES, type HistoryEntry, type OutcomeWord } from './entry';

/** Fewest last digits by which `find` looks for a number: fewer would find strangers. */
export const LAST_DIGITS = 7;
/** Messages that one `find` brings at most, and where no limit is given. */
export const MOST_FOUND = 10_000;
export const USUAL_FOUND = 100;

const STATES: readonly MessageState[] = [
  'DELIVERED',
  'EXPIRED',
  'DELETED',
  'UNDELIVERABLE',
  'ACCEPTED',
  'ENROUTE',
  'UNKNOWN',
  'REJECTED',
  'SCHEDULED',
  'SKIPPED',
];

/** `msg.filter`, checked. A message fits where everything that is given fits; `{}` fits every message. */
export interface MessageFilter {
  readonly id?: string;
  /** The whole number as it is sent, or, `last`, digits that it ends with. */
  readonly to?: { readonly digits: string; readonly last: boolean };
  readonly reference?: { readonly value: unknown };
  /** The platform's id, as `messageIdKey` writes it. */
  readonly messageId?: string;
  readonly node?: string;
  /** Null fits a message that has no outcome yet. */
  readonly outcome?: OutcomeWord | null;
  /** Null fits a message of which no report has come. */
  readonly state?: MessageState | null;
  readonly from?: string;
  /** Epoch milliseconds by the system's clock, both included. */
  readonly since?: number;
  readonly until?: number;
}

export const FILTER_KEYS = [
  'id',
  'to',
  'reference',
  'messageId',
  'node',
  'outcome',
  'state',
  'from',
  'since',
  'until',
] as const satisfies readonly (keyof MessageFilter)[];

/** What a filter looks at; a message that waits has no outcome and no state. */
export type Filtered = Pick<
  HistoryEntry,
  'id' | 'to' | 'from' | 'reference' | 'messageIds' | 'node' | 'outcome' | 'state' | 'queuedAt'
>;

export interface FilterRules {
  /**
   * `last`: `to` is the last digits of a number, as for `find`. `whole`: it is the whole number, in any spelling, as for
   * all that changes something.
   */
  readonly to: 'last' | 'whole';
  /** The pool's country, in whose spelling a whole number may be. */
  readonly country?: Country | null;
}

/**
 * Reads `msg.filter`.
 * @throws {InvalidInputError} SMPP_INVALID_INPUT, which names the key
 */
export function parseFilter(value: unknown, rules: FilterRules): MessageFilter {
  if (!isPlainObject(value)) {
    throw new InvalidInputError(
      'filter',
      `filter (msg.filter): ${describe(value)} is no object; give one such as {"to": "919876543210"}`,
    );
  }
  const filter: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (!isFilterKey(key)) {
      throw new InvalidInputError(
        `filter.${key}`,
        `filter (msg.filter): ${describe(key)} is not a key of a filter; the keys are ${FILTER_KEYS.join(', ')}`,
      );
    }
    filter[key] = READERS[key](key, value[key], rules);
  }
  return filter as MessageFilter;
}

/** @returns `msg.limit` as a number. @throws {InvalidInputError} SMPP_INVALID_INPUT (`limit`) */
export function parseLimit(value: unknown): number {
  if (value === undefined || value === null || value === '') return USUAL_FOUND;
  const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  if (Number.isInteger(number) && (number as number) >= 1 && (number as number) <= MOST_FOUND) return number as number;
  throw new InvalidInputError(
    'limit',
    `limit (msg.limit): ${describe(value)} is not a whole number from 1 to ${String(MOST_FOUND)}; give one or leave it out`,
  );
}

/**
 * True where the message fits everything that the filter names.
 * @param filter its times as moments of the message's clock: see `inTimeOf`
 */
export function matches(filter: MessageFilter, message: Filtered): boolean {
  const { id, to, reference, messageId, node, outcome, state, from, since, until } = filter;
  return (
    (id === undefined || message.id === id) &&
    (to === undefined || fitsNumber(message.to, to)) &&
    (since === undefined || message.queuedAt >= since) &&
    (until === undefined || message.queuedAt <= until) &&
    (node === undefined || message.node === node) &&
    (outcome === undefined || message.outcome === outcome) &&
    (state === undefined || message.state === state) &&
    (from === undefined || message.from === from) &&
    (messageId === undefined ||
      message.messageIds.some((known) => known !== null && messageIdKey(known) === messageId)) &&
    (reference === undefined || isDeepStrictEqual(message.reference ?? null, reference.value))
  );
}

/** True where whether an entry fits depends on what its receipts say. */
export function needsReceipts({ state, messageId }: MessageFilter): boolean {
  return state !== undefined || messageId !== undefined;
}

/**
 * The filter with its times as moments of a clock that is not the system's.
 * @param ahead milliseconds by which the system's clock is ahead of that clock
 */
export function inTimeOf(filter: MessageFilter, ahead: number): MessageFilter {
  const { since, until } = filter;
  return {
    ...filter,
    ...(since !== undefined && { since: since - ahead }),
    ...(until !== undefined && { until: until - ahead }),
  };
}

type Reader = (key: string, value: unknown, rules: FilterRules) => unknown;

const READERS: Readonly<Record<(typeof FILTER_KEYS)[number], Reader>> = {
  id: text,
  to: number,
  reference: (key, value) => {
    if (value === undefined) throw noValue(key);
    return { value };
  },
  messageId: (key, value) => messageIdKey(text(key, value)),
  node: text,
  outcome: (key, value) => word(key, value, OUTCOMES),
  state: (key, value) => word(key, value, STATES),
  from: text,
  since: time,
  until: time,
};

function isFilterKey(key: string): key is (typeof FILTER_KEYS)[number] {
  return (FILTER_KEYS as readonly string[]).includes(key);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array) && !(value instanceof Date);
}

function refusal(key: string, value: unknown, words: string): InvalidInputError {
  return new InvalidInputError(`filter.${key}`, `filter.${key} (msg.filter.${key}): ${describe(value)} ${words}`);
}

/** A key without a value is refused: left out in silence, it would let the filter fit messages that nobody meant. */
function noValue(key: string): InvalidInputError {
  return new InvalidInputError(
    `filter.${key}`,
    `filter.${key} (msg.filter.${key}): there is no value; give one or leave the key out`,
  );
}

function text(key: string, value: unknown): string {
  if (value === undefined || value === null || value === '') throw noValue(key);
  if (typeof value === 'string') return value;
  if (Number.isSafeInteger(value) || typeof value === 'bigint') return String(value);
  throw refusal(key, value, 'is not a text; give a string');
}

function word<T extends string>(key: string, value: unknown, words: readonly T[]): T | null {
  if (value === null) return null;
  if (value === undefined || value === '') throw noValue(key);
  if ((words as readonly unknown[]).includes(value)) return value as T;
  throw refusal(key, value, `is not known; use one of ${words.join(', ')}, or null for none yet`);
}

function number(key: string, value: unknown, { to, country }: FilterRules): MessageFilter['to'] {
  const written = text(key, value).trim();
  if (to === 'whole') return { digits: wholeNumber(key, written, country ?? null), last: false };
  if (!/^[+\d\s().\-\u2010-\u2015\u2212]+$/.test(written))
    throw refusal(key, value, 'is no number; give its last digits');
  const digits = written.replace(/\D/g, '').replace(/^0+/, '');
  if (digits.length >= LAST_DIGITS) return { digits, last: true };
  throw refusal(key, value, `has too few digits; give at least the last ${String(LAST_DIGITS)} of the number`);
}

/** A number as it is sent. What could not be sent to, because its type was set by the flow, is taken as it is. */
function wholeNumber(key: string, written: string, country: Country | null): string {
  try {
    return recipientAddress(written, {}, country).address.addr;
  } catch {
    const digits = written.replace(/\D/g, '');
    if (digits !== '' && !/[a-z]/i.test(written)) return digits;
    throw refusal(key, written, 'is no number; give the whole number');
  }
}

function time(key: string, value: unknown): number {
  if (value === undefined || value === null || value === '') throw noValue(key);
  if (value instanceof Date && Number.isFinite(value.getTime())) return value.getTime();
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string') {
    const moment = /^\d{10,}$/.test(value) ? Number(value) : /^\d{4}-/.test(value) ? Date.parse(value) : NaN;
    if (Number.isFinite(moment)) return moment;
  }
  throw refusal(key, value, 'is no time; give ISO 8601, such as "2026-11-27T10:42:00Z", or epoch milliseconds');
}

/** `last` digits are never fewer than LAST_DIGITS, so that a short code does not fit by chance. */
function fitsNumber(number: string, { digits, last }: NonNullable<MessageFilter['to']>): boolean {
  return last ? number.endsWith(digits) : number === digits;
}
