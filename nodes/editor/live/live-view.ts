import type { FeedSnapshot, FeedGone } from '../../admin/feed-snapshot';
import { moment } from './live';
import { element, KeyedList, setText } from './dom';
import type { Action, LiveHost } from './host';
import { PoolCard } from './pool-card';
import css from './live-view.css';

const TAB = 'smpp-live';
const SHOW = 'smpp:show-live-view';
const TOPIC = 'smpp-pool/live';
/** Milliseconds without news after which a visible view asks whether Node-RED is there. */
const SILENCE = 5000;

/** The sidebar tab with all deployed pools. An editor has one; it gets news of the pools from `open` to `close`. */
export class LiveView implements LiveHost {
  readonly say: LiveHost['say'];
  readonly #content = element('div', { class: 'smpp-live' });
  readonly #banner = element('p', { class: 'smpp-live-banner', role: 'status' });
  readonly #empty = element('div', { class: 'smpp-live-empty' });
  readonly #emptyHint = element('p');
  readonly #announcer = element('p', { class: 'smpp-live-announcer', role: 'status' });
  readonly #pools = new Map<string, FeedSnapshot>();
  readonly #cards: KeyedList<FeedSnapshot, PoolCard>;
  /** When Node-RED was last heard of, epoch milliseconds; null = not yet. */
  #heardAt: number | null = null;
  #lost = false;
  #asking = false;
  #timer: number | undefined;

  constructor(say: LiveHost['say']) {
    this.say = say;
    const cards = element('div');
    this.#cards = new KeyedList(cards, { key: ({ id }) => id, create: (pool) => new PoolCard(pool, this) });
    const examples = element('button', { type: 'button', class: 'red-ui-button' }, say('examples'));
    examples.addEventListener('click', () => {
      RED.actions.invoke('core:show-examples-import-dialog');
    });
    this.#empty.append(element('h3', {}, say('none')), this.#emptyHint, examples);
    this.#content.append(element('style', {}, css), this.#banner, this.#empty, cards, this.#announcer);
    this.#draw();
  }

  get language(): string {
    return RED.i18n.lang();
  }

  get mayAct(): boolean {
    return RED.user.hasPermission('smpp-pool.write');
  }

  open(): void {
    RED.actions.add(SHOW, () => {
      this.show();
    });
    RED.sidebar.addTab({
      id: TAB,
      label: this.say('name'),
      name: this.say('name'),
      iconClass: 'fa fa-signal',
      content: this.#content,
      enableOnEdit: true,
      action: SHOW,
      onchange: () => {
        this.#ask();
      },
    });
    RED.comms.subscribe(`${TOPIC}/#`, this.#hear);
    RED.comms.on('connect', this.#connected);
    this.#connected();
    this.#timer = window.setInterval(() => {
      this.#tick();
    }, 1000);
  }

  show(): void {
    RED.sidebar.show(TAB);
  }

  close(): void {
    window.clearInterval(this.#timer);
    RED.comms.unsubscribe(`${TOPIC}/#`, this.#hear);
    RED.comms.off('connect', this.#connected);
    RED.sidebar.removeTab(TAB);
    RED.actions.remove(SHOW);
  }

  announce(text: string): void {
    setText(this.#announcer, text);
  }

  ask(question: string): Promise<boolean> {
    return new Promise((resolve) => {
      const close = (answer: boolean) => (): void => {
        notice.close();
        resolve(answer);
      };
      const notice = RED.notify(document.createTextNode(question), {
        modal: true,
        fixed: true,
        type: 'warning',
        buttons: [
          { text: this.say('ask.no'), click: close(false) },
          { text: this.say('ask.yes'), class: 'primary', click: close(true) },
        ],
      });
    });
  }

  async act(pool: string, action: Action, server?: string): Promise<number | undefined> {
    const id = encodeURIComponent(pool);
    try {
      const answer: unknown = await $.ajax({
        url: action === 'discard' ? `smpp-pool/${id}/discard` : `${TOPIC}/${id}/${action}`,
        type: 'POST',
        contentType: 'application/json',
        data: JSON.stringify(action === 'discard' ? { filter: {} } : { server }),
      });
      return (answer as { count?: number }).count;
    } catch (failure) {
      const { status, responseJSON } = failure as JQuery.jqXHR<unknown>;
      const words = (responseJSON as { message?: string } | undefined)?.message ?? this.say('unreachable');
      throw new Error(status === 401 || status === 403 ? this.say('forbidden') : words, { cause: failure });
    }
  }

  settings(pool: string): (() => void) | null {
    if (!RED.nodes.node(pool)) return null;
    return () => {
      RED.editor.editConfig('', 'smpp-pool', pool);
    };
  }

  /** Announces this editor: the runtime publishes its pools only while an announced editor is connected. */
  readonly #connected = (): void => {
    RED.comms.send(TOPIC, {});
    this.#ask();
  };

  readonly #hear = (_topic: string, data: unknown): void => {
    const news = data as FeedSnapshot | FeedGone;
    this.#heard();
    if ('gone' in news) this.#pools.delete(news.id);
    else this.#pools.set(news.id, news);
    this.#draw();
  };

  #heard(): void {
    this.#heardAt = Date.now();
    this.#lost = false;
  }

  #ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    $.ajax({ url: TOPIC, dataType: 'json', timeout: SILENCE }).then(
      ({ pools }: { pools: FeedSnapshot[] }) => {
        this.#asking = false;
        this.#heard();
        this.#pools.clear();
        for (const pool of pools) this.#pools.set(pool.id, pool);
        this.#draw();
      },
      ({ status }: JQuery.jqXHR) => {
        this.#asking = false;
        // A refusal is an answer of Node-RED too.
        if (status === 401 || status === 403) this.#heard();
        else this.#lost = true;
        this.#draw();
      },
    );
  }

  #tick(): void {
    const now = Date.now();
    const visible = this.#content.offsetParent !== null && !document.hidden;
    for (const card of this.#cards.cards) card.tick(Math.floor(now / 1000), !this.#lost, visible);
    if (!visible) return;
    if (this.#heardAt === null || now - this.#heardAt >= SILENCE) this.#ask();
    this.#draw();
  }

  #draw(): void {
    this.#cards.update([...this.#pools.values()].sort((a, b) => a.name.localeCompare(b.name)));
    const heardAt = this.#heardAt;
    if (heardAt === null) setText(this.#banner, this.#lost ? this.say('unreachable') : this.say('asking'));
    else if (this.#lost) {
      const time = moment(new Date(heardAt).toISOString(), new Date(), this.language);
      setText(this.#banner, this.say('lost', { time }));
    } else setText(this.#banner, '');
    this.#content.classList.toggle('smpp-live-lost', this.#lost);
    this.#empty.hidden = heardAt === null || this.#cards.size > 0;
    if (!this.#empty.hidden) setText(this.#emptyHint, this.say(hasPool() ? 'undeployed' : 'noneHint'));
  }
}

function hasPool(): boolean {
  let found = false;
  RED.nodes.eachConfig(({ type }) => {
    found ||= type === 'smpp-pool';
    return !found;
  });
  return found;
}
