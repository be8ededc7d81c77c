import type { Cancel, Clock } from '../base/clock';
import { classify } from '../receipt/classify';
import { worstStatus } from '../receipt/delivery-status';
import { matchKeys, rungOf, type MatchRung } from '../receipt/match';
import { parseReceipt } from '../receipt/parse';
import {
  addPart,
  giveOut,
  messageKey,
  wholeMessage,
  type IncomingMessage as Reassembled,
  type OpenMessage,
  type OpenPart,
} from '../receipt/reassembly';
import type { DeliveryStatus, Receipt } from '../receipt/receipt';
import type { Delivery, Tlv } from '../smpp/pdu';
import {
  TOLD_BEFORE,
  type ParkedEvent,
  type ParkOptions,
  type PartialMessage,
  type SegmentReceipt,
  type SentMessage,
  type Store,
} from '../store/store';
import type { DeliveryReport, IncomingMessage, SentInfo, Totals } from './events';
import { hasArrived, type Handover, type PoolLog, type ReceiptListener } from './listeners';
import type { PoolSettings } from './settings';

/** Milliseconds a receipt without a match waits for the answer to a submit that is under way to its recipient. */
const EARLY_RECEIPT = 10_000;
/**
 * Where the submit may be another instance's, of which we do not know: milliseconds that any receipt without a match waits. By then it
 * is known, too, whether that instance has fallen silent.
 */
const EARLY_ELSEWHERE = 5000;
/** Milliseconds between two tries to match those, for nothing here tells when the submit's answer has been noted. */
const TRY_ELSEWHERE = 250;
/** Milliseconds from the first part of a long incoming message until what came of it is given out. */
const REASSEMBLY = 600_000;
/** Messages of which parts are missing, and those that are whole since less than REASSEMBLY; of more the oldest give way. */
const MAX_OPEN = 1000;

/** Where a PDU came in. */
export interface Origin {
  readonly server: string;
  readonly bind: string;
}

/** Kind of parked events that are parts of longer incoming messages, as an earlier version kept them. */
const PART = 'part';

type OpenIncoming = OpenMessage<Origin>;

interface Arrival {
  readonly receipt: Receipt;
  readonly delivery: Delivery;
  readonly origin: Origin;
  readonly answer: (status: number) => void;
  /** Epoch milliseconds; after that it counts as unmatched. */
  readonly until: number;
}

interface Match {
  readonly sent: SentMessage;
  readonly segment: number;
  readonly rung: MatchRung;
}

export interface InboundServices {
  readonly settings: PoolSettings;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: PoolLog;
  readonly totals: Totals;
  readonly listeners: ReadonlySet<ReceiptListener>;
  /** False while flows are being stopped, replaced or started: then nothing is handed out. */
  flowsLive(): boolean;
  /** True where a submit to this number is unanswered. */
  expects(number: string): boolean;
  /** True where another instance, of late, may know of submits that the store does not know of. */
  missesInstance(): boolean;
  /** Resolves once the outcome of this message was handed over; undefined where it was already. */
  settled(id: string): Promise<void> | undefined;
  /** What is remembered of a message has changed. */
  noteSent(sent: SentMessage): void;
}

/** Wrapped, because a promise of a promise waits for both. */
interface Writing {
  readonly written: Promise<void>;
}

/** Stores what has changed, and events with it; null where it was not any more as it had been found. */
type Save = (options: ParkOptions) => Promise<readonly number[] | null>;
/** What to do then. */
type Again = () => Promise<Writing | null>;

interface Change {
  readonly before: SentMessage;
  readonly again: Again;
}

const NOTHING: Writing = { written: Promise.resolve() };

const ESME_ROK = 0x00;
const ESME_RMSGQFUL = 0x14;

/**
 * The way of a delivery from the platform to the flow. Each is answered once it is stored or handed to a live flow, not before;
 * one that cannot be stored is refused for now, and the platform brings it again.
 */
