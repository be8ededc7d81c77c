import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TemplateList, type ListRules } from '../../src/dlt/template-list';
import { filled, LIMITS } from './arbitrary';

const RULES: ListRules = { ...LIMITS, countries: [], links: 'warn', urls: 'acme.com', numbers: '18001234567' };
/** 12:00 in India. */
const NOON = Date.UTC(2026, 0, 1, 6, 30);
const PUMP = { id: '101', name: 'Pump', text: 'Pump {#var#} has {#numeric#} C.', headers: 'ACMEIN, ACMEOP' };
const DOOR = { id: '102', name: 'Door', text: 'Door {#var#} is open.', headers: '' };

function check(
  text: string,
  more: Partial<Parameters<TemplateList['check']>[0]> & { rules?: Partial<ListRules>; rows?: object[] } = {},
) {
  const { rules, rows, ...message } = more;
  const list = new TemplateList(rows ?? [PUMP, DOOR], { ...RULES, ...rules });
  return list.check({ text, templateId: '', from: 'ACMEIN', at: NOON, ...message });
}

describe('A list of templates', () => {
  it('finds the template that a text fits', () => {
    assert.deepEqual(check('Pump 7 has 91 C.'), { templateId: '101', warnings: [], problem: null });
    assert.deepEqual(check('Door A is open.', { from: 'any' }), { templateId: '102', warnings: [], problem: null });
  });

  it('warns of what some operators refuse', () => {
    const { templateId, warnings, problem } = check('pump 7 has 91 C.');
    assert.deepEqual([templateId, problem], ['101', null]);
    assert.match(warnings.join(), /fits template 101 \(Pump\) but for upper and lower case, first at position 0/);
  });

  it('takes the first of two that fit, with a warning, or the one of the sender', () => {
    const rows = [PUMP, { ...PUMP, id: '103', headers: 'OTHER' }, { ...PUMP, id: '104' }];
    const first = check('Pump 7 has 91 C.', { rows });
    assert.equal(first.templateId, '101');
    assert.match(first.warnings.join(), /fits template 101 \(Pump\) and 104 \(Pump\) too/);
    assert.deepEqual(check('Pump 7 has 91 C.', { rows, from: 'other' }), {
      templateId: '103',
      warnings: [],
      problem: null,
    });
  });

  it('refuses a text that fits none, and names the first place where it leaves the nearest', () => {
    const { problem, templateId } = check('Pump 7 had 91 C.');
    assert.equal(templateId, '');
    assert.match(
      problem!.message,
      /^text: it fits none; the nearest is template 101 \(Pump\): at position 9 it has "Pump 7 had 91 C\." and the template has " has "; correct/,
    );
    assert.deepEqual(problem!.cause, { field: 'text', position: 9, template: '101' });
    assert.deepEqual(check('Hello').problem!.cause, { field: 'text', position: 0 });
  });

  it('names the variable that is too long or of the wrong type', () => {
    const long = check(`Pump ${'7'.repeat(31)} has 91 C.`).problem!;
    assert.match(long.message, /variable 1 has 31 characters and 30 are allowed/);
    assert.deepEqual(long.cause, { field: 'text', position: 5, variable: 1, template: '101' });
    const type = check('Pump 7 has 9x C.', { rows: [{ ...PUMP, variables: 'pump, heat' }] }).problem!;
    assert.match(type.message, /variable heat is \{#numeric#\}, which takes digits only, and the text has "9x"/);
    assert.deepEqual(type.cause, { field: 'text', position: 11, variable: 'heat', template: '101' });
  });

  it('checks a text against the template that is asked for', () => {
    assert.equal(check('Pump 7 has 91 C.', { templateId: '101' }).problem, null);
    assert.match(
      check('Pump 7 has 91 C.', { templateId: '102' }).problem!.message,
      /does not fit template 102 \(Door\): at position 0/,
    );
    assert.match(check('x', { templateId: '109' }).problem!.message, /^templateId: "109" is not in the list/);
  });

  it('refuses a sender that is none of the template', () => {
    const { problem } = check('Pump 7 has 91 C.', { from: 'EVIL' });
    assert.match(problem!.message, /^from: "EVIL" is no sender of template 101 \(Pump\), which has ACMEIN, ACMEOP/);
    assert.deepEqual(problem!.cause, { field: 'from', template: '101' });
  });

  it('warns of promotion outside 10:00 to 21:00 India time', () => {
    const rows = [{ ...DOOR, kind: 'promotional' }];
    const at = (hour: number, minute: number) =>
      check('Door 1 is open.', { rows, at: Date.UTC(2026, 0, 1, hour, minute) - 5.5 * 3_600_000 });
    for (const [hour, minute] of [
      [10, 0],
      [20, 59],
    ] as const)
      assert.deepEqual(at(hour, minute).warnings, []);
    for (const [hour, minute] of [
      [9, 59],
      [21, 0],
      [0, 0],
    ] as const)
      assert.match(at(hour, minute).warnings.join(), /promotional.*457/);
  });

  it('warns of links and numbers on no whitelist, or refuses them', () => {
    const rows = [{ id: '1', text: 'Open {#url#} or call {#cbn#} about {#var#} {#numeric#}.' }];
    assert.deepEqual(check('Open acme.com/x or call 1800 123 4567 about it 9876543210.', { rows }).warnings, []);
    const text = 'Open evil.in or call 9876543210 about bad.com 1.';
    assert.deepEqual(check(text, { rows }).warnings, [
      'text: the link "bad.com" is on no whitelist',
      'text: the link "evil.in" is on no whitelist',
      'text: the number "9876543210" is on no whitelist',
    ]);
    const { problem } = check(text, { rows, rules: { links: 'refuse', urls: 'bad.com' } });
    assert.match(problem!.message, /the link "evil.in" is on no whitelist; register it and add it to the links/);
    assert.deepEqual(problem!.cause, { field: 'text', position: 5, template: '1', variable: 1 });
  });

  it('is for recipients of its countries', () => {
    const list = (countries: string[]) => new TemplateList([], { ...RULES, countries });
    assert.ok(list(['91']).appliesTo('919876543210'));
    assert.ok(!list(['91']).appliesTo('447700900123'));
    assert.ok(list([]).appliesTo('447700900123'));
  });

  it('finds a template by id or name', () => {
    const list = new TemplateList([PUMP, DOOR, { ...DOOR, id: '105' }], RULES, 'its file is away');
    assert.equal(list.named('101').id, '101');
    assert.equal(list.named(101).id, '101');
    assert.equal(list.named(' pump ').id, '101');
    assert.throws(() => list.named('Door'), /^SMPP|more than one template; give its id/);
    assert.throws(() => list.named('Gate'), /template: "Gate" is neither id nor name .*\(its file is away\)/);
    for (const odd of ['', undefined, {}, []]) assert.throws(() => list.named(odd), /^Error|template: /);
  });

  it('leaves out rows without id or text, and repeats', () => {
    const list = new TemplateList([{}, { id: '1' }, { text: 'x' }, PUMP, { ...DOOR, id: '101' }], RULES);
    assert.deepEqual(
      list.templates.map(({ name }) => name),
      ['Pump'],
    );
  });

  it('finds what was composed, among any others', () => {
    fc.assert(
      fc.property(fc.array(filled(3), { minLength: 1, maxLength: 20 }), fc.nat(), (all, pick) => {
        const rows = all.map(({ template }, index) => ({ id: String(index + 1), text: template.text }));
        const list = new TemplateList(rows, RULES);
        const chosen = pick % all.length;
        const { text } = list.compose(list.named(String(chosen + 1)), all[chosen]!.values);
        assert.ok(list.matches(text).some(({ template }) => template.id === String(chosen + 1)));
      }),
      { numRuns: 300 },
    );
  });

  it('finds the template of a text that differs in blanks, full stops, commas and case', () => {
    fc.assert(
      fc.property(filled(2), fc.nat(), ({ template, values }, pick) => {
        const { text } = new TemplateList([], RULES).compose(template, values);
        const [first] = template.literals;
        const at = pick % (first!.length + 1);
        const changed = text.slice(0, at) + ' .'[pick % 2]! + text.slice(at);
        const list = new TemplateList([{ id: '1', text: template.text }, PUMP, DOOR], RULES);
        assert.ok(list.matches(changed).some((match) => match.template.id === '1'));
      }),
    );
  });
});
