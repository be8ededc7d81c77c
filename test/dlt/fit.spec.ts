import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compose } from '../../src/dlt/compose';
import { deviationOf, fitExactly, fitTolerantly, misfitOf } from '../../src/dlt/fit';
import { isOfKind, longest } from '../../src/dlt/placeholder';
import { readTemplate, type Template } from '../../src/dlt/template';
import { filled, LIMITS } from './arbitrary';

const template = (text: string): Template => readTemplate({ id: '1', text });
const values = (text: string, of: string): readonly string[] | null => {
  const fit = fitExactly(template(of), text, LIMITS);
  return fit && fit.spans.flatMap((start, at) => (at % 2 === 0 ? [text.slice(start, fit.spans[at + 1])] : []));
};
const differs = (text: string, of: string) => {
  const fit = fitTolerantly(template(of), text, LIMITS);
  return fit && deviationOf(template(of), text, fit);
};
const misfit = (text: string, of: string) => misfitOf(template(of), text, LIMITS);

/** Tries every way to share a text among the variables. */
function fitsByTrying({ literals, placeholders }: Template, text: string, index = 0, at = 0): boolean {
  const literal = literals[index]!;
  if (!text.startsWith(literal, at)) return false;
  const start = at + literal.length;
  const placeholder = placeholders[index];
  if (!placeholder) return start === text.length;
  for (let end = start; end <= Math.min(text.length, start + longest(placeholder.kind, LIMITS)); end++) {
    if (
      isOfKind(placeholder.kind, text.slice(start, end)) &&
      fitsByTrying({ literals, placeholders } as Template, text, index + 1, end)
    )
      return true;
  }
  return false;
}

