/** Arrays in arrays, so deep that what recurses into them runs out of stack. */
export function nested(depth: number): unknown {
  let value: unknown = 'smpp.example.com';
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
