import { Account } from './account';
import type { AccountOptions } from './account';
import type { DeliveryCode } from './delivery-codes';
import { DELETED, DELIVERED, EN_ROUTE, deliveryCode } from './delivery-codes';
import type { DltRegistry } from './dlt';
import { checkDltTlvs, dltVerdict } from './dlt';
import { magicOf, type Magic } from './magic';
import type { MessageRequest } from './message-request';
import { MessageLog } from './messages';
import type { Segment } from './messages';
import { PendingSegments, type PendingSegment } from './pending';
import { seededRandom } from './random';
import { Receipt } from './receipt';
import { STATUS } from './status';
import type { Submit } from './submit';
import { Timetable } from './timetable';

/** The settings that all servers of the platform share. */
export interface PlatformSettings {
  readonly account: readonly AccountOptions[];
  /** Binds per account and server; 0 = no limit. */
  readonly binds: number;
  /** Submits a second, per account and server; 0 = no limit. */
  readonly throughput: number;
  /** Seconds without a request after which a link is cut. */
  readonly idle: number;
  readonly seed: number;
  /** Milliseconds from a submit to its receipt. */
  readonly dlrDelay: number;
  readonly requireDlt: boolean;
  /** True: an interface_version above 0x34 counts as SMPP 3.4, else as 3.3. */
  readonly lenientVersion: boolean;
  /** The DLT registry; null = messages are not checked against one. */
  readonly dlt: DltRegistry | null;
}

/** Bits of registered_delivery (SMPP 3.4 section 5.2.17). */
const FINAL_RECEIPT = 0x03;
const ONLY_ON_FAILURE = 2;
const INTERMEDIATE = 0x10;

/** Receipts are late by a random part of the delay, at most this, so that they overtake one another. */
const SPREAD = 0.25;

const ID_SPACE = 2 ** 40;
const ID_DIGITS = 10;
/** Odd, so that every id of ID_SPACE comes before any comes again; large, so that ids do not look like a counter. */
const ID_STEP = 0x9e3779b97f;

/** Most messages remembered because their next copy is treated otherwise. */
const MAX_REMEMBERED = 10_000;
/** How often a message to a busy recipient is answered 0x58 or 0x14 before it is accepted. */
const TIMES_THROTTLED = 3;

/** The id as the segment's receipts write it. */
function receiptId({ segment: { messageId }, magic }: PendingSegment): string {
  return magic?.kind === 'other-radix' ? BigInt(`0x${messageId}`).toString() : messageId;
}

/** A key that is equal for a message and the same message sent again. */
function copyOf({ systemId }: Account, { frame, bodyStart, bodyEnd, from, to }: Submit): string {
  return `${systemId}|${from}|${to}|${frame.toString('latin1', bodyStart, bodyEnd)}`;
}

/** The state that all servers share: accounts, messages and their receipts, the DLT registry, random sources. */
export class Platform {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly log = new MessageLog();
  readonly timetable = new Timetable();
  /** Random source of faults. Ids and delays have their own, so that none disturbs another's sequence. */
  readonly faultRandom: () => number;
  readonly #delayRandom: () => number;
  readonly #pending = new PendingSegments();
  readonly #unanswered = new Set<string>();
  /** How often each message to a busy recipient was answered 0x58 or 0x14, by `copyOf`. */
  readonly #throttled = new Map<string, number>();
  #lastId: number;
  #lastReference = 0;

  /** @param note is called with a sentence for whoever looks for a client's fault, e.g. why a submit was refused */
  constructor(
    readonly settings: PlatformSettings,
    readonly note: (words: string) => void = () => undefined,
  ) {
    const { seed, account } = settings;
    this.faultRandom = seededRandom(seed + 1);
    this.#delayRandom = seededRandom(seed + 2);
    this.#lastId = Math.floor(seededRandom(seed)() * ID_SPACE);
    this.accounts = new Map(account.map((options) => [options.systemId, new Account(options, seed)]));
  }

