-- Comes before the scripts of incoming multipart messages.
-- KEYS: 1 partials (hash: key -> "<version> <expiry> <octets> <data>"), 2 partial-due (sorted set of keys by expiry),
--   3 partial-octets (hash: octets of each message by its key, and under "*" of all together),
--   4 parts:<key> (hash: the parts of one message by their number)
local function count(key, octets)
  local before = redis.call('HGET', KEYS[3], key) or 0
  if octets > 0 then redis.call('HSET', KEYS[3], key, octets) else redis.call('HDEL', KEYS[3], key) end
  redis.call('HINCRBY', KEYS[3], '*', octets - before)
end
