-- Moves events of an instance that is gone to another, at most 500 of them.
-- KEYS: 1 parked:<old>, 2 parked:<new>
-- ARGV: 1 the number before their first new key, 2 "!" where the old instance may have handed them over, else ""
-- Returns how many.
local keys = redis.call('HKEYS', KEYS[1])
table.sort(keys, function(a, b) return tonumber(a) < tonumber(b) end)
local moved = math.min(#keys, 500)
for at = 1, moved do
  redis.call('HSET', KEYS[2], string.format('%.0f', ARGV[1] + at), ARGV[2] .. redis.call('HGET', KEYS[1], keys[at]))
  redis.call('HDEL', KEYS[1], keys[at])
end
return moved
