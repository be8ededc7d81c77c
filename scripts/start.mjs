// Everything on one machine, with no account: the simulator and Node-RED with the main example deployed.
// What lies in .demo is kept from one start to the next; with --reset it begins anew.
// With --watch (npm run dev) a change of nodes, src or icons is built and Node-RED starts anew on it; the simulator stays.
import { spawn } from 'node:child_process';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, statSync, readdirSync, watch } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
/** The variable is for tests, which must not touch a demo that somebody keeps. */
const home = process.env.DEMO_HOME ?? join(root, '.demo');
const inHome = (name) => join(home, name);
const port = Number(process.env.PORT ?? 1880);
const simulatorPort = Number(process.env.SIM_PORT ?? 2775);
const controlPort = Number(process.env.SIM_CONTROL_PORT ?? 2780);
/** What an example names. */
const EXAMPLE_PORT = 2775;

/** Servers of the simulator follow it to other ports. @returns true where one was moved */
function moveServers(nodes, from) {
  let moved = false;
  for (const { type, servers } of nodes) {
    if (type !== 'smpp-pool' || !Array.isArray(servers)) continue;
    for (const server of servers) {
      const place = Number(server.port) - from;
      if (server.host !== '127.0.0.1' || (place !== 0 && place !== 1) || from === simulatorPort) continue;
      server.port = simulatorPort + place;
      moved = true;
    }
  }
  return moved;
}

/** Flows and settings of the first start. The port comes from the environment at each start, so that the file can stay. */
async function createHome() {
  const secret = randomBytes(32).toString('hex');
  const nodes = JSON.parse(await readFile(join(root, 'examples', '1 - First light.json'), 'utf8'));
  moveServers(nodes, EXAMPLE_PORT);
  const pools = nodes.filter(({ type }) => type === 'smpp-pool');
  const account = { systemId: 'demo', password: 'demo' };
  const credentials = Object.fromEntries(pools.map(({ id }) => [id, account]));
  const settings = {
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    credentialSecret: secret,
    nodesDir: [root],
    telemetry: { enabled: false, updateNotification: false },
    // The empty list of catalogues keeps the editor from asking for the palette's on the network.
    editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [] } },
  };
  const text = `module.exports = { uiPort: Number(process.env.PORT ?? 1880), ...${JSON.stringify(settings, null, 2)} };\n`;
  await writeFile(inHome('settings.js'), text);
  await writeFile(inHome('flows_cred.json'), JSON.stringify(encrypted(credentials, secret)));
  await writeFile(inHome('flows.json'), JSON.stringify(nodes, null, 2));
}

/** As Node-RED keeps credentials. */
function encrypted(credentials, secret) {
  const vector = randomBytes(16);
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(secret).digest(), vector);
  const text = cipher.update(JSON.stringify(credentials), 'utf8', 'base64') + cipher.final('base64');
  return { $: vector.toString('hex') + text };
}

/** The flows that are there stay; only where the simulator listens elsewhere than last time do its servers follow. */
async function keepHome() {
  const last = await readFile(inHome('simulator-port'), 'utf8').catch(() => String(EXAMPLE_PORT));
  const nodes = JSON.parse(await readFile(inHome('flows.json'), 'utf8'));
  if (moveServers(nodes, Number(last))) await writeFile(inHome('flows.json'), JSON.stringify(nodes, null, 2));
}

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

if (isStale() && !(await build())) process.exit(1);
if (process.argv.includes('--reset')) await rm(home, { recursive: true, force: true });
await mkdir(home, { recursive: true });
const kept = existsSync(inHome('flows.json'));
await (kept ? keepHome() : createHome());
await writeFile(inHome('simulator-port'), String(simulatorPort));

const ports = ['--port', String(simulatorPort), '--control', String(controlPort)];
start([join(root, 'dist/src/simulator/cli.js'), '--servers', '2', ...ports]);
let nodeRed = startNodeRed(() => {
  const flows = kept ? 'your flows as you left them' : 'the sample flow';
  console.log(`
  Node-RED with ${flows.padEnd(33)}http://127.0.0.1:${port}
  What the simulator has received                http://127.0.0.1:${controlPort}

  The sample flow sends one message by itself. The line under "accepted" and under "delivery report" says what
  became of it, whenever you look. Click an inject button for more; the bug icon shows each message in full.
  Ctrl-C stops everything. What you change is kept; npm start -- --reset begins anew.
`);
});
if (process.argv.includes('--watch')) watchSources();

function startNodeRed(ready) {
  const red = join(dirname(require.resolve('node-red/package.json')), 'red.js');
  const child = start([red, '-u', home, '-s', inHome('settings.js')]);
  const look = (text) => {
    if (!String(text).includes('Started flows')) return;
    // Every deploy says so again.
    child.stdout.off('data', look);
    ready();
  };
  child.stdout.on('data', look);
  return child;
}

/** True where nothing is built yet, or a source is newer than what was built. */
function isStale() {
  const sources = ['nodes', 'src', 'icons', 'scripts/build'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  );
  const changed = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const built = changed('dist/nodes/smpp-pool.js');
  return [...sources, 'tsup.config.ts', 'package.json'].some((path) => changed(path) > built);
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

/** @returns false where the build has failed, and said why */
async function build(...options) {
  const tsup = join(dirname(require.resolve('tsup/package.json')), 'dist/cli-default.js');
  const child = spawn(process.execPath, [tsup, '--silent', ...options], { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}

async function rebuild(file) {
  console.log(`\n  ${file} has changed: building`);
  // A mistake in the source is mended, and built again.
  if (!(await build('--no-clean')) || stopping) return;
  await end(nodeRed);
  if (!stopping) nodeRed = startNodeRed(() => console.log('  Node-RED runs on it: reload the editor\n'));
}
