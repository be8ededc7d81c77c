import { messageOf, messageRecord, outcomeRecord, toMessage, toOutcome } from '../records';
import type { MessageRecord, OutcomeRecord } from '../records';
import type { Outcome } from '../outcome';
import { TOLD_BEFORE } from '../store';
import type { RedisConnection } from '../../redis/connection';
import { Batcher } from '../../redis/batcher';
import type { GoneInstance } from './instances';
import { fromPlain, toPlain } from './plain';
import { script } from '../../redis/script';

/** Outcomes read or settled in one call at most. */
const AT_ONCE = 200;
/**
 * Milliseconds after which any instance tells the outcomes of one that is gone, even without a smpp-send node of the
 * same id.
 */
const ANYBODYS = 600_000;

/** First character of an outcome's text where another instance may have told the outcome already. */
const TOLD_ALREADY = '!';
/** Milliseconds that Redis keeps `taken:<instance>` of an instance that is gone. */
const TAKEN_KEPT = 172_800_000;

/*
 * outcomes            hash: message id -> "<instance that settled it> <text>"
 *                     "!" before that: another instance may have told the outcome already
 *                     "" instead: told while its message was in the outbox; the instance that finds this removes it
 * owned:<instance>    set: ids of the outcomes that this instance must tell and has not taken up
 * telling:<instance>  set: ids of the outcomes that it has taken up, and may have told
 * taken:<instance>    set: ids of messages from its flows whose outcome other instances tell or have told; where it
 *                     comes back without knowing whether such a message was stored, this set says so
 */

/**
 * Of several outcomes of a message the first counts, and a leased message can only be settled by the instance that has
 * the lease.
 * ARGV: our instance; then for each outcome: id, owner, job id, "1" where the message was leased here, text. Returns 1
 * for each outcome that this instance must tell, else 0.
 */
const SETTLE = script(`
  local base, me, answers, news = KEYS[1], ARGV[1], {}, {}
  for at = 2, #ARGV, 5 do
    local id, owner, job, leased, text = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    local before, ours = redis.call('HGET', base .. ':outcomes', id), 0
    local name = base .. ':outbox:' .. job
    if before == '' then redis.call('HDEL', base .. ':outcomes', id)
    elseif before then
      if string.sub(before, 1, #me + 1) == me .. ' ' then ours = redis.call('SISMEMBER', base .. ':telling:' .. me, id) end
    elseif leased == '0'
      or (redis.call('GET', name .. ':lock') or me) == me and redis.call('EXISTS', name) == 1 then
      if owner ~= me and not redis.call('ZSCORE', base .. ':instances', owner) then
        redis.call('SADD', base .. ':taken:' .. owner, id)
        redis.call('PEXPIRE', base .. ':taken:' .. owner, ${String(TAKEN_KEPT)})
        owner = me
      end
      redis.call('HSET', base .. ':outcomes', id, me .. ' ' .. text)
      if owner == me then
        redis.call('SADD', base .. ':telling:' .. me, id)
        ours = 1
      else
        redis.call('SADD', base .. ':owned:' .. owner, id)
        news[owner] = true
      end
    end
    redis.call('ZREM', base .. ':expiry:outbox', job)
    answers[#answers + 1] = ours
  end
  for owner in pairs(news) do redis.call('PUBLISH', base .. ':news', 'outcomes ' .. owner) end
  return answers
`);

/** ARGV: our instance; then message id and job id of each told outcome. */
const TOLD = script(`
  local base = KEYS[1]
  for at = 2, #ARGV, 2 do
    if redis.call('SREM', base .. ':telling:' .. ARGV[1], ARGV[at]) == 1 then
      if redis.call('EXISTS', base .. ':outbox:' .. ARGV[at + 1]) == 1 then redis.call('HSET', base .. ':outcomes', ARGV[at], '')
      else redis.call('HDEL', base .. ':outcomes', ARGV[at]) end
    end
  end
  return 0
`);

