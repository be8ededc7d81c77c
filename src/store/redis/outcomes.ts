import { Batcher } from '../../redis/batcher';
import type { RedisConnection } from '../../redis/connection';
import type { Outcome } from '../outcome';
import { messageOf, messageRecord, outcomeRecord, toMessage, toOutcome } from '../records';
import type { MessageRecord, OutcomeRecord } from '../records';
import { TOLD_BEFORE, type SentMessage } from '../store';
import type { GoneInstance } from './instances';
import { LANES } from './keys';
import type { Argument, Keyspace } from './keyspace';
import type { Leased } from './outbox';
import { fromPlain, toPlain } from './plain';
import { SCRIPTS } from './scripts';
import { GRACE, type SentMessages } from './sent';

/** Outcomes read or settled in one call at most. */
const AT_ONCE = 500;
/**
 * Milliseconds after which any instance tells the outcomes of one that is gone, even without a smpp-send node of the
 * same id.
 */
const ANYBODYS = 600_000;
/** First character of an outcome's text where another instance may have told the outcome already. */
const TOLD_ALREADY = '!';

/*
 * owned:<instance>    hash: id -> text of the outcomes that this instance must tell and has not taken up
 * telling:<instance>  hash: id -> text of the outcomes that it has taken up, and may have told
 */
type OwnerKey = 'owned' | 'telling';

export interface Settlement {
  readonly outcome: Outcome;
  /** The lease under which the message was sent; undefined where it was not leased here. */
  readonly leased: Leased | undefined;
  /** True while no other instance can have the lease; asked when the call goes out. */
  readonly isSure: () => boolean;
  /** True once a call may have been carried out of which no answer came. */
  repeated: boolean;
  sent: SentMessage | undefined;
}

/**
 * Outcomes that no flow has heard of. The instance that took the message tells its outcome; another does once that
 * instance is gone.
 */
export class Outcomes {
  readonly #connection: RedisConnection;
  readonly #keyspace: Keyspace;
  readonly #sent: SentMessages;
  /** Outcomes that this instance must tell and has read, by message id. */
  readonly #untold = new Map<string, Outcome>();
  readonly #settling = new Set<string>();
  readonly #goneSince = new Map<string, number>();
  readonly #settle: Batcher<Settlement, number>;
  readonly #tell: Batcher<string, undefined>;

  constructor(connection: RedisConnection, keyspace: Keyspace, sent: SentMessages) {
    this.#connection = connection;
    this.#keyspace = keyspace;
    this.#sent = sent;
    this.#settle = new Batcher(AT_ONCE, (items) => this.#settleAll(items));
    this.#tell = new Batcher(AT_ONCE, async (ids) => {
      await connection.eventually((client) => client.hdel(this.#key('telling', connection.instance), ...ids));
      return ids.map(() => undefined);
    });
  }

