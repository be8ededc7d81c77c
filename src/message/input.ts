/**
 * Reads single fields of a flow's message. Blank (undefined, null, "") always means: not set. Each reader throws
 * InvalidInputError.
 */
import { InvalidInputError } from '../base/errors';

const SHOWN = 40;

/** An unknown value in a few words, for an error's text. Never throws. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Uint8Array) return 'a Buffer';
      if (value instanceof Date) return 'a Date';
      return Array.isArray(value) ? 'an array' : 'an object';
    case 'undefined':
      return 'nothing';
    default:
      return `a ${typeof value}`;
  }
}

export function isBlank(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** One of the allowed words; `fallback` when blank. */
export function choice<T extends string>(field: string, value: unknown, allowed: readonly T[], fallback: T): T {
  if (isBlank(value)) return fallback;
  if ((allowed as readonly unknown[]).includes(value)) return value as T;
  throw new InvalidInputError(field, `${field}: ${describe(value)} is not known; use one of ${allowed.join(', ')}`);
}

export function flag(field: string, value: unknown): boolean {
  if (isBlank(value) || value === false || value === 'false') return false;
  if (value === true || value === 'true') return true;
  throw new InvalidInputError(field, `${field}: ${describe(value)} is neither true nor false; give a boolean`);
}

/** A whole number or a numeric string, from `min` to `max`; undefined when blank. */
export function wholeNumber(field: string, value: unknown, min: number, max: number): number | undefined {
  if (isBlank(value)) return undefined;
  const number = typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
  if (Number.isInteger(number) && (number as number) >= min && (number as number) <= max) return number as number;
  throw new InvalidInputError(
    field,
    `${field}: ${describe(value)} is not a whole number from ${min} to ${max}; give one or leave it blank`,
  );
}

/** A text, trimmed; "" when blank. A number counts as text up to MAX_SAFE_INTEGER: above it digits may be lost. */
export function plainText(field: string, value: unknown): string {
  if (isBlank(value)) return '';
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'bigint' && value >= 0) return String(value);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    if (Number.isSafeInteger(value)) return String(value);
    throw new InvalidInputError(
      field,
      `${field}: the number ${value} is too large to keep its last digits (above ${Number.MAX_SAFE_INTEGER}); give it as a string in quotes`,
    );
  }
  throw new InvalidInputError(field, `${field}: ${describe(value)} is not a text; give a string`);
}
