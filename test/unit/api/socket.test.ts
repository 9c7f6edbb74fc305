import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect, serveApi } from '../../../src/api/index.ts';
import { FakeBackend } from '../../fixtures/fake-backend.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { freePorts } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

async function serve(socketPath: string) {
  const api = await serveApi({
    backend: new FakeBackend(),
    access: openAccess().access,
    socketPath,
    listen: null,
    version: '0',
    report: () => {},
  });
  onTestFinished(() => api.close());
  return api;
}

test('only its owner can open the socket, and nothing else is left in the folder', async () => {
  const folder = temporaryFolder();
  await serve(path.join(folder, 'slipway.sock'));
  expect(fs.statSync(path.join(folder, 'slipway.sock')).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(folder)).toEqual(['slipway.sock']);
});

test('the socket of a dead agent is replaced', async () => {
  const socketPath = path.join(temporaryFolder(), 'slipway.sock');
  const killed = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', killed, socketPath]);
  expect(fs.existsSync(socketPath)).toBe(true);
  await serve(socketPath);
  expect(await connect({ socketPath, actor: 'a' }).status({})).toBeDefined();
});

test('a second agent is refused, and the first goes on', async () => {
  const { socketPath, client } = await serveFake();
  await expect(serve(socketPath)).rejects.toMatchObject({
    code: 'agent_running',
    message: expect.stringContaining(socketPath),
  });
  expect(await client.status({})).toMatchObject({ agent: { version: '0.0.0' } });
});

test('a path that is too long for a socket is refused by name', async () => {
  const socketPath = path.join(temporaryFolder(), 'x'.repeat(100), 'slipway.sock');
  await expect(serve(socketPath)).rejects.toMatchObject({ message: expect.stringContaining(socketPath) });
});

test('an agent that ends takes its own socket away, not that of its successor', async () => {
  const socketPath = path.join(temporaryFolder(), 'slipway.sock');
  const first = await serve(socketPath);
  fs.renameSync(socketPath, `${socketPath}.old`);
  const second = await serve(socketPath);
  await first.close();
  expect(await connect({ socketPath, actor: 'a' }).status({})).toBeDefined();
  await second.close();
  expect(fs.existsSync(socketPath)).toBe(false);
});

test('without an agent the error names the socket and how to start one', async () => {
  const socketPath = path.join(temporaryFolder(), 'slipway.sock');
  await expect(connect({ socketPath, actor: 'a' }).status({})).rejects.toMatchObject({
    code: 'agent_unreachable',
    message: expect.stringContaining(socketPath),
    hint: expect.stringContaining('--socket'),
    next: expect.stringMatching(/^(slipway agent|systemctl start slipway)$/),
    exitStatus: 4,
  });
});

test('an agent that goes away before it answers is told as such', async () => {
  const socketPath = path.join(temporaryFolder(), 'slipway.sock');
  const server = net.createServer((socket) => socket.once('data', () => socket.destroy())).listen(socketPath);
  onTestFinished(() => void server.close());
  await expect(connect({ socketPath, actor: 'a' }).status({})).rejects.toMatchObject({
    code: 'agent_unreachable',
    message: expect.stringContaining('went away'),
  });
});

test('TCP serves /health without names and versions, and nothing of the API to a stranger', async () => {
  const port = await freePorts(1);
  await serveFake({ listen: { host: '127.0.0.1', port } });
  const health = await waitFor('the port', () => fetch(`http://127.0.0.1:${port}/health`));
  expect(health.status).toBe(200);
  expect(await health.json()).toEqual({ status: 'ok' });
  for (const path of ['/api/v1', '/api/v1/status', '/api/v1/openapi.json', '/health/x']) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toMatch(/shop|1\.2\.3/);
  }
  expect((await fetch(`http://127.0.0.1:${port}/health`, { method: 'POST' })).status).toBe(401);
});

test('a taken port is told in words, and the socket is served all the same', async () => {
  const port = await freePorts(1);
  const stranger = net.createServer();
  await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void stranger.close());
  const { client, reports } = await serveFake({ listen: { host: '127.0.0.1', port } });
  await waitFor('the report', () => reports.length > 0);
  expect(reports).toEqual([
    expect.stringMatching(new RegExp(`127.0.0.1:${port}.*another process has the port`)),
  ]);
  expect(await client.status({})).toBeDefined();
});
