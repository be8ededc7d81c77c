import { setAttribute, svg } from './dom';
import type { LiveHost } from './host';
import { chart, Trace } from './trace';

const BOX = { width: 240, height: 40 } as const;

/** Draws the rate of the last minute and the allowed rate, both in submits a second. */
export class RateChart {
  readonly element: SVGElement;
  readonly #trace = new Trace();
  readonly #area = svg('path', { class: 'smpp-live-area' });
  readonly #line = svg('path', { class: 'smpp-live-line' });
  readonly #limit = svg('line', { class: 'smpp-live-limit', x1: '0', x2: String(BOX.width) });

  constructor() {
    this.element = svg('svg', {
      class: 'smpp-live-chart',
      role: 'img',
      viewBox: `0 0 ${BOX.width} ${BOX.height}`,
      preserveAspectRatio: 'none',
    });
    this.element.append(this.#area, this.#line, this.#limit);
  }

  put(second: number, rate: number | null): void {
    this.#trace.put(second, rate);
  }

  draw(rate: number, allowed: number, { say }: LiveHost): void {
    const { values, most } = this.#trace;
    const { line, area, limit } = chart(values, allowed, BOX.width, BOX.height);
    setAttribute(this.#line, 'd', line);
    setAttribute(this.#area, 'd', area);
    this.#limit.toggleAttribute('hidden', limit === null);
    if (limit !== null) for (const end of ['y1', 'y2']) setAttribute(this.#limit, end, String(limit));
    const label = say(allowed > 0 ? 'chartLimit' : 'chart', { rate, most, allowed });
    setAttribute(this.element, 'aria-label', label);
  }
}
