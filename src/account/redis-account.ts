import type { Clock } from '../base/clock';
import { THROTTLING } from './shared-budget';
import { CATCH_UP } from './throttling';
import {
  BIND_LEASE,
  MOST_SLACK,
  PERMIT_KEPT,
  PERMITS_AHEAD,
  UNHEARD,
  type Account,
  type Beat,
  type InstanceReport,
  type PermitAnswer,
  type PermitRequest,
} from './account';
import type { RedisConnection } from '../redis/connection';
import { RemoteClock } from '../redis/remote-clock';
import { script } from '../redis/script';

/** Milliseconds that Redis keeps a server's keys after the last instance used them. */
const KEPT = 3_600_000;
/**
 * Milliseconds from the first instance's arrival until binds are given out, so that instances that start together share
 * them.
 */
const GATHERING = 2000;
/** Milliseconds without a sign of life after which the others share an instance's part. */
const SILENCE = 3500;
/**
 * Milliseconds that the slack of the slowest instance is in force for all: with less slack, others would get no permits
 * beside it.
 */
const SLACK_KEPT = 2000;
/** Milliseconds without a sign of life after which nothing more is expected of an instance. */
const MISSED = 60_000;

/*
 * Keys of a server, all under "account:", times in microseconds of Redis' clock:
 *   pace:<server>    hash: contract, next (the moment of the next permit), slack, slackUntil; while throttled also
 *                    reduced, goal, raisedAt, throttledAt
 *   places:<server>  sorted set: the places of the budget, each with the time from which it is free
 *   askers:<server>  sorted set: instances that want permits, with the time of the latest request
 *   binds:<server>   hash: number of a bind -> "<end of its lease> <instance>"; "since": when the first instance came
 *   wanting:<server> sorted set: instances that want binds, with the time of the latest sign of life
 * Keys of the pool: instances (hash: `about` of each), living (sorted set: time of the latest sign of life of each).
 */
const PRELUDE = `
local base = KEYS[1] .. ':account:'
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local MS = 1000
-- Lua would write microseconds since 1970 with 14 digits.
local function text(number) return string.format('%.0f', number) end

local FIELDS = { 'contract', 'next', 'slack', 'slackUntil', 'reduced', 'goal', 'raisedAt', 'throttledAt' }
local function readPace(server)
  local found = redis.call('HMGET', base .. 'pace:' .. server, unpack(FIELDS))
  local pace = {}
  for i, name in ipairs(FIELDS) do pace[name] = found[i] and tonumber(found[i]) or nil end
  return pace
end

-- As in Budget.
local function recover(pace)
  local step = ${String(THROTTLING.step)} * MS
  if not pace.reduced or now < pace.raisedAt + step then return end
  local steps = math.floor((now - pace.raisedAt) / step)
  pace.raisedAt = pace.raisedAt + steps * step
  pace.reduced = pace.reduced + steps * pace.goal / 10
  pace.next = math.min(pace.next, now + 1000000 / pace.reduced)
  if pace.reduced >= pace.goal then pace.reduced = nil end
end

local function writePace(server, pace)
  local key = base .. 'pace:' .. server
  redis.call('HSET', key, 'contract', tostring(pace.contract), 'next', text(pace.next),
    'slack', tostring(pace.slack or 0), 'slackUntil', text(pace.slackUntil or 0))
  if pace.reduced then
    redis.call('HSET', key, 'reduced', tostring(pace.reduced), 'goal', tostring(pace.goal),
      'raisedAt', text(pace.raisedAt), 'throttledAt', text(pace.throttledAt))
  else
    redis.call('HDEL', key, 'reduced', 'goal', 'raisedAt', 'throttledAt')
  end
  redis.call('PEXPIRE', key, ${String(KEPT)})
end

-- Nothing is known of what was sent before: as if every place had just been used.
local function begin(server, contract)
  local key = base .. 'places:' .. server
  redis.call('DEL', key)
  local free = text(now + (1000 + ${String(PERMIT_KEPT + PERMITS_AHEAD + 2 * MOST_SLACK)}) * MS)
  for place = 0, math.floor(contract) - 1 do redis.call('ZADD', key, free, place) end
  local pace = { contract = contract, next = now }
  writePace(server, pace)
  return pace
end

local function paceOf(server, contract)
  local pace = readPace(server)
  -- Forgotten, or Redis' clock was set back.
  if not pace.contract or pace.next > now + 10000 * MS then return begin(server, contract) end
  if pace.contract >= 1 then
    local first = redis.call('ZRANGE', base .. 'places:' .. server, 0, 0, 'WITHSCORES')
    if not first[2] or tonumber(first[2]) > now + 5000 * MS then return begin(server, contract) end
  end
  recover(pace)
  return pace
end

-- Whole numbers only leave a script.
local function said(rate) return rate and tostring(rate) or '' end
`;

