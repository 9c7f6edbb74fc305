import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { migrations } from '../../../src/journal/migrations.ts';
import {
  ARCHIVE,
  liveThrough,
  machineToInstall,
  offerVersion,
  PACKAGED_NODE,
  silent,
} from '../../support/host-life.ts';
import { InstalledAgent } from '../../support/installed-agent.ts';
import { packaged, replaceIn } from '../../support/packaged.ts';
import { elixirOnS3 } from '../../support/s3-release.ts';
import { systemdRoot } from '../../support/systemd-machine.ts';
import { blocksOf } from '../documentation/blocks.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
let archive: string;

beforeAll(() => {
  systemdRoot();
  archive = packaged();
});

test('a host is installed, rebooted, updated under load and given up, and its apps go on', async () => {
  await liveThrough({ archive, ...(await elixirOnS3('0.1.0')), version: '0.1.0' });
});

/** An agent that ends when it is about to answer: its journal is open by then, and has its form. */
const shortLived = (folder: string) => {
  const main = path.join(folder, 'dist/main.js');
  const end = `if (process.argv.includes('agent'))
  process.getBuiltinModule('node:net').Server.prototype.listen = () => process.exit(9);`;
  fs.writeFileSync(main, `${end}\n${fs.readFileSync(main, 'utf8')}`);
};

/** One that brings the journal to another form. */
const migrating = (folder: string) => {
  const last = migrations.at(-1) ?? '';
  const dist = path.join(folder, 'dist');
  const literals = [`\`${last}\``, JSON.stringify(last)];
  let changed = 0;
  for (const name of fs.readdirSync(dist).filter((each) => each.endsWith('.js'))) {
    const text = fs.readFileSync(path.join(dist, name), 'utf8');
    for (const literal of literals.filter((each) => text.includes(each))) {
      replaceIn(path.join(dist, name), literal, `${literal},"CREATE TABLE later (x INTEGER) STRICT;"`);
      changed += 1;
    }
  }
  if (changed === 0) throw new Error('the bundle has no migrations');
  const journal = (form: number) => `"journal": ${form}`;
  replaceIn(path.join(folder, 'package.json'), journal(migrations.length), journal(migrations.length + 1));
};

test('a journal that a failed update has changed is put back, and a later way back is refused', async () => {
  const machine = await machineToInstall(archive);
  await machine.run(`sh /srv/install.sh --install /srv/${ARCHIVE}`);
  const agent = InstalledAgent.on(machine);
  await agent.configure({ start: `${PACKAGED_NODE} server.js` });
  await machine.run('slipway config apply');
  const pids = (await agent.untilReady()).instances.map(({ pid }) => pid);
  const tried = (command: string) => machine.run(`${command} 2>&1 || echo "status $?"`);

  const ending = offerVersion(machine, {
    archive,
    version: '0.2.0',
    change(folder) {
      migrating(folder);
      shortLived(folder);
    },
  });
  expect(await tried(`slipway update --archive ${ending}`)).toMatch(
    /the journal is kept as it was[^]*0\.2\.0 was not taken: its agent ended[^]*0\.1\.0 is back in force[^]*status 5/,
  );
  expect((await agent.status()).agent.version).toBe('0.1.0');
  expect(await machine.run('slipway deployments web --json')).toContain('"succeeded"');

  const good = offerVersion(machine, { archive, version: '0.2.1', change: migrating });
  const dry = await machine.run(`slipway update --dry-run --archive ${good}`);
  expect(dry).toMatch(/The journal gets another form[^]*Nothing was changed\.$/);
  expect(await machine.run('ls /opt/slipway')).toBe('0.1.0\n0.2.0\ncurrent');
  await machine.run(`slipway update --archive ${good}`);
  expect(await tried('slipway update --to 0.1.0')).toMatch(
    /knows none after \d+\n[^]*would be lost; nothing was changed\n[^]*status 1/,
  );
  expect((await agent.status()).agent.version).toBe('0.2.1');

  const mute = offerVersion(machine, {
    archive,
    version: '0.2.2',
    change(folder) {
      migrating(folder);
      silent(folder);
    },
  });
  await machine.run(`slipway update --archive ${mute} >/dev/null 2>&1 & updater=$!
    until [ "$(readlink /opt/slipway/current)" = 0.2.2 ]; do sleep 0.02; done
    kill -9 $updater`);
  expect(await tried('slipway update --wait 3s --to 0.2.1')).toMatch(
    /0\.2\.2 was not taken: its agent did not answer[^]*0\.2\.1 is back in force[^]*status 5/,
  );
  expect((await agent.status()).agent.version).toBe('0.2.1');
  expect(await tried('slipway update --to 0.2.1')).toContain(
    '0.2.1 is in force already; nothing was changed.',
  );
  expect(await agent.pids()).toEqual(pids);
});

/** What the page calls `deployex-config.json`. */
const DEPLOYEX = '{ "app_name": "myphoenixapp", "release_adapter": "local" } // of its installer\n';

test('the commands of docs/install.md and of the README do what they say', async () => {
  const machine = await machineToInstall(archive);
  fs.writeFileSync(path.join(machine.shared, 'deployex-config.json'), DEPLOYEX);
  const next = offerVersion(machine, { archive, version: '0.2.0' });
  fs.renameSync(
    path.join(machine.shared, path.basename(next)),
    path.join(machine.shared, `${path.basename(next)}.gz`),
  );
  const commands = ['docs/install.md', 'README.md']
    .flatMap((page) => blocksOf(ROOT, page))
    .filter(({ page, language, text }) => {
      const isOurs = page === 'README.md' ? text.includes('install.sh') : !text.startsWith('script/');
      return language === 'sh' && isOurs;
    });
  expect(commands).toHaveLength(6);
  for (const { text } of commands) await machine.run(`cd /srv\n${text}`);
  expect(await machine.run('slipway --version')).toBe('0.1.0');
});
