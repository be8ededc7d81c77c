import type { Clock } from '../base/clock';
import { classify } from '../receipt/classify';
import { bestMatch, matchKeys, type Match, type MatchRung } from '../receipt/match';
import { parseReceipt } from '../receipt/parse';
import type { Receipt } from '../receipt/receipt';
import type { Delivery } from '../smpp/pdu';
import { TOLD_BEFORE, type SegmentReceipt, type SentMessage } from '../store/store';
import { ESME_RMSGQFUL, ESME_ROK, type Answer } from './delivery-answer';
import { EarlyReceipts, type WaitingReceipt } from './early-receipts';
import type { DeliveryReport, Totals } from './events';
import { HandOut, type FlowEvent, type HandOutServices, type Save } from './hand-out';
import { IncomingParts } from './incoming-parts';
import { hasArrived } from './listeners';
import { OrderOfWork, type Work, type Writing } from './order-of-work';
import { messageReport, sameStatus, segmentReport, statusOnly, unmatchedReport, type Origin } from './report';
import type { PoolSettings } from './settings';

/** Kind of parked events that are parts of longer incoming messages, as an earlier version kept them. */
const PART = 'part';

export interface InboundServices extends HandOutServices {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly totals: Totals;
  /** True where a submit to this number is unanswered. */
  expects(number: string): boolean;
  /** True where another instance, of late, may know of submits that the store does not know of. */
  missesInstance(): boolean;
  /** Resolves once the outcome of this message was handed over; undefined where it was already. */
  settled(id: string): Promise<void> | undefined;
  /** What is remembered of a message has changed. */
  noteSent(sent: SentMessage): void;
}

const NOTHING: Writing = { written: Promise.resolve() };

/**
 * The way of a delivery from the platform to the flow. Each is answered once it is stored or handed to a live flow, not before;
 * one that cannot be stored is refused for now, and the platform brings it again.
 */
export class Inbound {
  readonly #services: InboundServices;
  readonly #order: OrderOfWork;
  readonly #early: EarlyReceipts;
  readonly #handOut: HandOut;
  readonly #incoming: IncomingParts;
  #learnt: MatchRung | null = null;

