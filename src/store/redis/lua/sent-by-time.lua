-- Finds sent messages whose time has come.
-- KEYS: 1 due or sent-expiry, 2 sent
-- ARGV: 1 now, 2 how many at most
-- Returns their ids, and "<version> <record>" of each. Ids without a record are removed.
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
if #ids == 0 then return { {}, {} } end
local records, found, stale, names = redis.call('HMGET', KEYS[2], unpack(ids)), {}, {}, {}
for index, id in ipairs(ids) do
  if records[index] then
    names[#names + 1] = id
    found[#found + 1] = records[index]
  else stale[#stale + 1] = id end
end
callAll('ZREM', KEYS[1], stale)
return { names, found }
