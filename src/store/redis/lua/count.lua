-- KEYS: 1..3 lanes
-- Returns the counts.
return counts()
