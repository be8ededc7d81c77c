const TYPES = ['msg', 'flow', 'global', 'str', 'env', 'jsonata'] as const;

/** Makes `#node-input-<property>` a TypedInput whose type is kept in `#node-input-<property>Type`. */
export function typedInput(node: EditedNode, property: string): void {
  const field = $(`#node-input-${property}`).typedInput({ types: TYPES, typeField: `#node-input-${property}Type` });
  // The editor hides the labelled field and adds an input without a label.
  const label = $(`label[for="node-input-${property}"]`);
  const widget = field.next('.red-ui-typedInput-container');
  const input = widget.find('input').attr('aria-label', label.text().trim());
  // The widget reacts to keys alone. Text that a mouse, an input method or a voice enters is passed on here.
  input.on('input', () => field.val(field.typedInput('value')).trigger('keyup'));
  // The editor shows a problem in a tooltip of the hidden field, where nobody sees it.
  const problem = $('<div class="smpp-hint smpp-problem" role="alert">').insertAfter(widget);
  const check = (): void => {
    const verdict = node._def.defaults[property]?.validate?.call(node, field.val(), {});
    problem.text(typeof verdict === 'string' ? verdict : '');
  };
  field.on('change', check);
  check();
}

/** Makes a field in a list's row a TypedInput. The widget alone keeps its type. */
export function rowTypedInput(field: JQuery, type: string, value: string): void {
  field.typedInput({ types: TYPES, default: 'str' });
  field.typedInput('type', type);
  field.typedInput('value', value);
}
