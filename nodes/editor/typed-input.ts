const TYPES = ['msg', 'flow', 'global', 'str', 'env', 'jsonata'] as const;

/** Makes `#node-input-<property>` a TypedInput whose type is kept in `#node-input-<property>Type`. */
export function typedInput(property: string): JQuery {
  const field = $(`#node-input-${property}`).typedInput({ types: TYPES, typeField: `#node-input-${property}Type` });
  // The editor hides the labelled field and makes another one of its own.
  const label = $(`label[for="node-input-${property}"]`);
  field.next('.red-ui-typedInput-container').find('input').attr('aria-label', label.text().trim());
  return field;
}

/** A TypedInput inside a list's row; its type is asked of the widget. */
export function rowTypedInput(field: JQuery, type: string, value: string): void {
  field.typedInput({ types: TYPES, default: 'str' });
  field.typedInput('type', type);
  field.typedInput('value', value);
}