/** ARGV: ids of messages whose earlier lease never ended. Returns the ids that have an outcome. */
const ENDED = script(`
  local ended = {}
  for _, id in ipairs(ARGV) do
    local outcome = redis.call('HGET', KEYS[1] .. ':outcomes', id)
    if outcome then ended[#ended + 1] = id end
    if outcome == '' then redis.call('HDEL', KEYS[1] .. ':outcomes', id) end
  end
  return ended
`);

/** ARGV: our instance, how many. Returns the texts of outcomes that this instance takes up to tell. */
const TAKE_UP = script(`
  local texts = {}
  for _, id in ipairs(redis.call('SPOP', KEYS[1] .. ':owned:' .. ARGV[1], ARGV[2])) do
    local text = redis.call('HGET', KEYS[1] .. ':outcomes', id)
    if text then
      redis.call('SADD', KEYS[1] .. ':telling:' .. ARGV[1], id)
      texts[#texts + 1] = text
    end
  end
  return texts
`);

/**
 * Moves outcomes of an instance that is gone to another; of several that try, only one gets each outcome.
 * ARGV: set ("owned" or "telling"), old instance, new instance, "!" where the old one may have told them (else ""),
 * message ids.
 */
const TAKE_OVER = script(`
  local base, set, from, to, mark = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  for at = 5, #ARGV do
    local id = ARGV[at]
    if redis.call('SMOVE', base .. ':' .. set .. ':' .. from, base .. ':owned:' .. to, id) == 1 then
      redis.call('SADD', base .. ':taken:' .. from, id)
      local text = redis.call('HGET', base .. ':outcomes', id)
      if text and string.sub(text, 1, 1) ~= '!' then redis.call('HSET', base .. ':outcomes', id, mark .. text) end
    end
  end
  redis.call('PEXPIRE', base .. ':taken:' .. from, ${String(TAKEN_KEPT)})
  return 0
`);

/** ARGV: message id and job id of messages that have left the outbox and whose outcome another instance tells. */
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
  /** Id of the instance that took the message from its flow. */
  readonly owner: string;
  readonly jobId: string;
  /** False for the outcome of a message that never was in the outbox. */
  readonly leased: boolean;
}

/**
 * Outcomes that no flow has heard of. The instance that took the message tells its outcome; another does once that
 * instance is gone.
 */
