-- Comes before save-sent.lua and settle.lua: how a sent message is written.
--   sent         hash: message id -> "<version> <record>"
--   ids          hash: key of a message id of the platform -> our ids under it, the oldest first, separated by blanks
--   sent-expiry  sorted set of our ids by the time from which they are forgotten
--   due          sorted set of our ids by the time at which their result is told although receipts are missing
-- Messages under one key at most: a platform that repeats its ids must not make receipts slow. The newest stay.
local SAME_KEY = 16

-- keys: names of the four. Reads at once all that the messages need.
local function sentWriter(keys, all)
  local versions, changed, expiry, due, notDue, latest = {}, {}, {}, {}, {}, 0
  local known = {}
  for at = 1, #all, 1000 do
    local some = { unpack(all, at, math.min(at + 999, #all)) }
    for index, old in ipairs(redis.call('HMGET', keys.sent, unpack(some))) do
      versions[some[index]] = old and tonumber(string.match(old, '^%d+')) or 0
    end
  end
  local writer = {}
  function writer.version(id) return versions[id] end
  -- added: ARGV positions of the first and last key to be added.
  function writer.save(id, record, expires, dueAt, first, last)
    local before = versions[id]
    versions[id] = before + 1
    changed[#changed + 1] = id
    changed[#changed + 1] = string.format('%d %s', before + 1, record)
    if before == 0 then
      expiry[#expiry + 1] = expires
      expiry[#expiry + 1] = id
      latest = math.max(latest, tonumber(expires))
    end
    if dueAt ~= '' then redis.call('ZADD', keys.due, dueAt, id)
    elseif before > 0 then redis.call('ZREM', keys.due, id) end
    for at = first, last do
      local key = ARGV[at]
      local list = known[key] or redis.call('HGET', keys.ids, key) or ''
      if not string.find(' ' .. list .. ' ', ' ' .. id .. ' ', 1, true) then
        list = list == '' and id or list .. ' ' .. id
        local _, blanks = string.gsub(list, ' ', ' ')
        if blanks >= SAME_KEY then list = string.gsub(list, '^%S+ ', '', 1) end
        known[key] = list
      end
    end
    return before + 1
  end
  -- The records of a pool that nobody uses any more leave Redis with the last of them. grace: milliseconds after that.
  function writer.write(grace)
    callAll('HSET', keys.sent, changed, 2)
    callAll('ZADD', keys.expiry, expiry, 2)
    local lists = {}
    for key, list in pairs(known) do
      lists[#lists + 1] = key
      lists[#lists + 1] = list
    end
    callAll('HSET', keys.ids, lists, 2)
    if latest == 0 then return end
    local time = redis.call('TIME')
    local leaves = string.format('%.0f', math.max(math.ceil(latest), time[1] * 1000) + grace)
    for _, key in ipairs({ keys.sent, keys.ids, keys.expiry, keys.due }) do
      if redis.call('PEXPIREAT', key, leaves, 'NX') == 0 then redis.call('PEXPIREAT', key, leaves, 'GT') end
    end
  end
  return writer
end
