-- SPDX-License-Identifier: GPL-2.0-only
-- For wrk: requests the files of a directory in turn and compares each response with its file, byte by byte.
--   wrk -t1 -s http.lua URL -- FOLDER REQUESTS
-- File N starts with a line that contains only N. At the end prints a line of name=value pairs.

local ffi = require("ffi")
ffi.cdef("int kill(int, int); int getpid(void);")

local files = {}
local asked, wanted = 0
-- Global, because done() reads them from another thread.
answered, wrong = 0, 0

function setup(thread)
	worker = thread
end

function init(arguments)
	wanted = tonumber(arguments[2])
	while true do
		local file = io.open(arguments[1] .. "/" .. #files, "rb")
		if not file then break end
		files[#files + 1] = file:read("*a")
		file:close()
	end
end

function request()
	asked = asked + 1
	return wrk.format("GET", "/" .. asked % #files)
end

function response(status, headers, body)
	local number = tonumber(body:match("^(%d+)\n"))
	answered = answered + 1
	if status ~= 200 or not number or body ~= files[number + 1] then
		wrong = wrong + 1
	end
	-- wrk takes a duration, not a number of requests; SIGINT ends it cleanly.
	if answered == wanted then
		ffi.C.kill(ffi.C.getpid(), 2)
	end
end

function done(summary, latency)
	local errors = summary.errors
	print(string.format("requests=%d bytes=%d wrong=%d errors=%d rate=%d p99_us=%d",
		worker:get("answered"), summary.bytes, worker:get("wrong"),
		errors.connect + errors.read + errors.write + errors.status + errors.timeout,
		summary.requests / summary.duration * 1e6, latency:percentile(99)))
end
