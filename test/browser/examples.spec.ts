import assert from 'node:assert/strict';
import { ACCOUNT, inBothEditors } from './bench';

declare const RED: any;

inBothEditors('The examples', (bench) => {
  it('come from the import menu, and the first one works once it has its account', async () => {
    const { editor, simulator } = bench();
    const { page } = editor;
    await editor.importExample('1 - First light');
    const send = await editor.find('smpp-send');
    await editor.edit(send);
    await editor.editPool();
    await page.locator('.smpp-port').nth(0).fill(String(simulator.servers[0]!.port));
    await page.locator('.smpp-port').nth(1).fill(String(simulator.servers[1]!.port));
    await editor.tab('account');
    await page.fill('#node-config-input-systemId', ACCOUNT.systemId);
    await page.fill('#node-config-input-password', ACCOUNT.password);
    await editor.done();
    await editor.done();
    await editor.deploy();
    await editor.status(send).getByText('sent').waitFor();
    const debug = await editor.debug();
    await debug.filter({ hasText: 'DELIVERED' }).waitFor();
    assert.equal(simulator.messages().length, 1);
  });

  it('all know their nodes', async () => {
    const { editor } = bench();
    const names = await editor.exampleNames();
    assert.ok(names.length > 1);
    for (const name of names) await editor.importExample(name, name !== names[0]);
    const unknown = await editor.page.evaluate(() => {
      const types: string[] = [];
      RED.nodes.eachNode((node: { type: string }) => types.push(node.type));
      return types.filter((type) => type === 'unknown');
    });
    assert.deepEqual(unknown, []);
    assert.equal(await editor.page.locator('#red-ui-workspace-tabs > li').count(), names.length + 1);
  });
});
