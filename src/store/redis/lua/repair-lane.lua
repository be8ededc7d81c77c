-- Makes a lane, or its group, where it is gone.
-- KEYS: 1 the lane
-- Nobody knows which messages of a group that is gone were leased: all of them go to the consumer "-unknown", from where
-- their instances take them back with the next renewal; what is left counts as orphaned when a lease has passed.
-- Returns "ok", "stream" where there was no stream, "group" where there was no group.
local GROUP = 'pool'
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[1], GROUP, '0', 'MKSTREAM')
  return 'stream'
end
for _, facts in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  for at = 1, #facts, 2 do
    if facts[at] == 'name' and facts[at + 1] == GROUP then return 'ok' end
  end
end
redis.call('XGROUP', 'CREATE', KEYS[1], GROUP, '$')
local from = '-'
while true do
  local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 500)
  if #entries == 0 then return 'group' end
  local ids = {}
  for at, entry in ipairs(entries) do ids[at] = entry[1] end
  from = '(' .. ids[#ids]
  ids[#ids + 1] = 'FORCE'
  ids[#ids + 1] = 'JUSTID'
  redis.call('XCLAIM', KEYS[1], GROUP, '-unknown', 0, unpack(ids))
end
