import type { Clock } from '../base/clock';
import { InvalidInputError, SmppError } from '../base/errors';
import { nextTurn } from '../base/turns';
import type { HistoryEntry } from '../history/entry';
import { inTimeOf, matches, parseFilter, parseLimit, type MessageFilter } from '../history/filter';
import type { History } from '../history/history';
import { countryOf } from '../message/country';
import type { OutboxMessage, Store } from '../store/store';
import { entryOfMessage } from './history-entry';
import type { PoolSettings } from './settings';

/** Milliseconds of looking between two turns of the event loop. */
const SLICE = 5;
const DAY = 86_400_000;

export interface SearchServices {
  readonly settings: PoolSettings;
  readonly store: Store;
  readonly clock: Clock;
  /** Null where the pool keeps no history. */
  readonly history: History | null;
  /** Messages that are leased from the store and have not ended. */
  onTheirWay(): Iterable<OutboxMessage>;
}

/** Messages found, newest first: those that wait or are on their way, then those that have ended. */
export interface Found {
  readonly messages: readonly HistoryEntry[];
  /** Where to look on; null where everything was looked at. */
  readonly next: string | null;
}

/** What became of the pool's messages: looks into the queue and the history, and forgets. */
export class Search {
  readonly #services: SearchServices;

  constructor(services: SearchServices) {
    this.#services = services;
  }

  /**
   * @param filter `msg.filter`: `to` is the last digits of a number
   * @param limit `msg.limit`
   * @param from `next` of an earlier call with the same filter
   * @param patience milliseconds after which it returns with what it has
   * @throws {SmppError} SMPP_INVALID_INPUT, SMPP_HISTORY_OFF, SMPP_STORE_*
   */
  async find(filter: unknown, limit: unknown, from: unknown = null, patience = Infinity): Promise<Found> {
    const looking = this.#inTime(parseFilter(filter, { to: 'last' }));
    const most = parseLimit(limit);
    const history = this.#history();
    const { clock } = this.#services;
    const until = clock.now() + patience;
    // By id: a message that ends meanwhile is found in both places, and its end is what counts.
    const found = new Map<string, HistoryEntry>();
    const place = placeOf(from);
    const waits = place.skip !== null && (looking.outcome ?? null) === null;
    if (waits && (await this.#unended(looking, place.skip, most, found))) {
      return { messages: [...found.values()], next: `w${String(place.skip + most)}` };
    }
    let next = place.entry;
    while (found.size < most) {
      const page = await history.find(looking, most - found.size, next);
      for (const entry of page.entries) found.set(entry.id, entry);
      if (page.next === null) return { messages: [...found.values()], next: null };
      next = page.next;
      if (clock.now() >= until) break;
      await nextTurn();
    }
    return { messages: [...found.values()], next: next === undefined ? 'newest' : String(next) };
  }

  /**
   * Removes from the history what fits. Messages that wait, or whose receipts are awaited, are still sent and reported.
   * @param filter `msg.filter`; it must name `to` or `id`, and `to` is the whole number
   * @returns how many were removed
   * @throws {SmppError} SMPP_INVALID_INPUT, SMPP_HISTORY_OFF, SMPP_STORE_*
   */
  async forget(filter: unknown): Promise<number> {
    const { profile } = this.#services.settings;
    const country = countryOf(profile.country);
    const gone = this.#inTime(parseFilter(filter, { to: 'whole', country }));
    if (gone.to === undefined && gone.id === undefined) {
      throw new InvalidInputError(
        'filter',
        'filter (msg.filter): it must name "to" or "id", so that no more is forgotten than was meant',
      );
    }
    return this.#history().forget(gone);
  }

  /** Removes what need not be kept any longer. To be called every second. @param now epoch milliseconds */
  async prune(now: number): Promise<void> {
    const { settings, store, history } = this.#services;
    const { historyDays, historyLimit } = settings;
    const kept = history ?? store.history;
    if (!kept || kept.size === 0) return;
    // What an earlier setting has left goes too where nothing is kept any more.
    if (historyDays === 0) await kept.prune({ before: Infinity, limit: 0 });
    else await kept.prune({ before: now - historyDays * DAY, limit: historyLimit });
  }

  #history(): History {
    const { history } = this.#services;
    if (history) return history;
    throw new SmppError(
      'SMPP_HISTORY_OFF',
      'This pool keeps no history. Set "days" of its history above 0, and what is sent from then on can be found',
    );
  }

  #inTime(filter: MessageFilter): MessageFilter {
    const { clock } = this.#services;
    const now = clock.now();
    return inTimeOf(filter, clock.wallOf(now) - now);
  }

  /**
   * Adds the messages without an outcome that fit, newest first, to what was found.
   * @param skip so many that fit, because they were found before
   * @returns true where there are more of them than `limit`
   */
  async #unended(
    filter: MessageFilter,
    skip: number,
    limit: number,
    found: Map<string, HistoryEntry>,
  ): Promise<boolean> {
    const { clock, store } = this.#services;
    const onTheirWay = [...this.#services.onTheirWay()].sort((one, other) => other.queuedAt - one.queuedAt);
    let began = clock.now();
    let skipped = 0;
    for (const messages of [store.waiting?.() ?? [], onTheirWay]) {
      for (const message of messages) {
        const entry = entryOfMessage(message);
        if (matches(filter, entry) && ++skipped > skip) {
          if (found.size === limit) return true;
          found.set(entry.id, entry);
        }
        if (clock.now() - began < SLICE) continue;
        await nextTurn();
        began = clock.now();
      }
    }
    return false;
  }
}

/** Where to look on: behind `skip` messages that wait, or, where that is null, at this entry of the history. */
interface Place {
  readonly skip: number | null;
  readonly entry: number | undefined;
}

function placeOf(from: unknown): Place {
  if (from === null) return { skip: 0, entry: undefined };
  if (from === 'newest') return { skip: null, entry: undefined };
  const [, waiting, number] = (typeof from === 'string' && /^(w?)(\d{1,15})$/.exec(from)) || [];
  if (number === undefined) {
    throw new InvalidInputError('from', 'from: it is not the "next" of an earlier answer; leave it out to begin anew');
  }
  return waiting ? { skip: Number(number), entry: undefined } : { skip: null, entry: Number(number) };
}