const CONTRACT = script(`${PRELUDE}
local server, contract = ARGV[1], tonumber(ARGV[2])
if readPace(server).contract ~= contract then begin(server, contract) end
return 1
`);

/**
 * A permit's time lies at most PERMITS_AHEAD and the slack in the future, so that some are left for an instance that
 * asks later.
 */
const PERMITS = script(`${PRELUDE}
local instance, server, contract, wanted, slack = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local pace = paceOf(server, contract)
if slack >= (pace.slack or 0) or now > pace.slackUntil or pace.slackUntil > now + 10000 * MS then
  pace.slack, pace.slackUntil = math.min(slack, ${String(MOST_SLACK)}), now + ${String(SLACK_KEPT)} * MS
end
local ahead, kept, catchUp = ${String(PERMITS_AHEAD)} + pace.slack, ${String(PERMIT_KEPT)} + pace.slack, ${String(CATCH_UP)} + pace.slack
local places, askers = base .. 'places:' .. server, base .. 'askers:' .. server
for i = 6, #ARGV, 3 do
  -- Unless it is another's by now.
  if tonumber(redis.call('ZSCORE', places, ARGV[i]) or '') == tonumber(ARGV[i + 1]) then
    redis.call('ZADD', places, ARGV[i + 2], ARGV[i])
  end
end
redis.call('PEXPIRE', places, ${String(KEPT)})
local rate = pace.reduced or pace.contract
local asking, answer = 1, {}
if wanted > 0 and rate > 0 then
  redis.call('ZADD', askers, text(now), instance)
  redis.call('ZREMRANGEBYSCORE', askers, '-inf', '(' .. text(now - 1000 * MS))
  redis.call('PEXPIRE', askers, ${String(KEPT)})
  asking = redis.call('ZCARD', askers)
  -- No one takes what all want.
  local pause = math.max(10, 3 * asking)
  local most = math.ceil(rate / 1000 * math.max(ahead, 2 * pause) / asking)
  local limit = math.min(wanted, math.max(1, most))
  local free = {}
  if pace.contract >= 1 then free = redis.call('ZRANGE', places, 0, limit - 1, 'WITHSCORES') end
  for i = 1, limit do
    local place, since = '-1', 0
    if pace.contract >= 1 then
      place, since = free[2 * i - 1], tonumber(free[2 * i])
      if not place then break end
    end
    local at = math.max(pace.next, since, now)
    if at > now + ahead * MS then
      pace.next = math.max(pace.next, at - catchUp * MS)
      answer.later = at
      break
    end
    local taken = at + (1000 + kept + ${String(UNHEARD)}) * MS
    if pace.contract >= 1 then redis.call('ZADD', places, text(taken), place) end
    pace.next = math.floor(math.max(pace.next, at - catchUp * MS) + 1000000 / rate)
    table.insert(answer, at)
    table.insert(answer, tonumber(place))
    table.insert(answer, since)
    table.insert(answer, taken)
  end
end
writePace(server, pace)
local head = { now, asking, answer.later or pace.next, said(pace.reduced), math.floor(pace.slack) }
for i = 1, #answer do head[5 + i] = answer[i] end
return head
`);

