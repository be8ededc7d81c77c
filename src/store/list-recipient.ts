/**
 * Recipients of one flow message that names several. The message is kept once; each outcome has its own recipient in
 * place of the list.
 */

/**
 * The recipient list of one input message. All its recipients refer to the same object, so its identity tells inputs
 * apart.
 */
export interface RecipientsOfInput {
  /** Keys of the message's property that holds the list; empty where it came from elsewhere. */
  readonly path: readonly (string | number)[];
}

export interface ListRecipient {
  readonly list: RecipientsOfInput;
  /** The recipient's number as it stood in the list. */
  readonly to: string;
}

type Properties = Record<string | number, unknown>;

/** A shallow copy without the properties whose getter throws: a flow's message may be anything. */
export function shallowCopy(value: object): Properties {
  if (Array.isArray(value)) return value.slice() as unknown as Properties;
  const copy: Properties = {};
  for (const key of Object.keys(value)) {
    try {
      copy[key] = (value as Properties)[key];
    } catch {
      // No other node could read it either.
    }
  }
  return copy;
}

/** A copy of the message with `to` in place of the list. Everything else is shared with the original. */
export function withoutList(
  msg: Readonly<Record<string, unknown>>,
  { path }: RecipientsOfInput,
  to: unknown,
): Record<string, unknown> {
  const copy = shallowCopy(msg);
  let at = copy;
  for (const [depth, key] of path.entries()) {
    const value = at[key];
    if (value === undefined || value === null) break;
    if (depth === path.length - 1) at[key] = to;
    else if (typeof value === 'object') at = (at[key] = shallowCopy(value)) as Properties;
    else break;
  }
  return copy;
}
