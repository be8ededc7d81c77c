import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';

/** Of the editor, in the browser; functions given to `evaluate` run there. */
declare const RED: any;

/** Milliseconds that a dialog takes to slide in or out; what is clicked meanwhile goes elsewhere. */
const TRAY = 400;

const OUTPUT = join(__dirname, 'output');

export function openBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-dev-shm-usage'];
  // Its own answer to SIGTERM closes the browser and leaves this process waiting for it.
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args, handleSIGTERM: false });
}

/** A person at the Node-RED editor: what they do, and what they see. */
export class Editor {
  readonly page: Page;
  /** Errors of the console, of scripts and of requests since the page was opened. */
  readonly errors: string[] = [];
  /** Everything that Node-RED has answered. */
  readonly #answers: Promise<string>[] = [];
  /** What Node-RED has told unasked. */
  readonly told: { readonly topic: string; readonly data: unknown }[] = [];
  readonly #name: string;

  private constructor(page: Page, name: string) {
    this.page = page;
    this.#name = name;
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(`${message.text()} ${message.location().url}`);
    });
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => this.told.push(...[JSON.parse(String(payload))].flat()));
    });
    page.on('response', (response) => this.#answers.push(response.text().catch(() => '')));
  }

  /** @param name begins the names of its screenshots. */
  static async open(page: Page, url: string, name: string): Promise<Editor> {
    const editor = new Editor(page, name);
    await page.goto(url);
    await editor.#loaded();
    return editor;
  }

  /** Opens the editor anew, with the flows that are deployed. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#loaded();
  }

  async #loaded(): Promise<void> {
    const { page } = this;
    await page.waitForFunction(() => RED?.nodes?.getType?.('smpp-status') && RED.workspaces.active());
    await page.locator('#red-ui-header-button-deploy').waitFor();
  }

  async close(): Promise<void> {
    await this.page.close();
  }

  async screenshot(name: string): Promise<void> {
    await mkdir(OUTPUT, { recursive: true });
    const file = `${this.#name} ${name}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    await this.page.screenshot({ path: join(OUTPUT, `${file}.png`) });
  }

  /** True where any answer of Node-RED to this page held the text. */
  async heard(text: string): Promise<boolean> {
    return (await Promise.all(this.#answers)).some((answer) => answer.includes(text));
  }

  /** Drags a node from the palette into the flow. @returns its id. */
  async drag(type: string, x: number, y: number): Promise<string> {
    const before = await this.#nodeIds();
    const entry = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await entry.scrollIntoViewIfNeeded();
    await entry.dragTo(this.page.locator('#red-ui-workspace-chart'), { targetPosition: { x, y } });
    const [id] = (await this.#nodeIds()).filter((found) => !before.includes(found));
    assert.ok(id, `no ${type} in the flow`);
    return id;
  }

  async #nodeIds(): Promise<string[]> {
    return this.page.locator('.red-ui-flow-node-group').evaluateAll((nodes) => nodes.map(({ id }) => id));
  }

  /** Id of the first node of a type in the flow that is shown. */
  async find(type: string): Promise<string> {
    return this.page.evaluate(
      (wanted) => RED.nodes.filterNodes({ type: wanted, z: RED.workspaces.active() })[0].id,
      type,
    );
  }

  node(id: string): Locator {
    return this.page.locator(`[id="${id}"]`);
  }

  /** Draws a wire from a node's output to another's input. */
  async wire(from: string, to: string, output = 0): Promise<void> {
    await this.node(from).locator('.red-ui-flow-port-output .red-ui-flow-port').nth(output).hover();
    await this.page.mouse.down();
    await this.node(to).locator('.red-ui-flow-port-input .red-ui-flow-port').hover();
    await this.page.mouse.up();
  }

  /** Opens a node's dialog. @returns its form. */
  async edit(id: string): Promise<Locator> {
    await this.node(id).dblclick();
    return this.#tray('#node-dialog-ok');
  }

  /** Opens the dialog of a node's pool, a new one where none is chosen yet. @returns its form. */
  async editPool(): Promise<Locator> {
    const fresh = (await this.page.locator('#node-input-pool').inputValue()) === '_ADD_';
    await this.page.locator(fresh ? '#node-input-btn-pool-add' : '#node-input-btn-pool-edit').click();
    return this.#tray('#node-config-dialog-ok');
  }

  async #tray(button: string): Promise<Locator> {
    await this.page.locator(button).waitFor();
    await this.page.waitForTimeout(TRAY);
    const form = this.page.locator('.red-ui-tray').last();
    const untranslated = /smpp-(pool|send|dlr-in|status)\.\w+/.exec((await form.textContent()) ?? '');
    if (untranslated) this.errors.push(`a catalogue has no ${untranslated[0]}`);
    return form;
  }

  /** Done, in the dialog on top. */
  async done(): Promise<void> {
    const button = this.page.locator('#node-dialog-ok, #node-config-dialog-ok').last();
    const id = await button.getAttribute('id');
    await button.click();
    await this.page.locator(`#${id!}`).waitFor({ state: 'detached' });
    await this.page.waitForTimeout(TRAY);
  }

  /** Turns to a tab of the pool's dialog. */
  async tab(name: string): Promise<void> {
    // By key: two clicks within 400 ms are a double click to the editor, on whichever tabs.
    await this.page.locator(`a[href="#smpp-pool-tab-${name}"]`).press('Enter');
  }

  /** Sets type and value of a TypedInput, as its menu and its field do. */
  async typed(property: string, type: string, value: string): Promise<void> {
    const widget = this.page.locator(`#node-input-${property} + .red-ui-typedInput-container`);
    const entry = this.page.locator(`.red-ui-typedInput-options:visible a[value="${type}"]`);
    // A dialog that comes to rest takes the focus, and that closes the menu.
    while (!(await entry.isVisible())) {
      await widget.locator('.red-ui-typedInput-type-select').click();
      await this.page.waitForTimeout(100);
    }
    await entry.click();
    await widget.locator('input').fill('');
    // Such a field listens to keys.
    await widget.locator('input').pressSequentially(value);
  }

  /** What the fields of a form hold, by id or, in lists, by place. */
  async values(form: Locator): Promise<Record<string, string | boolean>> {
    const fields = await form
      .locator('.smpp-form')
      .locator('input, select, textarea')
      .evaluateAll((all: any[]) => all.map(({ id, type, checked, value }) => ({ id, type, checked, value })));
    return Object.fromEntries(
      fields.map(({ id, type, checked, value }, index) => [
        id || `#${String(index)}`,
        type === 'checkbox' ? checked : value,
      ]),
    );
  }

  /** Presses Deploy; resolves when the flows run. */
  async deploy(): Promise<void> {
    await this.page.locator('#red-ui-header-button-deploy').click();
    await this.page.waitForFunction(() => !RED.nodes.dirty());
  }

  /** Presses the button of an inject node. */
  async inject(id: string): Promise<void> {
    await this.node(id).locator('.red-ui-flow-node-button-button').click();
  }

  /** The status line under a node. */
  status(id: string): Locator {
    return this.node(id).locator('.red-ui-flow-node-status-label');
  }

  /** The messages in the debug sidebar. */
  async debug(): Promise<Locator> {
    await this.page.evaluate(() => RED.sidebar.show('debug'));
    return this.page.locator('.red-ui-debug-msg');
  }

  /** Does what a menu entry or a key does. */
  async invoke(action: string): Promise<void> {
    await this.page.evaluate((name) => RED.actions.invoke(name), action);
  }

  /** Names of the package's examples in the import menu, which it leaves open. */
  async exampleNames(): Promise<string[]> {
    await this.invoke('core:show-examples-import-dialog');
    const entries = this.page.locator('#red-ui-clipboard-dialog-import-tab-examples .red-ui-treeList-label:visible');
    await entries.getByText('@smpp-nodes').click();
    await entries.getByText('node-red-smpp').click();
    await entries.getByText(/^\d/).first().waitFor();
    return entries.getByText(/^\d/).allInnerTexts();
  }

  /** Imports an example from the menu, as a copy where the flow has its nodes already; the editor shows its flow. */
  async importExample(name: string, copy = false): Promise<void> {
    await this.exampleNames();
    const ok = this.page.locator('#red-ui-clipboard-dialog-ok');
    // While the list unfolds a click may choose nothing.
    while (!(await ok.isEnabled())) {
      await this.page.locator('#red-ui-clipboard-dialog .red-ui-treeList-label').getByText(name).click();
      await this.page.waitForTimeout(100);
    }
    await ok.click();
    if (copy) await this.page.getByRole('button', { name: 'Import copy' }).click();
    await this.page.locator('.red-ui-notification').getByText('Imported').last().waitFor();
    await this.page.evaluate(() => RED.workspaces.show(RED.nodes.getWorkspaceOrder().at(-1)));
  }
}
