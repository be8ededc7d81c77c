import type { DltField } from '../src/message/dlt-id';
import { listedIds, oddity } from '../src/message/dlt-id';
import type { LongMessageMode } from '../src/message/message';
import { readIsoTime } from '../src/message/iso-time';
import type { SegmentOptions } from '../src/message/segment';
import type { LanguageChoice } from '../src/message/shift-code';
import { PoolCharset } from './editor/pool-charset';
import { count } from './editor/counter';
import { choosePool, onlyPool } from './editor/choose-pool';
import { explainSeconds, fieldText, fillDefaults, markErrors } from './editor/form';
import { leave, leaveFilled, problemPlace, showProblem, watchProblems } from './editor/problems';
import { rowTypedInput, typedInput } from './editor/typed-input';
import { isEnv } from '../src/pool/settings-check';
import { checkRecipients, checkSender, matches, say, typedValue, wholeNumberOrBlank } from './editor/validate';
import { PduPreview } from './editor/pdu-preview';

const DLT_FIELDS: readonly DltField[] = ['peId', 'templateId', 'tmId'];
const TLV_TYPES = ['octets', 'cstring', 'int8', 'int16', 'int32', 'hex'] as const;
/** Seconds in 31 days. SMPP's relative time counts in calendar months above that, whose length nothing defines. */
const MAX_VALIDITY = 2678400;
const SECONDS = wholeNumberOrBlank(1, MAX_VALIDITY);
const TLV_TAG = matches(/^(0x)?[0-9a-f]{1,4}$/i, 'tag');

interface TlvRow {
  tag: string;
  type: string;
  value: string;
  valueType: string;
}

RED.nodes.registerType('smpp-send', {
  category: 'network',
  color: '#8FD0CE',
  defaults: {
    name: { value: '' },
    pool: {
      value: '',
      type: 'smpp-pool',
      required: true,
      label: RED._('@smpp-nodes/node-red-smpp/smpp-send:smpp-send.label.pool'),
    },
    to: { value: 'topic', validate: typedValue('toType', checkRecipients) },
    toType: { value: 'msg' },
    from: { value: '', validate: typedValue('fromType', checkSender) },
    fromType: { value: 'str' },
    text: { value: 'payload', validate: typedValue('textType') },
    textType: { value: 'msg' },
    peId: { value: 'dlt.peId', validate: typedValue('peIdType') },
    peIdType: { value: 'msg' },
    templateId: { value: 'dlt.templateId', validate: typedValue('templateIdType') },
    templateIdType: { value: 'msg' },
    tmId: { value: 'dlt.tmId', validate: typedValue('tmIdType') },
    tmIdType: { value: 'msg' },
    reference: { value: 'reference', validate: typedValue('referenceType') },
    referenceType: { value: 'msg' },
    encoding: { value: 'auto' },
    language: { value: 'none' },
    smartEncoding: { value: false },
    longMessage: { value: 'udh' },
    operation: { value: 'submit_sm' },
    receipt: { value: 'final' },
    priority: { value: 'normal' },
    validity: { value: '', validate: validateValidity },
    schedule: { value: '', validate: validateSchedule },
    flash: { value: false },
    tlvs: { value: [], validate: validateTlvs },
    failures: { value: 'catch' },
    outputs: { value: 1 },
  },
  inputs: 1,
  outputs: 1,
  icon: 'smpp-send.svg',
  paletteLabel: 'sms send',
  inputLabels() {
    return this._('smpp-send.port.message');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'smpp-send.port.accepted' : 'smpp-send.port.failed');
  },
  label() {
    return this.name || this._('smpp-send.label.node');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  onadd() {
    this.pool ||= onlyPool(this);
  },
  oneditprepare() {
    fillDefaults(this, 'node-input');
    for (const field of ['to', 'from', 'text', 'reference', ...DLT_FIELDS]) typedInput(field);
    prepareCounter(this);
    prepareDlt(this);
    prepareTlvs(this);
    prepareExample();
    $('#node-input-failures').on('change', function () {
      $('#node-input-outputs').val($(this).val() === 'output' ? 2 : 1);
    });
    explainSeconds($('#node-input-validity'));
    choosePool(this);
    watchProblems(this, 'node-input');
    $('.smpp-section').each((_index, section) => {
      if (section.querySelector('.input-error.smpp-left')) section.setAttribute('open', '');
      markErrors(section.querySelector('div')!, section, this._('smpp-send.label.sectionError'));
    });
  },
  oneditsave() {
    this.tlvs = readTlvs();
  },
});

function validateSchedule(this: EditedNode, value: unknown, _opt: unknown): true | string {
  const text = String(value ?? '').trim();
  if (text === '' || isEnv(text)) return true;
  return readIsoTime(text) !== undefined || say('schedule');
}

/** Seconds, or a moment with its zone. */
function validateValidity(this: EditedNode, value: unknown, opt: { label?: string }): true | string {
  return readIsoTime(String(value ?? ''))?.zone === true || SECONDS.call(this, value, opt);
}

function validateTlvs(this: EditedNode, value: unknown, opt: { label?: string }): true | string {
  for (const row of Array.isArray(value) ? (value as TlvRow[]) : []) {
    const problem = TLV_TAG.call(this, row.tag, opt);
    if (problem !== true) return `${this._('smpp-send.label.tlvs')}: ${problem}`;
  }
  return true;
}

