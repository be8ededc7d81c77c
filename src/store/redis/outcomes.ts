import { messageOf, messageRecord, outcomeRecord, toMessage, toOutcome } from '../records';
import type { MessageRecord, OutcomeRecord } from '../records';
import type { Outcome } from '../store';
import type { RedisConnection } from './connection';
import { Gathered } from './gathered';
import { fromPlain, toPlain } from './plain';
import { script } from './script';

/** Outcomes read or settled in one call at most. */
const AT_ONCE = 200;
/** Milliseconds after which the outcomes of an instance that is gone are told by any other, though it has no sender of their node. */
const ANYBODYS = 600_000;

/**
 * `outcomes`: message id → "<instance that settled it> <text>"; `owned:<instance>`: the ids it is to tell. What is settled first counts.
 * "" marks one that was told while its message was still in the outbox: whoever comes upon the message lets it go.
 * ARGV: our instance; then for each: id, owner, key of its job, "1" where we had it leased, text.
 * Returns for each whether it is ours to tell.
 */
const SETTLE = script(`
  local base, me, answers, news = KEYS[1], ARGV[1], {}, {}
  for at = 2, #ARGV, 5 do
    local id, owner, job, leased, text = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    local before, ours = redis.call('HGET', base .. ':outcomes', id), 0
    if before == '' then redis.call('HDEL', base .. ':outcomes', id)
    elseif before then
      if string.sub(before, 1, #me + 1) == me .. ' ' then ours = redis.call('SISMEMBER', base .. ':owned:' .. me, id) end
    elseif leased == '0' or redis.call('EXISTS', base .. ':outbox:' .. job) == 1 then
      if owner ~= me and not redis.call('ZSCORE', base .. ':instances', owner) then owner = me end
      redis.call('HSET', base .. ':outcomes', id, me .. ' ' .. text)
      redis.call('SADD', base .. ':owned:' .. owner, id)
      if owner == me then ours = 1 else news[owner] = true end
    end
    redis.call('ZREM', base .. ':expiry:outbox', job)
    answers[#answers + 1] = ours
  end
  for owner in pairs(news) do redis.call('PUBLISH', base .. ':news', 'outcomes ' .. owner) end
  return answers
`);

/** ARGV: our instance; then id and key of the job of each. */
const TOLD = script(`
  local base = KEYS[1]
  for at = 2, #ARGV, 2 do
    if redis.call('SREM', base .. ':owned:' .. ARGV[1], ARGV[at]) == 1 then
      if redis.call('EXISTS', base .. ':outbox:' .. ARGV[at + 1]) == 1 then redis.call('HSET', base .. ':outcomes', ARGV[at], '')
      else redis.call('HDEL', base .. ':outcomes', ARGV[at]) end
    end
  end
  return 0
`);

/** ARGV: ids of messages that were leased before. Returns those that have ended. */
const ENDED = script(`
  local ended = {}
  for _, id in ipairs(ARGV) do
    local outcome = redis.call('HGET', KEYS[1] .. ':outcomes', id)
    if outcome then ended[#ended + 1] = id end
    if outcome == '' then redis.call('HDEL', KEYS[1] .. ':outcomes', id) end
  end
  return ended
`);

/** Each goes to one instance only, whoever else wants it. ARGV: from whom, to whom, ids. */
const TAKE_OVER = script(`
  for at = 3, #ARGV do redis.call('SMOVE', KEYS[1] .. ':owned:' .. ARGV[1], KEYS[1] .. ':owned:' .. ARGV[2], ARGV[at]) end
  return 0
`);

/** ARGV: id and key of the job of messages that have left the outbox, told by others. */
const SWEEP = script(`
  for at = 1, #ARGV, 2 do
    local told = redis.call('HGET', KEYS[1] .. ':outcomes', ARGV[at]) == ''
    if told and redis.call('EXISTS', KEYS[1] .. ':outbox:' .. ARGV[at + 1]) == 0 then
      redis.call('HDEL', KEYS[1] .. ':outcomes', ARGV[at])
    end
  end
  return 0
`);

export interface Settlement {
  readonly outcome: Outcome;
  /** The instance that took the message from its flow. */
  readonly owner: string;
  readonly jobId: string;
  /** False for the outcome of a message that never was in the outbox. */
  readonly leased: boolean;
}