  get untold(): readonly Outcome[] {
    return [...this.#untold.values()];
  }

  /** @returns true where this instance must tell the outcome; false where another does, or has done so */
  async settle(settlement: Settlement): Promise<boolean> {
    const { outcome } = settlement;
    this.#settling.add(outcome.id);
    try {
      for (;;) {
        const answer = await this.#settle.add(settlement);
        if (answer === 1) this.#untold.set(outcome.id, outcome);
        if (answer >= 0) return answer === 1;
        // Another instance has noted a receipt meanwhile.
        settlement.sent = await this.#sent.merge(settlement.sent!);
      }
    } finally {
      this.#settling.delete(outcome.id);
    }
  }

  async told(id: string): Promise<void> {
    if (!this.#untold.has(id)) return;
    await this.#tell.add(id);
    this.#untold.delete(id);
  }

  /**
   * Takes up outcomes that other instances have left for this one.
   * @param thoroughly true also finds outcomes that were taken up by a call whose answer was lost, and drops those that
   * another instance has taken over because this one was believed to be gone
   */
  async readNew(thoroughly: boolean): Promise<readonly Outcome[]> {
    const read: Outcome[] = [];
    try {
      await this.#takeUp(read);
      if (thoroughly) await this.#readTelling(read);
      return read;
    } catch (error) {
      // Nobody gets what was read until now: it must be new to the next look.
      for (const { id } of read) this.#untold.delete(id);
      throw error;
    }
  }

  async #takeUp(read: Outcome[]): Promise<void> {
    const { instance } = this.#connection;
    const keys = [`owned:${instance}`, `telling:${instance}`];
    let found: readonly string[];
    do {
      // Nothing is told before a replica has it: after a failover to one that has not, the instance that settled it
      // would settle it again.
      found = (await this.#connection.safely(() => this.#keyspace.call(SCRIPTS.takeUp, keys, AT_ONCE))) as string[];
      for (let at = 0; at < found.length; at += 2) read.push(...this.#keep(found[at]!, found[at + 1]!));
    } while (found.length === 2 * AT_ONCE);
  }

  async #readTelling(read: Outcome[]): Promise<void> {
    const { instance } = this.#connection;
    const before = [...this.#untold.keys()];
    const telling = new Set(await this.#ids('telling', instance));
    for (const id of before) if (!telling.has(id)) this.#untold.delete(id);
    const ids = [...telling].filter((id) => this.#isNew(id));
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const texts = await this.#texts('telling', instance, ids.slice(at, at + AT_ONCE));
      read.push(...texts.flatMap(([id, text]) => this.#keep(id, text)));
    }
  }

  /** Takes over outcomes of an instance that is gone. @param wants true for ids of smpp-send nodes that exist here */
  async takeOver({ id: gone, how }: GoneInstance, wants: (node: string) => boolean): Promise<void> {
    const now = performance.now();
    if (!this.#goneSince.has(gone)) this.#goneSince.set(gone, now);
    const anybodys = now - this.#goneSince.get(gone)! > ANYBODYS;
    const { instance } = this.#connection;
    let left = 0;
    for (const key of ['owned', 'telling'] as const) {
      const ids = await this.#ids(key, gone);
      left += ids.length;
      // It may have told these outcomes, and may still come back to note that.
      if (key === 'telling' && how === 'silent') continue;
      const mark = key === 'telling' && how === 'lost' ? TOLD_ALREADY : '';
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const texts = await this.#texts(key, gone, ids.slice(at, at + AT_ONCE));
        const wanted = texts.flatMap(([id, text]) => {
          const outcome = this.#read(id, text);
          return anybodys || (outcome && wants(outcome.node)) ? id : [];
        });
        if (wanted.length === 0) continue;
        const keys = [`${key}:${gone}`, `owned:${instance}`];
        await this.#connection.run(() => this.#keyspace.call(SCRIPTS.takeOver, keys, mark, ...wanted));
      }
    }
    if (left === 0) this.#goneSince.delete(gone);
  }

  /** Resolves when all told outcomes are noted in Redis. */
  async idle(): Promise<void> {
    await Promise.all([this.#settle.idle(), this.#tell.idle()]);
  }

  #key(key: OwnerKey, instance: string): string {
    return this.#connection.key(`${key}:${instance}`);
  }

  #ids(key: OwnerKey, instance: string): Promise<readonly string[]> {
    return this.#connection.run((client) => client.hkeys(this.#key(key, instance)));
  }

  async #texts(
    key: OwnerKey,
    instance: string,
    ids: readonly string[],
  ): Promise<readonly (readonly [id: string, text: string])[]> {
    if (ids.length === 0) return [];
    const texts = await this.#connection.run((client) => client.hmget(this.#key(key, instance), ...ids));
    return ids.flatMap((id, index) => (texts[index] ? [[id, texts[index]] as const] : []));
  }

  /** @returns the outcome where it was not known here */
  #keep(id: string, text: string): readonly Outcome[] {
    if (!this.#isNew(id)) return [];
    const outcome = this.#read(id, text);
    if (!outcome) return [];
    this.#untold.set(id, outcome);
    return [outcome];
  }

  /** @returns null where the text cannot be read; that was logged then */
  #read(id: string, text: string): Outcome | null {
    try {
      return fromText(text);
    } catch (error) {
      this.#keyspace.unreadable(`the outcome of message ${id}`, error);
      return null;
    }
  }

  #isNew(id: string): boolean {
    return !this.#untold.has(id) && !this.#settling.has(id);
  }

  async #settleAll(items: readonly Settlement[]): Promise<readonly number[]> {
    const { instance } = this.#connection;
    const owners = [...new Set(items.flatMap(({ leased }) => leased?.owner ?? []))].filter((id) => id !== instance);
    const keys = [
      ...LANES,
      ...['entries', 'progress', 'expiry', 'sent', 'ids', 'sent-expiry', 'due', 'instances', `telling:${instance}`],
      ...owners.map((owner) => `owned:${owner}`),
    ];
    const head = [instance, this.#connection.key('news'), GRACE, owners.length, ...owners];
    let calls = 0;
    const answers = await this.#connection.eventually(() => {
      // What is gone after a call without an answer is not surely ours: that call may have ended it.
      if (calls++ > 0) for (const item of items) item.repeated = true;
      const args = items.flatMap((item) => this.#settleArgs(item, owners));
      return this.#keyspace.call(SCRIPTS.settle, keys, ...head, ...args);
    });
    return answers as readonly number[];
  }

  #settleArgs({ outcome, leased, sent, isSure, repeated }: Settlement, owners: readonly string[]): readonly Argument[] {
    const sure = !repeated && isSure();
    // An entry that is gone after a call without an answer was removed by that call.
    const place = leased && (repeated || !leased.gone) ? [leased.lane, leased.entry] : [0, ''];
    const owner = leased ? owners.indexOf(leased.owner) + 1 : 0;
    const remember = sent ? this.#sent.recordArgs(sent) : ['', '', '', '', 0];
    return [outcome.id, ...place, owner, sure ? 1 : 0, toText(outcome, leased?.record), ...remember];
  }
}

/** What changes of a message until it ends, a line end, and the message itself. @param record of the message, as it is stored */
function toText(outcome: Outcome, record: string | undefined): string {
  const { queuedAt, warnings } = outcome;
  const head = JSON.stringify(toPlain([queuedAt, warnings, outcomeRecord(0, outcome)]));
  return `${head}\n${record ?? JSON.stringify(toPlain(messageRecord(messageOf(outcome))))}`;
}

function fromText(text: string): Outcome {
  const again = text.startsWith(TOLD_ALREADY);
  const end = text.indexOf('\n');
  const [queuedAt, warnings, record] = fromPlain(JSON.parse(text.slice(again ? 1 : 0, end))) as [
    number,
    readonly string[],
    OutcomeRecord,
  ];
  const message = fromPlain(JSON.parse(text.slice(end + 1))) as MessageRecord;
  const place = { urgent: false, queuedAt, expiresAt: queuedAt };
  const outcome = toOutcome(record, toMessage(message, undefined, place, false));
  return { ...outcome, warnings: again ? [...warnings, TOLD_BEFORE] : warnings };
}