export class Inbound {
  readonly #services: InboundServices;
  /** Receipts that came before the answer to their submit. */
  #early: Arrival[] = [];
  #cancelTry: Cancel | null = null;
  /** One after the other: two receipts of one message must not overtake each other between reading and writing. */
  #chain: Promise<void> = Promise.resolve();
  /**
   * With a shared store, where each look takes a while, only those of one message wait for each other; that nothing is overwritten
   * is seen to by what it was before.
   */
  readonly #lanes = new Map<string, Promise<void>>();
  /** What is being stored of them. */
  readonly #writing = new Set<Promise<void>>();
  #learnt: MatchRung | null = null;

  constructor(services: InboundServices) {
    this.#services = services;
  }

  /** Takes a deliver_sm or data_sm; `answer` is called exactly once. */
  delivered(delivery: Delivery, origin: Origin, answer: (status: number) => void): void {
    if (classify(delivery) === 'receipt') {
      this.#services.totals.receipts += 1;
      const receipt = parseReceipt(delivery, { timezone: this.#services.settings.receiptTimezone });
      const until = this.#services.clock.now() + (this.#services.store.share ? EARLY_ELSEWHERE : EARLY_RECEIPT);
      this.#receiptInLane({ receipt, delivery, origin, answer, until });
      return;
    }
    const key = messageKey(delivery);
    if (key === null) this.#inOrder(async () => this.#incoming(wholeMessage(delivery, origin)), answer);
    else this.#inLane(`part ${key}`, () => this.#part(key, { delivery: detached(delivery), origin }), answer);
  }

  /** A submit was answered: receipts that came before may find it now. */
  retryEarly(): void {
    if (this.#early.length === 0 || this.#services.store.share) return;
    this.#tryEarly();
  }

  /** Whatever falls due with time. To be called about once a second. */
  async tick(now: number): Promise<void> {
    if (this.#early.some(({ until }) => until <= now)) this.#tryEarly();
    for (const partial of await this.#services.store.findPartialsDue(now, MAX_OPEN)) {
      this.#inLane(`part ${partial.key}`, () => this.#partialDue(partial));
    }
    if (this.#services.listeners.size > 0 || !this.#services.flowsLive()) {
      for (const sent of await this.#services.store.findDue(now)) this.#inOrder(() => this.#due(sent, now));
    }
    await this.#services.store.forgetSent(now);
  }

  /** Hands over what waited while no flow was live. */
  resume(): void {
    this.#inOrder(async () => {
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
        const event = data as DeliveryReport | IncomingMessage;
        const handed = this.#hand(again ? { ...event, warnings: [...event.warnings, TOLD_BEFORE] } : event);
        // What did not arrive stays for the next time.
        unparked.push(hasArrived(handed).then((arrived) => (arrived ? store.unpark(key) : undefined)));
      }
      await Promise.all(unparked);
      return null;
    });
  }

  /** Resolves when everything that has come so far is dealt with. */
  async close(): Promise<void> {
    const early = this.#early;
    this.#early = [];
    // Not ours to judge any more: the platform brings them again.
    for (const { answer } of early) answer(ESME_RMSGQFUL);
    this.#cancelTry?.();
    await Promise.all([this.#chain, ...this.#lanes.values()]);
    await Promise.all(this.#writing);
  }

  #inOrder(work: () => Promise<Writing | null>, answer?: (status: number) => void): void {
    this.#chain = this.#after(this.#chain, work, answer);
  }

  #receiptInLane(arrival: Arrival): void {
    this.#inLane(`receipt ${arrival.receipt.messageIds[0] ?? ''}`, () => this.#receipt(arrival), arrival.answer);
  }

  /** @param name of what must not overtake each other */
  #inLane(name: string, work: () => Promise<Writing | null>, answer?: (status: number) => void): void {
    if (!this.#services.store.share) {
      this.#inOrder(work, answer);
      return;
    }
    const done = this.#after(this.#lanes.get(name) ?? Promise.resolve(), work, answer).then(() => {
      if (this.#lanes.get(name) === done) this.#lanes.delete(name);
    });
    this.#lanes.set(name, done);
  }

  #tryEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const arrival of early) this.#receiptInLane(arrival);
  }

