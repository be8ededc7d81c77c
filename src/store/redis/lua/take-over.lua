-- Moves outcomes of an instance that is gone to another; of several that try, only one gets each outcome.
-- KEYS: 1 owned:<old> or telling:<old>, 2 owned:<new>
-- ARGV: 1 "!" where the old instance may have told them, else ""; then their ids
-- Returns 0.
for at = 2, #ARGV do
  local text = redis.call('HGET', KEYS[1], ARGV[at])
  if text then
    local mark = string.sub(text, 1, 1) == '!' and '' or ARGV[1]
    redis.call('HSET', KEYS[2], ARGV[at], mark .. text)
    redis.call('HDEL', KEYS[1], ARGV[at])
  end
end
return 0
