import { ConnectionTest } from './editor/connection-test';
import { explainSeconds, fieldText, fillDefaults, markErrors, numberOrText } from './editor/form';
import { LiveView } from './editor/live/live-view';
import { SERVER_FIELDS, validators } from './editor/pool-settings';
import { leave, leaveFilled, problemPlace, showProblem, watchProblems } from './editor/problems';
import { splitAddress } from './editor/server-address';
import { summarise } from './editor/summary';
import type { ServerRow } from './editor/summary';
import { matches } from './editor/validate';

const TABS = ['servers', 'account', 'messages', 'safety', 'protocol'] as const;

/** Settings whose seconds are said in larger units too. */
const SECONDS = ['receiptExpiry', 'receiptWait', 'messageExpiry'] as const;

let liveView: LiveView | null = null;

/** The connection test of the open dialog. */
let connectionTest: ConnectionTest | undefined;

RED.nodes.registerType('smpp-pool', {
  category: 'config',
  defaults: dialogDefaults(validators),
  credentials: {
    systemId: { type: 'text', validate: matches(/\S/, 'systemId') },
    password: { type: 'password' },
    redisUser: { type: 'text' },
    redisPassword: { type: 'password' },
  },
  label() {
    return this.name || firstServer(this.servers) || this._('smpp-pool.label.pool');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  onpaletteadd() {
    if (liveView) return;
    liveView = new LiveView((key, values) => RED.nodes.getType('smpp-pool')._!(`smpp-pool.live.${key}`, values));
    liveView.open();
  },
  onpaletteremove() {
    liveView?.close();
    liveView = null;
  },
  oneditprepare() {
    fillDefaults(this, 'node-config-input');
    prepareTabs(this);
    prepareServers(this);
    prepareStore(this);
    for (const name of SECONDS) explainSeconds($(`#node-config-input-${name}`));
    watchProblems(this, 'node-config-input');
    $('#smpp-pool-live').on('click', () => {
      liveView?.show();
    });
    $('#smpp-pool-zones').append(Intl.supportedValuesOf('timeZone').map((zone) => $('<option>').val(zone)));
  },
  oneditsave() {
    this.servers = readRows();
    connectionTest?.forget();
  },
  oneditcancel() {
    connectionTest?.forget();
  },
  oneditdelete() {
    connectionTest?.forget();
  },
});

function firstServer(servers: unknown): string {
  const [first] = Array.isArray(servers) ? (servers as Partial<ServerRow>[]) : [];
  return first?.host ? `${first.host}:${first.port}` : '';
}

function prepareTabs(node: EditedNode): void {
  const bar = RED.tabs.create({
    id: 'smpp-pool-tabs',
    onchange(tab) {
      $('#smpp-pool-tabs-content').children().hide();
      $(`#${tab.id}`).show();
      const others = $('#smpp-pool-tabs a').attr({ 'aria-selected': 'false', tabindex: '-1' });
      others.filter(`[href="#${tab.id}"]`).attr({ 'aria-selected': 'true', tabindex: '0' });
      RED.tray.resize();
    },
  });
  $('#smpp-pool-tabs').attr('role', 'tablist');
  for (const name of TABS) {
    const id = `smpp-pool-tab-${name}`;
    bar.addTab({ id, label: node._(`smpp-pool.tab.${name}`) });
    const link = $(`#smpp-pool-tabs a[href="#${id}"]`).attr({ role: 'tab', 'aria-controls': id });
    link.on('keydown', (event) => {
      const next = tabByKey(name, event.key);
      if (next === undefined) return;
      event.preventDefault();
      bar.activateTab(`smpp-pool-tab-${next}`);
      $(`#smpp-pool-tabs a[href="#smpp-pool-tab-${next}"]`).trigger('focus');
    });
    markErrors($(`#${id}`)[0]!, link.parent()[0]!, node._('smpp-pool.label.tabError'));
  }
  bar.activateTab('smpp-pool-tab-servers');
}

/** The editor's tabs react to the mouse alone. @returns the tab that a key leads to */
function tabByKey(name: (typeof TABS)[number], key: string): string | undefined {
  const at = TABS.indexOf(name);
  switch (key) {
    case 'Enter':
    case ' ':
      return name;
    case 'ArrowRight':
      return TABS[(at + 1) % TABS.length];
    case 'ArrowLeft':
      return TABS.at(at - 1);
    case 'Home':
      return TABS[0];
    case 'End':
      return TABS.at(-1);
    default:
      return undefined;
  }
}

function prepareServers(node: EditedNode): void {
  const test = new ConnectionTest(node, rowElements);
  connectionTest = test;
  const header = $('<div>').append(
    $('<div class="smpp-row smpp-server" aria-hidden="true">').append(
      $('<span class="smpp-tick">').text(node._('smpp-pool.server.enabled')),
      $('<span>').text(node._('smpp-pool.server.host')),
      $('<span>').text(node._('smpp-pool.server.port')),
      $('<span class="smpp-tick">').text(node._('smpp-pool.server.tls')),
      $('<span>').text(node._('smpp-pool.server.binds')),
      $('<span>').text(node._('smpp-pool.server.throughput')),
    ),
  );
  const list = $('#smpp-pool-servers').editableList<Partial<ServerRow>>({
    header,
    addButton: node._('smpp-pool.server.add'),
    sortable: true,
    removable: true,
    height: 'auto',
    addItem: (container, _index, row) => {
      test.addTo(addRow(node, container, row));
      update(node);
    },
    removeItem: () => update(node),
  });
  const rows = Array.isArray(node.servers) && node.servers.length > 0 ? (node.servers as ServerRow[]) : [{}];
  for (const row of rows) list.editableList('addItem', row);
  $(
    '#node-config-input-binds, #node-config-input-throughput, #node-config-input-window, #node-config-input-bindMode',
  ).on('input change', () => update(node));
  update(node);
}

function addRow(node: EditedNode, container: JQuery, row: Partial<ServerRow>): JQuery {
  const text = (className: string, label: string, value: number | string | undefined): JQuery =>
    $('<input type="text">')
      .addClass(className)
      .attr('aria-label', node._(`smpp-pool.server.${label}`))
      .val(value ?? '');
  const tick = (className: string, label: string, value: boolean): JQuery =>
    $('<span class="smpp-tick">').append(
      $('<input type="checkbox">')
        .addClass(className)
        .attr('aria-label', node._(`smpp-pool.server.${label}`))
        .prop('checked', value),
    );
  const element = $('<div class="smpp-row smpp-server">')
    .append(
      tick('smpp-enabled', 'enabled', row.enabled !== false),
      text('smpp-host', 'host', row.host).attr('placeholder', 'smpp.example.com'),
      text('smpp-port', 'port', row.port).attr('placeholder', '2775'),
      tick('smpp-tls', 'tls', row.tls === true),
      text('smpp-binds', 'binds', row.binds),
      text('smpp-throughput', 'throughput', row.throughput),
      problemPlace(),
    )
    .on('change', '.smpp-host', () => spread(element))
    .on('input change', () => update(node))
    .on('focusout', ({ target }) => {
      leave($(target as HTMLElement));
      update(node);
    })
    .on('keydown', moveRow)
    .appendTo(container);
  leaveFilled(element);
  return element;
}

/** An address that was pasted whole goes into the fields of its parts. */
function spread(row: JQuery): void {
  const host = row.find('.smpp-host');
  const address = splitAddress(String(host.val()));
  if (!address) return;
  host.val(address.host);
  if (address.port !== undefined) row.find('.smpp-port').val(address.port);
  if (address.tls !== undefined) row.find('.smpp-tls').prop('checked', address.tls);
}

/** Alt and an arrow key move a row, because the editor's list can be sorted by the mouse alone. */
function moveRow(this: HTMLElement, event: JQuery.KeyDownEvent): void {
  const item = $(this).closest('li');
  const [up, down] = ['ArrowUp', 'ArrowDown'].map((key) => event.altKey && event.key === key);
  if (up) item.insertBefore(item.prev());
  else if (down) item.insertAfter(item.next());
  else return;
  event.preventDefault();
  (event.target as HTMLElement).focus();
}

/** Brings up to date what depends on the form's values: placeholders, problems and the summary line. */
function update(node: EditedNode): void {
  const pool = {
    binds: String($('#node-config-input-binds').val()),
    throughput: String($('#node-config-input-throughput').val()),
    window: String($('#node-config-input-window').val()),
  };
  rowElements().each((_index, element) => {
    const row = $(element);
    row.find('.smpp-binds').attr('placeholder', pool.binds);
    row.find('.smpp-throughput').attr('placeholder', pool.throughput);
    row.toggleClass('smpp-disabled', !row.find('.smpp-enabled').prop('checked'));
    const host = row.find('.smpp-host');
    host.attr('title', String(host.val()));
    for (const { name, validate } of SERVER_FIELDS) {
      const input = row.find(`.smpp-${name}`);
      const problem = validate.call(node, input.val(), {});
      showProblem(input, problem === true || `${node._(`smpp-pool.server.${name}`)}: ${problem}`);
    }
  });
  $('#smpp-pool-summary').text(summaryText(node, pool));
}

function rowElements(): JQuery {
  return $('#smpp-pool-servers .smpp-row');
}

function readRows(): ServerRow[] {
  return rowElements()
    .toArray()
    .map((element) => {
      const row = $(element);
      return {
        host: fieldText(row, '.smpp-host'),
        port: numberOrText(fieldText(row, '.smpp-port')),
        tls: row.find('.smpp-tls').prop('checked') === true,
        binds: numberOrText(fieldText(row, '.smpp-binds')),
        throughput: numberOrText(fieldText(row, '.smpp-throughput')),
        enabled: row.find('.smpp-enabled').prop('checked') === true,
      };
    });
}

function summaryText(node: EditedNode, pool: Parameters<typeof summarise>[1]): string {
  const { servers, bindsEach, binds, throughput, window } = summarise(readRows(), pool);
  const mode = String($('#node-config-input-bindMode').val());
  const words = (key: string, values?: Readonly<Record<string, unknown>>): string =>
    node._(`smpp-pool.summary.${key}`, values);
  if (servers === 0) return words('none');
  const unit = mode === 'transmitter-receiver' ? 'pairs' : 'binds';
  const parts = [words('servers', { count: servers })];
  if (bindsEach !== null) parts.push(' × ', words(unit, { count: bindsEach }));
  else if (binds !== null) parts.push(', ', words(unit, { count: binds }));
  if (mode === 'receiver') return [...parts, ', ', words('receiver')].join('');
  if (throughput === Infinity) parts.push(', ', words('unlimited'));
  else if (throughput !== null) parts.push(', ', words('throughput', { count: throughput }));
  if (window !== null) parts.push(', ', words('window', { count: window }));
  if (binds === null || throughput === null || window === null) parts.push('; ', words('env'));
  return parts.join('');
}

function prepareStore(node: EditedNode): void {
  $('#node-config-input-store').on('change', function () {
    const store = String($(this).val());
    $('.smpp-pool-redis').toggleClass('hide', store !== 'redis');
    // An older runtime, or one whose nodes are loaded anew, does not say.
    const missing = !(RED.settings.smppPoolStores ?? [store]).includes(store);
    $('#smpp-pool-store-hint')
      .toggleClass('smpp-hint-warning', missing)
      .text(missing ? node._(`smpp-pool.hint.storeMissing.${store}`) : node._(`smpp-pool.hint.store.${store}`));
    RED.tray.resize();
  });
}
