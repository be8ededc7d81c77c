-- Leases waiting messages to an instance: urgent before the others, in each lane first what was leased before.
-- KEYS: 1..3 lanes, 4 progress
-- ARGV: 1 our instance, 2 how many at most
-- Returns the counts; the messages, each { lane, entry id, "1" where it may have been submitted, fields, progress or
--   nil }; ids of entries that somebody has deleted.
local me, most = ARGV[1], tonumber(ARGV[2])
local found, gone = {}, {}
for lane = 1, LANES do
  local _, pending = pendingOf(lane)
  for _, consumer in ipairs({ ORPHANED, RETURNED }) do
    if pending[consumer] then claim(lane, consumer, me, most - #found, found, gone, KEYS[4]) end
  end
  readNew(lane, me, most - #found, found)
end
return { counts(), found, gone }
