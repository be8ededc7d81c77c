import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { isBlank } from '../../src/message/input';
import type { MessageRequest } from '../../src/message/message';
import { readOverrides } from '../../src/message/prepare';
import { field, reader, type Field } from './evaluate';
import { findUnresolved, type Say } from '../pool-lifetime/pool-config';

/** A smpp-send node in the flow file. */
export type SendDef = NodeDef & Readonly<Record<string, unknown>>;

/** What a flow's message asks for. */
export interface Request {
  /** A recipient or a list of recipients, not checked yet. */
  readonly to: unknown;
  /** The keys of the message property that `to` was read from; undefined where it came from elsewhere. */
  readonly toPath: readonly (string | number)[] | undefined;
  /** The message without its recipient. The values are not checked yet: that is done where the PDUs are made. */
  readonly message: MessageRequest;
  readonly reference: unknown;
  /** Where the value of a field was looked for, in words; undefined where that goes without saying. */
  readonly placeOf: (field: string) => string | undefined;
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

/** Fields that the pool sets where they are blank here. */
const POOL_HAS: readonly string[] = ['from', 'peId', 'tmId'];
const NO_OVERRIDES: Partial<MessageRequest> = {};

/** Reads messages as the node's dialog says. The reader throws, or rejects with, InvalidInputError. */
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
  // A flow file written by hand may have anything here. It is refused where the PDUs are made, like `msg.sms.tlvs`.
  const rows = Array.isArray(def.tlvs) ? (def.tlvs as readonly (TlvRow | null)[]) : null;
  const read = reader([...typed, ...(rows ?? []).map((row) => rowValue(RED, node, row))]);
  const places = new Map<string, string>(TYPED.map(([name], index) => [name, typed[index]!.place]));
  const { encoding, language, smartEncoding, longMessage, operation, receipt, priority, validity, schedule, flash } =
    def;

  function request(msg: NodeMessage, values: readonly unknown[]): Request {
    const [to, from, text, peId, templateId, tmId, reference] = values;
    const tlvs = rows?.map((row, index) => ({ tag: row?.tag, type: row?.type, value: values[TYPED.length + index] }));
    // Written out: spreading an object of the fixed properties took as long as all the rest.
    let message = {
      to: '',
      from,
      text,
      peId,
      templateId,
      tmId,
      tlvs: tlvs ?? def.tlvs,
      encoding,
      language,
      smartEncoding,
      longMessage,
      operation,
      receipt,
      priority,
      validity,
      schedule,
      flash,
    } as MessageRequest;
    const overrides = msg.sms === undefined ? NO_OVERRIDES : readOverrides(msg.sms);
    if (overrides !== NO_OVERRIDES) message = { ...message, ...overrides };
    return { to, toPath: typed[0]!.path?.(msg), message, reference, placeOf };

    function placeOf(name: string): string | undefined {
      if (Object.hasOwn(overrides, name)) return `msg.sms.${name}`;
      const place = places.get(name);
      const value = message[name as keyof MessageRequest];
      return place !== undefined && POOL_HAS.includes(name) && isBlank(value) ? `${place}, then the pool` : place;
    }
  }
  return (msg) => {
    const values = read(msg);
    return values instanceof Promise ? values.then((all) => request(msg, all)) : request(msg, values);
  };
}

function rowValue(RED: NodeAPI, node: Node, row: TlvRow | null): Field {
  const { tag, value, valueType } = row ?? {};
  if (value === undefined || value === null) return { slow: false, place: '', read: () => undefined };
  return field(RED, node, `tlvs ${String(tag)}`, String(value), valueType ?? 'str');
}
