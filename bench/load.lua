-- Load for wrk: every request is the template with ids of its own in it, so no two deliveries are the same.
--   wrk -s load.lua URL -- <template> <first id> <ids per thread> <milliseconds> [<signatures>]
-- The template is a whole HTTP request with {{n}} (the id, always as many digits), {{date}}, {{clock}}, {{epoch}} (now,
-- UTC) and {{signature}} (the id's line in the file of signatures) in it. It is split once; a request is one table.concat.

local ffi = require("ffi")
ffi.cdef([[
  typedef struct { long seconds; long nanoseconds; } bench_timespec;
  int clock_gettime(int clock, bench_timespec *now);
]])
local monotonic = 1
local timespec = ffi.new("bench_timespec")

local function millis()
  ffi.C.clock_gettime(monotonic, timespec)
  return tonumber(timespec.seconds) * 1000 + tonumber(timespec.nanoseconds) / 1e6
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- These two run in wrk's main state, before the threads start and after they ended.
local threads = {}

function setup(thread)
  thread:set("index", #threads)
  threads[#threads + 1] = thread
end

function done()
  local total, out = 0, 0
  for _, thread in ipairs(threads) do
    total = total + thread:get("sent")
    out = out + thread:get("exhausted")
  end
  io.write(string.format("Deliveries sent: %d\nThreads out of ids: %d\n", total, out))
end

-- The rest runs in each thread. What `done` asks for must be global.
sent = 0
exhausted = 0
local pieces, slots = {}, { n = {}, date = {}, clock = {}, epoch = {}, signature = {} }
local first, last, window, signatures, ends, second

function init(args)
  local template, share = read(args[1]), tonumber(args[3])
  local from = 1
  while true do
    local open, close, token = template:find("{{(%l+)}}", from)
    if not open then break end
    pieces[#pieces + 1] = template:sub(from, open - 1)
    pieces[#pieces + 1] = ""
    table.insert(slots[token], #pieces)
    from = close + 1
  end
  pieces[#pieces + 1] = template:sub(from)
  first = tonumber(args[2]) + index * share
  last = first + share - 1
  window = tonumber(args[4])
  if args[5] then signatures = read(args[5]):sub(index * share * 65 + 1, (index + 1) * share * 65) end
end

local function put(token, text)
  for _, slot in ipairs(slots[token]) do pieces[slot] = text end
end

local function putTime()
  local now = os.time()
  if now == second then return end
  second = now
  put("date", os.date("!%Y-%m-%d", now))
  put("clock", os.date("!%H:%M:%S", now))
  put("epoch", tostring(now))
end

local function build(id)
  if id % 64 == 0 or not second then putTime() end
  put("n", string.format("%d", id))
  if signatures then
    local at = (id - first) * 65
    put("signature", signatures:sub(at + 1, at + 64))
  end
  return table.concat(pieces)
end

local tried = false

function request()
  -- wrk's own look at what the first thread would send; it goes nowhere.
  if index == 0 and not tried then
    tried = true
    return build(first)
  end
  local now = millis()
  ends = ends or now + window
  -- Nothing more to send: the connection idles, and every answer still under way is received before wrk ends.
  if now >= ends then return "" end
  if first + sent > last then
    exhausted = 1
    return ""
  end
  local text = build(first + sent)
  sent = sent + 1
  return text
end
