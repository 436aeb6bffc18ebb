-- Step moves over HTTP: starts go ahead, completions follow 64 steps behind, so that no connection completes a step whose
-- start another has not answered yet. All runs' first steps come before their second ones.
-- Arguments: token, the first run, how many runs.
local token, base, runs = nil, 0, 1
local i = -1
local behind = 64

function init(args)
    token, base, runs = args[1], tonumber(args[2]), tonumber(args[3])
    wrk.headers["Authorization"] = "Bearer " .. token
end

local function step(n)
    local number = (base + n % runs) * 20 + math.floor(n / runs) + 1
    return string.format("00000000-0000-7000-8000-%012x", number)
end

function request()
    -- wrk asks once only to look at the request, and sends none: that first answer is given again.
    if i < 0 then
        i = 0
        return wrk.format("POST", "/v1/steps/" .. step(0) .. "/start")
    end
    local n = math.floor(i / 2)
    local act = "start"
    if i % 2 == 1 and n >= behind then
        n, act = n - behind, "complete"
    elseif i % 2 == 1 then
        i = i + 1
        n = math.floor(i / 2)
    end
    i = i + 1
    return wrk.format("POST", "/v1/steps/" .. step(n) .. "/" .. act)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %.1f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
        latency:percentile(99) / 1000, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