  constructor(services: InboundServices) {
    this.#services = services;
    const { store, clock, totals, log } = services;
    const shared = store.share !== undefined;
    this.#order = new OrderOfWork(shared, (error) => {
      // That the store is away was said once.
      if (store.trouble) return;
      log.error(`a delivery could not be stored, the platform will bring it again: ${String(error)}`);
    });
    this.#early = new EarlyReceipts(clock, shared, (waiting) => {
      this.#takeReceipt(waiting);
    });
    this.#handOut = new HandOut(services);
    this.#incoming = new IncomingParts({ store, clock, totals, order: this.#order, handOut: this.#handOut });
  }

  /** Takes a deliver_sm or data_sm; `answer` is called exactly once. */
  delivered(delivery: Delivery, origin: Origin, answer: Answer): void {
    if (classify(delivery) !== 'receipt') {
      this.#incoming.delivered(delivery, origin, answer);
      return;
    }
    this.#services.totals.receipts += 1;
    const receipt = parseReceipt(delivery, { timezone: this.#services.settings.receiptTimezone });
    this.#takeReceipt({ receipt, delivery, origin, answer, until: this.#early.deadline() });
  }

  /** A submit was answered: receipts that came before may find it now. */
  retryEarly(): void {
    this.#early.answered();
  }

  /** Whatever falls due with time. To be called about once a second. */
  async tick(now: number): Promise<void> {
    const { store, listeners } = this.#services;
    this.#early.tick(now);
    await this.#incoming.tick(now);
    if (listeners.size > 0 || !this.#services.flowsLive()) {
      for (const sent of await store.findDue(now)) this.#order.inOrder(() => this.#due(sent, now));
    }
    await store.forgetSent(now);
  }

  /** Hands over what waited while no flow was live. */
  resume(): void {
    this.#order.inOrder(async () => {
      const { store } = this.#services;
      const unparked: Promise<void>[] = [];
      for (const { key, kind, data, again } of await store.parked()) {
        if (kind === PART) {
          const { delivery, server, bind } = data as Origin & { readonly delivery: Delivery };
          this.delivered(delivery, { server, bind }, (status) => {
            if (status === ESME_ROK) void store.unpark(key).catch(() => undefined);
          });
          continue;
        }
        // Stopped again meanwhile: the rest waits for the next time.
        if (!this.#services.flowsLive()) break;
        const event = data as FlowEvent;
        const handed = this.#handOut.hand(again ? { ...event, warnings: [...event.warnings, TOLD_BEFORE] } : event);
        // What did not arrive stays for the next time.
        unparked.push(hasArrived(handed).then((arrived) => (arrived ? store.unpark(key) : undefined)));
      }
      await Promise.all(unparked);
      return null;
    });
  }

  /** Resolves when everything that has come so far is dealt with. */
  async close(): Promise<void> {
    this.#early.close();
    await this.#order.idle();
  }

  #takeReceipt(waiting: WaitingReceipt): void {
    const lane = `receipt ${waiting.receipt.messageIds[0] ?? ''}`;
    this.#order.inLane(lane, () => this.#receipt(waiting), waiting.answer);
  }

  async #receipt(waiting: WaitingReceipt): Promise<Writing | null> {
    const { receipt, delivery } = waiting;
    const match = await this.#match(receipt, delivery);
    if (match) {
      const settling = this.#services.settled(match.sent.id);
      if (settling) {
        // The flow hears of the message before it hears of its receipt.
        await settling;
        return this.#matched((await this.#match(receipt, delivery)) ?? match, waiting);
      }
      return this.#matched(match, waiting);
    }
    const mayCome = this.#services.store.share !== undefined || this.#services.expects(delivery.source.addr);
    if (mayCome && this.#services.clock.now() < waiting.until) {
      this.#early.hold(waiting);
      return null;
    }
    if (this.#services.missesInstance()) {
      // It may be back, or its submits be answered for, when the platform brings this again.
      waiting.answer(ESME_RMSGQFUL);
      return null;
    }
    this.#services.totals.unmatched += 1;
    return this.#handOut.orPark([unmatchedReport(waiting)]);
  }

  async #match({ messageIds }: Receipt, delivery: Delivery): Promise<Match<SentMessage> | null> {
    const { messageIds: policy } = this.#services.settings;
    const keys = matchKeys(messageIds, policy, this.#learnt);
    const found = await this.#services.store.findSent(keys.map(({ key }) => key));
    const match = bestMatch(found, { messageIds, handset: delivery.source.addr, policy, learnt: this.#learnt });
    if (match) this.#learn(match.rung);
    return match;
  }

  #learn(rung: MatchRung): void {
    if (rung === this.#learnt) return;
    this.#learnt = rung;
    if (rung !== 'exact') this.#services.log.info(`receipts name message ids in another form (${rung}); learnt`);
  }

  #matched(match: Match<SentMessage>, waiting: WaitingReceipt): Writing {
    const { receipt } = waiting;
    const before = match.sent.receipts[match.segment] ?? null;
    if (before && sameStatus(before, receipt)) return NOTHING;
    const warnings: string[] = [];
    if (before?.final && receipt.final) {
      warnings.push(
        `another final report came before: ${before.status ?? before.state}, error ${before.error ?? 'none'}`,
      );
    }
    const sent = before?.final && !receipt.final ? match.sent : this.#withReceipt(match, receipt);
    const reports = [segmentReport(sent, match.segment, waiting, warnings)];
    const result = this.#result(match, sent, waiting, warnings);
    if (result) reports.push(result);
    const told = { ...sent, told: sent.told || (result?.final ?? false), dueAt: result?.final ? null : sent.dueAt };
    return this.#save(reports, told, match.sent, () => this.#receipt(waiting));
  }

  #withReceipt({ sent, segment }: Match<SentMessage>, receipt: Receipt): SentMessage {
    const now = this.#services.clock.now();
    const entry: SegmentReceipt = {
      ...statusOnly(receipt),
      messageId: receipt.messageIds[0] ?? '',
      submittedAt: receipt.submittedAt,
      doneAt: receipt.doneAt,
      at: now,
    };
    const dueAt =
      receipt.final && !sent.told && sent.messageIds.length > 1
        ? (sent.dueAt ?? now + this.#services.settings.receiptWait * 1000)
        : sent.dueAt;
    return { ...sent, receipts: sent.receipts.map((old, index) => (index === segment ? entry : old)), dueAt };
  }

  /** The report for those who want one a message: its result, or something worth telling before or after it. */
  #result(
    { sent: before, segment }: Match<SentMessage>,
    sent: SentMessage,
    waiting: WaitingReceipt,
    warnings: readonly string[],
  ): DeliveryReport | null {
    const { receipt } = waiting;
    // A later word: only news where it changes what the flow was told.
    if (before.told) return warnings.length > 0 ? messageReport(sent, waiting, warnings) : null;
    if (!receipt.final) return before.receipts[segment]?.final ? null : messageReport(sent, waiting, warnings, receipt);
    return sent.receipts.every((entry) => entry?.final) ? messageReport(sent, waiting, warnings) : null;
  }

  /** Some of a long message's receipts never came. */
  async #due(found: SentMessage, now: number): Promise<Writing | null> {
    const key = found.messageIds.find((id) => id);
    const current = key
      ? await this.#services.store.findSent(matchKeys([key], 'exact', null).map((match) => match.key))
      : [];
    const sent = current.find(({ id }) => id === found.id) ?? found;
    if (sent.told || sent.dueAt === null || sent.dueAt > now) return null;
    const warning = `no receipt for ${String(sent.receipts.filter((entry) => !entry?.final).length)} of the segments`;
    const report = messageReport(sent, null, [warning]);
    return this.#save([report], { ...sent, told: true, dueAt: null }, sent, () => this.#due(found, now));
  }

  /** Hands reports out and remembers what has changed with them. @param again where another instance has changed it since `before` */
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
}
