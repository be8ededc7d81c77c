-- Finds incoming multipart messages whose time is over, and the oldest others where all together are too large.
-- KEYS: 1..3 as in partial.lua
-- ARGV: 1 now, 2 octets that all messages together may take, 3 how many at most
-- Returns key and text of each, the oldest first.
local found, now, most = {}, tonumber(ARGV[1]), tonumber(ARGV[2])
local left = tonumber(redis.call('HGET', KEYS[3], '*') or 0)
local latest = left > most and '+inf' or ARGV[1]
local oldest = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', latest, 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for at = 1, #oldest, 2 do
  local key = oldest[at]
  if tonumber(oldest[at + 1]) > now and left <= most then break end
  left = left - (redis.call('HGET', KEYS[3], key) or 0)
  local partial = redis.call('HGET', KEYS[1], key)
  if partial then
    found[#found + 1] = key
    found[#found + 1] = partial
  else
    redis.call('ZREM', KEYS[2], key)
    count(key, 0)
  end
end
return found