  /** The command_status for a well-formed submit. Where it is 0, the account has paid. */
  judge(account: Account, submit: Submit, magic: Magic | null): number {
    if (magic?.kind === 'throttled') return STATUS.throttled;
    if (magic?.kind === 'refuse' && this.#stillRefuses(account, submit, magic.status)) return magic.status;
    const status = this.settings.requireDlt ? checkDltTlvs(submit) : STATUS.ok;
    if (status !== STATUS.ok) return status;
    return account.pay() ? STATUS.ok : STATUS.balance;
  }

  /** Adds an accepted submit to the log under a new message id. */
  accept(account: Account, server: number, submit: Submit): PendingSegment {
    this.#lastId = (this.#lastId + ID_STEP) % ID_SPACE;
    const messageId = this.#lastId.toString(16).padStart(ID_DIGITS, '0');
    const segment = this.log.add(account.systemId, server, messageId, submit);
    return this.#pending.add(account, segment, magicOf(submit.to));
  }

  /** Does what a query_sm, cancel_sm or replace_sm asks for. @returns its command_status */
  handle(account: Account, request: MessageRequest): number {
    if (request.kind === 'query') return this.#pending.query(account, request);
    if (request.kind === 'replace') return this.#pending.replace(account, request);
    const { status, cancelled } = this.#pending.cancel(account, request);
    // After the answer, as a platform does it: its own part of the work comes later.
    for (const pending of cancelled) this.timetable.after(0, () => this.#postFinal(pending, DELETED));
    return status;
  }

  /**
   * True where the answer to this copy of a message is to be lost. The next copy is answered: otherwise a client that
   * sends until it gets an answer would never stop.
   */
  losesAnswer(account: Account, submit: Submit): boolean {
    const copy = copyOf(account, submit);
    if (this.#unanswered.delete(copy)) return false;
    if (this.#unanswered.size === MAX_REMEMBERED) this.#unanswered.clear();
    this.#unanswered.add(copy);
    return true;
  }

  /**
   * False once a busy recipient's message was refused often enough: otherwise a client that tries again would never
   * stop.
   */
  #stillRefuses(account: Account, submit: Submit, status: number): boolean {
    if (status !== STATUS.throttled && status !== STATUS.queueFull) return true;
    const copy = copyOf(account, submit);
    const times = this.#throttled.get(copy) ?? 0;
    this.#throttled.delete(copy);
    if (times === TIMES_THROTTLED) return false;
    if (this.#throttled.size === MAX_REMEMBERED) this.#throttled.clear();
    this.#throttled.set(copy, times + 1);
    return true;
  }

  /** The next 8-bit reference for a long message from a handset. */
  nextReference(): number {
    this.#lastReference = (this.#lastReference + 1) & 0xff;
    return this.#lastReference;
  }

  /**
   * Plans what becomes of the segment, with the receipts that registered_delivery asks for, as the magic recipient wants
   * them.
   */
  planFate(pending: PendingSegment): void {
    const { account, segment, magic } = pending;
    if (magic?.kind === 'no-receipt') return;
    const asked = segment.submit.registeredDelivery;
    const wantsFinal = (asked & FINAL_RECEIPT) !== 0;
    const wantsIntermediate = (asked & INTERMEDIATE) !== 0 || (magic?.kind === 'intermediate' && wantsFinal);
    if (wantsIntermediate) {
      this.#afterDelay(1, () => {
        if (!pending.settled) account.mailbox.post(new Receipt(segment, EN_ROUTE, receiptId(pending)));
      });
    }
    const end = () => this.#end(pending);
    if (magic?.kind === 'receipt-first') end();
    else this.#afterDelay(wantsIntermediate ? 2 : 1, end);
  }

  /** Back to the state at the start. Links stay, and message ids go on, so that none is given twice. */
  reset(): void {
    this.timetable.clear();
    this.log.clear();
    this.#pending.clear();
    this.#unanswered.clear();
    this.#throttled.clear();
    for (const account of this.accounts.values()) account.reset();
  }

  #end(pending: PendingSegment): void {
    if (pending.settled) return;
    pending.settled = true;
    this.#postFinal(pending, this.#fate(pending.segment, pending.magic));
  }

  /** Posts the final receipt, where one is wanted. */
  #postFinal(pending: PendingSegment, code: DeliveryCode): void {
    const { account, segment, magic } = pending;
    const asked = segment.submit.registeredDelivery & FINAL_RECEIPT;
    if (asked === 0 || magic?.kind === 'no-receipt' || (asked === ONLY_ON_FAILURE && code === DELIVERED)) return;
    const receipt = new Receipt(segment, code, receiptId(pending));
    account.mailbox.post(receipt);
    if (magic?.kind === 'receipt-twice') account.mailbox.post(receipt);
  }

  #fate({ submit, message }: Segment, magic: Magic | null): DeliveryCode {
    if (magic?.kind === 'receipt') return deliveryCode(magic.error)!;
    return deliveryCode(dltVerdict(this.settings.dlt, submit, message))!;
  }

  #afterDelay(times: number, job: () => void): void {
    this.timetable.after(this.settings.dlrDelay * (times + SPREAD * this.#delayRandom()), job);
  }
}
