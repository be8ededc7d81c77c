import { choosePool, onlyPool } from './editor/choose-pool';
import { fillDefaults } from './editor/form';
import { watchProblems } from './editor/problems';
import { chosenScope, prepareScope } from './editor/scope';

RED.nodes.registerType('smpp-dlr-in', {
  category: 'network',
  color: '#8FD0CE',
  defaults: {
    name: { value: '' },
    pool: {
      value: '',
      type: 'smpp-pool',
      required: true,
      label: RED._('@smpp-nodes/node-red-smpp/smpp-dlr-in:smpp-dlr-in.label.pool'),
    },
    emit: { value: 'message' },
    intermediate: { value: false },
    unmatched: { value: true },
    incoming: { value: false },
    // With this type the editor renames the ids in it when nodes are copied or imported.
    scope: { value: 'all', type: '*[]' },
    outputs: { value: 1 },
  },
  inputs: 0,
  outputs: 1,
  icon: 'smpp-dlr-in.svg',
  paletteLabel: 'sms reports',
  outputLabels(index) {
    return this._(index === 0 ? 'smpp-dlr-in.port.report' : 'smpp-dlr-in.port.incoming');
  },
  label() {
    return this.name || this._('smpp-dlr-in.label.node');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  onadd() {
    this.pool ||= onlyPool(this);
  },
  oneditprepare() {
    fillDefaults(this, 'node-input');
    prepareScope(this);
    choosePool(this);
    watchProblems(this, 'node-input');
    $('#smpp-dlr-in-incoming').text(JSON.stringify(INCOMING, null, 2));
    $('#node-input-emit').on('change', () => {
      const emit = String($('#node-input-emit').val());
      $('#smpp-dlr-in-emit-hint').text(this._(`smpp-dlr-in.hint.emit.${emit}`));
      $('#smpp-dlr-in-report').text(JSON.stringify(emit === 'segment' ? SEGMENT_REPORT : MESSAGE_REPORT, null, 2));
    });
    $('#node-input-incoming').on('change', function () {
      const incoming = $(this).prop('checked') === true;
      $('#node-input-outputs').val(incoming ? 2 : 1);
      $('#smpp-dlr-in-incoming-section').toggleClass('hide', !incoming);
    });
  },
  oneditsave() {
    this.scope = chosenScope();
  },
});

const REPORT = {
  state: 'DELIVERED',
  to: '447700900123',
  description: 'Delivered to SIM.',
  delivered: true,
  error: '000',
  status: 'DELIVRD',
  retryable: false,
  group: 'delivered',
  final: true,
  messageId: '4c1f0a2e',
  from: 'ALERTS',
  submittedAt: '2030-01-31T03:30:00.000Z',
  doneAt: '2030-01-31T03:30:04.000Z',
};
const SENT = {
  id: '01hv4k8z9p',
  _msgid: '8c1de5a40b7f2e63',
  to: '447700900123',
  from: 'ALERTS',
  segments: 2,
  encoding: 'gsm7',
  submittedAt: '2030-01-31T03:30:00.012Z',
  server: 'smpp1.example.com:2775',
  reference: { pump: 7 },
  node: 'b1f0c5e2d3a49687',
};
const SMPP = {
  server: 'smpp2.example.com:2775',
  bind: 'trx1',
  raw: 'id:4c1f0a2e sub:001 …',
  tlvs: {},
  matched: true,
  warnings: [],
};
const MESSAGE_REPORT = {
  _msgid: SENT._msgid,
  topic: '447700900123',
  payload: { ...REPORT, segments: { total: 2, delivered: 2, failed: 0, pending: 0 } },
  sent: SENT,
  smpp: { ...SMPP, segment: null },
};
const SEGMENT_REPORT = {
  _msgid: SENT._msgid,
  topic: '447700900123',
  payload: REPORT,
  sent: SENT,
  smpp: { ...SMPP, segment: 1 },
};
const INCOMING = {
  topic: '447700900123',
  payload: 'STOP',
  smpp: {
    to: '56070',
    from: '447700900123',
    encoding: 'gsm7',
    dataCoding: 0,
    segments: 1,
    server: 'smpp1.example.com:2775',
    bind: 'trx1',
    tlvs: {},
    warnings: [],
  },
};
