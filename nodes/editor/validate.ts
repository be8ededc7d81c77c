import { recipientAddress, senderAddress } from '../../src/message/address';
import { recipients } from '../../src/message/recipients';
import { isEnv } from '../../src/pool/settings-check';

/** A sentence for an invalid field. All four dialogs share these; they are in the pool's catalogue. */
export function say(key: string, values?: Readonly<Record<string, unknown>>): string {
  return RED.nodes.getType('smpp-pool')._!(`smpp-pool.validate.${key}`, values);
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Undefined stands for the default: the editor leaves a default of "", 0 or false out of an unsaved config node. */
function unless(accepted: (value: unknown) => boolean, check: (text: string) => true | string): Validator {
  // The editor shows the sentence only of a validator with two parameters.
  return (value, _opt) => (value === undefined || isEnv(value) || accepted(value) ? true : check(String(value).trim()));
}

const never = (): boolean => false;

export function wholeNumber(min: number, max?: number): Validator {
  return unless(never, (text) => {
    if (/^\d+$/.test(text) && Number(text) >= min && (max === undefined || Number(text) <= max)) return true;
    return max === undefined ? say('atLeast', { min }) : say('between', { min, max });
  });
}

export function wholeNumberOrBlank(min: number, max?: number): Validator {
  const check = wholeNumber(min, max);
  return function (value, opt) {
    return isBlank(value) ? true : check.call(this, value, opt);
  };
}

export function matches(pattern: RegExp, key: string): Validator {
  return unless(never, (text) => pattern.test(text) || say(key));
}

/** Applies a rule of the runtime, and gives the catalogue's sentence where it throws. */
function passes(check: () => unknown, key: string): true | string {
  try {
    check();
    return true;
  } catch {
    return say(key);
  }
}

export function checkSender(text: string): true | string {
  return passes(() => senderAddress(text), 'sender');
}

export function checkRecipients(text: string): true | string {
  return passes(() => recipients(text).to.forEach((to) => recipientAddress(to)), 'recipient');
}

/** Validates the value of a TypedInput whose type is in the property `typeProperty`. */
export function typedValue(typeProperty: string, checkText: (text: string) => true | string = () => true): Validator {
  return function (value, opt) {
    const type = String($(`#node-input-${typeProperty}`).val() ?? this[typeProperty]);
    const text = String(value ?? '');
    if (value === undefined || isEnv(text)) return true;
    if (type === 'str') return checkText(text);
    if (text === '') return say('blank');
    return RED.utils.validateTypedProperty(text, type, opt);
  };
}
