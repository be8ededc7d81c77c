-- Forgets sent messages.
-- KEYS: 1 sent, 2 ids, 3 sent-expiry, 4 due
-- ARGV: for each message: id, number of keys, keys
-- Returns how many were there.
local ids, at = {}, 1
while at <= #ARGV do
  local id = ARGV[at]
  ids[#ids + 1] = id
  for n = at + 2, at + 1 + tonumber(ARGV[at + 1]) do
    local rest = {}
    for other in string.gmatch(redis.call('HGET', KEYS[2], ARGV[n]) or '', '%S+') do
      if other ~= id then rest[#rest + 1] = other end
    end
    if #rest == 0 then redis.call('HDEL', KEYS[2], ARGV[n])
    else redis.call('HSET', KEYS[2], ARGV[n], table.concat(rest, ' ')) end
  end
  at = at + 2 + tonumber(ARGV[at + 1])
end
local forgotten = 0
for from = 1, #ids, 1000 do
  local some = { unpack(ids, from, math.min(from + 999, #ids)) }
  forgotten = forgotten + redis.call('HDEL', KEYS[1], unpack(some))
  redis.call('ZREM', KEYS[3], unpack(some))
  redis.call('ZREM', KEYS[4], unpack(some))
end
return forgotten
