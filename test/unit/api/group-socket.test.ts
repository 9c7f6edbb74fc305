import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect, serveApi } from '../../../src/api/index.ts';
import { FakeBackend } from '../../fixtures/fake-backend.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

async function serve({ headMs, occupied = false }: { headMs?: number; occupied?: boolean } = {}) {
  const folder = temporaryFolder();
  const socketPath = path.join(folder, 'group', 'slipway.sock');
  if (occupied) {
    fs.mkdirSync(path.dirname(socketPath));
    fs.writeFileSync(socketPath, 'kept');
  }
  const { access } = openAccess();
  const reports: string[] = [];
  const group = { group: 'deploy', gid: process.getgid?.() ?? 0, path: socketPath };
  const api = await serveApi({
    ...{ backend: new FakeBackend(), access, socketPath: path.join(folder, 'slipway.sock'), listen: null },
    ...{ version: '0', report: (message) => reports.push(message) },
    group: { ...group, role: 'viewer', apps: null },
    ...(headMs !== undefined && { headMs }),
  });
  onTestFinished(() => api.close());
  return { api, access, socketPath, reports, client: connect({ socketPath, actor: 'root' }) };
}

test('whoever does not say what he wants is not waited for', async () => {
  const { socketPath, client } = await serve({ headMs: 50 });
  const silent = net.connect(socketPath).resume();
  const slow = net.connect(socketPath).resume();
  slow.write('GET /api/v1/status HT');
  await waitFor('the end of both', () => silent.closed && slow.closed);
  expect(await client.status({})).toBeDefined();
});

test('what is no socket is not replaced by one, and told', async () => {
  const { socketPath, reports } = await serve({ occupied: true });
  expect(fs.readFileSync(socketPath, 'utf8')).toBe('kept');
  expect(reports).toEqual([
    expect.stringContaining(`is not served: ${socketPath} is no socket, and is not replaced by one`),
  ]);
});

test('its end is told to what outlives a connection', async () => {
  const { api, access } = await serve();
  const ended: string[] = [];
  access.ended.on((id) => ended.push(id));
  await api.configureGroup(null);
  expect(ended).toEqual(['group:deploy']);
});
