import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Locator } from 'playwright-core';
import { ACCOUNT, inBothEditors, type Bench } from './bench';

interface Form {
  readonly port: number;
  readonly tls?: boolean;
  readonly password?: string;
}

/** A new pool's dialog, filled in. */
async function poolDialog({ editor }: Bench, { port, tls, password = ACCOUNT.password }: Form): Promise<void> {
  const { page } = editor;
  await editor.edit(await editor.drag('smpp-send', 200, 100));
  await editor.editPool();
  await page.fill('.smpp-host', '127.0.0.1');
  await page.fill('.smpp-port', String(port));
  if (tls) await page.check('.smpp-tls');
  await editor.tab('account');
  await page.fill('#node-config-input-systemId', ACCOUNT.systemId);
  await page.fill('#node-config-input-password', password);
  await editor.tab('servers');
}

/** Presses the button of the row and waits for the verdict. */
async function test({ editor }: Bench): Promise<{ readonly steps: Locator; readonly verdict: string }> {
  await editor.page.click('.smpp-test');
  const verdict = editor.page.locator('#smpp-pool-test-status').getByText(/work\.|works\.|was not tried\./);
  await verdict.waitFor();
  await editor.page.locator('#smpp-pool-test-status').scrollIntoViewIfNeeded();
  return { steps: editor.page.locator('.smpp-result').getByRole('listitem'), verdict: await verdict.innerText() };
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

inBothEditors('Test connection', (bench) => {
  it('tells every step of a bind that works, and leaves', async () => {
    const { simulator } = bench();
    await poolDialog(bench(), { port: simulator.servers[0]!.port });
    const { steps, verdict } = await test(bench());
    assert.match(verdict, /works/);
    const texts = (await steps.allInnerTexts()).join('\n');
    assert.match(texts, /Connected to 127\.0\.0\.1.*Bound as transceiver, SMPP 3\.4.*Unbound/s);
    assert.equal(simulator.state().servers[0]!.binds, 0);
    await bench().editor.page.fill('.smpp-port', '2775');
    assert.equal(await bench().editor.page.isVisible('.smpp-result'), false);
  });

  it('tells of a wrong password', async () => {
    await poolDialog(bench(), { port: bench().simulator.servers[0]!.port, password: 'wrong' });
    const { steps, verdict } = await test(bench());
    assert.match(verdict, /does not work/);
    assert.match(await steps.last().innerText(), /The password is wrong.*ESME_RINVPASWD \(0x0E\)/s);
  });

  it('tells that nothing listens', async () => {
    await poolDialog(bench(), { port: await unusedPort() });
    const { steps, verdict } = await test(bench());
    assert.match(verdict, /does not work/);
    assert.match(await steps.last().innerText(), /Nothing listens on this port/);
  });

  it('tells of a certificate that cannot be trusted', async () => {
    await poolDialog(bench(), { port: bench().simulator.servers[0]!.tlsPort!, tls: true });
    const { steps, verdict } = await test(bench());
    assert.match(verdict, /does not work/);
    assert.match(await steps.last().innerText(), /The certificate is self-signed/);
  });

  it('does not send the stored password anywhere but to the deployed server', async () => {
    const { editor, simulator } = bench();
    await poolDialog(bench(), { port: simulator.servers[0]!.port });
    await editor.done();
    await editor.done();
    await editor.deploy();
    const send = await editor.find('smpp-send');
    await editor.edit(send);
    await editor.editPool();
    const deployed = await test(bench());
    assert.match(deployed.verdict, /works/);
    await editor.page.fill('.smpp-port', String(simulator.servers[1]!.port));
    const moved = await test(bench());
    assert.match(await moved.steps.last().innerText(), /Enter the password once more/);
    assert.equal(await editor.heard(ACCOUNT.password), false);
  });
});
