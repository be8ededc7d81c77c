import fc from 'fast-check';
import type { Kind } from '../../src/dlt/placeholder';
import { readTemplate, type Template } from '../../src/dlt/template';

export const LIMITS = { longestVar: 30, longestTyped: 40 };

const word = (alphabet: string, most: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: 1, maxLength: most });

/** Values that variables of a kind take. */
export const VALUES: Readonly<Record<Kind, fc.Arbitrary<string>>> = {
  var: fc.string({ minLength: 1, maxLength: 30 }).filter((text) => text.trim() !== ''),
  numeric: word('0123456789', 40),
  number: word('0123456789', 40),
  alphanumeric: word('abcXYZ019äपम', 40),
  url: word('abc019', 20).map((path) => `https://example.com/${path}`),
  urlott: word('abc019', 20).map((path) => `example.in/${path}`),
  cbn: word('0123456789', 9).map((digits) => `+91 7${digits}00`),
  email: word('abc', 20).map((name) => `${name}@example.com`),
};

/** Fixed text of any characters, placeholders beside each other and at the ends included. */
const literal = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', 'A', ' ', '.', ',', '1'), maxLength: 8 }),
);

export interface Filled {
  readonly template: Template;
  readonly values: readonly string[];
}

/** A template of up to so many placeholders with a value for each. */
export function filled(most: number): fc.Arbitrary<Filled> {
  const kinds = Object.keys(VALUES) as Kind[];
  return fc
    .array(
      fc.constantFrom(...kinds).chain((kind) => fc.tuple(fc.constant(kind), VALUES[kind], literal)),
      { maxLength: most },
    )
    .chain((parts) =>
      literal.map((first) => ({
        template: readTemplate({
          id: '1107100000000000001',
          text: first + parts.map(([kind, , after]) => `{#${kind}#}${after}`).join(''),
        }),
        values: parts.map(([, value]) => value),
      })),
    )
    .filter(({ template, values }) => template.text !== '' && template.placeholders.length === values.length);
}
