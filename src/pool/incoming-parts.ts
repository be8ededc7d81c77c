import type { Clock } from '../base/clock';
import type { Charset } from '../message/charset';
import {
  addPart,
  giveOut,
  isNew,
  markOf,
  messageKey,
  octetsOf,
  openPart,
  partNumber,
  wholeMessage,
  type IncomingMessage as Reassembled,
  type OpenMessage,
  type OpenPart,
} from '../receipt/reassembly';
import type { Delivery } from '../smpp/pdu';
import type { PartialChange, PartialMessage, Store } from '../store/store';
import type { Answer } from './delivery-answer';
import type { IncomingMessage, Totals } from './events';
import type { HandOut, Save } from './hand-out';
import type { OrderOfWork, Work, Writing } from './order-of-work';
import { tlvsInHex, type Origin } from './report';

/** Milliseconds from the first part of a long incoming message until it is given out incomplete. */
const REASSEMBLY = 600_000;
/** Milliseconds that a message waits for another part where it is doubtful whether it is whole. */
const DOUBT = 5000;
/** Octets that the parts of all unfinished messages may have; above that, the oldest are given out incomplete. */
const MAX_OCTETS = 2 ** 24;

/** An unfinished message as an earlier version stored it: with all its parts in one entry. */
interface OpenBefore {
  readonly parts: readonly { readonly delivery: Delivery; readonly origin: Origin }[];
  readonly told: boolean;
}

export interface IncomingPartsServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly totals: Totals;
  readonly order: OrderOfWork;
  readonly handOut: HandOut;
  /** What the platform has in the place of the GSM alphabet; null: nothing. */
  readonly charset: Charset | null;
}

/** The way of an ordinary incoming message to the flow. The parts of a long message are stored until it is whole. */
export class IncomingParts {
  readonly #services: IncomingPartsServices;
  /** Keys of due messages that wait for their turn in the order of work. */
  readonly #ending = new Set<string>();

  constructor(services: IncomingPartsServices) {
    this.#services = services;
  }

  delivered(delivery: Delivery, origin: Origin, answer: Answer): void {
    const { order, charset } = this.#services;
    const key = messageKey(delivery);
    if (key === null) {
      order.inOrder(async () => this.#incoming(wholeMessage(delivery, origin, charset)), answer);
      return;
    }
    const part = openPart(delivery, origin);
    order.inLane(`part ${key}`, () => this.#part(key, part), answer);
  }

  /** Gives out messages whose time is up, and the oldest above MAX_OCTETS. To be called about once a second. */
  async tick(now: number): Promise<void> {
    const { store, order } = this.#services;
    for (const partial of await store.findPartialsDue(now, MAX_OCTETS)) {
      const { key } = partial;
      if (this.#ending.has(key)) continue;
      this.#ending.add(key);
      order.inLane(`part ${key}`, async () => {
        this.#ending.delete(key);
        return this.#due(partial);
      });
    }
  }

  /** Takes a part of a long message. The other parts may come to other instances. */
  async #part(key: string, part: OpenPart<Origin>): Promise<Writing> {
    const { store, clock } = this.#services;
    const before = await this.#find(key);
    const known = before && (before.data as OpenMessage);
    const { open, ends, keeps, gives, doubtful } = addPart(known, part);
    const given = gives ? await this.#keptParts(key, known) : [];
    if (gives === 'whole') given.push(part);
    const begins = !known || !isNew(known) || gives === 'before';
    const now = clock.now();
    const expiresAt = doubtful ? now + DOUBT : before && !begins ? before.expiresAt : now + REASSEMBLY;
    // A repeated part is saved again, so that it is not answered while the write of the first is still under way.
    const partial = { key, expiresAt, octets: octetsOf(open), data: open };
    const change = { clear: ends, parts: new Map(keeps ? [[partNumber(part), part]] : []) };
    const save: Save = (options) => store.savePartial(partial, before, { ...change, ...options });
    const written = this.#give(given, save, () => this.#part(key, part));
    return { written: Promise.all([written, this.tick(now)]).then(() => undefined) };
  }

  /**
   * Deals with a message whose time is up or for which there is no room. With new parts it is given out as it is. A
   * message that was given out already is forgotten: its parts will not be repeated any more.
   */
  async #due({ key, expiresAt }: PartialMessage): Promise<Writing | null> {
    const { store, clock } = this.#services;
    const partial = await this.#find(key);
    if (partial?.expiresAt !== expiresAt) return null;
    const open = partial.data as OpenMessage;
    if (!isNew(open)) return { written: store.forgetPartial(partial) };
    const told = { parts: [], told: open.parts };
    const rest = { key, expiresAt: clock.now() + REASSEMBLY, octets: octetsOf(told), data: told };
    const save: Save = (options) => store.savePartial(rest, partial, { clear: true, ...options });
    // Where another instance changed the message, the next tick finds it again if it is still due.
    return { written: this.#give(await this.#keptParts(key, open), save, async () => null) };
  }

  async #find(key: string): Promise<PartialMessage | null> {
    const { store } = this.#services;
    const partial = await store.findPartial(key);
    if (!partial || !isOpenBefore(partial.data)) return partial;
    await store.savePartial(...broughtOver(partial, partial.data));
    return this.#find(key);
  }

  /** The stored parts of a message, in the order they came. */
  async #keptParts(key: string, open: OpenMessage | null): Promise<OpenPart<Origin>[]> {
    const parts = await this.#services.store.findParts(key);
    return (open?.parts ?? []).flatMap(([number]) => (parts.get(number) as OpenPart<Origin> | undefined) ?? []);
  }

  /** Saves, and gives a message out. @param parts its parts in the order they came; none where nothing is given out */
  #give(parts: readonly OpenPart<Origin>[], save: Save, again: Work): Promise<void> {
    const { totals, handOut, charset } = this.#services;
    if (parts.length === 0) return handOut.onceSaved([], save, again);
    const counted: Save = async (options) => {
      const keys = await save(options);
      if (keys) totals.incoming += 1;
      return keys;
    };
    return handOut.onceSaved([incomingMessage(giveOut(parts, charset))], counted, again);
  }

  #incoming(message: Reassembled<Origin>): Writing {
    this.#services.totals.incoming += 1;
    return this.#services.handOut.orPark([incomingMessage(message)]);
  }
}

function isOpenBefore(data: unknown): data is OpenBefore {
  return typeof (data as OpenBefore).told === 'boolean';
}

/** The arguments for `savePartial` that convert an entry of an earlier version. */
function broughtOver(
  partial: PartialMessage,
  { parts, told }: OpenBefore,
): [PartialMessage, PartialMessage, PartialChange] {
  const kept = parts.map(({ delivery, origin }) => openPart(delivery, origin));
  const marks = kept.map(markOf);
  const open: OpenMessage = told ? { parts: [], told: marks } : { parts: marks, told: [] };
  const change = { parts: new Map(told ? [] : kept.map((part) => [partNumber(part), part])) };
  return [{ ...partial, octets: octetsOf(open), data: open }, partial, change];
}

function incomingMessage({ origin, tlvs, ...message }: Reassembled<Origin>): IncomingMessage {
  return { kind: 'incoming', ...message, ...origin, tlvs: tlvsInHex(tlvs) };
}
