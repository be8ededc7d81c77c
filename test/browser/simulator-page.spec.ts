import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { createSimulator, type Simulator } from '../../src/simulator/simulator';
import { eventually } from '../support/eventually';
import { openBrowser } from './editor';

describe("The simulator's page", () => {
  let browser: Browser;
  let page: Page;
  let simulator: Simulator;

  before(async () => {
    browser = await openBrowser();
    simulator = await createSimulator({ servers: 2 });
    page = await browser.newPage();
    await page.goto(simulator.controlUrl);
  });

  after(async () => {
    await browser?.close();
    await simulator?.close();
  });

  it('turns a fault on and off by its button', async () => {
    const button = page.getByRole('button', { name: 'Silent, server 1' });
    await button.click();
    await page.locator('[aria-label="Silent, server 1"][aria-pressed="true"]').waitFor();
    assert.equal(simulator.state().servers[0]!.faults.silent, true);
    await button.click();
    await eventually('off', () => !simulator.state().servers[0]!.faults.silent);
  });

  it('delivers an incoming text by its form', async () => {
    await page.getByLabel('Text').fill('STATUS');
    await page.getByRole('button', { name: 'Deliver' }).click();
    await page.getByText('delivered', { exact: true }).waitFor();
  });

  it('resets everything', async () => {
    await page.getByRole('button', { name: 'Stop server 2' }).click();
    await eventually('stopped', () => simulator.state().servers[1]!.state === 'stopped');
    await page.getByRole('button', { name: 'Reset everything' }).click();
    await eventually('up again', () => simulator.state().servers[1]!.state === 'up');
  });
});