describe('A text', () => {
  it('fits a template of the same fixed text', () => {
    assert.deepEqual(values('Pump 7 has 91 C.', 'Pump {#var#} has {#numeric#} C.'), ['7', '91']);
    assert.deepEqual(values('x', 'x'), []);
    assert.deepEqual(values('x!', 'x'), null);
  });

  it('may hold the fixed text in its values', () => {
    assert.deepEqual(values('a is is b', 'a {#var#} is b'), ['is']);
    assert.deepEqual(values('no. 7 no. 8 x', 'no. {#var#} x'), ['7 no. 8']);
    assert.ok(values('1 2 3', '{#numeric#} {#var#}'));
    assert.deepEqual(values(`${'x'.repeat(30)}, ,`, '{#var#},{#var#}'), ['x'.repeat(30), ' ,']);
  });

  it('is found to fit where the shortest values are the wrong ones', () => {
    // The first "-" would leave 31 characters for the second variable.
    assert.ok(values(`a-b-${'x'.repeat(29)}`, '{#var#}-{#var#}'));
    assert.ok(values(`a-${'x'.repeat(28)}-1-2`, '{#var#}-{#var#}-{#numeric#}'));
    assert.ok(values('call 1800 123 4567 now now', 'call {#cbn#} {#var#} now'));
  });

  it('does not fit with a value of the wrong type or length', () => {
    assert.equal(values('Pump 7 has 9x C.', 'Pump {#var#} has {#numeric#} C.'), null);
    assert.equal(values(`Pump ${'7'.repeat(31)} has 9 C.`, 'Pump {#var#} has {#numeric#} C.'), null);
    assert.equal(values('Pump  has 9 C.', 'Pump {#numeric#} has {#numeric#} C.'), null);
    assert.ok(values('Pump  has 9 C.', 'Pump {#var#} has {#numeric#} C.'));
  });

  it('fits exactly where trying all ways says so', () => {
    const small = fc.constantFrom('a', '1', ' ', '{#var#}', '{#numeric#}', '{#alphanumeric#}');
    const texts = fc.string({ unit: fc.constantFrom('a', '1', ' ', '-'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(small, { maxLength: 7 }), texts, (parts, text) => {
        const one = template(parts.join(''));
        assert.equal(fitExactly(one, text, LIMITS) !== null, fitsByTrying(one, text));
      }),
      { numRuns: 5000 },
    );
  });

  it('that is changed in its fixed text no longer fits, and the error finds a place', () => {
    fc.assert(
      fc.property(filled(4), fc.nat(), ({ template: one, values: given }, pick) => {
        const literal = one.literals.findIndex((text) => text !== '');
        // Free text and links may take in a character of the fixed text: those templates may still fit.
        const takes = new Set<string>(['var', 'url', 'urlott', 'email']);
        fc.pre(literal >= 0 && one.placeholders.every(({ kind }) => !takes.has(kind)));
        const at = pick % one.literals[literal]!.length;
        const changed = {
          ...one,
          literals: one.literals.with(
            literal,
            one.literals[literal]!.slice(0, at) + '☃' + one.literals[literal]!.slice(at + 1),
          ),
        };
        const { text } = compose(changed, given, LIMITS);
        assert.equal(fitExactly(one, text, LIMITS), null);
        const { position } = misfitOf(one, text, LIMITS);
        assert.ok(position >= 0 && position <= text.length);
      }),
    );
  });

  it('takes time in proportion to its length, for a hostile template too', () => {
    // A text of 100 placeholders and one that fits nowhere: a matcher that goes back would take for ever.
    const hostile = fc.tuple(
      fc.array(fc.constantFrom('{#var#}', '{#alphanumeric#}', '{#url#}', '{#cbn#}', 'a', ' ', '.', 'aa'), {
        minLength: 90,
        maxLength: 200,
      }),
      fc.string({ unit: fc.constantFrom('a', '1', '.', ' '), minLength: 1900, maxLength: 2000 }),
    );
    fc.assert(
      fc.property(hostile, ([parts, text]) => {
        const one = template(`${parts.join('')}!`);
        assert.equal(fitExactly(one, text, LIMITS), null);
        fitTolerantly(one, text, LIMITS);
        misfitOf(one, `${text}!`, LIMITS);
      }),
      { numRuns: 50 },
    );
    assert.equal(fitExactly(template('{#var#}a'.repeat(100) + 'b'), 'a'.repeat(2000), LIMITS), null);
    assert.equal(fitTolerantly(template('{#var#} '.repeat(100) + 'b'), ' '.repeat(2000), LIMITS), null);
  });
});

describe('A text that fits tolerantly', () => {
  it('may differ in case, blanks, full stops and commas', () => {
    const of = 'Pump {#var#}, has {#numeric#} C.';
    const cases = [
      ['pump 7, has 91 C.', 'case', 0],
      ['Pump  7,  has 91 C.', 'blanks', 5],
      ['Pump 7 has 91 C', 'stops', 6],
      ['Pump 7, has 91\nC.', 'blanks', 14],
      ['Pump 7. has 91 C.', 'stops', 6],
    ] as const;
    for (const [text, difference, position] of cases) {
      assert.equal(values(text, of), null, text);
      const found = differs(text, of);
      assert.deepEqual([found?.difference, found?.position], [difference, position], text);
    }
  });

  it('still has values of the right type', () => {
    assert.equal(differs('pump 7, has 9.1 C', 'Pump {#var#}, has {#numeric#} C.'), null);
    assert.equal(differs('Pump 7 had 91 C.', 'Pump {#var#}, has {#numeric#} C.'), null);
  });

  it('is every text that fits exactly', () => {
    fc.assert(
      fc.property(filled(4), ({ template: one, values: given }) => {
        assert.ok(fitTolerantly(one, compose(one, given, LIMITS).text, LIMITS));
      }),
      { numRuns: 500 },
    );
  });
});

describe('The place where a text leaves its template', () => {
  it('is the first character that differs, with some on either side', () => {
    assert.deepEqual(misfit('Pump 7 hos 91 C.', 'Pump {#var#} has {#numeric#} C.'), {
      kind: 'literal',
      position: 8,
      found: 'Pump 7 hos 91 C.',
      expected: ' has ',
    });
    assert.equal(misfit('Pomp 7', 'Pump {#var#}').position, 1);
    assert.equal(misfit('Pump', 'Pump now').position, 4);
    assert.equal(misfit('Pump now!', 'Pump now').position, 8);
    assert.equal(misfit('Pump 7. Bye', 'Pump {#var#}.').position, 7);
    assert.equal(misfit('', 'Pump').position, 0);
  });

  it('is the value that is too long or of the wrong type', () => {
    const long = misfit(`Pump ${'x'.repeat(31)}.`, 'Pump {#var#}.');
    assert.deepEqual(long, { kind: 'long', position: 5, variable: 0, value: 'x'.repeat(31), otherwise: true });
    assert.deepEqual(misfit('a 1 b x c', 'a {#var#} b {#numeric#} c'), {
      kind: 'type',
      position: 6,
      variable: 1,
      value: 'x',
      otherwise: true,
    });
  });
});
