// Everything on one machine, with no account: the simulator and Node-RED with the main example deployed.
// With --watch (npm run dev) a change of nodes, src or icons is built and Node-RED starts anew on it; the simulator stays.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, readdirSync, watch } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const home = join(root, '.demo');
const port = Number(process.env.PORT ?? 1880);
const simulatorPort = Number(process.env.SIM_PORT ?? 2775);
const controlPort = Number(process.env.SIM_CONTROL_PORT ?? 2780);

/** The example as it ships, its servers moved to where the simulator listens. */
async function flows() {
  const text = await readFile(join(root, 'examples', '1 - First light.json'), 'utf8');
  const nodes = JSON.parse(text);
  for (const node of nodes) {
    if (node.type !== 'smpp-pool') continue;
    node.servers.forEach((server, index) => (server.port = simulatorPort + index));
  }
  return nodes;
}

/** In clear, as the settings below allow: they are the simulator's and open nothing else. */
function credentials(nodes) {
  const pools = nodes.filter(({ type }) => type === 'smpp-pool');
  return Object.fromEntries(pools.map(({ id }) => [id, { systemId: 'demo', password: 'demo' }]));
}

const settings = `module.exports = ${JSON.stringify(
  {
    uiHost: '127.0.0.1',
    uiPort: port,
    flowFile: 'flows.json',
    credentialSecret: false,
    nodesDir: [root],
    telemetry: { enabled: false, updateNotification: false },
    // The empty list of catalogues keeps the editor from asking for the palette's on the network.
    editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [] } },
  },
  null,
  2,
)};\n`;

let stopping = false;
const children = new Set();
/** With --watch: by folder. */
const watchers = new Map();

/** A child process that lives and dies with this one, unless it is stopped by `end`. */
function start(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  child.once('exit', (code) => {
    if (children.delete(child)) stop(code ?? 1);
  });
  return child;
}

async function end(child) {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function stop(code) {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  for (const child of children) child.kill('SIGTERM');
  if (process.argv.includes('--watch')) process.exit();
}
process.once('SIGINT', () => stop(0));
process.once('SIGTERM', () => stop(0));

await mkdir(home, { recursive: true });
const nodes = await flows();
await writeFile(join(home, 'flows.json'), JSON.stringify(nodes, null, 2));
await writeFile(join(home, 'flows_cred.json'), JSON.stringify(credentials(nodes)));
await writeFile(join(home, 'settings.js'), settings);

const ports = ['--port', String(simulatorPort), '--control', String(controlPort)];
start([join(root, 'dist/src/simulator/cli.js'), '--servers', '2', ...ports]);
let nodeRed = startNodeRed(() => {
  console.log(`
  Node-RED with the sample flow    http://127.0.0.1:${port}
  What the simulator has received  http://127.0.0.1:${controlPort}

  A first message has gone out; its delivery report lies in the debug sidebar (the bug icon).
  Click an inject button for more. Ctrl-C stops everything.
`);
});
if (process.argv.includes('--watch')) watchSources();

function startNodeRed(ready) {
  const red = join(dirname(require.resolve('node-red/package.json')), 'red.js');
  const child = start([red, '-u', home, '-s', join(home, 'settings.js')]);
  child.stdout.on('data', (text) => {
    if (String(text).includes('Started flows')) ready();
  });
  return child;
}

/** Node-RED keeps templates and catalogues of its nodes from its start on, so that it starts anew for these too. */
function watchSources() {
  /** Milliseconds of quiet: an editor writes a file in several steps, and a branch changes many. */
  const quiet = 150;
  let timer;
  let turn = Promise.resolve();
  const changed = (folder, file) => {
    // Tests and what an editor keeps beside its files change nothing.
    if (!/\.(ts|html|css|json|md|svg)$/.test(String(file))) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      turn = turn.then(() => rebuild(join(folder, file)));
    }, quiet);
  };
  for (const folder of ['nodes', 'src', 'icons']) watchFolder(folder, changed);
}

/**
 * Folder by folder: on Linux a recursive watch follows each file, and loses one that is written anew in the place of the old,
 * as git and many editors do.
 */
function watchFolder(folder, changed) {
  watchers.get(folder)?.close();
  const watchIfFolder = (name) => {
    const path = join(folder, name);
    if (statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()) watchFolder(path, changed);
  };
  const watcher = watch(join(root, folder), (_event, name) => {
    watchIfFolder(name);
    changed(folder, name);
  });
  watchers.set(folder, watcher);
  for (const name of readdirSync(join(root, folder))) watchIfFolder(name);
}

async function rebuild(file) {
  console.log(`\n  ${file} has changed: building`);
  const tsup = join(dirname(require.resolve('tsup/package.json')), 'dist/cli-default.js');
  // Not a child that ends the others: a mistake in the source is mended, and built again.
  const build = spawn(process.execPath, [tsup, '--silent', '--no-clean'], { cwd: root, stdio: 'inherit' });
  const [code] = await once(build, 'exit');
  if (code !== 0 || stopping) return;
  await end(nodeRed);
  if (!stopping) nodeRed = startNodeRed(() => console.log('  Node-RED runs on it: reload the editor\n'));
}
