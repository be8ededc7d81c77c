import type { BindSnapshot, InstanceSnapshot, ServerSnapshot } from '../../../src/pool/events';
import { isThrottled } from '../../../src/pool/health';
import { ActionButtons } from './action-buttons';
import { RateChart } from './chart';
import { element, KeyedList, setAttribute, setText } from './dom';
import { Fact, Meter, Moment, StateBadge } from './facts';
import type { Act, LiveHost } from './host';
import { useWords } from './instances';
import { bindFace, moment, serverFace, share, windowUse } from './live';

/** Shows one server of a pool and its binds. */
export class ServerCard {
  readonly element: HTMLElement;
  readonly #host: LiveHost;
  readonly #state: StateBadge;
  readonly #since: Moment;
  readonly #chart = new RateChart();
  readonly #rate = new Fact();
  readonly #window: Meter;
  readonly #all = new Fact();
  readonly #answers = new Fact();
  readonly #error = new Fact();
  readonly #buttons: ActionButtons;
  readonly #summary = element('summary');
  readonly #details: HTMLElement;
  readonly #binds: KeyedList<BindSnapshot, BindRow>;
  #server: ServerSnapshot;

  constructor(server: ServerSnapshot, host: LiveHost, act: Act) {
    const { say } = host;
    this.#host = host;
    this.#server = server;
    this.#state = new StateBadge(host);
    this.#since = new Moment(host);
    this.#window = new Meter(say('window'));
    this.#buttons = new ActionButtons('server', host, act);
    const rows = element('tbody');
    this.#binds = new KeyedList(rows, { key: ({ bind }) => bind, create: (bind) => new BindRow(bind, host) });
    const columns = ['name', 'state', 'since', 'window'].map((name) =>
      element('th', { scope: 'col' }, say(`bind.${name}`)),
    );
    this.#error.element.classList.add('smpp-live-error');
    this.#details = element(
      'details',
      { open: '' },
      this.#summary,
      element('table', {}, element('thead', {}, element('tr', {}, ...columns)), rows),
    );
    this.element = element(
      'section',
      { class: 'smpp-live-server', 'aria-label': server.server },
      element(
        'header',
        {},
        element('h4', { class: 'smpp-live-name' }, server.server),
        this.#state.element,
        this.#since.element,
      ),
      this.#chart.element,
      this.#rate.named(say('rate')),
      this.#all.named(say('allInstances')),
      this.#window.element,
      this.#answers.named(say('answers')),
      this.#error.named(say('lastError')),
      this.#details,
      this.#buttons.element,
    );
    this.update(server);
  }

  update(server: ServerSnapshot): void {
    const { say, language } = this.#host;
    const { latencyMs, lastError } = server;
    this.#server = server;
    this.#state.update(serverFace(server), server.server);
    this.#since.update(server.since, true);
    const window = windowUse(server);
    const submits = server.binds.some(({ mode }) => mode !== 'receiver');
    this.#chart.element.toggleAttribute('hidden', !submits);
    this.#rate.update(submits ? this.#rateWords(server) : '');
    const words = window ? say('windowOf', window) : '';
    this.#window.update(words, window ? share(window.used, window.size) : 0, words);
    const answered = latencyMs.p50 !== null && latencyMs.p99 !== null;
    const number = (value: number | null): string => Math.ceil(value ?? 0).toLocaleString(language);
    const answers = { p50: number(latencyMs.p50), p99: number(latencyMs.p99) };
    this.#answers.update(answered ? say('answersIn', answers) : '');
    this.#error.element.classList.toggle('smpp-live-past', server.state === 'up');
    this.#error.update(lastError ? `${moment(lastError.time, new Date(), language)}: ${lastError.reason}` : '');
    this.#details.hidden = server.binds.length === 0;
    setText(this.#summary, say('bindsOf', { bound: server.bound, binds: server.binds.length }));
    this.#binds.update(server.binds);
    this.#buttons.update(server.state === 'stopped', server.server);
  }

  /** Shows what all instances that share the account use of this server; nothing where there is one instance. */
  share(instances: readonly InstanceSnapshot[]): void {
    const parts = instances.flatMap(({ servers }) => servers.filter(({ server }) => server === this.#server.server));
    this.#all.update(instances.length > 1 ? useWords(parts, this.#host) : '');
  }

  tick(second: number, known: boolean, visible: boolean): void {
    const { rate, allowed } = this.#server;
    this.#chart.put(second, known ? rate : null);
    this.#buttons.tick();
    if (visible) this.#chart.draw(rate, allowed, this.#host);
  }

  #rateWords(server: ServerSnapshot): string {
    const { rate, allowed, throughput } = server;
    if (allowed === 0) return this.#host.say('rateFree', { rate });
    const reduced = isThrottled(server) && throughput > 0;
    return this.#host.say(reduced ? 'rateReduced' : 'rateOf', { rate, allowed, throughput });
  }
}

class BindRow {
  readonly element: HTMLElement;
  readonly #state: StateBadge;
  readonly #since: Moment;
  readonly #window = element('td', { class: 'smpp-live-number' });

  constructor({ bind, mode }: BindSnapshot, host: LiveHost) {
    this.#state = new StateBadge(host);
    this.#since = new Moment(host);
    this.element = element(
      'tr',
      {},
      element('th', { scope: 'row', title: host.say(`mode.${mode}`) }, bind),
      element('td', {}, this.#state.element),
      element('td', {}, this.#since.element),
      this.#window,
    );
  }

  update(bind: BindSnapshot): void {
    this.#state.update(bindFace(bind.state));
    setAttribute(this.#state.element, 'title', bind.lastError ?? '');
    this.#since.update(bind.since, false);
    setText(this.#window, bind.window === 0 ? '–' : `${bind.inFlight} / ${bind.window}`);
  }
}
