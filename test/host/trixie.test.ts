import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { liveThrough, PACKAGED_NODE } from '../support/host-life.ts';
import { note } from '../support/notes.ts';
import { packaged } from '../support/packaged.ts';

const BUILD = path.join(import.meta.dirname, '../fixtures/systemd/build-suite');

test('Debian 13 is installed, rebooted, updated under load and given up, and its apps go on', async () => {
  const root = execFileSync(BUILD, ['trixie'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  await liveThrough({
    archive: packaged(),
    root,
    app: { start: `${PACKAGED_NODE} server.js` },
    version: '1.0.0',
    async surround(machine) {
      expect(await machine.run('cat /etc/debian_version')).toMatch(/^13/);
      note('systemd of Debian 13', await machine.run('systemctl --version | head -n 1'));
    },
  });
});