/** Halves the rate, as THROTTLING says; several calls within its pause halve it once. Returns the rate in force. */
const THROTTLED = script(`${PRELUDE}
local server, contract, goal = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local pace = paceOf(server, contract)
if now - (pace.throttledAt or 0) >= ${String(THROTTLING.pause)} * MS then
  if not pace.reduced then pace.goal = goal end
  pace.reduced = math.max(${String(THROTTLING.lowest)}, (pace.reduced or pace.goal) / 2)
  pace.throttledAt = now
  pace.raisedAt = now + ${String(THROTTLING.calm - THROTTLING.step)} * MS
  pace.next = math.max(pace.next, now + ${String(THROTTLING.pause)} * MS)
  writePace(server, pace)
end
return said(pace.reduced)
`);

/**
 * One server's binds. Renews the binds that this instance holds, frees those that it no longer holds, and gives it free
 * ones up to its share. Shares differ by at most one; the larger ones go to instances that already have more binds.
 */
const BINDS = script(`${PRELUDE}
local instance, server, contract = ARGV[1], ARGV[2], tonumber(ARGV[3])
local total, wants = tonumber(ARGV[4]), ARGV[5] == '1'
local key, wanting = base .. 'binds:' .. server, base .. 'wanting:' .. server
local mine = {}
for i = 6, #ARGV do mine[ARGV[i]] = true end

if wants then redis.call('ZADD', wanting, text(now), instance) else redis.call('ZREM', wanting, instance) end
redis.call('ZREMRANGEBYSCORE', wanting, '-inf', '(' .. text(now - ${String(SILENCE)} * MS))
local since = tonumber(redis.call('HGET', key, 'since') or '')
if not since or since > now then
  since = now
  redis.call('HSET', key, 'since', text(now))
end

local counts, holder = {}, {}
local lease = text(now + ${String(BIND_LEASE)} * MS)
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local number = all[i]
  if number ~= 'since' then
    local ends, who = string.match(all[i + 1], '^(%d+) (.*)$')
    -- A lease that ends too late is of before Redis' clock was set back.
    local over = tonumber(ends) < now or tonumber(ends) > now + 2 * ${String(BIND_LEASE)} * MS
    if over and not (who == instance and mine[number]) or who == instance and not mine[number] then
      redis.call('HDEL', key, number)
    else
      holder[number] = who
    end
  end
end
local held = {}
for number in pairs(mine) do
  if (holder[number] or instance) == instance then
    holder[number] = instance
    redis.call('HSET', key, number, lease .. ' ' .. instance)
    table.insert(held, tonumber(number))
  end
end
for _, who in pairs(holder) do counts[who] = (counts[who] or 0) + 1 end

local share = 0
local who = redis.call('ZRANGE', wanting, 0, -1)
if wants then
  table.sort(who, function(a, b)
    local x, y = counts[a] or 0, counts[b] or 0
    if x ~= y then return x > y end
    return a < b
  end)
  for rank, name in ipairs(who) do
    if name == instance then share = math.floor(total / #who) + (rank <= total % #who and 1 or 0) end
  end
  if now - since >= ${String(GATHERING)} * MS then
    for number = 1, total do
      if #held >= share then break end
      if not holder[tostring(number)] then
        redis.call('HSET', key, number, lease .. ' ' .. instance)
        table.insert(held, number)
      end
    end
  end
end
redis.call('PEXPIRE', key, ${String(KEPT)})
redis.call('PEXPIRE', wanting, ${String(KEPT)})
local pace = paceOf(server, contract)
writePace(server, pace)
return { now, share, said(pace.reduced), held }
`);

const LIVING = script(`${PRELUDE}
local instance = ARGV[1]
local instances, living = base .. 'instances', base .. 'living'
redis.call('HSET', instances, instance, ARGV[2])
redis.call('ZADD', living, text(now), instance)
local function silentFor(milliseconds)
  return redis.call('ZRANGEBYSCORE', living, '-inf', '(' .. text(now - milliseconds * MS))
end
for _, name in ipairs(silentFor(${String(SILENCE)})) do redis.call('HDEL', instances, name) end
for _, name in ipairs(silentFor(${String(MISSED)})) do redis.call('ZREM', living, name) end
redis.call('PEXPIRE', instances, ${String(KEPT)})
redis.call('PEXPIRE', living, ${String(KEPT)})
return { #silentFor(${String(SILENCE)}), redis.call('HGETALL', instances) }
`);

