// Everything on one machine, with no account: the simulator and Node-RED with the main example deployed.
import { spawn } from 'node:child_process';
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

/** A child process that lives and dies with this one. */
function start(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  child.once('exit', (code) => stop(code ?? 1));
  return child;
}

let stopping = false;
const children = [];
function stop(code) {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  for (const child of children) child.kill('SIGTERM');
}
process.once('SIGINT', () => stop(0));
process.once('SIGTERM', () => stop(0));

await mkdir(home, { recursive: true });
const nodes = await flows();
await writeFile(join(home, 'flows.json'), JSON.stringify(nodes, null, 2));
await writeFile(join(home, 'flows_cred.json'), JSON.stringify(credentials(nodes)));
await writeFile(join(home, 'settings.js'), settings);

const ports = ['--port', String(simulatorPort), '--control', String(controlPort)];
children.push(start([join(root, 'dist/src/simulator/cli.js'), '--servers', '2', ...ports]));
const red = join(dirname(require.resolve('node-red/package.json')), 'red.js');
const nodeRed = start([red, '-u', home, '-s', join(home, 'settings.js')]);
children.push(nodeRed);

nodeRed.stdout.on('data', (text) => {
  if (!String(text).includes('Started flows')) return;
  console.log(`
  Node-RED with the sample flow    http://127.0.0.1:${port}
  What the simulator has received  http://127.0.0.1:${controlPort}

  A first message has gone out; its delivery report lies in the debug sidebar (the bug icon).
  Click an inject button for more. Ctrl-C stops everything.
`);
});
