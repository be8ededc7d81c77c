/**
 * What is wrong with a field, below the field, in words that a screen reader finds too. A field that was blank when the
 * dialog opened is not red before it was left: nobody has made a mistake in it yet.
 */
import { say } from './validate';

const LEFT = 'smpp-left';

/** Of a list that chooses a config node: its entry for a new one, which stands for none. */
const NONE = '_ADD_';

function isBlank(field: JQuery): boolean {
  return ['', NONE].includes(String(field.val() ?? ''));
}

/** From now on the problems of these fields are shown. */
export function leave(fields: JQuery): void {
  const widgets = fields.closest('.red-ui-typedInput-container');
  fields.add(widgets).add(widgets.prev()).addClass(LEFT);
}

/** What was saved counts as left: its problem is shown at once. */
export function leaveFilled(form: JQuery): void {
  const filled = form.find('input, select, textarea').filter((_index, field) => !isBlank($(field)));
  filled.addClass(LEFT).next('.red-ui-typedInput-container').addClass(LEFT);
}

/** Tells assistive technology of a problem, or that there is none any more. @returns what is to be shown */
function mark(control: JQuery, place: JQuery, problem: true | string): string {
  const shown = problem !== true && control.hasClass(LEFT) ? problem : '';
  control.attr('aria-invalid', String(shown !== ''));
  if (shown === '') control.removeAttr('aria-describedby');
  else control.attr('aria-describedby', place.attr('id')!);
  return shown;
}

let places = 0;

/** An element for problems, which fields can refer to. */
export function problemPlace(): JQuery {
  places += 1;
  return $('<div class="smpp-problem" role="alert">').attr('id', `smpp-problem-${places}`);
}

/** Of a field in a row that has one place for all its problems; `true` clears it. */
export function showProblem(input: JQuery, problem: true | string): void {
  const place = input.closest('.smpp-row').find('.smpp-problem');
  input.toggleClass('input-error', problem !== true);
  const problems = (place.data('problems') ?? new Map()) as Map<Element, string>;
  problems.set(input[0]!, mark(input, place, problem));
  place.data('problems', problems).text([...problems.values()].filter((one) => one !== '').join(' '));
}

/** Shows the problem of each property of a node that has a field of its own. @returns looks at all of them again */
export function watchProblems(node: EditedNode, prefix: 'node-input' | 'node-config-input'): void {
  const form = $(`#${prefix}-name`).closest('.smpp-form');
  const credentials = Object.entries(node._def.credentials ?? {}).map(
    ([name, { validate }]) => [name, { validate }] as const,
  );
  const checks = [...Object.entries(node._def.defaults), ...credentials].flatMap(([name, property]) => {
    const field = $(`#${prefix}-${name}`);
    const problem = problemOf(node, property, field);
    return field.length > 0 && problem ? [watchField(field, problem)] : [];
  });
  const check = (): void => {
    for (const one of checks) one();
  };
  leaveFilled(form);
  form.on('input change keyup', check).on('focusout', ({ target }) => {
    leave($(target as HTMLElement));
    check();
  });
  check();
}

/** Null where nothing can be wrong with a field. */
function problemOf(node: EditedNode, property: Partial<NodeProperty>, field: JQuery): (() => true | string) | null {
  const { validate, required, type } = property;
  if (required) return () => !isBlank(field) || say('pool');
  // The choice of another config node is a list of those that there are.
  if (!validate || type !== undefined) return null;
  return () => validate.call(node, field.is(':checkbox') ? field.prop('checked') : field.val(), {});
}

function watchField(field: JQuery, problem: () => true | string): () => void {
  const place = problemPlace().addClass('smpp-hint');
  const row = field.closest('.form-row');
  const hint = row.find('.smpp-hint').first();
  if (hint.length > 0) place.insertBefore(hint);
  else place.appendTo(row);
  // The editor hides the labelled field of a TypedInput and puts an input of its own behind it.
  const widget = field.next('.red-ui-typedInput-container').find('input').first();
  const control = widget.length > 0 ? widget : field;
  return () => {
    if (field.hasClass(LEFT)) control.addClass(LEFT);
    place.text(mark(control, place, problem()));
  };
}
