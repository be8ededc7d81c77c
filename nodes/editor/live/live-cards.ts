import type { BindSnapshot, InstanceSnapshot, ServerSnapshot, Totals } from '../../../src/pool/events';
import type { FeedSnapshot } from '../../admin/feed-snapshot';
import {
  bindFace,
  chart,
  isThrottled,
  moment,
  poolFace,
  serverFace,
  share,
  span,
  Trace,
  windowUse,
  type Face,
} from './live';

export type Action = 'disconnect' | 'reconnect' | 'drain';
type Act = (action: Action) => Promise<void>;

/** What the cards need of the view they are in. */
export interface LiveHost {
  /** A text of the catalogue, below `live`. */
  say(key: string, values?: Readonly<Record<string, unknown>>): string;
  readonly language: string;
  readonly mayAct: boolean;
  /** For those who do not see it: a state has changed. */
  announce(text: string): void;
  /** Resolves when it is under way. Rejects with an Error that says why not. */
  act(pool: string, action: Action, server?: string): Promise<void>;
  /** Opens the pool's dialog; null where the editor has no such node. */
  settings(pool: string): (() => void) | null;
}

const CHART = { width: 240, height: 40 } as const;
/** Milliseconds a notice stays. */
const NOTICE = 8000;
/** Seconds that the oldest message has waited from which on it is shown. */
const NOTABLE = 2;
/** Share of the queue's limit from which on it is about to refuse messages; the pool tells of it with queue.high. */
const HIGH = 0.8;
const ACTIONS = ['disconnect', 'reconnect', 'drain'] as const;

/** An element that shows one pool; it is made once and only changed after, so that focus, selection and folds stay. */
export class PoolCard {
  readonly element: HTMLElement;
  readonly #host: LiveHost;
  readonly #id: string;
  readonly #name = element('h3', { class: 'smpp-live-name' });
  readonly #state: StateBadge;
  readonly #settings: HTMLButtonElement;
  readonly #problem = element('p', { class: 'smpp-live-problem' });
  readonly #buttons: ActionButtons;
  readonly #queue: Meter;
  readonly #body: HTMLElement;
  readonly #servers: KeyedList<ServerSnapshot, ServerCard>;
  readonly #totals: ReadonlyMap<keyof Totals, HTMLElement>;
  readonly #instances: InstanceList;

