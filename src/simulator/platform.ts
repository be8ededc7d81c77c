import { Account } from './account';
import type { AccountOptions } from './account';
import type { DeliveryCode } from './delivery-codes';
import { DELIVERED, EN_ROUTE, deliveryCode } from './delivery-codes';
import type { DltRegistry } from './dlt';
import { checkDltTlvs, dltVerdict } from './dlt';
import type { Magic } from './magic';
import { MessageLog } from './messages';
import type { Segment } from './messages';
import { seededRandom } from './random';
import { Receipt } from './receipt';
import { STATUS } from './status';
import type { Submit } from './submit';
import { Timetable } from './timetable';

/** What every server of the platform goes by. */
export interface PlatformSettings {
  readonly account: readonly AccountOptions[];
  /** Per account and server; 0 = no limit. */
  readonly binds: number;
  /** Submits a second, per account and server; 0 = no limit. */
  readonly throughput: number;
  /** Seconds without a request after which a link is cut. */
  readonly idle: number;
  readonly seed: number;
  /** Milliseconds. */
  readonly dlrDelay: number;
  readonly requireDlt: boolean;
  /** An interface_version above 0x34 is SMPP 3.4. */
  readonly lenientVersion: boolean;
  /** Null = messages are not looked up. */
  readonly dlt: DltRegistry | null;
}

/** Bits of registered_delivery (SMPP 3.4 section 5.2.17). */
const FINAL_RECEIPT = 0x03;
const ONLY_ON_FAILURE = 2;
const INTERMEDIATE = 0x10;

/** Receipts come up to this part of the delay late, so that they overtake one another. */
const SPREAD = 0.25;

const ID_SPACE = 2 ** 40;
const ID_DIGITS = 10;
/** Odd, so that no id comes twice before all have; large, so that ids do not look like a counter. */
const ID_STEP = 0x9e3779b97f;

/** Messages that are remembered because they shall be treated otherwise when they come again. */
const MAX_REMEMBERED = 10_000;
/** Answers 0x58 or 0x14 until a message to a busy recipient is taken. */
const TIMES_THROTTLED = 3;

/** What makes a submit the same message sent again. */
function copyOf({ systemId }: Account, { frame, bodyStart, bodyEnd, from, to }: Submit): string {
  return `${systemId}|${from}|${to}|${frame.toString('latin1', bodyStart, bodyEnd)}`;
}

/** What the servers share: accounts, messages and their receipts, the registry, chance. */
export class Platform {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly log = new MessageLog();
  readonly timetable = new Timetable();
  /** For faults; ids, receipts and binds have their own, so that none disturbs another's sequence. */
  readonly faultRandom: () => number;
  readonly #delayRandom: () => number;
  readonly #unanswered = new Set<string>();
  /** How often these messages to a busy recipient were throttled. */
  readonly #throttled = new Map<string, number>();
  #lastId: number;
  #lastReference = 0;

  /** @param note hears of what somebody who looks for a client's fault should know, in words */
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

  /** The command_status a well-formed submit gets; an accepted one (0) is paid for. */
  judge(account: Account, submit: Submit, magic: Magic | null): number {
    if (magic?.kind === 'throttled') return STATUS.throttled;
    if (magic?.kind === 'refuse' && this.#stillRefuses(account, submit, magic.status)) return magic.status;
    const status = this.settings.requireDlt ? checkDltTlvs(submit) : STATUS.ok;
    if (status !== STATUS.ok) return status;
    return account.pay() ? STATUS.ok : STATUS.balance;
  }

  /** Takes a submit into the log under a new message id. */
  accept(account: Account, server: number, submit: Submit): Segment {
    this.#lastId = (this.#lastId + ID_STEP) % ID_SPACE;
    const messageId = this.#lastId.toString(16).padStart(ID_DIGITS, '0');
    return this.log.add(account.systemId, server, messageId, submit);
  }

  /**
   * True where this copy of a message is the one whose answer gets lost. The copy after it is answered:
   * without that, a client that sends again until it hears an answer would do so for ever.
   */
  losesAnswer(account: Account, submit: Submit): boolean {
    const copy = copyOf(account, submit);
    if (this.#unanswered.delete(copy)) return false;
    if (this.#unanswered.size === MAX_REMEMBERED) this.#unanswered.clear();
    this.#unanswered.add(copy);
    return true;
  }

  /** A platform that is too busy takes a message in the end: a client that tries again for as long as it is told to would never stop. */
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

  /** Reference of a long message from a handset, one octet. */
  nextReference(): number {
    this.#lastReference = (this.#lastReference + 1) & 0xff;
    return this.#lastReference;
  }

  planReceipts(account: Account, segment: Segment, magic: Magic | null): void {
    const asked = segment.submit.registeredDelivery;
    if (asked === 0 || magic?.kind === 'no-receipt') return;
    const id = magic?.kind === 'other-radix' ? BigInt(`0x${segment.messageId}`).toString() : segment.messageId;
    const wantsFinal = (asked & FINAL_RECEIPT) !== 0;
    const wantsIntermediate = (asked & INTERMEDIATE) !== 0 || (magic?.kind === 'intermediate' && wantsFinal);
    if (wantsIntermediate) this.#afterDelay(1, () => account.mailbox.post(new Receipt(segment, EN_ROUTE, id)));
    if (!wantsFinal) return;
    const report = () => this.#report(account, segment, magic, id);
    if (magic?.kind === 'receipt-first') report();
    else this.#afterDelay(wantsIntermediate ? 2 : 1, report);
  }

  /** As at the start, but for the ids, which never come again, and the links, which stay. */
  reset(): void {
    this.timetable.clear();
    this.log.clear();
    this.#unanswered.clear();
    this.#throttled.clear();
    for (const account of this.accounts.values()) account.reset();
  }

  #report(account: Account, segment: Segment, magic: Magic | null, id: string): void {
    const code = this.#fate(segment, magic);
    if ((segment.submit.registeredDelivery & FINAL_RECEIPT) === ONLY_ON_FAILURE && code === DELIVERED) return;
    const receipt = new Receipt(segment, code, id);
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
