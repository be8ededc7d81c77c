import { ignoreFailure } from '../base/background';
import type { Clock } from '../base/clock';
import { classify } from '../receipt/classify';
import { SmppError } from '../base/errors';
import { Reactions } from '../base/reactions';
import { charsetOf } from '../message/charset';
import { handsetVerdict, readEnds } from '../receipt/handset';
import {
  bestMatch,
  firstMatchKey,
  isCertain,
  matchKeys,
  storedKeys,
  type Match,
  type MatchRung,
} from '../receipt/match';
import { parseReceipt } from '../receipt/parse';
import type { Delivery } from '../smpp/pdu';
import { serverOf, TOLD_BEFORE, type SentMessage } from '../store/store';
import { ESME_RMSGQFUL, ESME_ROK, ESME_RX_T_APPN, type Answer } from './delivery-answer';
import { EarlyReceipts, type WaitingReceipt } from './early-receipts';
import type { DeliveryReport, Totals } from './events';
import type { ReceiptCounts } from './measures';
import { HandOut, type FlowEvent, type HandOutServices, type Save } from './hand-out';
import { IncomingParts } from './incoming-parts';
import { hasArrived } from './listeners';
import { OrderOfWork, type Work, type Writing } from './order-of-work';
import { messageReport, segmentReport, unmatchedReport, type Origin } from './report';
import { noteReceipt, type Noted } from './segment-receipts';
import type { PoolSettings } from './settings';

/** The kind of parked event in which an earlier version kept the parts of long incoming messages. */
const PART = 'part';

export interface InboundServices extends HandOutServices {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly totals: Totals;
  readonly receiptCounts: ReceiptCounts;
  /** True where a message that fits has an unanswered submit. */
  expects(fits: (to: string, from: string) => boolean): boolean;
  /** True where an instance fell silent lately, and may know of submits that the store does not have. */
  missesInstance(): boolean;
  /** Resolves once the outcome of this message was handed over; undefined where no outcome is on its way. */
  settled(id: string): Promise<void> | undefined;
  /** True while this message has no outcome: parts of it may still be sent. */
  isUnderWay(id: string): boolean;
  /** Called with the new version of a sent message. */
  noteSent(sent: SentMessage): void;
}

/** The number of different internal errors that are logged. */
const MAX_FAILURES = 100;

const NOTHING: Writing = { written: Promise.resolve() };

/**
 * The way of a delivery from the platform to the flow. A delivery is answered once it is stored or handed to a live
 * flow, not before. One that cannot be stored is refused for now, and the platform brings it again.
 */
