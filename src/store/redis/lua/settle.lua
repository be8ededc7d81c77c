-- Ends messages: they leave the outbox, their outcomes wait to be told, and what was sent is remembered.
-- KEYS: 1..3 lanes, 4 entries, 5 progress, 6 expiry, 7 sent, 8 ids, 9 sent-expiry, 10 due, 11 instances,
--   12 telling:<our instance>, then owned:<instance> of each other instance whose messages are among these
-- ARGV: 1 our instance, 2 channel for news, 3 milliseconds that Redis keeps remembered messages after their time,
--   4 number of the other instances, their ids;
--   then for each message: id, lane (0: it was not leased here), entry id, number of the instance that tells the
--   outcome (0: this one), "1" where the lease is surely ours, outcome, expected version of what is remembered ("":
--   nothing is to be), record, expires at, due at or "", number of keys, keys
-- A message of which another instance has the lease, or has told the outcome, is left to it; what was sent of it is
-- remembered all the same.
-- Returns for each message 1 where this instance tells the outcome, 0 where another does, -1 where nothing was done
--   because what is remembered has another version.
local me, channel, grace, others = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local owners, alive = {}, {}
for n = 1, others do
  owners[n] = ARGV[4 + n]
  alive[n] = redis.call('ZSCORE', KEYS[11], owners[n])
end

local items, remembered, at = {}, {}, 5 + others
while at <= #ARGV do
  local last = at + 10 + tonumber(ARGV[at + 10])
  items[#items + 1] = { at, last }
  if ARGV[at + 6] ~= '' then remembered[#remembered + 1] = ARGV[at] end
  at = last + 1
end

-- Whether this instance may end the message. Where it may, also where its entry is, if there is one.
local function mayEnd(id, lane, entry, sure)
  if lane > 0 then
    local holder = holderOf(lane, entry)
    -- Without a holder, the entry was deleted by somebody; or another instance has ended it, where we are not sure.
    return holder == me or holder == ORPHANED or holder == '-unknown' or (not holder and sure), lane, entry
  end
  local place = redis.call('HGET', KEYS[4], id)
  if not place then return true, 0, '' end
  local number, found = string.match(place, '^(%d) (%S+)$')
  lane = tonumber(number)
  local holder = holderOf(lane, found)
  return not holder or holder == RETURNED or holder == ORPHANED, lane, found
end

local writer = sentWriter({ sent = KEYS[7], ids = KEYS[8], expiry = KEYS[9], due = KEYS[10] }, remembered)
local answers, ended, left, news = {}, {}, { {}, {}, {} }, {}
local outcomes = { [0] = {} }
for n = 1, others do outcomes[n] = {} end
for index, item in ipairs(items) do
  local first, last = item[1], item[2]
  local id, version = ARGV[first], ARGV[first + 6]
  if version ~= '' and tonumber(version) ~= writer.version(id) then answers[index] = -1
  else
    if version ~= '' then writer.save(id, ARGV[first + 7], ARGV[first + 8], ARGV[first + 9], first + 11, last) end
    local may, lane, entry = mayEnd(id, tonumber(ARGV[first + 1]), ARGV[first + 2], ARGV[first + 4] == '1')
    if may then
      local owner = tonumber(ARGV[first + 3])
      if owner > 0 and not alive[owner] then owner = 0 end
      table.insert(outcomes[owner], id)
      table.insert(outcomes[owner], ARGV[first + 5])
      if owner > 0 then news[owner] = true end
      if lane > 0 then table.insert(left[lane], entry) end
      ended[#ended + 1] = id
      answers[index] = owner == 0 and 1 or 0
    else
      -- Ours, where the answer of an earlier call was lost.
      answers[index] = redis.call('HEXISTS', KEYS[12], id)
    end
  end
end
writer.write(grace)
for n, some in pairs(outcomes) do callAll('HSET', n == 0 and KEYS[12] or KEYS[12 + n], some, 2) end
for lane = 1, LANES do
  for from = 1, #left[lane], 1000 do
    local some = { unpack(left[lane], from, math.min(from + 999, #left[lane])) }
    redis.call('XACK', KEYS[lane], GROUP, unpack(some))
    redis.call('XDEL', KEYS[lane], unpack(some))
  end
end
callAll('HDEL', KEYS[4], ended)
if redis.call('EXISTS', KEYS[5]) == 1 then callAll('HDEL', KEYS[5], ended) end
callAll('ZREM', KEYS[6], ended)
for n in pairs(news) do redis.call('PUBLISH', channel, 'outcomes ' .. owners[n]) end
return answers
