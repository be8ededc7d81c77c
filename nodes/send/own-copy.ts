/** What becomes of a flow's message where each recipient gets one of its own, or where it lets nothing be set. */
import type { NodeMessage } from 'node-red';
import { shallowCopy, withoutList } from '../../src/store/list-recipient';
import type { Outcome } from '../../src/store/outcome';

type Properties = Readonly<Record<string, unknown>>;

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

/**
 * The message of one recipient of several, with that one in place of the list: a copy, because the others have theirs; deep, unless it
 * cannot be copied so.
 */
export function ownMessage(
  { msg, recipient }: Pick<Outcome, 'msg' | 'recipient'>,
  clone: (msg: NodeMessage) => NodeMessage,
): NodeMessage {
  const own = (recipient ? withoutList(msg, recipient.list, recipient.to) : msg) as NodeMessage;
  try {
    return clone(own);
  } catch {
    return shallowCopy(own) as unknown as NodeMessage;
  }
}
