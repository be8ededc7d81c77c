import type { ServerSnapshot, Totals } from '../../../src/pool/events';
import { isQueueHigh } from '../../../src/pool/health';
import { figuresOf } from '../../../src/pool/hindrance';
import type { FeedSnapshot } from '../../admin/feed-snapshot';
import { ActionButtons } from './action-buttons';
import { element, KeyedList, setAttribute, setText } from './dom';
import { Meter, StateBadge } from './facts';
import type { LiveHost } from './host';
import { InstanceList } from './instances';
import { hindranceOf, poolFace, share, span } from './live';
import { ServerCard } from './server-card';

/** Least wait of the oldest message that is shown, seconds. */
const NOTABLE = 2;

/** Shows one pool. Its element is made once and then only changed, so that focus, selection and folds stay. */
export class PoolCard {
  readonly element: HTMLElement;
  readonly #host: LiveHost;
  readonly #id: string;
  readonly #name = element('h3', { class: 'smpp-live-name' });
  readonly #state: StateBadge;
  readonly #settings: HTMLButtonElement;
  readonly #problem = element('p', { class: 'smpp-live-problem' });
  readonly #hindrance = element('p', { class: 'smpp-live-hindrance' });
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
      this.#hindrance,
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
    this.#tellHindrance(pool);
    const runs = inUse && problem === null;
    this.#body.hidden = !runs;
    this.#buttons.element.hidden = !runs;
    this.#buttons.update(snapshot.state === 'stopped', name, queue.waiting);
    const words = [
      say('waiting', { count: queue.waiting, number: queue.waiting.toLocaleString(language) }),
      say('inFlight', { count: queue.inFlight }),
    ];
    // A shorter wait is no news, and would make the line jump.
    if (queue.oldestSeconds >= NOTABLE) words.push(say('oldest', { span: span(queue.oldestSeconds, language) }));
    if (queue.urgent > 0) words.push(say('urgent', { count: queue.urgent }));
    const label = say('queueUse', { count: queue.waiting, limit: queue.limit });
    this.#queue.update(words.join(' · '), share(queue.waiting, queue.limit), label);
    this.#queue.element.classList.toggle('smpp-live-full', isQueueHigh(queue));
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

  #tellHindrance(pool: FeedSnapshot): void {
    const { say, language } = this.#host;
    const found = hindranceOf(pool);
    const figures = Object.entries(figuresOf(pool.snapshot.servers)).map(
      ([name, value]) => [name, value.toLocaleString(language, { maximumFractionDigits: 1 })] as const,
    );
    setText(this.#hindrance, found ? say(`hindrance.${found.code}`, Object.fromEntries(figures)) : '');
    // The runtime's sentence has details that the catalogue's leaves out, such as the platform's answer.
    setAttribute(this.#hindrance, 'title', found?.text ?? '');
  }

  /** To be called every second. @param second epoch seconds @param known false while Node-RED cannot be reached */
  tick(second: number, known: boolean, visible: boolean): void {
    for (const card of this.#servers.cards) card.tick(second, known, visible);
    this.#buttons.tick();
  }
}
