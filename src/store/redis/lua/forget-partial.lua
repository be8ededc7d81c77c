-- Removes an incoming multipart message where Redis still has this version.
-- KEYS: 1..4 as in partial.lua
-- ARGV: 1 key, 2 version
-- Returns 1 where it is gone, else 0.
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old and string.match(old, '^%S+') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[4])
redis.call('ZREM', KEYS[2], ARGV[1])
count(ARGV[1], 0)
return 1
