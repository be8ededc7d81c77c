-- Saves sent messages, each where it is as its caller has read it.
-- KEYS: 1 sent, 2 ids, 3 sent-expiry, 4 due, 5 parked:<our instance>
-- ARGV: 1 milliseconds that Redis keeps remembered messages after their time; then for each message: id, expected version
--   (-1: any), record, expires at, due at or "", number of events to be parked, their keys and texts, number of keys, keys
-- Returns for each message its new version, or -1 where the version in Redis is not the expected one.
local items, all, at = {}, {}, 2
while at <= #ARGV do
  local events = at + 6
  local keys = events + 2 * tonumber(ARGV[at + 5])
  local last = keys + tonumber(ARGV[keys])
  items[#items + 1] = { at, events, keys, last }
  all[#all + 1] = ARGV[at]
  at = last + 1
end
local writer = sentWriter({ sent = KEYS[1], ids = KEYS[2], expiry = KEYS[3], due = KEYS[4] }, all)
local answers, parked = {}, {}
for index, item in ipairs(items) do
  local first, events, keys, last = unpack(item)
  local id, expected = ARGV[first], tonumber(ARGV[first + 1])
  if expected >= 0 and writer.version(id) ~= expected then answers[index] = -1
  else
    answers[index] = writer.save(id, ARGV[first + 2], ARGV[first + 3], ARGV[first + 4], keys + 1, last)
    for n = events, keys - 1 do parked[#parked + 1] = ARGV[n] end
  end
end
writer.write(tonumber(ARGV[1]))
callAll('HSET', KEYS[5], parked, 2)
return answers
