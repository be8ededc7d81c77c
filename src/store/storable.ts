import { types } from 'node:util';

/** Objects in objects further down than this are left out. */
const MAX_DEPTH = 32;

/**
 * A copy of a flow's message with what can be stored of it: JSON values, Buffers, Dates. Functions, symbols, the request and
 * response of an HTTP flow, other class instances and cycles are left out. Never throws, whatever a getter does.
 */
export function storable(msg: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return (copy({ ...msg, req: undefined, res: undefined }, [msg]) ?? {}) as Record<string, unknown>;
}

/** undefined where nothing of it can be stored. */
function copy(value: unknown, above: readonly object[]): unknown {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (types.isDate(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (above.length >= MAX_DEPTH || above.includes(value)) return undefined;
  const path = [...above, value];
  if (Array.isArray(value)) return value.map((entry) => copy(entry, path) ?? null);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const entry = copy(read(value, key), path);
    if (entry !== undefined) result[key] = entry;
  }
  return result;
}

function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
