import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findSocket } from '../../../src/cli/socket.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function configuration(data: string): string {
  const file = path.join(temporaryFolder(), 'slipway.yaml');
  fs.writeFileSync(file, `data: ${data}\nnonsense: true\n`);
  return file;
}

test('--socket comes first, then the data folder of --config, then SLIPWAY_SOCKET', async () => {
  const configFile = configuration('/srv/slipway');
  const env = { SLIPWAY_SOCKET: '/run/other.sock' };
  expect(await findSocket({ socket: '/tmp/a.sock', configFile, env })).toBe('/tmp/a.sock');
  expect(await findSocket({ socket: null, configFile, env })).toBe('/srv/slipway/slipway.sock');
  expect(await findSocket({ socket: null, configFile: null, env })).toBe('/run/other.sock');
});

test('a socket may be named relative to where one is', async () => {
  expect(await findSocket({ socket: 'a.sock', configFile: null, env: {} })).toBe(path.resolve('a.sock'));
});

test('a configuration that is named and not there is an error', async () => {
  const given = { socket: null, configFile: '/nowhere/slipway.yaml', env: {} };
  await expect(findSocket(given)).rejects.toMatchObject({ code: 'config_missing' });
});
