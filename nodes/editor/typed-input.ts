const TYPES = ['msg', 'flow', 'global', 'str', 'env', 'jsonata'] as const;

/** Makes `#node-input-<property>` a TypedInput whose type is kept in `#node-input-<property>Type`. */
export function typedInput(property: string): void {
  const field = $(`#node-input-${property}`).typedInput({ types: TYPES, typeField: `#node-input-${property}Type` });
  // The editor hides the labelled field and adds an input without a label.
  const label = $(`label[for="node-input-${property}"]`);
  const widget = field.next('.red-ui-typedInput-container');
  const input = widget.find('input').attr('aria-label', label.text().trim());
  // The widget reacts to keys alone. Text that a mouse, an input method or a voice enters is passed on here.
  input.on('input', () => field.val(field.typedInput('value')).trigger('keyup'));
}

/** Makes a field in a list's row a TypedInput. The widget alone keeps its type. */
export function rowTypedInput(field: JQuery, label: string, type: string, value: string): void {
  field.typedInput({ types: TYPES, default: 'str' });
  field.next('.red-ui-typedInput-container').find('input').attr('aria-label', label);
  field.typedInput('type', type);
  field.typedInput('value', value);
}
