-- Saves an incoming multipart message where it is as its caller has read it.
-- KEYS: 1..4 as in partial.lua, 5 parked:<our instance>
-- ARGV: 1 key, 2 expected version (0: none), 3 version, 4 expires at, 5 octets, 6 data, 7 "1" to clear the parts,
--   8 milliseconds that Redis keeps it after its time, 9 number of parts, their numbers and texts, keys and texts of
--   events to be parked
-- Returns 1, or 0 where the version in Redis is not the expected one.
local key, expires = ARGV[1], ARGV[4]
local old = redis.call('HGET', KEYS[1], key)
if (old and string.match(old, '^%S+') or '0') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local gone = string.format('%.0f', math.max(math.ceil(expires), time[1] * 1000) + ARGV[8])
redis.call('HSET', KEYS[1], key, table.concat({ ARGV[3], expires, ARGV[5], ARGV[6] }, ' '))
if ARGV[7] == '1' then redis.call('DEL', KEYS[4]) end
local last = 9 + 2 * ARGV[9]
for at = 10, last, 2 do redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 1]) end
redis.call('PEXPIREAT', KEYS[4], gone)
redis.call('ZADD', KEYS[2], expires, key)
count(key, tonumber(ARGV[5]))
for n = 1, 3 do
  if redis.call('PEXPIREAT', KEYS[n], gone, 'NX') == 0 then redis.call('PEXPIREAT', KEYS[n], gone, 'GT') end
end
for at = last + 1, #ARGV, 2 do redis.call('HSET', KEYS[5], ARGV[at], ARGV[at + 1]) end
return 1
