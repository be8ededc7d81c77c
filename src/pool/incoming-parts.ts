import type { Clock } from '../base/clock';
import {
  addPart,
  giveOut,
  messageKey,
  wholeMessage,
  type IncomingMessage as Reassembled,
  type OpenMessage,
  type OpenPart,
} from '../receipt/reassembly';
import type { Delivery } from '../smpp/pdu';
import type { PartialMessage, Store } from '../store/store';
import type { Answer } from './delivery-answer';
import type { IncomingMessage, Totals } from './events';
import type { HandOut, Save } from './hand-out';
import type { OrderOfWork, Work, Writing } from './order-of-work';
import { tlvsInHex, type Origin } from './report';

/** Milliseconds from the first part of a long incoming message until what came of it is given out. */
const REASSEMBLY = 600_000;
/** Messages of which parts are missing, and those that are whole since less than REASSEMBLY; of more the oldest give way. */
const MAX_OPEN = 1000;

type OpenIncoming = OpenMessage<Origin>;

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

  constructor(services: IncomingPartsServices) {
    this.#services = services;
  }

  delivered(delivery: Delivery, origin: Origin, answer: Answer): void {
    const { order } = this.#services;
    const key = messageKey(delivery);
    if (key === null) order.inOrder(async () => this.#incoming(wholeMessage(delivery, origin)), answer);
    else order.inLane(`part ${key}`, () => this.#part(key, { delivery: detached(delivery), origin }), answer);
  }

  /** Gives out those whose time has come. To be called about once a second. */
  async tick(now: number): Promise<void> {
    const { store, order } = this.#services;
    for (const partial of await store.findPartialsDue(now, MAX_OPEN)) {
      order.inLane(`part ${partial.key}`, () => this.#due(partial));
    }
  }

  /** A part of a longer message; the others may come to other instances. */
  async #part(key: string, part: OpenPart<Origin>): Promise<Writing> {
    const { store, clock } = this.#services;
    const before = await store.findPartial(key);
    const known = before && (before.data as OpenIncoming);
    const { open, message } = addPart(known, part);
    const begins = open !== known && open.parts.length === 1;
    const expiresAt = before && !begins ? before.expiresAt : clock.now() + REASSEMBLY;
    // One that came before is stored once more: where that is still under way, it must not be answered sooner.
    return this.#give({ key, expiresAt, data: open }, before, message, () => this.#part(key, part));
  }

  /** The rest of it has not come in time; or it was whole, and the platform will not repeat its parts any more. */
  async #due({ key, expiresAt }: PartialMessage): Promise<Writing | null> {
    const { store } = this.#services;
    const partial = await store.findPartial(key);
    if (partial?.expiresAt !== expiresAt) return null;
    const open = partial.data as OpenIncoming;
    const message = giveOut(open);
    if (!message) return { written: store.forgetPartial(partial) };
    const told = { key, expiresAt, data: { ...open, told: true } };
    // Changed by another instance, it is found again where it is still due.
    return this.#give(told, partial, message, async () => null);
  }

  #give(
    partial: PartialMessage,
    before: PartialMessage | null,
    message: Reassembled<Origin> | null,
    again: Work,
  ): Writing {
    const { store, totals, handOut } = this.#services;
    const events = message ? [incomingMessage(message)] : [];
    const save: Save = async (options) => {
      const keys = await store.savePartial(partial, before, options);
      if (keys && message) totals.incoming += 1;
      return keys;
    };
    return { written: handOut.onceSaved(events, save, again) };
  }

  #incoming(message: Reassembled<Origin>): Writing {
    this.#services.totals.incoming += 1;
    return this.#services.handOut.orPark([incomingMessage(message)]);
  }
}

/** Its octets are views of a socket's buffer, which they must not keep alive for minutes. */
function detached(delivery: Delivery): Delivery {
  const tlvs = delivery.tlvs.map(({ tag, value }) => ({ tag, value: Buffer.from(value) }));
  return { ...delivery, body: Buffer.from(delivery.body), tlvs };
}

function incomingMessage({ origin, tlvs, ...message }: Reassembled<Origin>): IncomingMessage {
  return { kind: 'incoming', ...message, ...origin, tlvs: tlvsInHex(tlvs) };
}
