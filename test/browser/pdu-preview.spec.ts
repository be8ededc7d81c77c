import assert from 'node:assert/strict';
import { inBothEditors } from './bench';

inBothEditors('The PDU preview', (bench) => {
  it('stands beside each segment in the send dialog, and follows what is changed', async () => {
    const { editor } = bench();
    const { page } = editor;
    await editor.edit(await editor.drag('smpp-send', 200, 100));
    await editor.typed('to', 'str', '919876500123');
    await editor.typed('from', 'str', 'PUMPCO');
    await editor.typed('peId', 'str', '1101172974420810001');
    await page.fill('#smpp-send-sample', 'न'.repeat(71));
    await page.locator('#smpp-send-preview > summary').click();
    const [first, second] = [0, 1].map((index) => page.locator('#smpp-send-segments > li').nth(index));
    await second!.getByText('05 00 03 ·· 02 02').waitFor();
    assert.match(await first!.innerText(), /data_coding\s+0x08/);
    assert.match(await first!.innerText(), /source_addr\s+PUMPCO \(TON 5, NPI 0\)/);
    assert.match(await first!.innerText(), /TLV 1400\s+31 31 30 .*\(1101172974420810001\)/);
    assert.match(await page.locator('#smpp-send-pdu-note').innerText(), /: Template id, Telemarketer id\.$/);
    await editor.screenshot('pdu preview');

    await page.getByText('Advanced', { exact: true }).click();
    await page.selectOption('#node-input-longMessage', 'sar');
    await first!.getByText('TLV 020E').waitFor();
    await page.fill('#smpp-send-sample', 'Hello');
    await first!.getByText('48 65 6C 6C 6F').waitFor();
    assert.equal(await second!.count(), 0);
  });

  it('is the reason of the runtime where a message cannot be sent', async () => {
    const { editor } = bench();
    const { page } = editor;
    await editor.edit(await editor.drag('smpp-send', 200, 100));
    await editor.typed('to', 'str', 'Bob');
    await page.fill('#smpp-send-sample', 'Hello');
    await page.locator('#smpp-send-preview > summary').click();
    await page.locator('#smpp-send-pdu-note').getByText('"Bob" is not a phone number').waitFor();
  });
});
