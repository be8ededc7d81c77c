/**
 * Puts the default into the field of every property that the node lacks. A flow of an older version, or written by
 * hand, lacks properties; so does a new config node, where the editor leaves out a default of 0 or false. Fields that
 * choose a config node are left alone: the editor has an entry for "none" there.
 */
export function fillDefaults(node: EditedNode, prefix: 'node-input' | 'node-config-input'): void {
  for (const [name, { value, type }] of Object.entries(node._def.defaults)) {
    if (node[name] !== undefined || type !== undefined) continue;
    const field = $(`#${prefix}-${name}`);
    if (field.is(':checkbox')) field.prop('checked', value === true);
    else field.val(String(value));
  }
}

/** Seconds. */
const UNITS = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** Marks `mark` while `content` holds an invalid field. The editor has no event for it, so the class is watched. */
export function markErrors(content: HTMLElement, mark: HTMLElement, label: string): void {
  const update = (): void => {
    const invalid = content.querySelector('.input-error.smpp-left') !== null;
    mark.classList.toggle('smpp-has-error', invalid);
    if (invalid) mark.title = label;
    else mark.removeAttribute('title');
  };
  new MutationObserver(update).observe(content, { subtree: true, childList: true, attributeFilter: ['class'] });
  update();
}

/** The text as a number where it is a whole number; otherwise the trimmed text, such as a blank or `${NAME}`. */
export function numberOrText(text: string): number | string {
  return /^\d+$/.test(text.trim()) ? Number(text) : text.trim();
}

export function fieldText(row: JQuery, selector: string): string {
  return String(row.find(selector).val() ?? '').trim();
}

/** Writes what a number of seconds is in larger units behind it: "seconds = 3 days". */
export function explainSeconds(field: JQuery): void {
  const span = $('<span class="smpp-unit smpp-span">').insertAfter(field.siblings('.smpp-unit'));
  const show = (): void => {
    const seconds = Number(field.val());
    const [name, length] = UNITS.find((one) => seconds >= one[1] && seconds % one[1] === 0) ?? [];
    const format = name && new Intl.NumberFormat(RED.i18n.lang(), { style: 'unit', unit: name, unitDisplay: 'long' });
    span.text(format ? `= ${format.format(seconds / length!)}` : '');
  };
  field.on('input change', show);
  show();
}
