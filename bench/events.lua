-- Events of 100,000 distinct visitors. TOKEN and KEY are whole header values.
local headers = {
  ["Content-Type"] = "application/vnd.treasuredata.v1+json",
  ["WP13n-Token"] = os.getenv("TOKEN"),
  ["Authorization"] = os.getenv("KEY"),
}

local thread = 0
function setup(thread_object)
  thread_object:set("seed", thread)
  thread = thread + 1
end

function init(args)
  math.randomseed(os.time() + seed)
end

function request()
  local body = '{"td_client_id":"' .. math.random(100000) .. '", "some_key":"some other data"}'
  return wrk.format("POST", "/your_database/pageviews", headers, body)
end
