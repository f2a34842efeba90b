// SPDX-License-Identifier: GPL-2.0-only
// For Node.js: serves the files of a directory, reading them anew for each request.  node server.js FOLDER PORT
"use strict";
const { readFile } = require("fs");
const http = require("http");

const [folder, port] = process.argv.slice(2);
const server = http.createServer((request, response) => {
	readFile(folder + "/" + parseInt(request.url.slice(1)), (error, data) => {
		response.statusCode = error ? 404 : 200;
		response.end(data);
	});
});
server.listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => {
	server.close(() => process.exit(0));
	server.closeAllConnections();
});