  constructor(pool: FeedSnapshot, host: LiveHost) {
    const { say } = host;
    this.#host = host;
    this.#id = pool.id;
    this.#state = new StateBadge(host);
    this.#settings = element('button', {
      type: 'button',
      class: 'red-ui-button red-ui-button-small smpp-live-settings',
    });
    this.#settings.append(element('i', { class: 'fa fa-pencil', 'aria-hidden': 'true' }));
    this.#settings.addEventListener('click', () => host.settings(this.#id)?.());
    this.#buttons = new ActionButtons('pool', host, (action) => host.act(this.#id, action));
    this.#queue = new Meter(say('queue'));
    const servers = element('div');
    this.#servers = new KeyedList(servers, {
      key: ({ server }) => server,
      create: (server) => new ServerCard(server, host, (action) => host.act(this.#id, action, server.server)),
    });
    const totals = element('dl', { class: 'smpp-live-totals' });
    this.#totals = new Map(
      (Object.keys(pool.snapshot.totals) as (keyof Totals)[]).map((name) => {
        const value = element('dd');
        totals.append(element('div', {}, element('dt', {}, say(`total.${name}`)), value));
        return [name, value];
      }),
    );
    this.#instances = new InstanceList(host);
    this.#body = element(
      'div',
      {},
      this.#queue.element,
      servers,
      this.#instances.element,
      element('details', { open: '' }, element('summary', {}, say('totals')), totals),
    );
    this.element = element(
      'section',
      { class: 'smpp-live-pool' },
      element('header', {}, this.#name, this.#state.element, this.#settings),
      this.#problem,
      this.#buttons.element,
      this.#body,
    );
    this.update(pool);
  }

  update(pool: FeedSnapshot): void {
    const { say, language } = this.#host;
    const { name, problem, trouble, inUse, snapshot } = pool;
    const { queue } = snapshot;
    setText(this.#name, name);
    setAttribute(this.element, 'aria-label', name);
    this.#state.update(poolFace(pool), name);
    setAttribute(this.#settings, 'aria-label', say('settings', { name }));
    setAttribute(this.#settings, 'title', say('settings', { name }));
    this.#settings.hidden = this.#host.settings(this.#id) === null;
    setText(this.#problem, problem ?? trouble ?? (inUse ? '' : say('unusedHint')));
    const runs = inUse && problem === null;
    this.#body.hidden = !runs;
    this.#buttons.element.hidden = !runs;
    this.#buttons.update(snapshot.state === 'stopped', name);
    const words = [
      say('waiting', { count: queue.waiting, number: queue.waiting.toLocaleString(language) }),
      say('inFlight', { count: queue.inFlight }),
    ];
    // What waits for a moment only is no news, and would make the line jump.
    if (queue.oldestSeconds >= NOTABLE) words.push(say('oldest', { span: span(queue.oldestSeconds, language) }));
    if (queue.urgent > 0) words.push(say('urgent', { count: queue.urgent }));
    const label = say('queueUse', { count: queue.waiting, limit: queue.limit });
    this.#queue.update(words.join(' · '), share(queue.waiting, queue.limit), label);
    this.#queue.element.classList.toggle('smpp-live-full', queue.waiting >= HIGH * queue.limit);
    const instances = snapshot.instances ?? [];
    this.#servers.update(snapshot.servers);
    for (const card of this.#servers.cards) card.share(instances);
    this.#instances.update(instances);
    for (const [total, value] of this.#totals) {
      const count = snapshot.totals[total];
      setText(value, count.toLocaleString(language));
      value.classList.toggle('smpp-live-none', count === 0);
    }
  }

  /** A second has passed. @param known false while nothing is heard of the pool */
  tick(second: number, known: boolean, visible: boolean): void {
    for (const card of this.#servers.cards) card.tick(second, known, visible);
    this.#buttons.tick();
  }
}

class ServerCard {
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

  /** What all instances that share the account have of this server; nothing where this one is alone. */
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

/** The Node-RED instances that share the account, where there are others. */
class InstanceList {
  readonly element: HTMLElement;
  readonly #rows: KeyedList<InstanceSnapshot, { element: HTMLElement; update(instance: InstanceSnapshot): void }>;

  constructor(host: LiveHost) {
    const list = element('ul');
    this.element = element('details', { open: '' }, element('summary', {}, host.say('instances')), list);
    this.#rows = new KeyedList(list, {
      key: ({ id }) => id,
      create: ({ host: machine, pid, since, self }) => {
        const use = element('span');
        // Of several on one machine only that tells which is which.
        const process = `${machine} · ${String(pid)}`;
        const name = self ? host.say('instanceSelf', { host: process }) : process;
        const title = host.say('since', { time: moment(since, new Date(), host.language) });
        return {
          element: element('li', { title }, element('strong', {}, name), ' ', use),
          update: ({ servers }) => {
            setText(use, useWords(servers, host));
          },
        };
      },
    });
  }

  update(instances: readonly InstanceSnapshot[]): void {
    this.element.hidden = instances.length === 0;
    this.#rows.update(instances);
  }
}

/** Binds and submits a second of several servers, or of several instances. */
function useWords(parts: InstanceSnapshot['servers'], host: LiveHost): string {
  const binds = parts.reduce((sum, { bound }) => sum + bound, 0);
  return host.say('instanceUse', { binds, rate: parts.reduce((sum, { rate }) => sum + rate, 0) });
}

/** A dot and a word. */
class StateBadge {
  readonly element: HTMLElement;
  readonly #host: LiveHost;
  readonly #word = element('span');
  #shown: string | null = null;

  constructor(host: LiveHost) {
    this.#host = host;
    const dot = element('span', { class: 'smpp-live-dot', 'aria-hidden': 'true' });
    this.element = element('span', { class: 'smpp-live-state' }, dot, this.#word);
  }

  /** @param what is announced with its new state; nothing is without it */
  update({ word, tone }: Face, what?: string): void {
    if (word === this.#shown) return;
    const state = this.#host.say(`state.${word}`);
    setText(this.#word, state);
    setAttribute(this.element, 'data-tone', tone);
    if (what !== undefined && this.#shown !== null) this.#host.announce(this.#host.say('changed', { what, state }));
    this.#shown = word;
  }
}

class Moment {
  readonly element = element('time', { class: 'smpp-live-since' });
  readonly #host: LiveHost;

  constructor(host: LiveHost) {
    this.#host = host;
  }

  update(iso: string | null, inWords: boolean): void {
    const time = iso === null ? '' : moment(iso, new Date(), this.#host.language);
    setText(this.element, inWords && time !== '' ? this.#host.say('since', { time }) : time);
    setAttribute(this.element, 'datetime', iso ?? '');
    setAttribute(this.element, 'title', iso === null ? '' : new Date(iso).toLocaleString(this.#host.language));
  }
}

/** A value with its name before it; hidden while it is blank. */
class Fact {
  element: HTMLElement = element('p', { class: 'smpp-live-fact' });
  readonly #value = element('span');

  named(name: string): HTMLElement {
    this.element.append(element('b', {}, name), this.#value);
    return this.element;
  }

  update(value: string): void {
    this.element.hidden = value === '';
    setText(this.#value, value);
  }
}

/** A value with its name before it and a bar for how much it is of what it may be. */
class Meter {
  readonly element: HTMLElement;
  readonly #value = element('span');
  readonly #fill = element('span');
  readonly #bar: HTMLElement;

  constructor(name: string) {
    this.#bar = element('span', {
      class: 'smpp-live-bar',
      role: 'meter',
      'aria-valuemin': '0',
      'aria-valuemax': '100',
    });
    this.#bar.append(this.#fill);
    setAttribute(this.#bar, 'aria-label', name);
    this.element = element('p', { class: 'smpp-live-fact' }, element('b', {}, name), this.#value, this.#bar);
  }

  /** @param part from 0 to 1 */
  update(value: string, part: number, words: string): void {
    this.element.hidden = value === '';
    setText(this.#value, value);
    const percent = String(Math.round(part * 100));
    setAttribute(this.#bar, 'aria-valuenow', percent);
    setAttribute(this.#bar, 'aria-valuetext', words);
    const width = `${percent}%`;
    if (this.#fill.style.width !== width) this.#fill.style.width = width;
  }
}

class RateChart {
  readonly element: SVGElement;
  readonly #trace = new Trace();
  readonly #area = svg('path', { class: 'smpp-live-area' });
  readonly #line = svg('path', { class: 'smpp-live-line' });
  readonly #limit = svg('line', { class: 'smpp-live-limit', x1: '0', x2: String(CHART.width) });

  constructor() {
    this.element = svg('svg', {
      class: 'smpp-live-chart',
      role: 'img',
      viewBox: `0 0 ${CHART.width} ${CHART.height}`,
      preserveAspectRatio: 'none',
    });
    this.element.append(this.#area, this.#line, this.#limit);
  }

  put(second: number, rate: number | null): void {
    this.#trace.put(second, rate);
  }

  draw(rate: number, allowed: number, { say }: LiveHost): void {
    const { values, most } = this.#trace;
    const { line, area, limit } = chart(values, allowed, CHART.width, CHART.height);
    setAttribute(this.#line, 'd', line);
    setAttribute(this.#area, 'd', area);
    this.#limit.toggleAttribute('hidden', limit === null);
    if (limit !== null) for (const end of ['y1', 'y2']) setAttribute(this.#limit, end, String(limit));
    const label = say(allowed > 0 ? 'chartLimit' : 'chart', { rate, most, allowed });
    setAttribute(this.element, 'aria-label', label);
  }
}

/** Buttons, and what has come of the last one. Never `disabled`: a button that is would lose the focus it has. */
class ActionButtons {
  readonly element: HTMLElement;
  readonly #of: 'pool' | 'server';
  readonly #host: LiveHost;
  readonly #act: Act;
  readonly #group = element('div', { class: 'smpp-live-actions', role: 'group' });
  readonly #notice = element('p', { role: 'status' });
  readonly #buttons: ReadonlyMap<Action, HTMLButtonElement>;
  #what = '';
  /** Epoch milliseconds. */
  #noticeUntil = 0;

  constructor(of: 'pool' | 'server', host: LiveHost, act: Act) {
    this.#of = of;
    this.#host = host;
    this.#act = act;
    this.#buttons = new Map(
      ACTIONS.map((action) => {
        const button = element('button', { type: 'button', class: 'red-ui-button red-ui-button-small' });
        button.addEventListener('click', () => {
          if (button.getAttribute('aria-disabled') !== 'true') this.#press(action);
        });
        return [action, button];
      }),
    );
    this.#group.append(...this.#buttons.values());
    this.element = element('div', {}, this.#group, this.#notice);
  }

  update(stopped: boolean, what: string): void {
    const { say, mayAct } = this.#host;
    this.#what = what;
    setAttribute(this.#group, 'aria-label', what);
    for (const [action, button] of this.#buttons) {
      const name = action === 'reconnect' && stopped ? 'connect' : action;
      setText(button, say(`action.${name}`));
      setAttribute(button, 'aria-label', say(`actionOn.${name}`, { what }));
      setAttribute(button, 'title', mayAct ? say(`hint.${this.#of}.${name}`) : say('forbidden'));
      setAttribute(button, 'aria-disabled', String(!mayAct || (stopped && action !== 'reconnect')));
    }
  }

  tick(): void {
    if (this.#noticeUntil < Date.now()) setText(this.#notice, '');
  }

  #press(action: Action): void {
    this.#act(action).then(
      () => {
        this.#tell(this.#host.say(`done.${action}`, { what: this.#what }), false);
      },
      (error: unknown) => {
        this.#tell(error instanceof Error ? error.message : String(error), true);
      },
    );
  }

  #tell(text: string, failed: boolean): void {
    setText(this.#notice, text);
    this.#notice.classList.toggle('smpp-live-problem', failed);
    this.#noticeUntil = Date.now() + NOTICE;
  }
}

interface Card<T> {
  readonly element: Element;
  update(item: T): void;
}

/** Cards for items that come and go, each with its own for as long as it stays, in the items' order. */
export class KeyedList<T, C extends Card<T>> {
  readonly #parent: Element;
  readonly #make: { key(item: T): string; create(item: T): C };
  readonly #cards = new Map<string, C>();

  constructor(parent: Element, make: { key(item: T): string; create(item: T): C }) {
    this.#parent = parent;
    this.#make = make;
  }

  get cards(): Iterable<C> {
    return this.#cards.values();
  }

  get size(): number {
    return this.#cards.size;
  }

  update(items: readonly T[]): void {
    const keys = new Set(items.map((item) => this.#make.key(item)));
    for (const [key, card] of this.#cards) {
      if (keys.has(key)) continue;
      card.element.remove();
      this.#cards.delete(key);
    }
    items.forEach((item, index) => {
      const key = this.#make.key(item);
      const card = this.#cards.get(key) ?? this.#make.create(item);
      this.#cards.set(key, card);
      card.update(item);
      const there = this.#parent.children[index] ?? null;
      if (there !== card.element) this.#parent.insertBefore(card.element, there);
    });
  }
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function svg(tag: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** What is as it should be is left alone: a text that is set anew loses its selection and is read out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}
