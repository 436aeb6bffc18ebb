-- Reads over HTTP. Arguments: token, "list" or "detail", how many runs there are.
local kind, runs = "list", 1

function init(args)
    wrk.headers["Authorization"] = "Bearer " .. args[1]
    kind, runs = args[2], tonumber(args[3])
    math.randomseed(1)
end

function request()
    if kind == "list" then
        return wrk.format("GET", "/v1/runs?status=todo&limit=50")
    end
    return wrk.format("GET", string.format("/v1/runs/00000000-0000-7000-9000-%012x", math.random(runs)))
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %.1f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
        latency:percentile(99) / 1000, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
