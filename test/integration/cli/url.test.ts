import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { serveDoor } from '../../fixtures/serve-door.ts';
import { slipway } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function tokenFile(token: string, mode = 0o600): string {
  const file = path.join(temporaryFolder(), 'token');
  fs.writeFileSync(file, `${token}\n`, { mode });
  return file;
}

test('a verb asks the agent at a URL, named before it, after it, or in the environment', async () => {
  const { port, as, socketPath } = await serveDoor();
  const url = `http://127.0.0.1:${port}`;
  const file = tokenFile(as('viewer').authorization.slice(7));
  const env = { SLIPWAY_URL: url, SLIPWAY_TOKEN_FILE: file };
  for (const run of [
    slipway(['--url', url, '--token-file', file, 'status', '--json']),
    slipway(['status', '--json', '--token-file', file, '--url', url]),
    slipway(['status', '--json'], { env }),
    slipway(['status', '--json', '--socket', socketPath], {
      env: { ...env, SLIPWAY_URL: 'http://127.0.0.1:1' },
    }),
  ]) {
    const { status, stdout, stderr } = await run;
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ apps: [{ app: 'shop' }, { app: 'api' }] });
  }
  const refused = await slipway(['restart', 'shop'], { env });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('it takes the role deployer');
});

test('what is wrong with URL, token and file is told in words, and the token never', async () => {
  const { port } = await serveDoor();
  const url = `http://127.0.0.1:${port}`;
  const token = 'slw_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
  const open = tokenFile(token, 0o644);
  const wrong = await slipway(['--url', url, '--token-file', open, 'status']);
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toMatch(/others than you may read the token[^]*lets nobody in/);
  expect(wrong.stderr + wrong.stdout).not.toContain(token);
  const without = await slipway(['--url', url, 'status']);
  expect([without.status, without.stderr]).toEqual([1, expect.stringContaining('send an API token')]);
  const broken = await slipway(['--url', url, '--token-file', tokenFile('two words'), 'status']);
  expect([broken.status, broken.stderr]).toEqual([2, expect.stringContaining('holds no token')]);
  const nowhere = await slipway(['--url', url, '--token-file', '/nowhere/token', 'status']);
  expect([nowhere.status, nowhere.stderr]).toEqual([1, expect.stringContaining('the token cannot be read')]);
  const clear = await slipway(['--url', 'http://deploy.example.com', '--token-file', open, 'status']);
  expect([clear.status, clear.stderr]).toEqual([2, expect.stringContaining('can be read on the way')]);
  const both = await slipway(['--url', url, '--socket', '/x', 'status']);
  expect(both.status).toBe(2);
});
