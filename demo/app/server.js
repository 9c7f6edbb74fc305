// The demo's app: answers who it is. Version 1.2.0 has a bug that shows one second after its start.
import fs from 'node:fs';
import http from 'node:http';

const { version } = JSON.parse(fs.readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const instance = (process.env.RELEASE_NODE_SUFFIX ?? '').slice(1);
let requests = 0;

http
  .createServer((_request, response) => {
    requests += 1;
    response.end(`demo/${instance}, version ${version}, pid ${process.pid}, request ${requests}\n`);
  })
  .listen(Number(process.env.PORT), '127.0.0.1', () =>
    console.log(`demo ${version} listens on ${process.env.PORT}`),
  );

process.on('SIGTERM', () => process.exit(0));

if (version === '1.2.0')
  setTimeout(() => {
    throw new Error('the bug of version 1.2.0');
  }, 1000);
