// node graceful.mjs: answers on PORT with its version, and how long it listened until the first request came. At SIGTERM it listens no
// more, answers what it was asked, and ends: as a server does that is written for roll-outs.
import fs from 'node:fs';
import http from 'node:http';

const version = process.env.GRACEFUL_VERSION ?? fs.readFileSync('version', 'utf8');
let listening = 0;
let waited = null;
const server = http.createServer((_, response) => {
  waited ??= performance.now() - listening;
  const body = `${version} ${waited.toFixed(1)}`;
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  listening = performance.now();
});
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  // Those that are answered just now are idle a moment later.
  setInterval(() => server.closeIdleConnections(), 10);
});
