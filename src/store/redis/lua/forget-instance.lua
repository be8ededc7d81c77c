-- Forgets an instance that is gone, where no outcome and no event of it remains.
-- KEYS: 1 instances, 2 owned:<id>, 3 telling:<id>, 4 parked:<id>
-- ARGV: 1 its id
-- Returns 0.
if redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[4]) == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
