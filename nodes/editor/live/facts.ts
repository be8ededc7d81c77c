import { element, setAttribute, setText } from './dom';
import type { LiveHost } from './host';
import { moment, type Face } from './live';

/** A state as a dot and a word. */
export class StateBadge {
  readonly element: HTMLElement;
  readonly #host: LiveHost;
  readonly #word = element('span');
  #shown: string | null = null;

  constructor(host: LiveHost) {
    this.#host = host;
    const dot = element('span', { class: 'smpp-live-dot', 'aria-hidden': 'true' });
    this.element = element('span', { class: 'smpp-live-state' }, dot, this.#word);
  }

  /** @param what name that is announced with the new state; without it nothing is announced */
  update({ word, dot }: Face, what?: string): void {
    if (word === this.#shown) return;
    const state = this.#host.say(`state.${word}`);
    setText(this.#word, state);
    setAttribute(this.element, 'data-fill', dot.fill);
    setAttribute(this.element, 'data-shape', dot.shape);
    if (what !== undefined && this.#shown !== null) this.#host.announce(this.#host.say('changed', { what, state }));
    this.#shown = word;
  }
}

export class Moment {
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

/** A value after its name; hidden while the value is blank. */
export class Fact {
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

/** A value after its name, with a bar for its share of the most that is possible; hidden while the value is blank. */
export class Meter {
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
