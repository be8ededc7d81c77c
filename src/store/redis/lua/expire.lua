-- Leases waiting messages whose time is over.
-- KEYS: 1..3 lanes, 4 progress, 5 entries, 6 expiry
-- ARGV: 1 our instance, 2 now, 3 when a message found is looked at again, 4 how many at most
-- A group delivers an entry that it has not delivered in its turn, wherever that is: such a message moves to the lane
-- "overdue" first.
-- Returns what lease.lua returns.
local me, now, again, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local found, gone, later, stale, moved = {}, {}, {}, {}, {}
local _, pending = pendingOf(1)
local ids = redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', now, 'LIMIT', 0, most)
local places = #ids > 0 and redis.call('HMGET', KEYS[5], unpack(ids)) or {}
for index, id in ipairs(ids) do
  local lane, entry = string.match(places[index] or '', '^(%d) (%S+)$')
  lane = tonumber(lane)
  if not lane then stale[#stale + 1] = id
  else
    later[#later + 1] = again
    later[#later + 1] = id
    local holder = holderOf(lane, entry)
    if holder == RETURNED or holder == ORPHANED then
      local claimed = redis.call('XCLAIM', KEYS[lane], GROUP, me, 0, entry)[1]
      if claimed and claimed[2] then
        local kept = redis.call('HGET', KEYS[4], id)
        found[#found + 1] = { lane, entry, holder == ORPHANED and '1' or '0', claimed[2], kept }
      end
    elseif not holder and lane < 3 then
      local there = redis.call('XRANGE', KEYS[lane], entry, entry)[1]
      if there then
        redis.call('XDEL', KEYS[lane], entry)
        moved[#moved + 1] = id
        moved[#moved + 1] = '3 ' .. redis.call('XADD', KEYS[3], '*', unpack(there[2]))
      end
    end
  end
end
callAll('HSET', KEYS[5], moved, 2)
callAll('ZADD', KEYS[6], later, 2)
callAll('ZREM', KEYS[6], stale)
for _, consumer in ipairs({ ORPHANED, RETURNED }) do
  claim(3, consumer, me, most - #found, found, gone, KEYS[4])
end
readNew(3, me, most - #found, found)
return { counts(), found, gone }
