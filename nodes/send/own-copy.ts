/** Copies of a flow's message: one for each recipient of a list, or because a frozen message takes no property. */
import type { NodeMessage } from 'node-red';
import { shallowCopy, withoutList } from '../../src/store/list-recipient';
import type { Outcome } from '../../src/store/outcome';

type Properties = Readonly<Record<string, unknown>>;

/** The message with these properties set; a copy of it where it is frozen or does not take them. */
export function withProperties(msg: NodeMessage, properties: Properties): NodeMessage {
  try {
    if (takes(msg as unknown as Record<string, unknown>, properties)) return msg;
  } catch {
    // As below.
  }
  return Object.assign(shallowCopy(msg), properties) as unknown as NodeMessage;
}

/** Sets the properties one by one, without a list of them: every message comes through here. */
function takes(msg: Record<string, unknown>, properties: Properties): boolean {
  for (const key in properties) {
    msg[key] = properties[key];
    if (msg[key] !== properties[key]) return false;
  }
  return true;
}

/**
 * A copy of the message for one recipient of several, with that recipient in place of the list. The copy is deep; where
 * the message cannot be cloned it is shallow.
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
