import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseText, readTemplate } from '../../src/dlt/template';

const kinds = (text: string) => parseText(text).placeholders.map(({ kind }) => kind);
const oddities = (text: string) => parseText(text).oddities.map(({ key }) => key);

describe('A registered text', () => {
  it('is taken apart into fixed text and placeholders', () => {
    const { literals, placeholders } = parseText('Pump {#alphanumeric#} has {#numeric#} C.');
    assert.deepEqual(literals, ['Pump ', ' has ', ' C.']);
    assert.deepEqual(
      placeholders.map(({ kind }) => kind),
      ['alphanumeric', 'numeric'],
    );
  });

  it('has placeholders in any case and with the blanks that portals put in', () => {
    const text = '{#VAR#}-{ #Var# }-{# numeric #}-{#URL #}-{#urlott#}-{#CBN#}-{#email#}-{#number#}';
    assert.deepEqual(kinds(text), ['var', 'var', 'numeric', 'url', 'urlott', 'cbn', 'email', 'number']);
  });

  it('may have two placeholders side by side, at its beginning and at its end', () => {
    assert.deepEqual(parseText('{#var#}{#var#}').literals, ['', '', '']);
    assert.deepEqual(oddities('{#var#} {#var#}'), ['sideBySide']);
    assert.deepEqual(oddities('{#var#} and {#var#}'), []);
  });

  it('is odd with more than two variables', () => {
    assert.deepEqual(oddities('a {#var#} b {#var#} c {#var#}'), ['manyVariables']);
  });

  it('keeps what is no placeholder as text and says so', () => {
    for (const odd of [
      '{#name#} x',
      '{#var} x',
      '#numeric# x',
      '{{#x',
      '%%|name^{"inputtype":"text"}%%',
      '{#var#',
      '{ # x',
    ]) {
      assert.deepEqual(parseText(odd).literals, [odd]);
      assert.deepEqual(oddities(odd), ['odd'], odd);
    }
    assert.deepEqual(parseText('{x} {{#var#}').literals, ['{x} {', '']);
  });

  it('is the same when it is put together again', () => {
    const piece = fc.constantFrom('{', '#', '}', 'var', 'numeric', ' ', 'x', '{#var#}', '{#URL#}');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          const { literals, placeholders } = parseText(text);
          const again =
            placeholders.map(({ written }, index) => literals[index]! + written).join('') + literals.at(-1)!;
          assert.equal(again, text);
        },
      ),
    );
  });

  it('is read from a row with values of any kind', () => {
    const { id, name, headers, kind, names } = readTemplate({
      id: 12,
      name: null,
      text: 'x',
      headers: ' A, B ,',
      kind: 'Promotional',
      variables: 'a,, b',
    });
    assert.deepEqual(
      { id, name, headers, kind, names },
      { id: '12', name: '', headers: ['A', 'B'], kind: 'promotional', names: ['a', '', 'b'] },
    );
    assert.equal(readTemplate({ text: {}, kind: 7 }).text, '');
  });
});
