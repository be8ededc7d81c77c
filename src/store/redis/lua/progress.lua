-- Keeps what changed of messages that are leased.
-- KEYS: 1..3 lanes, 4 progress
-- ARGV: 1 our instance; then for each message: lane, entry id, message id, progress
-- Returns 0. What another instance has leased by now is left alone.
local changed = {}
for at = 2, #ARGV, 4 do
  if holderOf(tonumber(ARGV[at]), ARGV[at + 1]) == ARGV[1] then
    changed[#changed + 1] = ARGV[at + 2]
    changed[#changed + 1] = ARGV[at + 3]
  end
end
callAll('HSET', KEYS[4], changed, 2)
return 0
