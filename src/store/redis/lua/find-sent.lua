-- Finds sent messages by keys of the platform's message ids.
-- KEYS: 1 ids, 2 sent
-- ARGV: for each search the number of keys, and these keys
-- Returns for each search "<version> <record>" of its messages, in the order of the keys.
local keys, searches, at = {}, {}, 1
while at <= #ARGV do
  local first = #keys + 1
  for n = at + 1, at + tonumber(ARGV[at]) do keys[#keys + 1] = ARGV[n] end
  searches[#searches + 1] = { first, #keys }
  at = at + tonumber(ARGV[at]) + 1
end
local function all(key, names)
  local found = {}
  for from = 1, #names, 1000 do
    for _, value in ipairs(redis.call('HMGET', key, unpack(names, from, math.min(from + 999, #names)))) do
      found[#found + 1] = value
    end
  end
  return found
end
local lists, wanted, order = all(KEYS[1], keys), {}, {}
for _, list in ipairs(lists) do
  for id in string.gmatch(list or '', '%S+') do
    if not order[id] then
      wanted[#wanted + 1] = id
      order[id] = #wanted
    end
  end
end
local records, answers = all(KEYS[2], wanted), {}
for index, search in ipairs(searches) do
  local found, seen = {}, {}
  for n = search[1], search[2] do
    for id in string.gmatch(lists[n] or '', '%S+') do
      local record = not seen[id] and records[order[id]]
      seen[id] = true
      if record then found[#found + 1] = record end
    end
  end
  answers[index] = found
end
return answers
