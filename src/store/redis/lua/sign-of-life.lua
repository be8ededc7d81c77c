-- Notes that an instance lives, and finds those that do not.
-- KEYS: 1 instances (sorted set: ids by the last sign of life, epoch milliseconds of Redis' clock; 0 for an instance that
--   has left while records of it remain)
-- ARGV: 1 our instance, 2 milliseconds without a sign of life after which one is gone, 3 after which one is lost
-- Returns the number of ids, those that are gone, lost, and have left.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
local function silentFor(milliseconds)
  return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - milliseconds))
end
return { redis.call('ZCARD', KEYS[1]), silentFor(ARGV[2]), silentFor(ARGV[3]), silentFor(now) }