const LEAVE = script(`${PRELUDE}
local instance = ARGV[1]
redis.call('HDEL', base .. 'instances', instance)
redis.call('ZREM', base .. 'living', instance)
for i = 2, #ARGV do
  local key = base .. 'binds:' .. ARGV[i]
  redis.call('ZREM', base .. 'wanting:' .. ARGV[i], instance)
  redis.call('ZREM', base .. 'askers:' .. ARGV[i], instance)
  local all = redis.call('HGETALL', key)
  for j = 1, #all, 2 do
    if string.match(all[j + 1], ' (.*)$') == instance then redis.call('HDEL', key, all[j]) end
  end
end
return 1
`);

/** The budget and the binds that several Node-RED instances share, kept in Redis. All times follow Redis' clock. */
export class RedisAccount implements Account {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;
  readonly #remote = new RemoteClock();

  constructor(connection: RedisConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  get instance(): string {
    return this.#connection.instance;
  }

  async contract(server: string, throughput: number): Promise<void> {
    await this.#connection.eventually(() => this.#connection.script(CONTRACT, server, throughput));
  }

  async permits(server: string, { throughput, wanted, slack: ours, used }: PermitRequest): Promise<PermitAnswer> {
    const args = used.flatMap(({ permit: { place, freeSince, takenUntil }, freeAt }) => [
      place,
      takenUntil,
      freeAt === null ? freeSince : Math.ceil(this.#remote.surelyBy(freeAt) * 1000),
    ]);
    const asked = this.#clock.now();
    const [now, askers, next, reduced, slack, ...permits] = (await this.#connection.run(() =>
      this.#connection.script(PERMITS, this.instance, server, throughput, wanted, Math.round(ours), ...args),
    )) as [number, number, number, string, number, ...number[]];
    this.#remote.learn(asked, this.#clock.now(), now / 1000);
    return {
      permits: Array.from({ length: permits.length / 4 }, (_, i) => ({
        at: this.#remote.surelyAt(permits[4 * i]! / 1000),
        until: this.#remote.surelyUntil(permits[4 * i]! / 1000 + PERMIT_KEPT + slack),
        place: permits[4 * i + 1]!,
        freeSince: permits[4 * i + 2]!,
        takenUntil: permits[4 * i + 3]!,
      })),
      next: this.#remote.surelyAt(next / 1000),
      askers,
      slack,
      reduced: readRate(reduced),
    };
  }

  async throttled(server: string, throughput: number, goal: number): Promise<number | null> {
    return readRate(await this.#connection.run(() => this.#connection.script(THROTTLED, server, throughput, goal)));
  }

  async beat({ servers, about }: InstanceReport): Promise<Beat> {
    const { instance } = this;
    const asked = this.#clock.now();
    const [instances, ...binds] = await this.#connection.run(() =>
      Promise.all([
        this.#connection.script(LIVING, instance, JSON.stringify(about)),
        ...servers.map(({ server, throughput, binds, wanted, held }) =>
          this.#connection.script(BINDS, instance, server, throughput, binds, wanted ? 1 : 0, ...held),
        ),
      ]),
    );
    const answered = this.#clock.now();
    const [missing, found] = instances as [number, string[]];
    return {
      servers: (binds as [number, number, string, number[]][]).map(([now, share, reduced, held]) => {
        this.#remote.learn(asked, answered, now / 1000);
        return { share, held, reduced: readRate(reduced) };
      }),
      missing: missing > 0,
      instances: new Map(
        Array.from({ length: found.length / 2 }, (_, i) => [found[2 * i]!, JSON.parse(found[2 * i + 1]!) as unknown]),
      ),
    };
  }

  async leave(servers: readonly string[]): Promise<void> {
    await this.#connection.run(() => this.#connection.script(LEAVE, this.instance, ...servers));
  }
}

function readRate(said: unknown): number | null {
  return said === '' ? null : Number(said);
}
