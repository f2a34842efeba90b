-- SPDX-License-Identifier: GPL-2.0-only
-- For wrk: asks for the files of a folder in turn and compares each answer with its file, byte by byte.
--   wrk -t1 -s http.lua URL -- FOLDER REQUESTS
-- File N starts with a line that is N. Ends with one line of name=value.

local ffi = require("ffi")
ffi.cdef("int kill(int, int); int getpid(void);")

local files = {}
local asked, wanted = 0
-- Not local: done() reads them from outside.
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
	-- wrk knows a duration, not an amount; being interrupted ends it in order.
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
