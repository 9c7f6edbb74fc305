import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { lateHandler } from '../../../src/api/late-handler.ts';
import { visitOfSocket } from '../../../src/api/visit.ts';
import { ask } from './ask.ts';

test('an API that could not be loaded refuses the request, says why, and answers the next one', async () => {
  const reports: string[] = [];
  let loads = 0;
  const handler = lateHandler(
    async () => {
      loads += 1;
      if (loads === 1) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return (_request, response) => response.end('{"status":"ok"}');
    },
    (message) => reports.push(message),
  );
  const server = http.createServer((request, response) => handler(request, response, visitOfSocket(request)));
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const refused = await ask({ port }, { path: '/' });
  expect(refused).toMatchObject({ status: 500, body: { code: 'failed', next: 'slipway logs --agent' } });
  expect(reports).toEqual([expect.stringContaining('too many open files')]);
  expect(await ask({ port }, { path: '/' })).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(loads).toBe(2);
});
