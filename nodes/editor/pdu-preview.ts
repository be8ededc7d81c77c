import { isEnv } from '../../src/pool/settings-check';
import { background } from '../../src/base/background';
import { fieldText } from './form';

/** Milliseconds without a key pressed before the runtime is asked. */
const PAUSE = 250;
/** The recipient of the preview where only the message names one. */
const RECIPIENT = '447700900123';

interface Pdu {
  readonly octets: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

type Words = (key: string, values?: Readonly<Record<string, unknown>>) => string;

/** A message with the form's values, and labels of the fields whose value is known at each message only. */
interface FormMessage {
  readonly message: Readonly<Record<string, unknown>>;
  readonly unknown: readonly string[];
}

/** Settings of the pool that bear on a message's PDUs. */
const POOL_FIELDS = [
  'version',
  'from',
  'country',
  'alphabet',
  'dltPeId',
  'dltTmId',
  'dltTags',
  'dltFormat',
  'dltTmForm',
] as const;

/** Shows, beside each segment of the preview, the runtime's PDU. Asks the runtime only while the preview is open. */
export class PduPreview {
  readonly #section: JQuery<HTMLDetailsElement>;
  readonly #words: Words;
  readonly #text: () => string;
  #timer = 0;
  #asked = 0;

  constructor(section: JQuery<HTMLDetailsElement>, words: Words, text: () => string) {
    this.#section = section;
    this.#words = words;
    this.#text = text;
    section.on('toggle', () => {
      this.update();
    });
  }

  update(): void {
    window.clearTimeout(this.#timer);
    if (!this.#section[0]?.open) return;
    this.#timer = window.setTimeout(() => {
      background(this.#ask(), console, 'preview of the PDUs');
    }, PAUSE);
  }

  async #ask(): Promise<void> {
    const text = this.#text();
    if (text === '') return;
    const asked = (this.#asked += 1);
    const { message, unknown } = formMessage(text);
    const note = unknown.length > 0 ? this.#words('unknown', { fields: unknown.join(', ') }) : '';
    const body = JSON.stringify({ message, pool: poolFields() });
    try {
      const answer = await $.ajax({
        url: 'smpp-send/wire',
        method: 'POST',
        contentType: 'application/json',
        data: body,
      });
      const { pdus = [], problem } = answer as { pdus?: Pdu[]; problem?: string };
      if (asked === this.#asked) this.#show(pdus, problem ?? note);
    } catch {
      if (asked === this.#asked) this.#show([], this.#words('failed'));
    }
  }

  #show(pdus: readonly Pdu[], note: string): void {
    const items = this.#section.find('li');
    items.find('dl').remove();
    pdus.forEach(({ octets, fields }, index) => {
      const list = $('<dl>').append(
        fields.flatMap(([name, value]) => [$('<dt>').text(name), $('<dd>').text(value)]),
        $('<dt>').text(this.#words('length')),
        $('<dd>').text(this.#words('octets', { count: octets })),
      );
      items.eq(index).append(list);
    });
    $('#smpp-send-pdu-note').text(note);
  }
}

function value(field: string): string {
  const text = String($(`#node-input-${field}`).val() ?? '').trim();
  return isEnv(text) ? '' : text;
}

function formMessage(text: string): FormMessage {
  const unknown: string[] = [];
  const typed = (field: string, instead = ''): string => {
    if ($(`#node-input-${field}Type`).val() === 'str') return value(field);
    unknown.push($(`label[for="node-input-${field}"]`).text().trim());
    return instead;
  };
  const ticked = (field: string): boolean => $(`#node-input-${field}`).prop('checked') === true;
  const message = {
    to: typed('to', RECIPIENT).split(',')[0],
    from: typed('from'),
    text,
    peId: typed('peId'),
    templateId: typed('templateId'),
    tmId: typed('tmId'),
    encoding: value('encoding'),
    language: value('language'),
    smartEncoding: ticked('smartEncoding'),
    longMessage: value('longMessage'),
    operation: value('operation'),
    receipt: value('receipt'),
    priority: value('priority'),
    validity: value('validity'),
    schedule: value('schedule'),
    flash: ticked('flash'),
    tlvs: tlvs(unknown),
  };
  return { message, unknown };
}

function tlvs(unknown: string[]): object[] {
  return $('#smpp-send-tlvs .smpp-row')
    .toArray()
    .flatMap((element) => {
      const row = $(element);
      const input = row.find('input.smpp-value');
      const tag = fieldText(row, '.smpp-tag');
      if (input.typedInput('type') === 'str') {
        return [{ tag, type: fieldText(row, '.smpp-type'), value: input.typedInput('value') }];
      }
      unknown.push(`TLV ${tag}`);
      return [];
    });
}

function poolFields(): Readonly<Record<string, unknown>> {
  const pool = RED.nodes.node(String($('#node-input-pool').val()));
  return Object.fromEntries(POOL_FIELDS.map((field) => [field, pool?.[field]]));
}
