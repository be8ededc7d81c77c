/** One of several recipients of one flow's message: what they share is kept once, each stands in place of the list when it leaves. */

/** The list of one input; all of its recipients have the same object. */
export interface RecipientsOfInput {
  /** Keys of the message's property that holds the list; empty where it came from elsewhere. */
  readonly path: readonly (string | number)[];
}

export interface ListRecipient {
  readonly list: RecipientsOfInput;
  /** As it stood in the list. */
  readonly to: string;
}

type Properties = Record<string | number, unknown>;

/** The properties that can be read: a getter may throw, and a flow's message may be anything. */
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

/** A copy of the message with this in place of the list. All else is shared with the original, whatever the list's length. */
export function withoutList(
  msg: Readonly<Record<string, unknown>>,
  { path }: RecipientsOfInput,
  to: string,
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