export class Outcomes {
  readonly #connection: RedisConnection;
  /** Outcomes that this instance must tell and has read, by message id. */
  readonly #untold = new Map<string, { readonly outcome: Outcome; readonly jobId: string }>();
  readonly #settling = new Set<string>();
  /** Messages settled here whose outcome others tell, and that left the outbox since the last sweep. */
  readonly #elsewhere: (readonly [id: string, jobId: string])[] = [];
  readonly #goneSince = new Map<string, number>();
  readonly #settle: Batcher<Settlement, boolean>;
  readonly #tell: Batcher<readonly [id: string, jobId: string], undefined>;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    this.#settle = new Batcher(AT_ONCE, (items) => this.#settleAll(items));
    this.#tell = new Batcher(AT_ONCE, async (items) => {
      await connection.eventually(() => connection.script(TOLD, connection.instance, ...items.flat()));
      return items.map(() => undefined);
    });
  }

  get untold(): readonly Outcome[] {
    return Array.from(this.#untold.values(), ({ outcome }) => outcome);
  }

  /** @returns true where this instance must tell the outcome; false where another does, or has done so */
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

  /** A message whose outcome another instance tells has left the outbox. */
  leave(id: string, jobId: string): void {
    this.#elsewhere.push([id, jobId]);
  }

  async told(id: string): Promise<void> {
    const untold = this.#untold.get(id);
    if (!untold) return;
    await this.#tell.add([id, untold.jobId]);
    this.#untold.delete(id);
  }

  /** Ids among these of messages that have ended already and must not be sent again. */
  async ended(ids: readonly string[]): Promise<readonly string[]> {
    return (await this.#connection.run(() => this.#connection.script(ENDED, ...ids))) as string[];
  }

  /**
   * Takes up outcomes that other instances have left for this one.
   * @param thoroughly true also finds outcomes that were taken up by a call whose answer was lost, and drops those that
   * another instance has taken over because this one was believed to be gone
   */
  async readNew(thoroughly: boolean): Promise<readonly Outcome[]> {
    const read: Outcome[] = [];
    const { instance } = this.#connection;
    let texts: readonly string[];
    do {
      texts = (await this.#connection.run(() => this.#connection.script(TAKE_UP, instance, AT_ONCE))) as string[];
      read.push(...this.#keep(texts));
    } while (texts.length === AT_ONCE);
    if (!thoroughly) return read;
    const telling = new Set(await this.#members('telling', instance));
    for (const id of this.#untold.keys()) if (!telling.has(id)) this.#untold.delete(id);
    const ids = [...telling].filter((id) => this.#isNew(id));
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const found = await this.#texts(ids.slice(at, at + AT_ONCE));
      read.push(...this.#keep(found.map(([, text]) => text)));
    }
    return read;
  }

  /** Takes over outcomes of an instance that is gone. @param wants true for ids of smpp-send nodes that exist here */
  async takeOver({ id: gone, how }: GoneInstance, wants: (node: string) => boolean): Promise<void> {
    const now = performance.now();
    if (!this.#goneSince.has(gone)) this.#goneSince.set(gone, now);
    const anybodys = now - this.#goneSince.get(gone)! > ANYBODYS;
    const { instance } = this.#connection;
    let left = 0;
    for (const set of ['owned', 'telling'] as const) {
      const ids = await this.#members(set, gone);
      left += ids.length;
      // It may have told these outcomes, and may still come back to note that.
      if (set === 'telling' && how === 'silent') continue;
      const mark = set === 'telling' && how === 'lost' ? TOLD_ALREADY : '';
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const texts = await this.#texts(ids.slice(at, at + AT_ONCE));
        const wanted = texts.flatMap(([id, text]) => (anybodys || wants(fromText(text).outcome.node) ? id : []));
        if (wanted.length === 0) continue;
        await this.#connection.run(() => this.#connection.script(TAKE_OVER, set, gone, instance, mark, ...wanted));
      }
    }
    if (left === 0) this.#goneSince.delete(gone);
  }

  /** Resolves when all told outcomes are noted in Redis. */
  async idle(): Promise<void> {
    await this.#tell.idle();
  }

  /**
   * Removes the "" that an owner leaves in `outcomes` where it told an outcome before the message had left the outbox.
   */
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

  #members(set: 'owned' | 'telling', instance: string): Promise<readonly string[]> {
    return this.#connection.run((client) => client.smembers(this.#connection.key(`${set}:${instance}`)));
  }

  /** @returns the outcomes that were not known here */
  #keep(texts: readonly string[]): readonly Outcome[] {
    return texts.flatMap((text) => {
      const untold = fromText(text);
      const { id } = untold.outcome;
      if (!this.#isNew(id)) return [];
      this.#untold.set(id, untold);
      return untold.outcome;
    });
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

/** Reads a text of `outcomes`; the instance id before the first blank is skipped. */
function fromText(text: string): { readonly outcome: Outcome; readonly jobId: string } {
  const plain = JSON.parse(text.slice(text.indexOf(' ') + 1)) as unknown;
  const [jobId, queuedAt, message, record] = fromPlain(plain) as [string, number, MessageRecord, OutcomeRecord];
  const place = { urgent: false, queuedAt, expiresAt: queuedAt };
  const outcome = toOutcome(record, toMessage(message, undefined, place, false));
  return {
    outcome: text.startsWith('!') ? { ...outcome, warnings: [...outcome.warnings, TOLD_BEFORE] } : outcome,
    jobId,
  };
}
