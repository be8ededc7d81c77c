import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { recipients } from '../../src/message/address';
import type { MessageRequest } from '../../src/message/message';
import { readOverrides } from '../../src/message/prepare';
import { field, reader, type Field } from './evaluate';
import { findUnresolved, type Say } from '../pool-lifetime/pool-config';

/** A smpp-send node as it lies in the flow file. */
export type SendDef = NodeDef & Readonly<Record<string, unknown>>;

/** What a flow's message asks for. */
export interface Request {
  /** One for each recipient. Their values are as they were found: they are checked where the PDUs are made. */
  readonly messages: readonly MessageRequest[];
  readonly warnings: readonly string[];
  readonly reference: unknown;
}

type TlvRow = Readonly<Partial<Record<'tag' | 'type' | 'value' | 'valueType', string>>>;

/** The TypedInputs and their defaults: property, value, type. */
const TYPED = [
  ['to', 'topic', 'msg'],
  ['from', '', 'str'],
  ['text', 'payload', 'msg'],
  ['peId', 'dlt.peId', 'msg'],
  ['templateId', 'dlt.templateId', 'msg'],
  ['tmId', 'dlt.tmId', 'msg'],
  ['reference', 'reference', 'msg'],
] as const;

/** Reads a message as the node's dialog says. Throws, or rejects, with InvalidInputError. */
export function requestReader(
  RED: NodeAPI,
  node: Node,
  def: SendDef,
  say: Say,
): (msg: NodeMessage) => Request | Promise<Request> {
  const [unresolved] = findUnresolved({ ...def, name: '' });
  if (unresolved) {
    return () => {
      throw new InvalidInputError(unresolved.property, say('errors.unresolved', { ...unresolved }));
    };
  }
  const typed = TYPED.map(([name, value, type]) =>
    field(RED, node, name, String(def[name] ?? value), String(def[`${name}Type`] ?? type)),
  );
  // A flow file written by hand may have anything here: it is refused where the PDUs are made, as that of `msg.sms` is.
  const rows = Array.isArray(def.tlvs) ? (def.tlvs as readonly (TlvRow | null)[]) : null;
  const read = reader([...typed, ...(rows ?? []).map((row) => rowValue(RED, node, row))]);
  const { encoding, smartEncoding, longMessage, operation, receipt, priority, validity, schedule, flash } = def;

  function request(msg: NodeMessage, values: readonly unknown[]): Request {
    const [to, from, text, peId, templateId, tmId, reference] = values;
    const { to: all, warnings } = recipients(to);
    const tlvs = rows?.map((row, index) => ({ tag: row?.tag, type: row?.type, value: values[TYPED.length + index] }));
    // Written out: spreading the fixed part took as long as all the rest.
    let message = {
      to: all[0]!,
      from,
      text,
      peId,
      templateId,
      tmId,
      tlvs: tlvs ?? def.tlvs,
      encoding,
      smartEncoding,
      longMessage,
      operation,
      receipt,
      priority,
      validity,
      schedule,
      flash,
    } as MessageRequest;
    if (msg.sms !== undefined) message = { ...message, ...readOverrides(msg.sms) };
    const messages = all.length === 1 ? [message] : all.map((one) => ({ ...message, to: one }));
    return { messages, warnings, reference };
  }
  return (msg) => {
    const values = read(msg);
    return values instanceof Promise ? values.then((all) => request(msg, all)) : request(msg, values);
  };
}

function rowValue(RED: NodeAPI, node: Node, row: TlvRow | null): Field {
  const { tag, value, valueType } = row ?? {};
  if (value === undefined || value === null) return { slow: false, read: () => undefined };
  return field(RED, node, `tlvs ${String(tag)}`, String(value), valueType ?? 'str');
}
