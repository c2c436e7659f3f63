-- gcra.hpp's `take` as one step of Redis, for all instances by its one clock.
--
-- KEYS[1] holds a moment for each rate, in its order: the one from which the whole count is allowed again.
-- ARGV has four numbers for each rate: its interval and its window, each as microseconds and the nanoseconds above.
-- Returns the wait in the same form; zero and zero: allowed.
--
-- Numbers are doubles, exact up to 2^53: that is enough for the microseconds since 1970 but not for nanoseconds, so a
-- time is a pair.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function is_later(us, ns, other_us, other_ns)
  return us > other_us or (us == other_us and ns > other_ns)
end

local known = {}
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'string' then -- whatever else somebody has put there is written over
  for us, ns in string.gmatch(stored, '(%d+)%.(%d%d%d)') do
    known[#known + 1] = {tonumber(us), tonumber(ns)}
  end
end

local wait_us, wait_ns = 0, 0
local refused, allowed, is_clamped = {}, {}, false
for i = 1, #ARGV / 4 do
  local interval_us, interval_ns = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local latest_us, latest_ns = now + tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local us, ns = 0, 0
  if known[i] then
    us, ns = known[i][1], known[i][2]
  end
  if is_later(us, ns, latest_us, latest_ns) then -- the clock has gone back: an empty bucket, and nobody waits for it
    us, ns = latest_us, latest_ns
    is_clamped = true
  end
  refused[i] = {us, ns}
  if us < now then
    us, ns = now, 0
  end
  us, ns = us + interval_us, ns + interval_ns
  if ns >= 1000 then
    us, ns = us + 1, ns - 1000
  end
  allowed[i] = {us, ns}
  local over_us, over_ns = us - latest_us, ns - latest_ns
  if over_ns < 0 then
    over_us, over_ns = over_us - 1, over_ns + 1000
  end
  if is_later(over_us, over_ns, wait_us, wait_ns) then
    wait_us, wait_ns = over_us, over_ns
  end
end

local is_refused = wait_us > 0 or wait_ns > 0
if not is_refused or is_clamped then
  local after = is_refused and refused or allowed
  local texts, last = {}, now
  for i, moment in ipairs(after) do
    texts[i] = string.format('%.0f.%03d', moment[1], moment[2])
    last = math.max(last, moment[1])
  end
  -- Once every moment has passed, forgetting them changes nothing.
  redis.call('SET', KEYS[1], table.concat(texts, ' '), 'PX', math.floor((last - now) / 1000) + 2)
end
return {wait_us, wait_ns}
