import { EventEmitter } from 'node:events';

/** Levels of nesting that are copied; deeper values are left out. */
const MAX_DEPTH = 32;
/** Values copied of one message at most: shared objects are copied once for each place they stand in. */
export const MAX_VALUES = 100_000;

/**
 * A deep copy of what can be stored of a value: JSON values, Buffers, Dates. As in JSON, a property without a storable
 * value is left out, an entry of an array becomes null, an object with `toJSON` is what that returns, and other class
 * instances are their own properties. Functions, symbols, BigInts, Maps, Sets, cycles and event emitters (requests,
 * sockets) are left out; typed arrays become arrays of numbers. Never throws, whatever a getter or proxy does.
 * @returns undefined where nothing of it can be stored
 */
export function storable(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? new Copy().of(value, 0) : scalar(value);
}

/** What can be stored of a flow's message. */
export interface StorableMessage {
  readonly copy: Record<string, unknown>;
  /** Properties of which something cannot be stored, as they are; null where there are none. */
  readonly left: Readonly<Record<string, unknown>> | null;
  /** True where it has more values than are stored, or deeper ones. */
  readonly cut: boolean;
}

/**
 * What `storable` keeps of a flow's message, and the properties of which it cannot keep everything. `req` and `res` of
 * an HTTP flow are never stored: they end with their process.
 */
export function storableMessage(msg: Readonly<Record<string, unknown>>): StorableMessage {
  const copier = new Copy();
  const copy: Record<string, unknown> = {};
  let left: Record<string, unknown> | null = null;
  for (const key of keysOf(msg)) {
    if (key === '__proto__') continue;
    copier.isWhole = true;
    const value = read(msg, key);
    const isHttp = (key === 'req' || key === 'res') && typeof value === 'object';
    const stored = isHttp ? undefined : copier.within(msg, value);
    if (stored !== undefined) copy[key] = stored;
    if (isHttp || !copier.isWhole) (left ??= {})[key] = value;
  }
  return { copy, left, cut: copier.isCut };
}

/** Object.keys, which may throw where the object is a proxy. */
function keysOf(value: object): string[] {
  try {
    return Object.keys(value);
  } catch {
    return [];
  }
}

function scalar(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      return value === null ? null : undefined;
  }
}

class Copy {
  /** The objects around the value being copied. An object that occurs inside itself is a cycle. */
  readonly #around: object[] = [];
  #values = 0;
  /** False once a value was left out, or its copy is of another type. */
  isWhole = true;
  /** True once a value was left out because of MAX_VALUES or MAX_DEPTH. */
  isCut = false;

  /** The copy of a property's value. @param around the object that has the property */
  within(around: object, value: unknown): unknown {
    if (++this.#values > MAX_VALUES) return this.#cut();
    this.#around.push(around);
    const copy = this.of(value, 1);
    this.#around.pop();
    return copy;
  }

  of(value: unknown, depth: number): unknown {
    if (typeof value === 'object' && value !== null) return this.#ofObject(value, depth);
    const copy = scalar(value);
    if (copy !== value) this.isWhole = false;
    return copy;
  }

  #cut(): undefined {
    this.isCut = true;
    this.isWhole = false;
  }

  #ofObject(value: object, depth: number): unknown {
    if (depth === MAX_DEPTH || ++this.#values > MAX_VALUES) return this.#cut();
    if (this.#around.includes(value)) {
      this.isWhole = false;
      return undefined;
    }
    this.#around.push(value);
    try {
      return this.#content(value, depth + 1);
    } catch {
      this.isWhole = false;
      return undefined;
    } finally {
      this.#around.pop();
    }
  }

  #content(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      if (Buffer.isBuffer(value)) return Buffer.from(value);
      if (value instanceof Date && !Number.isNaN(value.getTime())) return new Date(value);
      this.isWhole = false;
      if (value instanceof Uint8Array) return Buffer.from(value);
      if (value instanceof Date) return null;
      if (ArrayBuffer.isView(value))
        return value instanceof DataView ? undefined : this.#list([...(value as Float64Array)], depth);
      if (value instanceof EventEmitter || value instanceof Map || value instanceof Set) return undefined;
      if (value instanceof Error)
        return { name: value.name, message: value.message, ...this.#properties(value, depth) };
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON !== 'function') return this.#properties(value, depth);
    this.isWhole = false;
    return this.of(toJSON.call(value), depth);
  }

  #list(values: readonly unknown[], depth: number): unknown[] {
    const list: unknown[] = [];
    for (let index = 0; index < values.length; index++) {
      if (++this.#values > MAX_VALUES) {
        this.#cut();
        break;
      }
      const copy = this.of(values[index], depth);
      if (copy === undefined) this.isWhole = false;
      list.push(copy ?? null);
    }
    return list;
  }

  #properties(value: object, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      if (key === '__proto__') continue;
      if (++this.#values > MAX_VALUES) {
        this.#cut();
        break;
      }
      const copy = this.of(read(value, key), depth);
      if (copy !== undefined) result[key] = copy;
    }
    return result;
  }
}

function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
