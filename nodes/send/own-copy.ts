/** What becomes of a flow's message where each recipient gets one of its own, or where it lets nothing be set. */
import type { NodeMessage } from 'node-red';

type Properties = Readonly<Record<string, unknown>>;

/** The properties that can be read. A getter may throw, and a message may be anything. */
function shallowCopy(value: object): Record<string | number, unknown> {
  if (Array.isArray(value)) return value.slice() as unknown as Record<number, unknown>;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    try {
      copy[key] = (value as Properties)[key];
    } catch {
      // It could not be read by any other node either.
    }
  }
  return copy;
}

/**
 * A copy of the message with one recipient where its list was. All else is shared with the original, so that a list of n costs n
 * copies of a few properties.
 * @param path keys of the list's property
 */
export function withRecipient(
  msg: NodeMessage,
  path: readonly (string | number)[] | undefined,
  to: string,
): NodeMessage {
  const copy = shallowCopy(msg);
  let at = copy;
  for (const [depth, key] of (path ?? []).entries()) {
    if (depth === path!.length - 1) {
      if (Object.hasOwn(at, key)) at[key] = to;
      break;
    }
    const next = at[key];
    if (typeof next !== 'object' || next === null) break;
    at = (at[key] = shallowCopy(next)) as Record<string | number, unknown>;
  }
  return copy as NodeMessage;
}

/** The message with these properties; a copy of it where it is frozen or has something against them. */
export function withProperties(msg: NodeMessage, properties: Properties): NodeMessage {
  try {
    Object.assign(msg, properties);
    if (Object.entries(properties).every(([key, value]) => (msg as unknown as Properties)[key] === value)) return msg;
  } catch {
    // As below.
  }
  return Object.assign(shallowCopy(msg), properties) as unknown as NodeMessage;
}

/** A deep copy; of a message that cannot be copied, one whose properties are the original's. */
export function deepCopy(msg: NodeMessage, clone: (msg: NodeMessage) => NodeMessage): NodeMessage {
  try {
    return clone(msg);
  } catch {
    return shallowCopy(msg) as unknown as NodeMessage;
  }
}
