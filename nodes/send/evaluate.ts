import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';

/** A field of a node's dialog: where its value comes from at each message. */
export interface Field {
  /** True where `read` may answer with a promise. */
  readonly slow: boolean;
  /** Where the value is looked for, for people: "msg.topic". */
  readonly place: string;
  /** The keys of the message property that is read; undefined where none is read, or its keys cannot be told. */
  path?(msg: NodeMessage): readonly (string | number)[] | undefined;
  read(msg: NodeMessage): unknown;
}

/** Parts of RED.util that its type definitions leave out: this one and PathReader. */
interface Settings {
  getSetting(node: Node, name: string, flow?: unknown): unknown;
}

interface PathReader {
  normalisePropertyExpression(path: string, msg: NodeMessage): readonly (string | number)[];
}

const SIMPLE_PATH = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/;

/**
 * Reads the value of a TypedInput. A missing message property is undefined, not an error.
 * `read` throws, or rejects with, InvalidInputError where a value cannot be evaluated.
 */
export function field(RED: NodeAPI, node: Node, name: string, value: string, type: string): Field {
  const place = placeOf(type, value);
  switch (type) {
    case 'str':
      return { slow: false, place, read: () => value };
    case 'msg':
      return { slow: false, place, ...messageProperty(RED, value) };
    case 'env':
      return { slow: false, place, read: environment(RED, node, name, value) };
    case 'jsonata':
      return { slow: true, place, read: expression(RED, node, name, value) };
    default:
      return {
        slow: true,
        place,
        read: (msg) =>
          asPromise(name, type, (callback) => {
            RED.util.evaluateNodeProperty(value, type, node, msg, callback);
          }),
      };
  }
}

const LONGEST_PLACE = 40;

function placeOf(type: string, value: string): string {
  switch (type) {
    case 'msg':
      return value.startsWith('msg.') ? value : `msg.${value}`;
    case 'str':
      return "the node's own text";
    case 'env':
      return `environment ${value}`;
    case 'jsonata':
      return `JSONata ${value.length > LONGEST_PLACE ? `${value.slice(0, LONGEST_PLACE)}…` : value}`;
    default:
      // The context store stands before the key: "#:(disk)::numbers".
      return `${type}.${value.replace(/^#:\([^)]*\)::/, '')}`;
  }
}

/** Reads several fields of a message. Without a slow field it makes no promise, which would cost at every message. */
export function reader(
  fields: readonly Field[],
): (msg: NodeMessage) => readonly unknown[] | Promise<readonly unknown[]> {
  const slow = fields.some((one) => one.slow);
  return (msg) => {
    const values: unknown[] = [];
    for (const one of fields) values.push(one.read(msg));
    return slow ? Promise.all(values) : values;
  };
}

function messageProperty(RED: NodeAPI, path: string): Required<Pick<Field, 'read' | 'path'>> {
  const bare = path.replace(/^msg\./, '');
  if (!SIMPLE_PATH.test(path)) {
    const attempt = <T>(read: () => T): T | undefined => {
      try {
        return read();
      } catch {
        return undefined;
      }
    };
    const util = RED.util as unknown as PathReader;
    return {
      read: (msg) => attempt(() => RED.util.getMessageProperty(msg, path) as unknown),
      path: (msg) => attempt(() => util.normalisePropertyExpression(bare, msg)),
    };
  }
  const keys = bare.split('.');
  return {
    read: (msg) => {
      let value: unknown = msg;
      for (const key of keys) {
        if (value === undefined || value === null) return undefined;
        value = (value as Record<string, unknown>)[key];
      }
      return value;
    },
    path: () => keys,
  };
}

/** `NAME`, `${NAME}` or `a ${NAME} text`. The value cannot change while the node lives, but may be missing. */
function environment(RED: NodeAPI, node: Node, name: string, value: string): () => unknown {
  const util = RED.util as unknown as Settings;
  const braces = Array.from(value.matchAll(/\$\{([^}]+)\}/g), (match) => match[1]!);
  const missing = (braces.length > 0 ? braces : [value]).find(
    (variable) => util.getSetting(node, variable, node._flow) === undefined,
  );
  if (missing !== undefined) {
    return () => {
      throw new InvalidInputError(name, `${name}: the environment variable ${missing} is not set`);
    };
  }
  const result: unknown = RED.util.evaluateNodeProperty(value, 'env', node, {});
  return () => result;
}

/** Compiles a JSONata expression once: compiling takes many times as long as evaluating. */
function expression(RED: NodeAPI, node: Node, name: string, value: string): (msg: NodeMessage) => Promise<unknown> {
  let compiled: ReturnType<typeof RED.util.prepareJSONataExpression> | undefined;
  return (msg) =>
    asPromise(name, 'jsonata', (callback) => {
      compiled ??= RED.util.prepareJSONataExpression(value, node);
      RED.util.evaluateJSONataExpression(compiled, msg, callback);
    });
}

type Callback = (error: Error | null, result: unknown) => void;

function asPromise(name: string, type: string, start: (callback: Callback) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      const { message } = error as { readonly message?: string };
      reject(
        new InvalidInputError(name, `${name}: its ${type} value cannot be evaluated: ${message ?? String(error)}`),
      );
    };
    try {
      start((error, result) => {
        if (error) fail(error);
        else resolve(result);
      });
    } catch (error) {
      fail(error);
    }
  });
}
