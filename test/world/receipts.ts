import type { Chance } from './chance';
import { IS_RECEIPT, MESSAGE_STATE, RECEIPTED_MESSAGE_ID, type Deliver } from './pdu';
import { EPOCH } from './process';
import type { Copy, Platform, PlatformServer } from './platform';

/** How receipts come: probabilities, and milliseconds from least to most. */
export interface ReceiptOdds {
  /** After the submit. */
  readonly delay: readonly [number, number];
  /** Receipts that come at once, before the answer to the submit. */
  readonly early: number;
  readonly twice: number;
  readonly missing: number;
  /** Submits that get an intermediate receipt first. */
  readonly interim: number;
  readonly failing: number;
  /** How a receipt spells the id that the submit's answer named. */
  readonly idForm: 'same' | 'upper' | 'decimal' | 'short';
  /** Where the id and the state are. */
  readonly shape: 'text' | 'both' | 'tlv';
  /** Whether receipts come by the server that took the message, or by any. */
  readonly home: boolean;
}

/** A state by its word in a receipt, its name in SMPP 3.4 (section 5.2.28), its number, and the platform's own code. */
type State = readonly [word: string, name: string, number: number, code: number];

const FAILED: readonly State[] = [
  ['UNDELIV', 'UNDELIVERABLE', 5, 13],
  ['EXPIRED', 'EXPIRED', 3, 21],
  ['REJECTD', 'REJECTED', 8, 454],
];
export const DELIVERED = 'DELIVERED';
const WELL: State = ['DELIVRD', DELIVERED, 2, 0];
const ENROUTE: State = ['ENROUTE', 'ENROUTE', 1, 0];
/** Milliseconds until a delivery that found no session, or no answer, is brought again. */
const AGAIN = [500, 4000] as const;

/** A receipt on its way. */
export interface Receipt {
  readonly copy: Copy;
  readonly state: string;
  readonly final: boolean;
  /** How often it was written to a session, and answered with success. */
  brought: number;
  taken: number;
  /** When it was answered with success for the first time. */
  takenAt: number | null;
}

/** An ordinary message of a handset, one PDU of it. */
export interface FromHandset {
  readonly tag: string;
  readonly part: number;
  readonly parts: number;
  brought: number;
  taken: number;
}

export interface ReceiptEvents {
  /** A receipt that the platform will bring. */
  due(receipt: Receipt): void;
  /** A session answered a delivery with success. */
  taken(what: Receipt | FromHandset): void;
  /** A session that still stands has not answered a delivery in half a minute. */
  unanswered(what: string): void;
  trace(words: string): void;
}

/** Brings receipts, and the messages of handsets, until a session has taken them. */
export class Deliveries {
  readonly #platform: Platform;
  readonly #chance: Chance;
  readonly #events: ReceiptEvents;
  odds: ReceiptOdds;
  /** Deliveries that no session has taken yet. */
  waiting = 0;

  constructor(platform: Platform, chance: Chance, odds: ReceiptOdds, events: ReceiptEvents) {
    this.#platform = platform;
    this.#chance = chance;
    this.odds = odds;
    this.#events = events;
  }

  /** Sees to the receipts of a submit that was taken. */
  submitted(copy: Copy): void {
    if (copy.id === null || !copy.submit.wantsReceipt) return;
    const chance = this.#chance;
    const { odds } = this;
    if (chance.happens(odds.interim)) this.#receipt(copy, ENROUTE, chance.between(...odds.delay) / 2);
    if (chance.happens(odds.missing)) return;
    const state = chance.happens(odds.failing) ? chance.pick(FAILED) : WELL;
    this.#receipt(copy, state, chance.happens(odds.early) ? 0 : chance.between(...odds.delay));
  }

  /** A handset writes. @param parts PDUs that its text takes @param note hears of each */
  fromHandset(tag: string, from: string, to: string, parts: number, note: (what: FromHandset) => void): void {
    const reference = this.#chance.whole(0, 255);
    for (let number = 1; number <= parts; number++) {
      const words = Buffer.from(`${tag} part ${String(number)} of ${String(parts)} ${'.'.repeat(parts > 1 ? 110 : 0)}`);
      const header = Buffer.from(parts > 1 ? [5, 0, 3, reference, parts, number] : []);
      const what: FromHandset = { tag, part: number, parts, brought: 0, taken: 0 };
      note(what);
      const message = Buffer.concat([header, words]);
      const pdu = { from, to, esmClass: parts > 1 ? 0x40 : 0, message, tlvs: [] };
      this.#bringAfter(this.#chance.between(0, parts > 1 ? 3000 : 10), what, pdu, null);
    }
  }

  #receipt(copy: Copy, [word, state, number, error]: State, delay: number): void {
    const final = state !== 'ENROUTE';
    const receipt: Receipt = { copy, state, final, brought: 0, taken: 0, takenAt: null };
    if (final) this.#events.due(receipt);
    const id = this.#spelled(copy.id!);
    const { shape } = this.odds;
    const stamp = (at: number): string => new Date(EPOCH + at).toISOString().replace(/[-:T]/g, '').slice(2, 12);
    const words =
      `id:${id} sub:001 dlvrd:${state === DELIVERED ? '001' : '000'} ` +
      `submit date:${stamp(copy.at)} done date:${stamp(copy.at + delay)} ` +
      `stat:${word} err:${String(error).padStart(3, '0')} text:`;
    const pdu: Deliver = {
      from: copy.submit.to,
      to: copy.submit.from,
      esmClass: IS_RECEIPT,
      message: Buffer.from(shape === 'tlv' ? '' : words),
      tlvs:
        shape === 'text'
          ? []
          : [
              [RECEIPTED_MESSAGE_ID, Buffer.from(`${id}\0`)],
              [MESSAGE_STATE, Buffer.from([number])],
            ],
    };
    const home = this.odds.home ? copy.server : null;
    this.#bringAfter(delay, receipt, pdu, home);
    if (this.#chance.happens(this.odds.twice)) {
      this.#bringAfter(delay + this.#chance.between(0, 5000), receipt, pdu, home);
    }
  }

  #spelled(id: string): string {
    switch (this.odds.idForm) {
      case 'upper':
        return id.toUpperCase();
      case 'decimal':
        return BigInt(`0x${id}`).toString();
      case 'short':
        return id.replace(/^0+/, '');
      default:
        return id;
    }
  }

  #bringAfter(delay: number, what: Receipt | FromHandset, pdu: Deliver, home: PlatformServer | null): void {
    this.waiting += 1;
    const { timeline } = this.#platform;
    const bring = (): void => {
      const sessions = this.#platform.receivers().filter(({ server }) => home === null || server === home);
      const again = (): void => {
        timeline.after(this.#chance.between(...AGAIN), bring);
      };
      if (sessions.length === 0) {
        again();
        return;
      }
      const session = this.#chance.pick(sessions);
      what.brought += 1;
      session.bring(pdu, (status) => {
        if (status === 0) {
          what.taken += 1;
          if ('copy' in what) what.takenAt ??= timeline.now;
          this.waiting -= 1;
          this.#events.taken(what);
          return;
        }
        const name = 'tag' in what ? what.tag : `the receipt of ${what.copy.id!} (${what.state})`;
        if (status === null && session.open && !session.link.black) this.#events.unanswered(name);
        this.#events.trace(`${name}: ${status === null ? 'no answer' : `refused with 0x${status.toString(16)}`}`);
        again();
      });
    };
    timeline.after(delay, bring);
  }
}
