-- Comes second in every script of the outbox.
-- KEYS[1..3]: the lanes, streams with the consumer group "pool": urgent, normal, overdue. An entry has the fields
--   i (message id), q (queued at), x (expires at), o (instance that took it from the flow), r (record), and p (progress)
--   where it came with one. Times are epoch milliseconds.
-- A message waits while its entry was not delivered, or belongs to one of two consumers that nobody is:
--   -returned   given back by the instance that had leased it
--   -orphaned   its lease ended with its instance: it may have been submitted
-- Those two come first, in the order of their entries, so that what is given back is at the front of its lane without
-- being written again. All other consumers are instances, and what is pending for them is leased to them.
-- Fails with NOGROUP where a lane or its group is gone, before anything is written.
local GROUP, RETURNED, ORPHANED = 'pool', '-returned', '-orphaned'
local LANES = 3

local function pendingOf(lane)
  local summary = redis.call('XPENDING', KEYS[lane], GROUP)
  local counts = {}
  for _, pair in ipairs(summary[4] or {}) do counts[pair[1]] = tonumber(pair[2]) end
  return summary[1], counts
end

local function waitingIn(lane)
  local pending, counts = pendingOf(lane)
  local back = (counts[RETURNED] or 0) + (counts[ORPHANED] or 0)
  return math.max(0, redis.call('XLEN', KEYS[lane]) - pending) + back, counts
end

local function waiting()
  local count = 0
  for lane = 1, LANES do count = count + waitingIn(lane) end
  return count
end

-- The consumer that has an entry; nil where it was not delivered, or there is no such entry.
local function holderOf(lane, entry)
  local pending = redis.call('XPENDING', KEYS[lane], GROUP, entry, entry, 1)[1]
  return pending and pending[2]
end

local function fieldOf(entry, name)
  for at = 1, entry and #entry[2] or 0, 2 do
    if entry[2][at] == name then return entry[2][at + 1] end
  end
end

-- The ids of entries that belong to a consumer, the oldest first. extra: options before the range.
local function entriesOf(lane, consumer, most, idle)
  local pending
  if idle then pending = redis.call('XPENDING', KEYS[lane], GROUP, 'IDLE', idle, '-', '+', most, consumer)
  else pending = redis.call('XPENDING', KEYS[lane], GROUP, '-', '+', most, consumer) end
  local ids = {}
  for at, found in ipairs(pending) do ids[at] = found[1] end
  return ids
end

-- Gives entries to a consumer without reading them; their time begins anew.
local function give(lane, consumer, ids)
  for at = 1, #ids, 1000 do
    local some = { unpack(ids, at, math.min(at + 999, #ids)) }
    some[#some + 1] = 'JUSTID'
    redis.call('XCLAIM', KEYS[lane], GROUP, consumer, 0, unpack(some))
  end
end

-- When the oldest waiting message of a lane was queued.
local function oldestIn(lane, counts, length)
  if length == 0 then return nil end
  local times = {}
  for _, consumer in ipairs({ RETURNED, ORPHANED }) do
    local id = (counts[consumer] or 0) > 0 and entriesOf(lane, consumer, 1)[1]
    if id then times[#times + 1] = tonumber(fieldOf(redis.call('XRANGE', KEYS[lane], id, id)[1], 'q')) end
  end
  local group = redis.call('XINFO', 'GROUPS', KEYS[lane])[1]
  for at = 1, #group, 2 do
    if group[at] == 'last-delivered-id' then
      local next = redis.call('XRANGE', KEYS[lane], '(' .. group[at + 1], '+', 'COUNT', 1)[1]
      if next then times[#times + 1] = tonumber(fieldOf(next, 'q')) end
    end
  end
  return #times > 0 and math.min(unpack(times)) or nil
end

-- What every script of the outbox answers first: waiting messages, urgent ones among them, and when the oldest was
-- queued, or "".
local function counts()
  local all, urgent, oldest = 0, 0, nil
  for lane = 1, LANES do
    local length, counted = waitingIn(lane)
    all = all + length
    if lane == 1 then urgent = length end
    local time = oldestIn(lane, counted, length)
    if time and (not oldest or time < oldest) then oldest = time end
  end
  return { all, urgent, oldest and string.format('%.0f', oldest) or '' }
end

-- Leases what one of the two consumers has. found: gets { lane, entry id, "1" where it may have been submitted, fields,
-- stored progress or false }. gone: gets the ids of entries that were deleted by somebody.
local function claim(lane, from, me, most, found, gone, progress)
  if most <= 0 then return end
  local ids = entriesOf(lane, from, most)
  if #ids == 0 then return end
  local there = {}
  for _, entry in ipairs(redis.call('XCLAIM', KEYS[lane], GROUP, me, 0, unpack(ids))) do
    if entry and entry[2] then
      there[entry[1]] = true
      local kept = redis.call('HGET', progress, fieldOf(entry, 'i') or '')
      found[#found + 1] = { lane, entry[1], from == ORPHANED and '1' or '0', entry[2], kept }
    end
  end
  for _, id in ipairs(ids) do
    if not there[id] then
      redis.call('XACK', KEYS[lane], GROUP, id)
      gone[#gone + 1] = id
    end
  end
end

local function readNew(lane, me, most, found)
  if most <= 0 then return end
  local read = redis.call('XREADGROUP', 'GROUP', GROUP, me, 'COUNT', most, 'STREAMS', KEYS[lane], '>')
  for _, entry in ipairs(read and read[1][2] or {}) do
    found[#found + 1] = { lane, entry[1], '0', entry[2], false }
  end
end
