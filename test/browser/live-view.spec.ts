import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { Flow } from '../support/node-red';
import { ACCOUNT, inBothEditors, type Bench } from './bench';

/** A pool to both servers, and an inject node that sends. */
async function runFlow({ nodeRed, simulator, editor }: Bench): Promise<void> {
  const tab = 'f0f0f0f0f0f0f0f0';
  const pool = 'e1e1e1e1e1e1e1e1';
  const servers = simulator.servers.map(({ port }) => ({ host: '127.0.0.1', port, tls: false, enabled: true }));
  const flows: Flow[] = [
    { id: tab, type: 'tab', label: 'Flow' },
    { id: pool, type: 'smpp-pool', name: 'Acme', servers, binds: 1, store: 'memory', credentials: ACCOUNT },
    { id: 'a1', type: 'inject', z: tab, props: [], x: 150, y: 100, wires: [['a2']] },
    {
      id: 'a2',
      type: 'smpp-send',
      z: tab,
      pool,
      to: '447700900123',
      toType: 'str',
      text: 'A private word',
      textType: 'str',
      x: 350,
      y: 100,
      wires: [[]],
    },
  ];
  await nodeRed.deploy(flows);
  await editor.reload();
  await editor.invoke('smpp:show-live-view');
}

async function control({ simulator }: Bench, what: string): Promise<void> {
  const { ok } = await fetch(`${simulator.controlUrl}/servers/1/${what}`, { method: 'POST' });
  assert.ok(ok);
}

inBothEditors('The live view', (bench) => {
  const server = (number: number): Locator =>
    bench().editor.page.getByRole('region', {
      name: `127.0.0.1:${String(bench().simulator.servers[number - 1]!.port)}`,
    });
  const state = (card: Locator, word: string): Promise<void> =>
    card.locator('.smpp-live-state').first().getByText(word, { exact: true }).waitFor();

  it('shows a server go down and come back, and what is sent meanwhile', async () => {
    const { editor } = bench();
    await runFlow(bench());
    await state(server(1), 'up');
    await state(server(2), 'up');
    await control(bench(), 'stop');
    await state(server(1), 'down');
    await server(1).getByText('Last error').waitFor();
    await editor.screenshot('live view, a server down');
    await editor.inject('a1');
    await editor.status('a2').getByText('1 sent').waitFor();
    const accepted = editor.page.locator('.smpp-live-totals div').filter({ hasText: 'accepted' });
    await accepted.getByText('1', { exact: true }).waitFor();
    await control(bench(), 'start');
    await server(1)
      .getByRole('button', { name: /^Reconnect/ })
      .click();
    await state(server(1), 'up');
    const told = JSON.stringify(editor.told.filter(({ topic }) => topic.startsWith('smpp-pool/live')));
    assert.match(told, /"accepted":1/);
    for (const secret of ['A private word', '447700900123', ACCOUNT.systemId, ACCOUNT.password])
      assert.ok(!told.includes(secret));
  });

  it('asks before it discards what waits, and says how many', async () => {
    await runFlow(bench());
    await state(server(1), 'up');
    const { editor, simulator } = bench();
    const { page } = editor;
    const button = (name: RegExp): Locator => page.getByRole('button', { name });
    const answer = (question: string, name: string): Promise<void> =>
      page
        .locator('.red-ui-notification')
        .filter({ hasText: question })
        .last()
        .getByText(name, { exact: true })
        .click();
    await button(/^Disconnect Acme/).click();
    await page.getByText('Disconnect Acme from all servers?').waitFor();
    await editor.screenshot('a question');
    await answer('Disconnect Acme', 'No');
    await page.getByText('Disconnect Acme from all servers?').waitFor({ state: 'detached' });
    assert.ok(simulator.state().servers[0]!.binds > 0);
    await button(/^Disconnect Acme/).click();
    await answer('Disconnect Acme', 'Yes');
    await state(server(1), 'stopped');
    await editor.inject('a1');
    await page.getByText(/^1 waiting ·/).waitFor();
    await page.getByRole('button', { name: /^Discard what waits/ }).click();
    await page.getByText('Discard what waits in Acme (1)?').waitFor();
    await answer('Discard what waits', 'Yes');
    await page.getByText('Discarded: 1').waitFor();
    await editor.screenshot('live view, discarded');
    assert.deepEqual(simulator.messages(), []);
  });

  it('leaves and joins a server by its buttons, with the keyboard alone', async () => {
    await runFlow(bench());
    await state(server(1), 'up');
    const { page } = bench().editor;
    await server(1)
      .getByRole('button', { name: /^Disconnect/ })
      .focus();
    await page.keyboard.press('Enter');
    await state(server(1), 'stopped');
    assert.equal(bench().simulator.state().servers[0]!.binds, 0);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await state(server(1), 'up');
  });
});
