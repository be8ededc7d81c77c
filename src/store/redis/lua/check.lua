-- Comes first in every script. A script is not undone where it fails in the middle, so that a key of another type (an
-- operator's slip, another program) must be found before anything is written.
-- Returns the error "SPOILT <keys>" with all such keys, separated by line ends.
local TYPES = {
  urgent = 'stream', normal = 'stream', overdue = 'stream', entries = 'hash', progress = 'hash', expiry = 'zset',
  enqueued = 'string', owned = 'hash', telling = 'hash', sent = 'hash', ids = 'hash', ['sent-expiry'] = 'zset',
  due = 'zset', parked = 'hash', partials = 'hash', parts = 'hash', ['partial-due'] = 'zset',
  ['partial-octets'] = 'hash', instances = 'zset',
}
do
  local spoilt = {}
  for _, key in ipairs(KEYS) do
    local _, last = string.find(key, '}:', 1, true)
    local expected = TYPES[string.match(key, '^[^:]*', (last or 0) + 1)]
    local found = redis.call('TYPE', key).ok
    if found ~= 'none' and expected and found ~= expected then spoilt[#spoilt + 1] = key end
  end
  if #spoilt > 0 then return redis.error_reply('SPOILT ' .. table.concat(spoilt, '\n')) end
end

-- Calls a command with more arguments than Lua passes at once. They come in groups of `size`, which stay together.
local function callAll(command, key, args, size)
  local most = 4000 - 4000 % (size or 1)
  for at = 1, #args, most do
    redis.call(command, key, unpack(args, at, math.min(at + most - 1, #args)))
  end
end
