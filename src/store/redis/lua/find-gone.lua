-- Removes messages from `entries` whose entry is in no lane: somebody has deleted it.
-- KEYS: 1..3 lanes, 4 entries, 5 progress, 6 expiry
-- ARGV: 1 cursor of HSCAN
-- Returns the next cursor; number of the lane and message id of each that was removed.
local scanned = redis.call('HSCAN', KEYS[4], ARGV[1], 'COUNT', 500)
local gone, ids = {}, {}
for at = 1, #scanned[2], 2 do
  local id = scanned[2][at]
  local lane, entry = string.match(scanned[2][at + 1], '^([123]) (%d+%-%d+)$')
  if not lane or #redis.call('XRANGE', KEYS[tonumber(lane)], entry, entry) == 0 then
    if lane then redis.call('XACK', KEYS[tonumber(lane)], GROUP, entry) end
    gone[#gone + 1] = lane or '0'
    gone[#gone + 1] = id
    ids[#ids + 1] = id
  end
end
callAll('HDEL', KEYS[4], ids)
callAll('HDEL', KEYS[5], ids)
callAll('ZREM', KEYS[6], ids)
return { scanned[1], gone }
