import { background } from '../../src/base/background';
import type { ProbeProblem, ProbeStep } from '../../src/pool/probe-step';
import { fieldText } from './form';
import { leave } from './problems';

/** Milliseconds to wait for an answer; the runtime answers within 15 seconds. */
const PATIENCE = 20_000;

/** Codes of problems that have a sentence in the catalogue. Other problems show the runtime's sentence. */
const PROBLEMS: ReadonlySet<string> = new Set([
  'invalid',
  'none',
  'password-needed',
  'environment-needed',
  'tls-not-deployed',
  'busy',
  'forbidden',
  'no-answer',
  'dns',
  'resolve-timeout',
  'connect-refused',
  'unreachable',
  'connect-timeout',
  'closed-before-bind',
  'reset',
  'framing',
  'speaks-tls',
  'tls-timeout',
  'tls-configuration',
  'certificate-unchecked',
  'certificate-ends-soon',
  'bind-timeout',
  'unbind-timeout',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ESME_RALYBND',
  'ESME_RBINDFAIL',
  'ESME_RINVPASWD',
  'ESME_RINVSYSID',
  'ESME_RINVSYSTYP',
  'ESME_RINVCMDID',
  'ESME_RSYSERR',
  'ESME_RTHROTTLED',
]);

/** Fields of the pool that a bind depends on; those of the server's row come on top. */
const FIELDS = [
  'systemId',
  'password',
  'bindMode',
  'version',
  'systemType',
  'addressRange',
  'addrTon',
  'addrNpi',
  'tlsMinVersion',
] as const;

const MARKS = {
  ok: 'fa-check-circle',
  warning: 'fa-exclamation-triangle',
  failed: 'fa-times-circle',
  untried: 'fa-minus-circle',
} as const;

/** Codes with which a test ends before the platform is asked anything. */
const UNTRIED: ReadonlySet<string> = new Set([
  'invalid',
  'none',
  'password-needed',
  'environment-needed',
  'tls-not-deployed',
  'busy',
  'forbidden',
  'no-answer',
]);

interface Answer {
  readonly steps?: readonly ProbeStep[];
  readonly problem?: ProbeProblem;
}

/** "Test connection" of the pool's dialog: tests one server after the other and shows each result below its row. */
export class ConnectionTest {
  readonly #node: EditedNode;
  readonly #rows: () => JQuery;
  #request: JQuery.jqXHR | null = null;
  /** Number of the current run; an answer to an earlier run is out of date. */
  #run = 0;

