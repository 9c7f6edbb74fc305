import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { startNginx } from '../../support/nginx.ts';
import { note, triesAll } from '../../support/notes.ts';
import { SiteWorkshop } from '../../support/site.ts';

const SWITCHES = triesAll() ? 200 : 60;
const PAGE_BYTES = 64 * 1024;

/** Each page is one letter, over and over: a response of two releases would have both, or another length. */
const WRK = `
local answered, wrong = 0, 0
function response(status, headers, body)
  if status ~= 200 or #body ~= ${PAGE_BYTES} or body ~= string.rep(string.sub(body, 1, 1), ${PAGE_BYTES}) then
    io.stdout:write('WRONG ' .. status .. ' ' .. #body .. '\\n')
  end
end
`;

test('a real nginx under full load answers every request from one release, through its switches', async () => {
  const site = await SiteWorkshop.make();
  site.repository.push({ 'index.html': 'a'.repeat(PAGE_BYTES) });
  await site.workshop.start();
  await site.deploy();
  site.repository.push({ 'index.html': 'b'.repeat(PAGE_BYTES) });
  await site.deploy();

  const { folder } = site.workshop;
  const port = await freePorts(1);
  await startNginx(folder, {
    port,
    servers: `server { listen 127.0.0.1:${port}; root ${site.file('current')}; }`,
  });
  const script = path.join(folder, 'check.lua');
  fs.writeFileSync(script, WRK);
  const wrk = spawn(
    'wrk',
    [
      ...['-t', '1', '-c', '32', '-d', '1800', '-s', script],
      // An answer that the machine was late with is no error.
      ...['--timeout', '600', `http://127.0.0.1:${port}/index.html`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(wrk, 'exit');
  const output = text(wrk.stdout);
  try {
    for (let i = 0; i < SWITCHES; i++) {
      const deployment = await site.rollback(1 + (i % 2));
      expect(deployment.state).toBe('succeeded');
    }
  } finally {
    wrk.kill('SIGINT');
    await ended;
  }
  const told = await output;
  expect(told).not.toContain('WRONG');
  expect(told).not.toContain('Non-2xx');
  expect(told).not.toContain('Socket errors');
  const requests = Number(/(\d+) requests in/.exec(told)?.[1]);
  console.log(`${requests} requests through ${SWITCHES} switches, each answered whole by one release`);
  note('requests to nginx, through switches', `${requests}, ${SWITCHES}`);
  expect(requests).toBeGreaterThan(SWITCHES);
}, 600_000);
