/** A text made from a template and the values of its variables. */
import { InvalidInputError } from '../base/errors';
import { describe } from '../message/input';
import { isOfKind, longest, WANTED, type Kind, type Limits } from './placeholder';
import { called, variableName, type Template } from './template';

const FIELD = 'variables';

export interface Composed {
  readonly text: string;
  readonly warnings: readonly string[];
}

/** Where a value is wrong. `reason` has the keys `missing`, `long`, `type.<kind>` and `value`. */
function wrong(
  template: Template,
  index: number,
  what: string,
  remedy: string,
  key: string,
  value = '',
): InvalidInputError {
  const variable = variableName(template, index);
  const limits = { variable, value };
  return new InvalidInputError(
    FIELD,
    `${FIELD}: variable ${variable} of template ${called(template)} ${what}; ${remedy}`,
    { key, values: limits },
    { variable: template.names[index] ? variable : index + 1, template: template.id },
  );
}

/** The value for one placeholder: by its order, by its number from 1, or by its name in the list. */
function valueOf(template: Template, values: unknown, index: number): unknown {
  if (Array.isArray(values)) return (values as readonly unknown[])[index];
  if (typeof values !== 'object' || values === null) return template.placeholders.length === 1 ? values : undefined;
  const name = template.names[index];
  for (const key of name ? [name, String(index + 1)] : [String(index + 1)]) {
    if (Object.hasOwn(values, key)) return (values as Readonly<Record<string, unknown>>)[key];
  }
  return undefined;
}

function textOf(template: Template, index: number, value: unknown): string {
  if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) {
    const name = template.names[index];
    const keys = name ? `"${name}" or "${index + 1}"` : `"${index + 1}"`;
    throw wrong(
      template,
      index,
      'has no value',
      `give an array with ${index + 1} or more values, or an object with ${keys}`,
      'missing',
    );
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint' || Number.isFinite(value)) return String(value);
  throw wrong(template, index, `cannot be ${describe(value)}`, 'give a string or a number', 'value', describe(value));
}

function check(template: Template, index: number, kind: Kind, value: string, limits: Limits): void {
  if (!isOfKind(kind, value)) {
    throw wrong(
      template,
      index,
      `is {#${kind}#}, which takes ${WANTED[kind]}, and its value is ${describe(value)}`,
      'correct the value, or register the template with another type',
      `type.${kind}`,
      value,
    );
  }
  const most = longest(kind, limits);
  if (value.length <= most) return;
  throw wrong(
    template,
    index,
    `has ${value.length} characters and ${most} are allowed: ${describe(value)}`,
    'shorten the value',
    'long',
    value,
  );
}

/**
 * Fills in a template. Each value is checked by the type and length of its variable.
 * @param values an array in the order of the variables, an object by their numbers ("1", "2") or names, or the value of
 *   the only variable
 * @throws InvalidInputError (`variables`) naming the variable, what is wrong with its value, and what to do
 */
export function compose(template: Template, values: unknown, limits: Limits): Composed {
  const { literals, placeholders } = template;
  let text = literals[0]!;
  for (const [index, { kind }] of placeholders.entries()) {
    const value = textOf(template, index, valueOf(template, values, index));
    check(template, index, kind, value, limits);
    text += value + literals[index + 1]!;
  }
  const given = Array.isArray(values) ? values.length : 0;
  const surplus =
    given > placeholders.length
      ? [`variables: ${given} values were given and template ${called(template)} takes ${placeholders.length}`]
      : [];
  return { text, warnings: surplus };
}