/** Counts the text of the dialog where it is fixed. Where the text comes with the message, counts a sample field. */
function prepareCounter(node: EditedNode): void {
  const isFixed = (): boolean => $('#node-input-textType').val() === 'str';
  const text = (): string => String($(isFixed() ? '#node-input-text' : '#smpp-send-sample').val());
  const preview = new PduPreview(
    $<HTMLDetailsElement>('#smpp-send-preview'),
    (key, values) => node._(`smpp-send.pdu.${key}`, values),
    text,
  );
  const charset = new PoolCharset(() => {
    update();
  });
  const update = (): void => {
    $('#smpp-send-sample-row').toggleClass('hide', isFixed());
    showCount(node, text(), charset);
    preview.update();
  };
  $(
    '#node-input-text, #smpp-send-sample, #node-input-encoding, #node-input-language, #node-input-smartEncoding, #node-input-longMessage, #node-input-flash, #node-input-pool',
  ).on('input keyup change', update);
  $('.smpp-form').on('input change', () => {
    preview.update();
  });
  update();
}

function showCount(node: EditedNode, text: string, charset: PoolCharset): void {
  const words = (key: string, values?: Readonly<Record<string, unknown>>): string =>
    node._(`smpp-send.counter.${key}`, values);
  const box = $('#smpp-send-counter').empty();
  const list = $('#smpp-send-segments').empty();
  $('#smpp-send-preview').toggleClass('hide', text === '');
  if (text === '') {
    box.removeClass('smpp-bad').text(words('empty'));
    return;
  }
  const { lines, segments, more, problem } = count(
    text,
    { ...segmentOptions(), charset: charset.of(String($('#node-input-pool').val())) },
    words,
  );
  box.toggleClass('smpp-bad', problem).append(lines.map((line) => $('<div>').text(line)));
  list.append(
    segments.map(({ title, text: part }) =>
      $('<li>').append($('<span class="smpp-unit">').text(title), $('<q>').text(part)),
    ),
  );
  $('#smpp-send-more').text(more);
}

function segmentOptions(): SegmentOptions & { readonly flash: boolean } {
  return {
    encoding: $('#node-input-encoding').val() as SegmentOptions['encoding'],
    language: $('#node-input-language').val() as LanguageChoice,
    smartEncoding: $('#node-input-smartEncoding').prop('checked') === true,
    longMessage: $('#node-input-longMessage').val() as LongMessageMode,
    flash: $('#node-input-flash').prop('checked') === true,
  };
}

function prepareDlt(node: EditedNode): void {
  for (const field of DLT_FIELDS) {
    const input = $(`#node-input-${field}`);
    input.on('keyup change', () => {
      const ids = $(`#node-input-${field}Type`).val() === 'str' ? listedIds(field, String(input.val())) : [];
      const odd = ids.map((id) => oddity(field, id)).find((found) => found !== undefined);
      $(`#smpp-send-${field}-hint`).text(odd ? node._(`smpp-send.dltHint.${odd}`) : '');
    });
    input.trigger('change');
  }
}

function prepareTlvs(node: EditedNode): void {
  const list = $('#smpp-send-tlvs').editableList<Partial<TlvRow>>({
    addButton: node._('smpp-send.tlv.add'),
    sortable: true,
    removable: true,
    height: 'auto',
    ariaLabelledBy: 'smpp-send-tlvs-label',
    addItem: (container, _index, row) => addTlvRow(node, container, row),
  });
  for (const row of Array.isArray(node.tlvs) ? (node.tlvs as TlvRow[]) : []) list.editableList('addItem', row);
}

function addTlvRow(node: EditedNode, container: JQuery, row: Partial<TlvRow>): void {
  const tag = $('<input type="text" class="smpp-tag smpp-narrow" placeholder="1403">')
    .attr('aria-label', node._('smpp-send.tlv.tag'))
    .val(row.tag ?? '');
  const type = $('<select class="smpp-type">')
    .attr('aria-label', node._('smpp-send.tlv.type'))
    .append(
      TLV_TYPES.map((name) =>
        $('<option>')
          .val(name)
          .text(node._(`smpp-send.tlvType.${name}`)),
      ),
    )
    .val(row.type ?? 'octets');
  const value = $('<input type="text" class="smpp-value">');
  $('<div class="smpp-row">').append(tag, type, value, problemPlace()).appendTo(container);
  rowTypedInput(value, node._('smpp-send.tlv.value'), row.valueType ?? 'str', row.value ?? '');
  const check = (): void => showProblem(tag, TLV_TAG.call(node, tag.val(), {}));
  tag.on('input change', check).on('focusout', () => {
    leave(tag);
    check();
  });
  leaveFilled(container);
  check();
}

function readTlvs(): TlvRow[] {
  return $('#smpp-send-tlvs .smpp-row')
    .toArray()
    .map((element) => {
      const row = $(element);
      const value = row.find('input.smpp-value');
      return {
        tag: fieldText(row, '.smpp-tag'),
        type: fieldText(row, '.smpp-type'),
        value: value.typedInput('value'),
        valueType: value.typedInput('type'),
      };
    });
}

function prepareExample(): void {
  const example = {
    topic: '447700900123',
    payload: 'Pump 7 is over 90 degrees',
    smpp: {
      outcome: 'accepted',
      to: '447700900123',
      segments: 1,
      encoding: 'gsm7',
      messageIds: ['4c1f0a2e'],
      id: '01hv4k8z9p',
      server: 'smpp1.example.com:2775',
      from: 'ALERTS',
      dataCoding: 0,
      attempts: 1,
      possibleDuplicate: false,
      warnings: [],
      queuedAt: '2030-01-31T03:30:00.000Z',
      submittedAt: '2030-01-31T03:30:00.012Z',
      answeredAt: '2030-01-31T03:30:00.041Z',
    },
  };
  $('#smpp-send-example').text(JSON.stringify(example, null, 2));
}
