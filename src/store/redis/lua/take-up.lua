-- Takes up outcomes that other instances have left for this one.
-- KEYS: 1 owned:<our instance>, 2 telling:<our instance>
-- ARGV: 1 how many at most
-- Returns id and text of each.
local found = redis.call('HRANDFIELD', KEYS[1], ARGV[1], 'WITHVALUES')
callAll('HSET', KEYS[2], found, 2)
local ids = {}
for at = 1, #found, 2 do ids[#ids + 1] = found[at] end
callAll('HDEL', KEYS[1], ids)
return found
