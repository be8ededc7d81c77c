import assert from 'node:assert/strict';
import { ACCOUNT, inBothEditors } from './bench';

inBothEditors('A first flow', (bench) => {
  it('drawn by hand sends an SMS and hears of its delivery', async () => {
    const { editor, simulator } = bench();
    const { page } = editor;
    const inject = await editor.drag('inject', 150, 100);
    const send = await editor.drag('smpp-send', 350, 100);
    const accepted = await editor.drag('debug', 550, 100);
    await editor.wire(inject, send);
    await editor.wire(send, accepted);

    await editor.edit(send);
    await editor.editPool();
    await page.fill('#node-config-input-name', 'Simulator');
    await page.fill('.smpp-host', '127.0.0.1');
    await page.fill('.smpp-port', String(simulator.servers[0]!.port));
    await editor.tab('account');
    await page.fill('#node-config-input-systemId', ACCOUNT.systemId);
    await page.fill('#node-config-input-password', ACCOUNT.password);
    await editor.done();
    await editor.typed('to', 'str', '447700900123');
    await editor.typed('from', 'str', 'ALERTS');
    await editor.typed('text', 'str', 'Pump 7 is over 90 degrees');
    await editor.done();

    const reports = await editor.drag('smpp-dlr-in', 200, 250);
    const delivered = await editor.drag('debug', 500, 250);
    await editor.wire(reports, delivered);
    await editor.edit(reports);
    await page.selectOption('#node-input-pool', { label: 'Simulator' });
    await editor.done();
    const status = await editor.drag('smpp-status', 200, 400);
    await editor.edit(status);
    await page.selectOption('#node-input-pool', { label: 'Simulator' });
    await editor.done();

    await editor.deploy();
    await editor.status(send).getByText('1/1 bound').waitFor();
    await editor.status(status).getByText('1/1 bound').waitFor();
    await editor.inject(inject);
    const debug = await editor.debug();
    await debug.filter({ hasText: 'DELIVERED' }).waitFor();
    await editor.status(send).getByText('1 sent').waitFor();
    assert.equal(await debug.count(), 2);
    assert.deepEqual(
      simulator.messages().map(({ to, from, text }) => ({ to, from, text })),
      [{ to: '447700900123', from: 'ALERTS', text: 'Pump 7 is over 90 degrees' }],
    );
  });
});
