/**
 * A storable value as plain JSON: `{"$b": base64}` is a Buffer, `{"$d": milliseconds}` a Date. A key that begins with
 * "$" gets one more "$", so that no object of a flow can be mistaken for these.
 * @param value as `storable` gives it
 */
export function toPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Uint8Array) return { $b: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return { $d: value.getTime() };
  const plain: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) plain[key.startsWith('$') ? `$${key}` : key] = toPlain(item);
  return plain;
}

/** The value that `toPlain` was given. */
export function fromPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromPlain);
  const { $b: octets, $d: time } = value as { $b?: unknown; $d?: unknown };
  if (typeof octets === 'string') return Buffer.from(octets, 'base64');
  if (typeof time === 'number') return new Date(time);
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) result[key.startsWith('$') ? key.slice(1) : key] = fromPlain(item);
  return result;
}