export class Inbound {
  readonly #services: InboundServices;
  readonly #order: OrderOfWork;
  readonly #early: EarlyReceipts;
  readonly #handOut: HandOut;
  readonly #incoming: IncomingParts;
  /** Receipts that wait until the flow has heard the outcome of their message. */
  readonly #settling = new Reactions<WaitingReceipt, void>(
    (waiting) => {
      this.#retake(waiting);
    },
    (waiting) => {
      this.#retake(waiting);
    },
    (error) => {
      this.#failed(error);
    },
  );
  #learnt: MatchRung | null = null;
  /** True once a receipt came by another server than its message went to: then the servers share their message ids. */
  #numbersTogether = false;
  /** Internal errors that were logged, so that each is logged once. */
  readonly #failures = new Set<string>();

  constructor(services: InboundServices) {
    this.#services = services;
    const { store, clock, totals, settings } = services;
    const shared = store.share !== undefined;
    this.#order = new OrderOfWork(shared, (error) => this.#failed(error));
    this.#early = new EarlyReceipts(clock, shared, (waiting) => {
      this.#retake(waiting);
    });
    this.#handOut = new HandOut(services);
    const charset = charsetOf(settings.profile.alphabet);
    this.#incoming = new IncomingParts({ store, clock, totals, order: this.#order, handOut: this.#handOut, charset });
  }

  /** Takes a deliver_sm or data_sm; `answer` is called exactly once. */
  delivered(delivery: Delivery, origin: Origin, answer: Answer): void {
    try {
      if (classify(delivery) === 'receipt') this.#deliveredReceipt(delivery, origin, answer);
      else this.#incoming.delivered(delivery, origin, answer);
    } catch (error) {
      answer(this.#failed(error));
    }
  }

  /** A submit was answered with this message id: receipts that came before the answer are tried again. */
  accepted(messageId: string): void {
    this.#early.answered(messageId);
  }

  /** Does what falls due with time. To be called about once a second. @param now epoch milliseconds */
  async tick(now: number): Promise<void> {
    const { store, listeners } = this.#services;
    this.#early.tick();
    this.#handOut.tick(now);
    await this.#incoming.tick(now);
    if (listeners.size > 0 || !this.#services.flowsLive()) {
      for (const sent of await store.findDue(now)) this.#order.inOrder(() => this.#due(sent, now));
    }
    await store.forgetSent(now);
  }

  /** Hands over the events that were parked while no flow was live. */
  resume(): void {
    this.#order.inOrder(async () => {
      const { store } = this.#services;
      const unparked: Promise<void>[] = [];
      for (const { key, kind, data, again } of await store.parked()) {
        if (kind === PART) {
          const { delivery, server, bind } = data as Origin & { readonly delivery: Delivery };
          this.delivered(delivery, { server, bind }, (status) => {
            if (status === ESME_ROK) ignoreFailure(store.unpark(key), 'it is handed out once more');
          });
          continue;
        }
        // The flows were stopped meanwhile: the rest stays parked until the next `resume`.
        if (!this.#services.flowsLive()) break;
        const event = data as FlowEvent;
        const handed = this.#handOut.hand(again ? { ...event, warnings: [...event.warnings, TOLD_BEFORE] } : event);
        // An event that did not arrive stays parked.
        unparked.push(hasArrived(handed).then((arrived) => (arrived ? store.unpark(key) : undefined)));
      }
      await Promise.all(unparked);
      return null;
    });
  }

  /** Refuses the receipts that are held back, and resolves when all other deliveries are dealt with and stored. */
  async close(): Promise<void> {
    this.#early.close();
    await this.#order.idle();
  }

  #deliveredReceipt(delivery: Delivery, origin: Origin, answer: Answer): void {
    const { totals, settings } = this.#services;
    const receipt = parseReceipt(delivery, { timezone: settings.receiptTimezone, codes: settings.codes });
    const ends = readEnds(delivery.source.addr, delivery.destination.addr);
    totals.receipts += 1;
    this.#services.receiptCounts.add(receipt.state, receipt.group);
    this.#takeReceipt({ receipt, delivery, origin, answer, ends, keys: null, until: this.#early.deadline() });
  }

  #retake(waiting: WaitingReceipt): void {
    try {
      this.#takeReceipt(waiting);
    } catch (error) {
      waiting.answer(this.#failed(error));
    }
  }

  #takeReceipt(waiting: WaitingReceipt): void {
    if (this.#order.isFree && this.#takenAtOnce(waiting)) return;
    const lane = `receipt ${waiting.receipt.messageIds[0] ?? ''}`;
    this.#order.inLane(lane, () => this.#receipt(waiting), waiting.answer);
  }

  /**
   * The fast path of nearly all receipts, without a promise of its own: the store answers at once and the match is
   * certain.
   * @returns false where the receipt has to take the slow path (`#receipt`)
   */
  #takenAtOnce(waiting: WaitingReceipt): boolean {
    const { store, settings } = this.#services;
    if (!store.sentUnder || !this.#services.flowsLive()) return false;
    const key = firstMatchKey(waiting.receipt.messageIds, settings.messageIds, this.#learnt);
    const match = key === null ? null : this.#best(store.sentUnder(key), waiting);
    if (!match || !isCertain(match, this.#learnt) || match.sent.receipts[match.segment]?.final) return false;
    const settling = this.#services.settled(match.sent.id);
    if (settling) {
      // The flow hears of the message before it hears of its receipt.
      this.#order.waitFor(this.#settling.on(settling, waiting));
      return true;
    }
    this.#learn(match);
    const noted = this.#note(match, waiting);
    if (!noted) {
      waiting.answer(ESME_ROK);
      return true;
    }
    this.#services.noteSent(noted.sent);
    const work: Promise<unknown>[] = [store.saveSent(noted.sent)];
    for (const report of this.#reports(match, noted, waiting)) {
      const arriving = this.#handOut.atOnce(report);
      if (arriving) work.push(arriving);
    }
    this.#order.stored(work.length === 1 ? work[0]! : Promise.all(work), waiting.answer);
    return true;
  }

  async #receipt(waiting: WaitingReceipt): Promise<Writing | null> {
    const match = await this.#match(waiting);
    if (this.#mayCome(match, waiting) && this.#services.clock.now() < waiting.until) {
      this.#early.hold(waiting);
      return null;
    }
    if (match) {
      const settling = this.#services.settled(match.sent.id);
      if (!settling) return this.#matched(match, waiting);
      await settling;
      return this.#matched((await this.#match(waiting)) ?? match, waiting);
    }
    if (this.#services.missesInstance()) {
      // When the platform brings the receipt again, the silent instance may be back, or another may have taken over its
      // messages.
      waiting.answer(ESME_RMSGQFUL);
      return null;
    }
    this.#services.totals.unmatched += 1;
    const isWanted = this.#handOut.wants({
      kind: 'report',
      scope: 'segment',
      final: waiting.receipt.final,
      matched: false,
      sender: null,
    });
    return isWanted ? this.#handOut.orPark([unmatchedReport(waiting, this.#services.settings.profile.from)]) : NOTHING;
  }

  async #match(waiting: WaitingReceipt): Promise<Match<SentMessage> | null> {
    const { store, settings } = this.#services;
    waiting.keys ??= matchKeys(waiting.receipt.messageIds, settings.messageIds, this.#learnt).map(({ key }) => key);
    const match = this.#best(await store.findSent(waiting.keys), waiting);
    if (match) this.#learn(match);
    return match;
  }

  #best(found: readonly SentMessage[], { receipt, ends, origin }: WaitingReceipt): Match<SentMessage> | null {
    return bestMatch(found, {
      messageIds: receipt.messageIds,
      status: receipt,
      ends,
      policy: this.#services.settings.messageIds,
      learnt: this.#learnt,
      fromSameServer: (sent, segment) => serverOf(sent, segment) === origin.server,
    });
  }

  /**
   * True where the receipt's message may still be unknown, because its submit is unanswered. A match that has its final
   * receipt already may be the wrong message.
   */
  #mayCome(match: Match<SentMessage> | null, { ends, receipt }: WaitingReceipt): boolean {
    const { store, expects } = this.#services;
    if (!match) return store.share !== undefined || expects((to, from) => handsetVerdict(ends, to, from) !== 'other');
    if (!receipt.final || !match.sent.receipts[match.segment]?.final) return false;
    return expects((to, from) => handsetVerdict(ends, to, from) === 'same');
  }

  #learn({ rung, handset, sameServer, hasRivals }: Match<SentMessage>): void {
    if (handset === 'same' && !sameServer) this.#numbersTogether = true;
    if (rung === this.#learnt || hasRivals) return;
    this.#learnt = rung;
    if (rung !== 'exact') this.#services.log.info(`receipts name message ids in another form (${rung}); learnt`);
  }

  #matched(match: Match<SentMessage>, waiting: WaitingReceipt): Writing {
    const noted = this.#note(match, waiting);
    if (!noted) return NOTHING;
    return this.#save(this.#reports(match, noted, waiting), noted.sent, match.sent, () => this.#receipt(waiting));
  }

  #note({ sent, segment }: Match<SentMessage>, { receipt }: WaitingReceipt): Noted | null {
    const { clock, settings, receiptCounts } = this.#services;
    const now = clock.now();
    const noted = noteReceipt(sent, segment, receipt, now, settings.receiptWait * 1000);
    if (noted && receipt.final && !sent.receipts[segment]?.final) receiptCounts.time.add(now - sent.submittedAt);
    return noted;
  }

  /** The reports of a receipt that a listener wants. */
  #reports(
    match: Match<SentMessage>,
    { sent, warnings: noted, report }: Noted,
    waiting: WaitingReceipt,
  ): DeliveryReport[] {
    const doubt = this.#doubt(match, waiting.delivery);
    const warnings = doubt === null ? noted : [doubt, ...noted];
    const wants = (scope: DeliveryReport['scope'], final: boolean): boolean =>
      this.#handOut.wants({ kind: 'report', scope, final, matched: true, sender: sent });
    const { clock } = this.#services;
    const { final } = waiting.receipt;
    const reports: DeliveryReport[] = [];
    if (wants('segment', final)) reports.push(segmentReport(sent, match.segment, waiting, warnings, clock));
    if (report === 'whole' && wants('message', true)) reports.push(messageReport(sent, waiting, warnings, clock));
    if (report === 'interim' && wants('message', final)) {
      reports.push(messageReport(sent, waiting, warnings, clock, waiting.receipt));
    }
    return reports;
  }

  /** Why a match may be a mistake, in words; null where there is no reason to think so. */
  #doubt({ handset, sameServer, hasRivals }: Match<SentMessage>, { source, destination }: Delivery): string | null {
    if (handset === 'same') return null;
    const ends = [source.addr, destination.addr].filter((addr) => addr !== '').join(', ');
    const named = ends === '' ? 'names no recipient' : `names its recipient as "${ends}"`;
    if (hasRivals) return `the receipt ${named}, and several messages have its id: it may be of another`;
    if (!sameServer && !this.#numbersTogether) {
      return `the receipt ${named} and came by another server than the message went to: it may be of another`;
    }
    return handset === 'hidden' ? `the receipt ${named}: matched by its message id alone` : null;
  }

  /** Reports a long message of which some receipts never came. */
  async #due(found: SentMessage, now: number): Promise<Writing | null> {
    const { store, clock } = this.#services;
    const id = found.messageIds.find((known) => known);
    const current = id ? await store.findSent(storedKeys(id)) : [];
    const sent = current.find((one) => one.id === found.id) ?? found;
    if (sent.told || sent.dueAt === null || sent.dueAt > now) return null;
    // The result of a message is not known before its outcome is: it is looked at again a second later.
    if (this.#services.isUnderWay(sent.id) || this.#services.settled(sent.id)) return null;
    const warning = `no receipt for ${String(sent.receipts.filter((entry) => !entry?.final).length)} of the segments`;
    const report = messageReport(sent, null, [warning], clock);
    return this.#save([report], { ...sent, told: true, dueAt: null }, sent, () => this.#due(found, now));
  }

  /** Stores a sent message, hands its reports out. @param again called where another instance changed the message */
  #save(reports: readonly DeliveryReport[], sent: SentMessage, before: SentMessage, again: Work): Writing {
    const { store } = this.#services;
    if (store.share) {
      const save: Save = async (options) => {
        const keys = await store.saveSent(sent, { ...options, before });
        if (keys) this.#services.noteSent(sent);
        return keys;
      };
      return { written: this.#handOut.onceSaved(reports, save, again) };
    }
    this.#services.noteSent(sent);
    return this.#handOut.orPark(reports, (options) => store.saveSent(sent, options));
  }

  /** Logs an error. @returns the command_status to answer with, one that makes the platform bring the delivery again */
  #failed(error: unknown): number {
    const { store, log } = this.#services;
    if (error instanceof SmppError) {
      // The log already says that the store is away.
      if (!store.trouble)
        log.error(`a delivery could not be stored, the platform will bring it again: ${error.message}`);
      return ESME_RMSGQFUL;
    }
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (!this.#failures.has(words) && this.#failures.size < MAX_FAILURES) {
      this.#failures.add(words);
      log.error(`a delivery could not be taken, the platform will bring it again: internal error: ${words}`);
    }
    return ESME_RX_T_APPN;
  }
}
