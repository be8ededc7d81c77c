import type { Clock } from '../base/clock';
import { inTimeOf, matches, parseFilter } from '../history/filter';
import { countryOf } from '../message/country';
import { entryOfMessage } from './history-entry';
import type { Outbound } from './outbound';
import type { PoolSettings } from './settings';

export interface ControlServices {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly outbound: Pick<Outbound, 'discard'>;
}

/** Takes back what the pool was given to send. */
export class Control {
  readonly #services: ControlServices;

  constructor(services: ControlServices) {
    this.#services = services;
  }

  /**
   * Ends the waiting messages that fit, and that were taken before this moment, as `cancelled`. What is in flight has
   * its answer first, and is not sent again.
   * @param filter `msg.filter`; `{}` fits all
   * @returns how many ended
   * @throws {SmppError} SMPP_INVALID_INPUT, SMPP_STORE_*
   */
  async discard(filter: unknown): Promise<number> {
    const { settings, clock, outbound } = this.#services;
    const given = parseFilter(filter, { to: 'whole', country: countryOf(settings.profile.country) });
    const now = clock.now();
    const wanted = inTimeOf(given, clock.wallOf(now) - now);
    return outbound.discard((message) => message.queuedAt <= now && matches(wanted, entryOfMessage(message)));
  }
}
