import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { ACCOUNT, inBothEditors } from './bench';
import type { Editor } from './editor';

/** Of the editor, in the browser. */
declare const RED: any;

/** Fails unless the field is marked once it is left, and the sentence stands below it, for a screen reader too. */
async function complains({ page }: Editor, field: string, sentence: RegExp): Promise<void> {
  await page.keyboard.press('Tab');
  const input = page.locator(`${field}.input-error`);
  await input.waitFor();
  assert.equal(await input.getAttribute('aria-invalid'), 'true');
  assert.match(await page.locator(`#${(await input.getAttribute('aria-describedby'))!}`).innerText(), sentence);
}

async function pressDeploy(editor: Editor): Promise<string> {
  await editor.page.locator('#red-ui-header-button-deploy').click();
  const warning = editor.page.locator('.red-ui-notification').filter({ hasText: 'not properly configured' });
  return warning.innerText();
}

function marked(editor: Editor, id: string): Locator {
  return editor.node(id).locator('.red-ui-flow-node-error:not(.hide)');
}

inBothEditors('The dialogs', (bench) => {
  it('name what is wrong with a pool and mark the tab that holds it', async () => {
    const { editor } = bench();
    const { page } = editor;
    const send = await editor.drag('smpp-send', 200, 100);
    await editor.edit(send);
    await editor.editPool();
    const tab = (name: string): Locator => page.locator('#smpp-pool-tabs li').filter({ hasText: name });
    const problems = page.locator('.smpp-server .smpp-problem');
    await page.fill('.smpp-host', 'example .com');
    await page.fill('.smpp-port', '70000');
    await page.keyboard.press('Tab');
    assert.match(await problems.innerText(), /Host: Enter a host name.*Port: Enter a whole number from 1 to 65535/);
    assert.match((await tab('Servers').getAttribute('class')) ?? '', /smpp-has-error/);
    await editor.screenshot('pool with invalid servers');
    await page.fill('.smpp-host', 'smpp1.example.com');
    await page.fill('.smpp-port', '${PORT}');
    assert.equal(await problems.innerText(), '');
    assert.doesNotMatch((await tab('Servers').getAttribute('class')) ?? '', /smpp-has-error/);

    await page.fill('#node-config-input-window', '0');
    await complains(editor, '#node-config-input-window', /Enter a whole number, 1 or more/);
    await page.fill('#node-config-input-window', '10');
    await tab('Messages').click();
    await page.fill('#node-config-input-receiptTimezone', 'Mars/Olympus');
    await page.fill('#node-config-input-dltTags', '1400');
    await complains(editor, '#node-config-input-dltTags', /three hexadecimal tags/);
    await tab('Servers').click();
    assert.match((await tab('Messages').getAttribute('class')) ?? '', /smpp-has-error/);
    await editor.screenshot('pool with an invalid tab');
    await editor.done();
    await editor.done();
    assert.match(await pressDeploy(editor), /smpp-pool/);
  });

  it('name what is wrong with a send node, and so does Deploy', async () => {
    const { editor } = bench();
    const { page } = editor;
    const send = await editor.drag('smpp-send', 200, 100);
    await marked(editor, send).waitFor();
    await editor.edit(send);
    await editor.typed('to', 'str', 'Bob');
    await editor.typed('from', 'str', 'far too long a sender');
    await page.getByText('Delivery', { exact: true }).click();
    await page.fill('#node-input-validity', 'soon');
    await page.fill('#node-input-schedule', 'tomorrow');
    await complains(editor, '#node-input-validity', /Enter a whole number from 1 to 2678400/);
    await complains(editor, '#node-input-schedule', /2030-01-31T09:00:00/);
    const problem = (field: string): Locator => page.locator(`#node-input-${field} ~ .smpp-problem`);
    assert.match(await problem('to').innerText(), /Enter phone numbers/);
    assert.match(await problem('from').innerText(), /at most 11 plain letters/);
    await page.locator('#node-input-pool.input-error').waitFor();
    await editor.screenshot('send with invalid fields');
    await editor.done();
    await marked(editor, send).waitFor();
    assert.match(await pressDeploy(editor), /send SMS \(smpp-send\)/);
  });

  it('count segments as a text is typed, and name the character that makes it dear', async () => {
    const { editor } = bench();
    const { page } = editor;
    await editor.edit(await editor.drag('smpp-send', 200, 100));
    const counter = page.locator('#smpp-send-counter');
    const sample = page.locator('#smpp-send-sample');
    await sample.fill('a'.repeat(150));
    assert.match(await counter.innerText(), /^GSM 7-bit · 1 segment · 150 of 160 used, 10 left$/);
    await sample.pressSequentially('b'.repeat(11));
    assert.match(await counter.innerText(), /^GSM 7-bit · 2 segments · 8 of 153 used in the last one/);
    await sample.fill(`It’s ${'a'.repeat(100)}`);
    assert.match(await counter.innerText(), /^UCS-2 · 2 segments/);
    assert.match(await counter.innerText(), /’ \(U\+2019\) at position 3 needs UCS-2/);
    await page.getByText('What is sent').click();
    assert.equal(await page.locator('#smpp-send-segments q').count(), 2);
    await editor.screenshot('send with a dear text');
    await page.check('#node-input-smartEncoding');
    assert.match(await counter.innerText(), /^GSM 7-bit · 1 segment · 105 of 160 used, 55 left/);

    await editor.typed('text', 'str', 'चेतावनी');
    assert.equal(await sample.isVisible(), false);
    assert.match(await counter.innerText(), /^UCS-2 · 1 segment · 7 of 70 used/);
  });

  it('show again what was saved, and never a password', async () => {
    const { editor } = bench();
    const { page } = editor;
    const send = await editor.drag('smpp-send', 200, 100);
    const form = await editor.edit(send);
    const poolForm = await editor.editPool();
    await page.fill('#node-config-input-name', 'Acme');
    await page.fill('.smpp-host', 'smpp1.example.invalid');
    await page.fill('.smpp-port', '2775');
    await page.click('.red-ui-editableList-addButton:visible');
    await page.locator('.smpp-host').nth(1).fill('${SECOND_HOST}');
    await page.locator('.smpp-port').nth(1).fill('3550');
    await page.locator('.smpp-tls').nth(1).check();
    await page.locator('.smpp-binds').nth(1).fill('2');
    await page.locator('.smpp-throughput').nth(1).fill('0');
    await page.locator('.smpp-enabled').nth(1).uncheck();
    await page.fill('#node-config-input-binds', '3');
    assert.match(
      await page.locator('#smpp-pool-summary').innerText(),
      /^1 server × 3 binds, up to 50 messages a second/,
    );
    assert.equal(await page.locator('.smpp-binds').first().getAttribute('placeholder'), '3');
    await editor.tab('account');
    await page.fill('#node-config-input-systemId', ACCOUNT.systemId);
    await page.fill('#node-config-input-password', ACCOUNT.password);
    await page.selectOption('#node-config-input-tlsMinVersion', 'TLSv1');
    await editor.tab('messages');
    await page.fill('#node-config-input-dltPeId', '1101172974420810001');
    await page.selectOption('#node-config-input-dltTmForm', 'hash');
    await editor.tab('safety');
    await page.selectOption('#node-config-input-store', 'memory');
    await page.uncheck('#node-config-input-keepOnDeploy');
    await editor.tab('protocol');
    await page.selectOption('#node-config-input-bindMode', 'transmitter');
    const pool = { ...(await editor.values(poolForm)), 'node-config-input-password': '__PWRD__' };
    await editor.done();
    await editor.typed('to', 'flow', 'guard');
    await editor.typed('text', 'jsonata', '"Pump " & payload');
    await page.getByText('Delivery', { exact: true }).click();
    await page.selectOption('#node-input-failures', 'output');
    await page.fill('#node-input-validity', '600');
    await page.getByText('Advanced', { exact: true }).click();
    await page.check('#node-input-flash');
    await page.click('.red-ui-editableList-addButton:visible');
    await page.fill('.smpp-tag', '1403');
    await page.selectOption('.smpp-type', 'int16');
    const saved = await editor.values(form);
    await editor.done();
    assert.equal(await editor.node(send).locator('.red-ui-flow-port-output').count(), 2);
    await editor.deploy();

    await editor.reload();
    assert.deepEqual(await editor.values(await editor.edit(send)), saved);
    assert.deepEqual(await editor.values(await editor.editPool()), pool);
    await editor.tab('account');
    assert.equal(await editor.heard(ACCOUNT.systemId), true);
    assert.equal(await editor.heard(ACCOUNT.password), false);
  });

  it('of reports and status show what they emit and keep what was chosen', async () => {
    const { editor } = bench();
    const { page } = editor;
    const reports = await editor.drag('smpp-dlr-in', 200, 100);
    const reportForm = await editor.edit(reports);
    await page.selectOption('#node-input-emit', 'segment');
    assert.match(await page.locator('#smpp-dlr-in-report').innerText(), /"segment": 1/);
    await page.check('#node-input-incoming');
    await page.check('#node-input-intermediate');
    await editor.screenshot('delivery reports');
    const report = await editor.values(reportForm);
    await editor.done();
    assert.equal(await editor.node(reports).locator('.red-ui-flow-port-output').count(), 2);

    const status = await editor.drag('smpp-status', 200, 200);
    const statusForm = await editor.edit(status);
    await page.uncheck('#smpp-status-all');
    await page.check('[id="smpp-status-on-server.down"]');
    await page.fill('#node-input-interval', '60');
    await editor.screenshot('status');
    const events = await editor.values(statusForm);
    await editor.done();

    assert.deepEqual(await editor.values(await editor.edit(reports)), report);
    await editor.done();
    assert.deepEqual(await editor.values(await editor.edit(status)), events);
  });

  it('of reports chooses the nodes whose reports it takes', async () => {
    const { editor } = bench();
    const { page } = editor;
    const first = await editor.drag('smpp-send', 200, 100);
    await editor.edit(first);
    await page.fill('#node-input-name', 'alarms');
    await editor.editPool();
    await page.fill('.smpp-host', '127.0.0.1');
    await page.fill('.smpp-port', '2775');
    await editor.done();
    await editor.done();
    const second = await editor.drag('smpp-send', 200, 200);
    await editor.edit(second);
    await page.fill('#node-input-name', 'codes');
    const pool = await page.evaluate((id) => RED.nodes.node(id).pool as string, first);
    await page.selectOption('#node-input-pool', pool);
    await editor.done();
    const reports = await editor.drag('smpp-dlr-in', 200, 300);
    await editor.edit(reports);
    const list = page.locator('#smpp-dlr-in-senders');
    const hint = page.locator('#smpp-dlr-in-scope-hint');
    assert.equal(await page.locator('#node-input-scope-select').inputValue(), 'all');
    assert.equal(await list.isVisible(), false);
    await page.selectOption('#node-input-pool', pool);
    await page.selectOption('#node-input-scope-select', 'flow');
    assert.match(await hint.innerText(), /in this flow; in a subflow/);
    await page.selectOption('#node-input-scope-select', 'nodes');
    const entries = list.locator('.red-ui-treeList-label');
    assert.deepEqual(
      (await entries.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()),
      ['alarms Flow', 'codes Flow'],
    );
    await list.getByText('codes').click();
    await editor.screenshot('choosing senders');
    await editor.done();
    const scope = (): Promise<unknown> => page.evaluate((id) => RED.nodes.node(id).scope, reports);
    assert.deepEqual(await scope(), [second]);

    await editor.edit(reports);
    assert.equal(await list.locator('input:checked').count(), 1);
    await page.locator('#smpp-dlr-in-senders-filter').pressSequentially('alarm');
    await entries.filter({ hasText: 'codes' }).waitFor({ state: 'hidden' });
    await page.click('#smpp-dlr-in-select-senders');
    await editor.node(first).click({ modifiers: ['Control'] });
    await page.getByRole('button', { name: 'Done' }).last().click();
    await page.waitForTimeout(600);
    await editor.done();
    assert.deepEqual(((await scope()) as string[]).sort(), [first, second].sort());

    await editor.edit(reports);
    await page.selectOption('#node-input-scope-select', 'flow');
    await editor.done();
    assert.equal(await scope(), 'flow');
  });

  it('of a pool can be used by keyboard', async () => {
    const { editor } = bench();
    const { page } = editor;
    await editor.edit(await editor.drag('smpp-send', 200, 100));
    await editor.editPool();
    await page.focus('#node-config-input-name');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.match((await page.locator(':focus').textContent()) ?? '', /Account/);
    await page.keyboard.press('Enter');
    assert.equal(await page.isVisible('#node-config-input-systemId'), true);
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.isVisible('#node-config-input-from'), true);
    await page.keyboard.press('Home');
    assert.equal(await page.isVisible('.smpp-host'), true);
    assert.equal(await page.locator(':focus').getAttribute('aria-selected'), 'true');
  });

  it('of new nodes show nothing red before a field was left', async () => {
    const { editor } = bench();
    const { page } = editor;
    const red = (): Promise<string[]> =>
      page.locator('.smpp-problem:not(:empty), .smpp-has-error, [aria-invalid="true"]').allInnerTexts();
    await editor.edit(await editor.drag('smpp-send', 200, 100));
    assert.deepEqual(await red(), []);
    await editor.editPool();
    assert.deepEqual(await red(), []);
    await editor.tab('account');
    await page.focus('#node-config-input-systemId');
    await page.keyboard.press('Tab');
    assert.ok((await red()).includes('Enter the user name of the account (system id).'));
  });

  it('of a pool take an address as it is pasted, and are as wide as a host name needs', async () => {
    const { editor } = bench();
    const { page } = editor;
    await editor.edit(await editor.drag('smpp-send', 200, 100));
    const form = await editor.editPool();
    await page.fill('.smpp-host', 'smpps://smpp1.platform.example.com:3550');
    await page.keyboard.press('Tab');
    assert.equal(await page.inputValue('.smpp-host'), 'smpp1.platform.example.com');
    assert.equal(await page.inputValue('.smpp-port'), '3550');
    assert.equal(await page.isChecked('.smpp-tls'), true);
    assert.ok((await form.boundingBox())!.width >= 620);
    const fits = await page.locator('.smpp-host').evaluate((input) => input.scrollWidth <= input.clientWidth);
    assert.ok(fits, 'the host name does not fit');
    await editor.tab('safety');
    assert.match(await page.locator('.form-row', { hasText: 'Give up after' }).innerText(), /seconds\s+= 1 day/);
  });

  it('choose the only pool by themselves, and lead to the live view', async () => {
    const { editor } = bench();
    const { page } = editor;
    await editor.edit(await editor.drag('smpp-send', 200, 100));
    await editor.editPool();
    await page.fill('.smpp-host', 'smpp1.example.invalid');
    await page.fill('.smpp-port', '2775');
    await editor.done();
    await editor.done();
    await editor.edit(await editor.drag('smpp-dlr-in', 200, 200));
    assert.match(
      (await page.locator('#node-input-pool option:checked').textContent()) ?? '',
      /smpp1\.example\.invalid:2775/,
    );
    await editor.editPool();
    await page.click('#smpp-pool-live');
    await page.locator('.smpp-live').waitFor();
  });
});
