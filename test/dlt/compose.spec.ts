import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InvalidInputError } from '../../src/base/errors';
import { compose } from '../../src/dlt/compose';
import { fitExactly } from '../../src/dlt/fit';
import type { Kind } from '../../src/dlt/placeholder';
import { readTemplate } from '../../src/dlt/template';
import { filled, LIMITS, VALUES } from './arbitrary';

const PUMP = readTemplate({
  id: '1107100000000000001',
  name: 'Pump',
  text: 'Pump {#var#} has {#numeric#} C.',
  variables: 'pump, temperature',
});

function problem(values: unknown, template = PUMP): InvalidInputError {
  try {
    compose(template, values, LIMITS);
  } catch (error) {
    assert.ok(error instanceof InvalidInputError);
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was wrong' });
}

describe('A text from a template', () => {
  it('takes its values by order, by position and by name', () => {
    const text = 'Pump 7 has 91 C.';
    for (const values of [
      [7, 91],
      ['7', '91'],
      { 1: 7, 2: '91' },
      { pump: 7n, temperature: 91, other: true },
      { pump: 7, 2: 91 },
    ]) {
      assert.equal(compose(PUMP, values, LIMITS).text, text);
    }
  });

  it('takes the value of its only variable as it is', () => {
    assert.equal(compose(readTemplate({ id: '1', text: 'x {#var#}' }), 5, LIMITS).text, 'x 5');
  });

  it('says how many of an array it takes', () => {
    assert.match(compose(PUMP, [7, 91, 3], LIMITS).warnings[0]!, /3 values .* takes 2/);
  });

  it('names the variable that has no value, and the remedy', () => {
    for (const values of [[7], { pump: 7 }, [7, null], [7, ' '], undefined, null]) {
      const { message, cause } = problem(values);
      assert.match(
        message,
        /^variables: variable (pump|temperature) of template 1107100000000000001 \(Pump\) has no value; give/,
      );
      assert.equal((cause as { template: string }).template, '1107100000000000001');
    }
    assert.deepEqual(problem([7]).cause, {
      field: 'variables',
      variable: 'temperature',
      template: '1107100000000000001',
    });
    assert.deepEqual(problem([], readTemplate({ id: '9', text: '{#var#}!' })).cause, {
      field: 'variables',
      variable: 1,
      template: '9',
    });
  });

  it('refuses what is no text', () => {
    for (const value of [{}, [], NaN, () => 1, new Date(0)]) assert.match(problem([value, 1]).message, /cannot be/);
  });

  it('takes so many characters and no more', () => {
    compose(PUMP, ['x'.repeat(30), '1'.repeat(40)], LIMITS);
    assert.match(problem(['x'.repeat(31), 1]).message, /pump .* has 31 characters and 30 are allowed/);
    assert.match(problem(['x', '1'.repeat(41)]).message, /temperature .* has 41 characters and 40 are allowed/);
  });

  it('never reads a property that the object inherits', () => {
    problem(Object.create({ pump: 1, temperature: 2 }));
  });

  it('refuses a value of the wrong type', () => {
    const wrong: Readonly<Partial<Record<Kind, readonly string[]>>> = {
      numeric: ['12a', '1.5', '-3', '１'],
      number: ['one'],
      alphanumeric: ['a-b', 'a b', '5%'],
      url: ['example', 'http://', 'a b.com', 'x@y.com'],
      urlott: ['..com'],
      cbn: ['12', 'call me', ' 1800123456', '1'.repeat(16)],
      email: ['@example.com', 'a@', 'a b@example.com', 'a@@'],
    };
    for (const [kind, values] of Object.entries(wrong)) {
      for (const value of values) {
        const error = problem([value], readTemplate({ id: '1', text: `x {#${kind}#}` }));
        assert.match(error.message, new RegExp(`\\{#${kind}#\\}, which takes `), `${kind} ${value}`);
      }
    }
  });

  it('fits its template, whatever the template and the values', () => {
    fc.assert(
      fc.property(filled(6), ({ template, values }) => {
        assert.ok(fitExactly(template, compose(template, values, LIMITS).text, LIMITS));
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused where one value is too long', () => {
    fc.assert(
      fc.property(filled(4), fc.nat(), ({ template, values }, pick) => {
        fc.pre(values.length > 0);
        const at = pick % values.length;
        assert.throws(() => compose(template, values.with(at, 'a'.repeat(41)), LIMITS), /variable/);
      }),
    );
  });

  it('takes every value of a kind', () => {
    for (const kind of Object.keys(VALUES) as Kind[]) {
      const template = readTemplate({ id: '1', text: `{#${kind}#}` });
      fc.assert(
        fc.property(VALUES[kind], (value) => {
          assert.equal(compose(template, [value], LIMITS).text, value);
        }),
      );
    }
  });
});
