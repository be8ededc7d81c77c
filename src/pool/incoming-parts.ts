import type { Clock } from '../base/clock';
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

/** Milliseconds from the first part of a long incoming message until what came of it is given out. */
const REASSEMBLY = 600_000;
/** Milliseconds that a message which may be whole waits for another part. */
const DOUBT = 5000;
/** Octets of all messages of which parts have come; of more the oldest are given out with what is there. */
const MAX_OCTETS = 2 ** 24;

/** As an earlier version kept it: with all its parts in one. */
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
}

/** The way of an ordinary incoming message to the flow; of a long one the parts are kept until it is whole. */
export class IncomingParts {
  readonly #services: IncomingPartsServices;
  /** Keys of messages whose turn to be given out has not come yet. */
  readonly #ending = new Set<string>();

  constructor(services: IncomingPartsServices) {
    this.#services = services;
  }

  delivered(delivery: Delivery, origin: Origin, answer: Answer): void {
    const { order } = this.#services;
    const key = messageKey(delivery);
    if (key === null) {
      order.inOrder(async () => this.#incoming(wholeMessage(delivery, origin)), answer);
      return;
    }
    const part = openPart(delivery, origin);
    order.inLane(`part ${key}`, () => this.#part(key, part), answer);
  }

  /** Gives out those whose time has come, and those for which there is no room. To be called about once a second. */
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

  /** A part of a longer message; the others may come to other instances. */
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
    // One that came before is stored once more: where that is still under way, it must not be answered sooner.
    const partial = { key, expiresAt, octets: octetsOf(open), data: open };
    const change = { clear: ends, parts: new Map(keeps ? [[partNumber(part), part]] : []) };
    const save: Save = (options) => store.savePartial(partial, before, { ...change, ...options });
    const written = this.#give(given, save, () => this.#part(key, part));
    return { written: Promise.all([written, this.tick(now)]).then(() => undefined) };
  }

  /** The rest of it has not come in time, or there is no room; or it was whole, and its parts will not be repeated any more. */
  async #due({ key, expiresAt }: PartialMessage): Promise<Writing | null> {
    const { store, clock } = this.#services;
    const partial = await this.#find(key);
    if (partial?.expiresAt !== expiresAt) return null;
    const open = partial.data as OpenMessage;
    if (!isNew(open)) return { written: store.forgetPartial(partial) };
    const told = { parts: [], told: open.parts };
    const rest = { key, expiresAt: clock.now() + REASSEMBLY, octets: octetsOf(told), data: told };
    const save: Save = (options) => store.savePartial(rest, partial, { clear: true, ...options });
    // Changed by another instance, it is found again where it is still due.
    return { written: this.#give(await this.#keptParts(key, open), save, async () => null) };
  }

  async #find(key: string): Promise<PartialMessage | null> {
    const { store } = this.#services;
    const partial = await store.findPartial(key);
    if (!partial || !isOpenBefore(partial.data)) return partial;
    await store.savePartial(...broughtOver(partial, partial.data));
    return this.#find(key);
  }

  /** In the order they came. */
  async #keptParts(key: string, open: OpenMessage | null): Promise<OpenPart<Origin>[]> {
    const parts = await this.#services.store.findParts(key);
    return (open?.parts ?? []).flatMap(([number]) => (parts.get(number) as OpenPart<Origin> | undefined) ?? []);
  }

  /** @param parts of a message that is given out, in the order they came; none where nothing is */
  #give(parts: readonly OpenPart<Origin>[], save: Save, again: Work): Promise<void> {
    const { totals, handOut } = this.#services;
    if (parts.length === 0) return handOut.onceSaved([], save, again);
    const counted: Save = async (options) => {
      const keys = await save(options);
      if (keys) totals.incoming += 1;
      return keys;
    };
    return handOut.onceSaved([incomingMessage(giveOut(parts))], counted, again);
  }

  #incoming(message: Reassembled<Origin>): Writing {
    this.#services.totals.incoming += 1;
    return this.#services.handOut.orPark([incomingMessage(message)]);
  }
}

function isOpenBefore(data: unknown): data is OpenBefore {
  return typeof (data as OpenBefore).told === 'boolean';
}

/** What `savePartial` makes of it what this version keeps. */
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
