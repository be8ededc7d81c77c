import { choosePool, onlyPool } from './editor/choose-pool';
import { fillDefaults } from './editor/form';
import { watchProblems } from './editor/problems';
import { wholeNumber } from './editor/validate';

/** Every event of a pool, grouped by its subject. */
const GROUPS = {
  pool: ['pool.up', 'pool.degraded', 'pool.down'],
  server: ['server.up', 'server.down', 'server.throttled', 'server.recovered'],
  bind: ['bind.up', 'bind.down', 'bind.refused', 'bind.deaf'],
  queue: ['queue.high', 'queue.normal'],
  snapshot: ['snapshot'],
} as const;

const ACTIONS = ['status', 'disconnect', 'connect', 'drain', 'discard', 'find', 'forget'] as const;

RED.nodes.registerType('smpp-status', {
  category: 'network',
  color: '#8FD0CE',
  defaults: {
    name: { value: '' },
    pool: {
      value: '',
      type: 'smpp-pool',
      required: true,
      label: RED._('@smpp-nodes/node-red-smpp/smpp-status:smpp-status.label.pool'),
    },
    events: { value: ['pool.up', 'pool.degraded', 'pool.down'] },
    interval: { value: 0, validate: wholeNumber(0) },
  },
  inputs: 1,
  outputs: 1,
  icon: 'smpp-status.svg',
  paletteLabel: 'sms status',
  inputLabels() {
    return this._('smpp-status.port.action');
  },
  outputLabels() {
    return this._('smpp-status.port.event');
  },
  label() {
    return this.name || this._('smpp-status.label.node');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  onadd() {
    this.pool ||= onlyPool(this);
  },
  oneditprepare() {
    fillDefaults(this, 'node-input');
    choosePool(this);
    watchProblems(this, 'node-input');
    prepareEvents(this);
    prepareActions(this);
    $('#smpp-status-event').text(JSON.stringify(EVENT, null, 2));
    $('#smpp-status-snapshot').text(JSON.stringify(SNAPSHOT, null, 2));
  },
  oneditsave() {
    this.events = chosenEvents();
  },
});

function prepareEvents(node: EditedNode): void {
  const chosen = new Set((Array.isArray(node.events) ? node.events : []) as string[]);
  const all = $('#smpp-status-all').prop('checked', chosen.size === 0);
  for (const [group, events] of Object.entries(GROUPS)) {
    const heading = $('<span class="smpp-unit">').text(node._(`smpp-status.group.${group}`));
    const boxes = events.map((event) => {
      const box = $('<input type="checkbox">')
        .attr('id', `smpp-status-on-${event}`)
        .val(event)
        .prop('checked', chosen.has(event));
      return $('<label>')
        .attr('for', `smpp-status-on-${event}`)
        .append(
          box,
          $('<span>').append(
            $('<code>').text(event),
            ' ',
            document.createTextNode(node._(`smpp-status.event.${event}`)),
          ),
        );
    });
    $('<div>').append(heading, boxes).appendTo('#smpp-status-list');
  }
  const single = $('#smpp-status-list input');
  const update = (): void => {
    single.prop('disabled', all.prop('checked') === true);
  };
  all.on('change', update);
  update();
}

function prepareActions(node: EditedNode): void {
  const rows = ACTIONS.flatMap((action) => [
    $('<dt>').text(action),
    $('<dd>').text(node._(`smpp-status.action.${action}`)),
  ]);
  $('#smpp-status-actions').append(rows);
}

/** The ticked events. An empty list stands for all, so that the events of later versions are sent too. */
function chosenEvents(): string[] {
  if ($('#smpp-status-all').prop('checked') === true) return [];
  return $('#smpp-status-list input:checked')
    .toArray()
    .map((box) => String($(box).val()));
}

const SNAPSHOT = {
  state: 'degraded',
  bound: 1,
  binds: 2,
  queue: { waiting: 12, urgent: 0, inFlight: 10, limit: 100000, oldestSeconds: 1 },
  totals: {
    accepted: 5120,
    refused: 3,
    expired: 0,
    unknown: 0,
    failed: 0,
    cancelled: 0,
    throttled: 41,
    receipts: 5098,
    unmatched: 2,
    incoming: 0,
    reconnects: 1,
  },
  hindrance: { code: 'servers-down', text: '1 of 2 servers sends: 1 down' },
  servers: [
    {
      server: 'smpp1.example.com:2775',
      state: 'up',
      bound: 1,
      throughput: 50,
      allowed: 50,
      rate: 48,
      latencyMs: { p50: 21, p99: 64 },
      binds: [
        {
          bind: 'trx1',
          mode: 'transceiver',
          state: 'bound',
          inFlight: 10,
          window: 10,
          since: '2030-01-31T03:00:00.000Z',
          lastError: null,
        },
      ],
    },
  ],
};
const EVENT = {
  topic: 'server.down',
  payload: {
    event: 'server.down',
    time: '2030-01-31T03:30:00.000Z',
    server: 'smpp2.example.com:2775',
    reason: 'the platform closed the connection',
    snapshot: { state: 'degraded', bound: 1, binds: 2 },
  },
};
