import type { InstanceSnapshot } from '../../../src/pool/events';
import { element, KeyedList, setText } from './dom';
import type { LiveHost } from './host';
import { moment } from './live';

/** The list of Node-RED instances that share the account; hidden where there is no other. */
export class InstanceList {
  readonly element: HTMLElement;
  readonly #rows: KeyedList<InstanceSnapshot, { element: HTMLElement; update(instance: InstanceSnapshot): void }>;

  constructor(host: LiveHost) {
    const list = element('ul');
    this.element = element('details', { open: '' }, element('summary', {}, host.say('instances')), list);
    this.#rows = new KeyedList(list, {
      key: ({ id }) => id,
      create: ({ host: machine, pid, since, self }) => {
        const use = element('span');
        // The process id tells several instances on one machine apart.
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
export function useWords(parts: InstanceSnapshot['servers'], host: LiveHost): string {
  const binds = parts.reduce((sum, { bound }) => sum + bound, 0);
  return host.say('instanceUse', { binds, rate: parts.reduce((sum, { rate }) => sum + rate, 0) });
}
