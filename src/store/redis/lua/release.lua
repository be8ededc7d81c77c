-- Gives leased messages back.
-- KEYS: 1..3 lanes, 4 progress, 5 expiry
-- ARGV: 1 our instance, 2 channel for news; then for each message: lane, entry id, "1" where it may have been submitted,
--   message id, expires at, progress
-- Returns the counts, and for each message 1 where it waits again, 0 where another instance has it, -1 where its entry is
--   gone.
local me, channel = ARGV[1], ARGV[2]
local before, answers, back = waiting(), {}, false
local progress, expiry = {}, {}
for at = 3, #ARGV, 6 do
  local lane, entry = tonumber(ARGV[at]), ARGV[at + 1]
  local holder = holderOf(lane, entry)
  local given = holder == me and redis.call('XCLAIM', KEYS[lane], GROUP, ARGV[at + 2] == '1' and ORPHANED or RETURNED, 0, entry, 'JUSTID')
  local done = given and #given > 0
  answers[#answers + 1] = done and 1 or (holder and holder ~= me) and 0 or -1
  if done then
    back = true
    progress[#progress + 1] = ARGV[at + 3]
    progress[#progress + 1] = ARGV[at + 5]
    expiry[#expiry + 1] = ARGV[at + 4]
    expiry[#expiry + 1] = ARGV[at + 3]
  end
end
callAll('HSET', KEYS[4], progress, 2)
callAll('ZADD', KEYS[5], expiry, 2)
if back and before == 0 then redis.call('PUBLISH', channel, 'waiting') end
return { counts(), answers }