  /**
   * Runs `work` after what came `before` it, and answers for it once it is stored: success, or "try again" where that failed.
   * The next one need not wait for the disk, because the store shows what is being written.
   */
  #after(before: Promise<void>, work: () => Promise<Writing | null>, answer?: (status: number) => void): Promise<void> {
    const failed = (error: unknown): void => {
      // That the store is away was said once.
      if (!this.#services.store.trouble) {
        this.#services.log.error(`a delivery could not be stored, the platform will bring it again: ${String(error)}`);
      }
      answer?.(ESME_RMSGQFUL);
    };
    return before.then(work).then((writing) => {
      if (!writing) return;
      const written = writing.written
        .then(() => answer?.(ESME_ROK), failed)
        .finally(() => {
          this.#writing.delete(written);
        });
      this.#writing.add(written);
    }, failed);
  }

  /** @returns null where it is held back, unanswered */
  async #receipt(arrival: Arrival): Promise<Writing | null> {
    const { receipt, delivery, origin } = arrival;
    const match = await this.#match(receipt, delivery);
    if (match) {
      const settling = this.#services.settled(match.sent.id);
      if (settling) {
        // The flow hears of the message before it hears of its receipt.
        await settling;
        return this.#matched((await this.#match(receipt, delivery)) ?? match, arrival);
      }
      return this.#matched(match, arrival);
    }
    const mayCome = this.#services.store.share !== undefined || this.#services.expects(delivery.source.addr);
    if (mayCome && this.#services.clock.now() < arrival.until) {
      this.#early.push(arrival);
      if (this.#services.store.share && !this.#cancelTry) {
        this.#cancelTry = this.#services.clock.after(TRY_ELSEWHERE, () => {
          this.#cancelTry = null;
          this.#tryEarly();
        });
      }
      return null;
    }
    if (this.#services.missesInstance()) {
      // It may be back, or its submits be answered for, when the platform brings this again.
      arrival.answer(ESME_RMSGQFUL);
      return null;
    }
    this.#services.totals.unmatched += 1;
    return this.#handOrPark([unmatchedReport(receipt, delivery, origin)]);
  }

  async #match(receipt: Receipt, delivery: Delivery): Promise<Match | null> {
    const { messageIds: policy } = this.#services.settings;
    const keys = matchKeys(receipt.messageIds, policy, this.#learnt);
    const found = await this.#services.store.findSent(keys.map(({ key }) => key));
    let best: Match | null = null;
    let bestScore = -1;
    for (const sent of found) {
      sent.messageIds.forEach((id, segment) => {
        if (!id) return;
        for (const receiptId of receipt.messageIds) {
          const rung = rungOf(id, receiptId);
          if (rung === null || (policy === 'exact' && rung !== 'exact')) continue;
          const score = this.#score(rung, sent, delivery);
          if (score === null || score < bestScore) continue;
          // Platforms begin their ids anew some day: of two messages with one id the younger is meant.
          if (score > bestScore || sent.submittedAt >= best!.sent.submittedAt) {
            best = { sent, segment, rung };
            bestScore = score;
          }
        }
      });
    }
    if (best) this.#learn((best as Match).rung);
    return best;
  }

  /**
   * Ids of two radixes can meet by accident, so the recipient decides first, then what has worked before.
   * @returns null where only such an accident speaks for the match
   */
  #score(rung: MatchRung, sent: SentMessage, delivery: Delivery): number | null {
    const recipient = delivery.source.addr !== '' && sent.to.endsWith(delivery.source.addr.slice(-7));
    const learnt = rung === this.#learnt;
    const converted = rung === 'hex-to-dec' || rung === 'dec-to-hex';
    // Some platforms leave the address out: that speaks against nothing.
    const another = delivery.source.addr !== '' && !recipient;
    if (converted && another && !learnt && this.#services.settings.messageIds === 'auto') return null;
    return (
      (recipient ? 10 : 0) + (learnt ? 5 : 0) + (rung === 'exact' ? 4 : rung === 'case' ? 3 : rung === 'zeros' ? 2 : 1)
    );
  }

  #learn(rung: MatchRung): void {
    if (rung === this.#learnt) return;
    this.#learnt = rung;
    if (rung !== 'exact') this.#services.log.info(`receipts name message ids in another form (${rung}); learnt`);
  }

  #matched(match: Match, arrival: Arrival): Writing {
    const { receipt } = arrival;
    const before = match.sent.receipts[match.segment] ?? null;
    if (before && sameStatus(before, receipt)) return NOTHING;
    const warnings: string[] = [];
    if (before?.final && receipt.final) {
      warnings.push(
        `another final report came before: ${before.status ?? before.state}, error ${before.error ?? 'none'}`,
      );
    }
    const sent = before?.final && !receipt.final ? match.sent : this.#withReceipt(match, receipt);
    const reports = [segmentReport(match, sent, arrival, warnings)];
    const result = this.#result(match.sent, sent, match, arrival, warnings);
    if (result) reports.push(result);
    const told = { ...sent, told: sent.told || (result?.final ?? false), dueAt: result?.final ? null : sent.dueAt };
    return this.#handOrPark(reports, told, { before: match.sent, again: () => this.#receipt(arrival) });
  }

  #withReceipt({ sent, segment }: Match, receipt: Receipt): SentMessage {
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
    before: SentMessage,
    sent: SentMessage,
    match: Match,
    arrival: Arrival,
    warnings: readonly string[],
  ): DeliveryReport | null {
    const { receipt, delivery, origin } = arrival;
    const about = { receipt, delivery, origin, segment: match.segment, warnings: [...receipt.warnings, ...warnings] };
    // A later word: only news where it changes what the flow was told.
    if (before.told) return warnings.length > 0 ? messageReport(sent, about) : null;
    if (!receipt.final) return before.receipts[match.segment]?.final ? null : messageReport(sent, about, receipt);
    return sent.receipts.every((entry) => entry?.final) ? messageReport(sent, about) : null;
  }

  /** Some of a long message's receipts never came. */
  async #due(found: SentMessage, now: number): Promise<Writing | null> {
    const key = found.messageIds.find((id) => id);
    const current = key ? await this.#services.store.findSent(matchKeys([key], 'exact', null).map((k) => k.key)) : [];
    const sent = current.find(({ id }) => id === found.id) ?? found;
    if (sent.told || sent.dueAt === null || sent.dueAt > now) return null;
    const warning = `no receipt for ${String(sent.receipts.filter((entry) => !entry?.final).length)} of the segments`;
    const report = messageReport(sent, {
      receipt: null,
      delivery: null,
      origin: null,
      segment: null,
      warnings: [warning],
    });
    const again = (): Promise<Writing | null> => this.#due(found, now);
    return this.#handOrPark([report], { ...sent, told: true, dueAt: null }, { before: sent, again });
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
    return this.#givePartial({ key, expiresAt, data: open }, before, message, () => this.#part(key, part));
  }

  /** The rest of it has not come in time; or it was whole, and the platform will not repeat its parts any more. */
  async #partialDue({ key, expiresAt }: PartialMessage): Promise<Writing | null> {
    const { store } = this.#services;
    const partial = await store.findPartial(key);
    if (partial?.expiresAt !== expiresAt) return null;
    const open = partial.data as OpenIncoming;
    const message = giveOut(open);
    if (!message) return { written: store.forgetPartial(partial) };
    const told = { key, expiresAt, data: { ...open, told: true } };
    // Changed by another instance, it is found again where it is still due.
    return this.#givePartial(told, partial, message, async () => null);
  }

  #givePartial(
    partial: PartialMessage,
    before: PartialMessage | null,
    message: Reassembled<Origin> | null,
    again: Again,
  ): Writing {
    const events = message ? [incomingMessage(message)] : [];
    const save: Save = async (options) => {
      const keys = await this.#services.store.savePartial(partial, before, options);
      if (keys && message) this.#services.totals.incoming += 1;
      return keys;
    };
    return { written: this.#handSafely(events, save, again) };
  }

  #incoming(message: Reassembled<Origin>): Writing {
    this.#services.totals.incoming += 1;
    return this.#handOrPark([incomingMessage(message)]);
  }

  /** To the flows where they live, into the store where they do not; `sent` is saved in the same breath. */
  #handOrPark(events: readonly (DeliveryReport | IncomingMessage)[], sent?: SentMessage, change?: Change): Writing {
    const { store } = this.#services;
    if (sent && change && store.share) {
      const { before, again } = change;
      const save: Save = async (options) => {
        const keys = await store.saveSent(sent, { ...options, before });
        if (keys) this.#services.noteSent(sent);
        return keys;
      };
      return { written: this.#handSafely(events, save, again) };
    }
    if (sent) this.#services.noteSent(sent);
    if (this.#services.flowsLive()) {
      const writing: Promise<unknown>[] = events.map((event) => this.#deliver(event));
      if (sent) writing.push(store.saveSent(sent));
      return { written: Promise.all(writing).then(() => undefined) };
    }
    const park = events.map(parkedEvent);
    const writing: Promise<unknown>[] = sent
      ? [store.saveSent(sent, { park })]
      : park.map((event) => store.park(event));
    return { written: Promise.all(writing).then(() => undefined) };
  }

  /**
   * Several instances may have receipts or parts of one message: only what could be saved is handed out. What another instance has
   * changed meanwhile is judged anew; what was saved and not handed out when this instance dies is handed out by another, or later.
   */
  async #handSafely(events: readonly (DeliveryReport | IncomingMessage)[], save: Save, again: Again): Promise<void> {
    const { store, listeners } = this.#services;
    const handing = this.#services.flowsLive();
    const wanted = handing
      ? events.filter((event) => [...listeners].some((listener) => wants(listener, event)))
      : events;
    const keys = await save({ park: wanted.map(parkedEvent), handing });
    if (!keys) {
      const writing = await again();
      await writing?.written;
      return;
    }
    if (!handing) return;
    await Promise.all(wanted.map((event) => this.#deliver(event)));
    for (const key of keys) {
      store.unpark(key).catch(() => {
        // Closed before the store was there again: it is handed out once more.
      });
    }
  }

  /** Hands it out at once; into the store with it where the flows were stopped before it had arrived. */
  async #deliver(event: DeliveryReport | IncomingMessage): Promise<void> {
    while (this.#services.flowsLive()) {
      const handedOver = this.#hand(event);
      if (!handedOver || (await hasArrived(handedOver))) return;
    }
    await this.#services.store.park(parkedEvent(event));
  }

  /** It has arrived where one of those who wanted it has it. */
  #hand(event: DeliveryReport | IncomingMessage): Handover {
    const handovers: Handover[] = [];
    for (const listener of this.#services.listeners) {
      if (!wants(listener, event)) continue;
      try {
        handovers.push(listener.handle(event));
      } catch (error) {
        this.#services.log.error(`a flow failed on a delivery: ${String(error)}`);
      }
    }
    if (handovers.length < 2) return handovers[0];
    return () => handovers.some((handedOver) => !handedOver || handedOver());
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

function parkedEvent(event: DeliveryReport | IncomingMessage): Omit<ParkedEvent, 'key'> {
  return { kind: event.kind, data: event };
}

function wants(listener: ReceiptListener, event: DeliveryReport | IncomingMessage): boolean {
  if (event.kind === 'incoming') return listener.incoming;
  if (!event.final && !listener.intermediate) return false;
  if (!event.matched) return listener.unmatched;
  return event.scope === listener.emit;
}

function sameStatus(before: DeliveryStatus, now: DeliveryStatus): boolean {
  return (
    before.state === now.state &&
    before.final === now.final &&
    before.status === now.status &&
    before.error === now.error
  );
}

function statusOnly({
  state,
  final,
  delivered,
  status,
  error,
  description,
  group,
  retryable,
}: DeliveryStatus): DeliveryStatus {
  return { state, final, delivered, status, error, description, group, retryable };
}

function unmatchedReport(receipt: Receipt, delivery: Delivery, origin: Origin): DeliveryReport {
  return {
    kind: 'report',
    scope: 'segment',
    ...statusOnly(receipt),
    messageId: receipt.messageIds[0] ?? null,
    to: delivery.source.addr,
    from: delivery.destination.addr,
    submittedAt: receipt.submittedAt,
    doneAt: receipt.doneAt,
    segments: null,
    ...origin,
    raw: receipt.raw,
    tlvs: tlvsInHex(delivery.tlvs),
    matched: false,
    warnings: receipt.warnings,
    segment: null,
    sent: null,
  };
}

function segmentReport(match: Match, sent: SentMessage, arrival: Arrival, warnings: readonly string[]): DeliveryReport {
  const { receipt, delivery, origin } = arrival;
  return {
    ...unmatchedReport(receipt, delivery, origin),
    to: sent.to,
    from: sent.from,
    matched: true,
    warnings: [...receipt.warnings, ...warnings],
    segment: match.segment + 1,
    segments: segmentCounts(sent),
    sent: sentInfo(sent),
  };
}

interface About {
  readonly receipt: Receipt | null;
  readonly delivery: Delivery | null;
  readonly origin: Origin | null;
  readonly segment: number | null;
  readonly warnings: readonly string[];
}

/** @param fate of this report; without it the whole message's: the worst of what is known */
function messageReport(sent: SentMessage, about: About, fate?: DeliveryStatus): DeliveryReport {
  const known = sent.receipts.filter((entry) => entry !== null);
  const { receipt, delivery, origin } = about;
  const worst = fate ?? worstStatus(known.some(({ final }) => final) ? known.filter(({ final }) => final) : known);
  const worstEntry = known.find((entry) => sameStatus(entry, worst));
  return {
    kind: 'report',
    scope: 'message',
    ...statusOnly(worst),
    messageId: worstEntry?.messageId ?? receipt?.messageIds[0] ?? sent.messageIds.find((id) => id) ?? null,
    to: sent.to,
    from: sent.from,
    submittedAt: receipt?.submittedAt ?? known[0]?.submittedAt ?? null,
    doneAt: latest(known.map(({ doneAt }) => doneAt)),
    segments: segmentCounts(sent),
    server: origin?.server ?? null,
    bind: origin?.bind ?? null,
    raw: receipt?.raw ?? null,
    tlvs: delivery ? tlvsInHex(delivery.tlvs) : {},
    matched: true,
    warnings: about.warnings,
    segment: sent.messageIds.length === 1 ? 1 : null,
    sent: sentInfo(sent),
  };
}

function segmentCounts(sent: SentMessage): NonNullable<DeliveryReport['segments']> {
  const total = sent.receipts.length;
  const delivered = sent.receipts.filter((entry) => entry?.final && entry.delivered).length;
  const failed = sent.receipts.filter((entry) => entry?.final && !entry.delivered).length;
  return { total, delivered, failed, pending: total - delivered - failed };
}

function sentInfo(sent: SentMessage): SentInfo {
  return {
    id: sent.id,
    _msgid: sent.msgid,
    to: sent.to,
    from: sent.from,
    segments: sent.messageIds.length,
    encoding: sent.encoding,
    submittedAt: new Date(sent.submittedAt).toISOString(),
    server: sent.server,
    reference: sent.reference,
    node: sent.node,
  };
}

/** The latest of ISO 8601 times. */
function latest(times: readonly (string | null)[]): string | null {
  return times.reduce((last, time) => (last === null || (time !== null && time > last) ? time : last), null);
}

function tlvsInHex(tlvs: readonly Tlv[]): Record<string, string> {
  return Object.fromEntries(tlvs.map(({ tag, value }) => [tag.toString(16).padStart(4, '0'), value.toString('hex')]));
}
