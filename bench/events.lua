-- Events of 100,000 distinct visitors, or of as many as PROFILES says. TOKEN and KEY are whole header values.
local headers = {
  ["Content-Type"] = "application/vnd.treasuredata.v1+json",
  ["WP13n-Token"] = os.getenv("TOKEN"),
  ["Authorization"] = os.getenv("KEY"),
}

local profiles = tonumber(os.getenv("PROFILES") or "100000")
local thread = 0
function setup(thread_object)
  thread_object:set("seed", thread)
  thread = thread + 1
end

function init(args)
  math.randomseed(os.time() + seed)
end

function request()
  local body = '{"td_client_id":"' .. math.random(profiles) .. '", "some_key":"some other data"}'
  return wrk.format("POST", "/your_database/pageviews", headers, body)
end
