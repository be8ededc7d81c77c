import { ignoreFailure } from '../../../src/base/background';
import { element, setAttribute, setText } from './dom';
import type { Act, Action, LiveHost } from './host';

/** Milliseconds that a notice stays. */
const NOTICE = 8000;
const ACTIONS = {
  pool: ['disconnect', 'reconnect', 'drain', 'discard'],
  server: ['disconnect', 'reconnect', 'drain'],
} as const;

/** Buttons, and the result of the last action. They are never `disabled`: a disabled button loses the focus. */
export class ActionButtons {
  readonly element: HTMLElement;
  readonly #of: 'pool' | 'server';
  readonly #host: LiveHost;
  readonly #act: Act;
  readonly #group = element('div', { class: 'smpp-live-actions', role: 'group' });
  readonly #notice = element('p', { role: 'status' });
  readonly #buttons: ReadonlyMap<Action, HTMLButtonElement>;
  #what = '';
  #stopped = false;
  #waiting = 0;
  /** Epoch milliseconds. */
  #noticeUntil = 0;

  constructor(of: 'pool' | 'server', host: LiveHost, act: Act) {
    this.#of = of;
    this.#host = host;
    this.#act = act;
    this.#buttons = new Map(
      ACTIONS[of].map((action: Action) => {
        const button = element('button', { type: 'button', class: 'red-ui-button red-ui-button-small' });
        button.addEventListener('click', () => {
          if (button.getAttribute('aria-disabled') === 'true') return;
          const asked = this.#asked(action).then((sure) => {
            if (sure) this.#press(action);
          });
          ignoreFailure(asked, 'a question that cannot be asked is not answered yes');
        });
        return [action, button];
      }),
    );
    this.#group.append(...this.#buttons.values());
    this.element = element('div', {}, this.#group, this.#notice);
  }

  /** @param waiting messages that wait */
  update(stopped: boolean, what: string, waiting = 0): void {
    const { say, mayAct } = this.#host;
    this.#what = what;
    this.#stopped = stopped;
    this.#waiting = waiting;
    setAttribute(this.#group, 'aria-label', what);
    for (const [action, button] of this.#buttons) {
      const name = action === 'reconnect' && stopped ? 'connect' : action;
      setText(button, say(`action.${name}`));
      setAttribute(button, 'aria-label', say(`actionOn.${name}`, { what }));
      setAttribute(button, 'title', mayAct ? say(`hint.${this.#of}.${name}`) : say('forbidden'));
      setAttribute(
        button,
        'aria-disabled',
        String(!mayAct || (stopped && action !== 'reconnect' && action !== 'discard')),
      );
    }
  }

  tick(): void {
    if (this.#noticeUntil < Date.now()) setText(this.#notice, '');
  }

  /** What concerns a whole pool is asked for first, but for connecting it. */
  async #asked(action: Action): Promise<boolean> {
    if (this.#of === 'server' || (this.#stopped && action === 'reconnect')) return true;
    const count = new Intl.NumberFormat(this.#host.language).format(this.#waiting);
    return this.#host.ask(this.#host.say(`ask.${action}`, { what: this.#what, count }));
  }

  #press(action: Action): void {
    this.#act(action).then(
      (count) => {
        this.#tell(this.#host.say(`done.${action}`, { what: this.#what, count }), false);
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