  /** @param rows returns the rows that the server list has now */
  constructor(node: EditedNode, rows: () => JQuery) {
    this.#node = node;
    this.#rows = rows;
    $('#smpp-pool-test').on('click', () => {
      if (this.#request) this.forget();
      else this.#begin(this.#rows().filter((_index, row) => $(row).find('.smpp-enabled').prop('checked') === true));
    });
    // A result holds for the values that were tested only.
    $('#smpp-pool-tabs-content').on('input change', () => {
      this.forget();
    });
  }

  /** Adds a test button to a row, and a place for the result. */
  addTo(row: JQuery): void {
    const label = this.#say('one');
    const button = $('<button type="button" class="red-ui-button red-ui-button-small smpp-test">')
      .attr({ 'aria-label': label, title: label })
      .append('<i class="fa fa-plug" aria-hidden="true"></i>')
      .on('click', () => {
        this.#begin(row);
      });
    row.find('.smpp-problem').before(button);
    row.append($('<div class="smpp-result" role="list">').hide());
  }

  /** Stops a running test and removes all results. */
  forget(): void {
    this.#stop();
    this.#rows().find('.smpp-result').hide().empty();
    this.#tell('');
  }

  #begin(rows: JQuery): void {
    background(this.#test(rows), console, 'connection test');
  }

  async #test(rows: JQuery): Promise<void> {
    this.#stop();
    rows.find('.smpp-result').hide().empty();
    if (rows.length === 0) {
      this.#tell(this.#problemText({ code: 'none', message: '' }));
      return;
    }
    const run = this.#run;
    let working = 0;
    let untried = 0;
    for (const element of rows.toArray()) {
      const row = $(element);
      const server = `${fieldText(row, '.smpp-host')}:${fieldText(row, '.smpp-port')}`;
      leave(row.find('input'));
      // Bubbling up it would end this test.
      row.triggerHandler('change');
      this.#tell(this.#say('running', { server }));
      row.find('.smpp-test i').attr('class', 'fa fa-spinner fa-spin');
      $('#smpp-pool-test span').text(this.#say('stop'));
      const answer = row.find('.input-error').length > 0 ? failure('invalid') : await this.#ask(row);
      if (run !== this.#run) return;
      row.find('.smpp-test i').attr('class', 'fa fa-plug');
      const works = this.#show(row.find('.smpp-result'), answer);
      if (works) working += 1;
      const tried = !isUntried(answer);
      if (!tried) untried += 1;
      this.#tell(this.#say(works ? 'works' : tried ? 'fails' : 'untried', { server }));
    }
    this.#stop();
    if (rows.length > 1 && untried < rows.length) this.#tell(this.#say('summary', { working, count: rows.length }));
  }

  #stop(): void {
    this.#run += 1;
    this.#request?.abort();
    this.#request = null;
    this.#rows().find('.smpp-test i').attr('class', 'fa fa-plug');
    $('#smpp-pool-test span').text(this.#say('all'));
  }

  async #ask(row: JQuery): Promise<Answer> {
    const tls = String($('#node-config-input-tls').val() ?? '');
    const values = Object.fromEntries(FIELDS.map((name) => [name, $(`#node-config-input-${name}`).val()]));
    const server = {
      host: fieldText(row, '.smpp-host'),
      port: fieldText(row, '.smpp-port'),
      tls: row.find('.smpp-tls').prop('checked') === true,
    };
    this.#request = $.ajax({
      url: `smpp-pool/${encodeURIComponent(this.#node.id)}/test`,
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ ...values, tls: RED.nodes.node(tls) ? tls : '', server }),
      timeout: PATIENCE,
    });
    try {
      return (await this.#request) as Answer;
    } catch (error) {
      const { status, responseJSON } = error as JQuery.jqXHR<Answer>;
      if (status === 401 || status === 403) return failure('forbidden');
      return responseJSON?.problem ? responseJSON : failure('no-answer');
    }
  }

  /** @returns true where every step succeeded */
  #show(place: JQuery, answer: Answer): boolean {
    const { steps = [], problem } = answer;
    place.empty().append(steps.map((step) => this.#step(step)));
    if (problem) place.append(this.#line(isUntried(answer) ? 'untried' : 'failed', this.#problemText(problem), null));
    place.show();
    RED.tray.resize();
    return !problem && steps.every((step) => !step.problem);
  }

  #step({ step, ms, facts, warning, problem }: ProbeStep): JQuery {
    const found = this.#say(problem ? `step.${step}` : `found.${step}`, this.#readable(facts));
    const certificate = facts.validTo === undefined ? '' : this.#say('certificate', this.#readable(facts));
    const line = this.#line(problem ? 'failed' : warning ? 'warning' : 'ok', found, ms);
    if (certificate) line.append($('<div>').text(certificate));
    const trouble = problem ?? warning;
    if (trouble) {
      const { code, status } = trouble;
      const number = status === undefined ? '' : ` (0x${status.toString(16).toUpperCase().padStart(2, '0')})`;
      const sentence = $('<div class="smpp-trouble">').text(`${this.#problemText(trouble, facts)} `);
      // Names in capitals are those of SMPP, TLS and Node.js, which a provider knows. Other codes are our own.
      if (/^[A-Z]/.test(code)) sentence.append($('<code>').text(code + number));
      line.append(sentence);
    }
    return line;
  }

  #line(mark: keyof typeof MARKS, text: string, ms: number | null): JQuery {
    return $('<div class="smpp-step" role="listitem">').append(
      $(`<span class="smpp-mark smpp-mark-${mark}">`).append(
        $(`<i class="fa ${MARKS[mark]}" aria-hidden="true">`),
        ' ',
        document.createTextNode(this.#say(`mark.${mark}`)),
      ),
      $('<span class="smpp-found">').text(text),
      ms === null ? '' : $('<span class="smpp-ms">').text(this.#say('ms', { ms })),
    );
  }

  /** The facts with words and dates in place of codes and ISO times. */
  #readable(facts: ProbeStep['facts']): Readonly<Record<string, string | number>> {
    const { mode, validTo, version } = facts;
    return {
      ...facts,
      ...(mode === undefined ? {} : { mode: this.#say(`mode.${mode}`) }),
      version: version === undefined ? this.#say('noVersion') : `SMPP ${version}`,
      ...(validTo === undefined
        ? {}
        : { date: new Date(validTo).toLocaleDateString(undefined, { dateStyle: 'medium' }) }),
    };
  }

  #problemText({ code, message }: ProbeProblem, facts: ProbeStep['facts'] = {}): string {
    return PROBLEMS.has(code) ? this.#say(`problem.${code}`, facts) : message;
  }

  #tell(text: string): void {
    $('#smpp-pool-test-status').text(text);
  }

  #say(key: string, values?: Readonly<Record<string, unknown>>): string {
    return this.#node._(`smpp-pool.test.${key}`, values);
  }
}

/** True where the platform was asked nothing, so that nothing is known of it. */
function isUntried({ steps = [], problem }: Answer): boolean {
  return problem !== undefined && steps.length === 0 && UNTRIED.has(problem.code);
}

function failure(code: string): Answer {
  return { problem: { code, message: code } };
}