/** Outcomes on their way to the flow: each belongs to the instance that took its message, and is told by it, or by another once that one is gone. */
export class Outcomes {
  readonly #connection: RedisConnection;
  /** Ours to tell, as far as we have read them. */
  readonly #untold = new Map<string, { readonly outcome: Outcome; readonly jobId: string }>();
  readonly #settling = new Set<string>();
  /** Settled here, told by others, and out of the outbox since the last sweep. */
  readonly #elsewhere: (readonly [id: string, jobId: string])[] = [];
  readonly #goneSince = new Map<string, number>();
  readonly #settle: Gathered<Settlement, boolean>;
  readonly #tell: Gathered<readonly [id: string, jobId: string], undefined>;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    this.#settle = new Gathered(AT_ONCE, (items) => this.#settleAll(items));
    this.#tell = new Gathered(AT_ONCE, async (items) => {
      await connection.eventually(() => connection.script(TOLD, connection.instance, ...items.flat()));
      return items.map(() => undefined);
    });
  }

  get untold(): readonly Outcome[] {
    return Array.from(this.#untold.values(), ({ outcome }) => outcome);
  }

  /** @returns whether it is ours to tell; where not, another instance does, or has done */
  async settle(settlement: Settlement): Promise<boolean> {
    const { outcome, jobId } = settlement;
    this.#settling.add(outcome.id);
    try {
      const ours = await this.#settle.add(settlement);
      if (ours) this.#untold.set(outcome.id, { outcome, jobId });
      return ours;
    } finally {
      this.#settling.delete(outcome.id);
    }
  }

  /** A message whose outcome others tell is out of the outbox. */
  leave(id: string, jobId: string): void {
    this.#elsewhere.push([id, jobId]);
  }

  async told(id: string): Promise<void> {
    const untold = this.#untold.get(id);
    if (!untold) return;
    await this.#tell.add([id, untold.jobId]);
    this.#untold.delete(id);
  }

  /** Which of these messages have ended already, so that they must not be sent again. */
  async ended(ids: readonly string[]): Promise<readonly string[]> {
    return (await this.#connection.run(() => this.#connection.script(ENDED, ...ids))) as string[];
  }

  /**
   * Reads what has become ours since.
   * @param thoroughly looks also for what is another's by now, which it is when this instance was taken for gone
   */
  async readNew(thoroughly: boolean): Promise<readonly Outcome[]> {
    const owned = this.#connection.key(`owned:${this.#connection.instance}`);
    const isOpen = thoroughly || (await this.#connection.run((client) => client.scard(owned))) !== this.#untold.size;
    if (!isOpen) return [];
    const all = new Set(await this.#connection.run((client) => client.smembers(owned)));
    for (const id of this.#untold.keys()) if (!all.has(id)) this.#untold.delete(id);
    const ids = [...all].filter((id) => this.#isNew(id));
    const read: Outcome[] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      for (const [id, text] of await this.#texts(ids.slice(at, at + AT_ONCE))) {
        if (!this.#isNew(id)) continue;
        const untold = fromText(text);
        this.#untold.set(id, untold);
        read.push(untold.outcome);
      }
    }
    return read;
  }

  /** Makes outcomes of an instance that is gone ours. @param wants says of which nodes */
  async takeOver(gone: string, wants: (node: string) => boolean): Promise<void> {
    const now = performance.now();
    if (!this.#goneSince.has(gone)) this.#goneSince.set(gone, now);
    const anybodys = now - this.#goneSince.get(gone)! > ANYBODYS;
    const ids = await this.#connection.run((client) => client.smembers(this.#connection.key(`owned:${gone}`)));
    if (ids.length === 0) this.#goneSince.delete(gone);
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const texts = await this.#texts(ids.slice(at, at + AT_ONCE));
      const wanted = texts.flatMap(([id, text]) => (anybodys || wants(fromText(text).outcome.node) ? id : []));
      if (wanted.length === 0) continue;
      const { instance } = this.#connection;
      await this.#connection.run(() => this.#connection.script(TAKE_OVER, gone, instance, ...wanted));
    }
  }

  /** An owner may have told an outcome before the message had left the outbox: what that leaves goes now. */
  async sweep(): Promise<void> {
    while (this.#elsewhere.length > 0) {
      const some = this.#elsewhere.splice(0, AT_ONCE);
      try {
        await this.#connection.run(() => this.#connection.script(SWEEP, ...some.flat()));
      } catch (error) {
        this.#elsewhere.push(...some);
        throw error;
      }
    }
  }

  #isNew(id: string): boolean {
    return !this.#untold.has(id) && !this.#settling.has(id);
  }

  async #texts(ids: readonly string[]): Promise<readonly (readonly [id: string, text: string])[]> {
    if (ids.length === 0) return [];
    const texts = await this.#connection.run((client) => client.hmget(this.#connection.key('outcomes'), ...ids));
    return ids.flatMap((id, index) => (texts[index] ? [[id, texts[index]] as const] : []));
  }

  async #settleAll(items: readonly Settlement[]): Promise<readonly boolean[]> {
    const args = items.flatMap(({ outcome, owner, jobId, leased }) => {
      return [outcome.id, owner, jobId, leased ? '1' : '0', toText(outcome, jobId)];
    });
    const { instance } = this.#connection;
    const answers = await this.#connection.eventually(() => this.#connection.script(SETTLE, instance, ...args));
    return (answers as readonly number[]).map((ours) => ours === 1);
  }
}

function toText(outcome: Outcome, jobId: string): string {
  const message = messageOf(outcome);
  return JSON.stringify(toPlain([jobId, outcome.queuedAt, messageRecord(message), outcomeRecord(0, outcome)]));
}

/** Without the instance that settled it. */
function fromText(text: string): { readonly outcome: Outcome; readonly jobId: string } {
  const plain = JSON.parse(text.slice(text.indexOf(' ') + 1)) as unknown;
  const [jobId, queuedAt, message, outcome] = fromPlain(plain) as [string, number, MessageRecord, OutcomeRecord];
  const place = { urgent: false, queuedAt, expiresAt: queuedAt };
  return { outcome: toOutcome(outcome, toMessage(message, undefined, place, false)), jobId };
}
