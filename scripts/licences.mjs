// Fails where something that is installed with the package has a licence that a user would have to ask about.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const PERMISSIVE = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
]);

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const shipped = Object.entries(packages).filter(
  ([path, { dev, peer, devOptional }]) => path !== '' && !dev && !peer && !devOptional,
);
const asked = shipped.filter(([, { license }]) => !PERMISSIVE.has(license));
for (const [path, { license }] of asked) console.error(`${path}: ${license ?? 'no licence'}`);
console.log(`${shipped.length} packages, ${asked.length} with another licence than ${[...PERMISSIVE].join(', ')}`);
process.exitCode = asked.length > 0 || shipped.length === 0 ? 1 : 0;
