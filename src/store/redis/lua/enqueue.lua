-- Adds messages to their lanes.
-- KEYS: 1..3 lanes, 4 entries, 5 progress, 6 expiry, 7 enqueued:<source>
-- ARGV: 1 number of this batch of the source, 2 waiting messages at most, 3 channel for news, 4 milliseconds for which
--   the number is kept; then for each message: id, lane (1, 2), queued at, expires at, owner, record, progress or ""
-- A batch that is repeated after its answer was lost adds nothing, whatever became of its messages since; neither does a
-- message whose id is in the outbox already.
-- Returns the counts, and 1 for each message that is in the outbox, 0 for each that found it full.
local limit, channel = tonumber(ARGV[2]), ARGV[3]
local last, refused = string.match(redis.call('GET', KEYS[7]) or '', '^(%S+)(.*)$')
local answers = {}
if last == ARGV[1] then
  for at = 5, #ARGV, 7 do
    answers[#answers + 1] = string.find(refused .. ' ', ' ' .. ARGV[at] .. ' ', 1, true) and 0 or 1
  end
  return { counts(), answers }
end

local ids = {}
for at = 5, #ARGV, 7 do ids[#ids + 1] = ARGV[at] end
local known = #ids > 0 and redis.call('HMGET', KEYS[4], unpack(ids)) or {}
local before = waiting()
local room = limit - before
local entries, expiry, full = {}, {}, {}
for index, id in ipairs(ids) do
  local at = 5 + 7 * (index - 1)
  if known[index] then answers[index] = 1
  elseif room <= 0 then
    answers[index] = 0
    full[#full + 1] = id
  else
    local fields = { 'i', id, 'q', ARGV[at + 2], 'x', ARGV[at + 3], 'o', ARGV[at + 4], 'r', ARGV[at + 5] }
    if ARGV[at + 6] ~= '' then
      fields[#fields + 1] = 'p'
      fields[#fields + 1] = ARGV[at + 6]
    end
    local entry = redis.call('XADD', KEYS[tonumber(ARGV[at + 1])], '*', unpack(fields))
    entries[#entries + 1] = id
    entries[#entries + 1] = ARGV[at + 1] .. ' ' .. entry
    expiry[#expiry + 1] = ARGV[at + 3]
    expiry[#expiry + 1] = id
    answers[index] = 1
    room = room - 1
  end
end
callAll('HSET', KEYS[4], entries, 2)
callAll('ZADD', KEYS[6], expiry, 2)
table.insert(full, 1, ARGV[1])
redis.call('SET', KEYS[7], table.concat(full, ' '), 'PX', ARGV[4])
-- An instance that waits for messages has seen the lanes empty.
if before == 0 and #entries > 0 then redis.call('PUBLISH', channel, 'waiting') end
return { counts(), answers }
