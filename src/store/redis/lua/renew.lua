-- Renews our leases, and ends those that nobody has renewed.
-- KEYS: 1..3 lanes, 4 entries
-- ARGV: 1 our instance, 2 milliseconds of a lease, 3 milliseconds without a word after which a consumer without messages
--   is removed, 4 channel for news; then lane and entry id of each message that we have leased
-- A lease that has ended is taken up again where no other instance has the message.
-- Returns the counts; indices (from 1) of the messages that another instance has; of those that nobody has, for their
--   entries are gone; and by how many `entries` differs from the lanes, which is 0 unless somebody has deleted something.
local me, lease, silence, channel = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local before = waiting()
local ours, mine, lost, gone = { {}, {}, {} }, { {}, {}, {} }, {}, {}
for lane = 1, LANES do
  for _, id in ipairs(entriesOf(lane, me, 1000000)) do mine[lane][id] = true end
end
for at = 5, #ARGV, 2 do
  local lane, entry, index = tonumber(ARGV[at]), ARGV[at + 1], (at - 3) / 2
  local holder = mine[lane][entry] and me or holderOf(lane, entry)
  if holder == me or holder == ORPHANED or holder == '-unknown' then
    if #redis.call('XCLAIM', KEYS[lane], GROUP, me, 0, entry, 'JUSTID') == 0 then gone[#gone + 1] = index end
  elseif holder then lost[#lost + 1] = index
  else gone[#gone + 1] = index end
end
local freed, length = false, 0
for lane = 1, LANES do
  length = length + redis.call('XLEN', KEYS[lane])
  for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[lane], GROUP)) do
    local consumer = {}
    for at = 1, #facts, 2 do consumer[facts[at]] = facts[at + 1] end
    local name = consumer.name
    if name ~= RETURNED and name ~= ORPHANED then
      if consumer.pending > 0 then
        local ended = entriesOf(lane, name, 1000, lease)
        give(lane, ORPHANED, ended)
        freed = freed or #ended > 0
      elseif name ~= me and consumer.idle > silence then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[lane], GROUP, name)
      end
    end
  end
end
if freed and before == 0 then redis.call('PUBLISH', channel, 'waiting') end
return { counts(), lost, gone, redis.call('HLEN', KEYS[4]) - length }
