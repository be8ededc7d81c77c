// Makes the pictures of the README, from the first example and the simulator: npm run screenshots
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSimulator } from '../src/simulator/simulator';
import { Editor, openBrowser } from '../test/browser/editor';
import { newUserDir, NodeRed, removeUserDir, ROOT, type Flow } from '../test/support/node-red';

const IMAGES = join(ROOT, 'docs/images');
/** Seconds of traffic; the live view's chart is a minute wide. */
const TRAFFIC = 65;
/** When the second server stops, in seconds. */
const OUTAGE = 40;

async function main(): Promise<void> {
  const flows = JSON.parse(await readFile(join(ROOT, 'examples/1 - First light.json'), 'utf8')) as Flow[];
  const pool = flows.find(({ type }) => type === 'smpp-pool')!.id;
  // Ports and account as the example has them.
  const simulator = await createSimulator({ port: 2775 });
  const userDir = await newUserDir();
  const credentials = { [pool]: { systemId: 'demo', password: 'demo' } };
  const nodeRed = await NodeRed.start({ flows, credentials, userDir });
  const browser = await openBrowser();
  const press = (name: string): Promise<unknown> =>
    fetch(`${nodeRed.url}/inject/${flows.find((node) => node.name === name)!.id}`, { method: 'POST' });
  try {
    await mkdir(IMAGES, { recursive: true });
    const page = await browser.newPage({ viewport: { width: 1250, height: 735 }, deviceScaleFactor: 1.25 });
    const editor = await Editor.open(page, nodeRed.url, '');
    await page.addStyleTag({ content: '#red-ui-notifications { display: none !important }' });
    await editor.invoke('core:toggle-palette');
    const debug = await editor.debug();
    const reports = debug.filter({ hasText: 'node: delivery report' });
    await press('Send one alert');
    await reports.waitFor();
    await press('A number that fails with a DLT error');
    await reports.nth(1).waitFor();
    await editor
      .status(await editor.find('smpp-send'))
      .getByText('sent')
      .waitFor();
    await page.screenshot({ path: join(IMAGES, 'flow.png') });

    await page.setViewportSize({ width: 900, height: 880 });
    await editor.invoke('smpp:show-live-view');
    for (let second = 0; second < TRAFFIC; second += 1) {
      const messages = Math.round(8 + 5 * Math.sin(second / 9));
      if (second === OUTAGE) await fetch(`${simulator.controlUrl}/servers/2/stop`, { method: 'POST' });
      await Promise.all(Array.from({ length: messages }, () => press('One text to three numbers')));
      await sleep(950);
    }
    await page.locator('.smpp-live').screenshot({ path: join(IMAGES, 'live-view.png') });
  } finally {
    await browser.close();
    await nodeRed.stop();
    await simulator.close();
    await removeUserDir(userDir);
  }
}

void main();
