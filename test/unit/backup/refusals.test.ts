import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type Manifest, makeBackup, restoreBackup } from '../../../src/backup/index.ts';
import { type SlipwayError, systemClock } from '../../../src/kernel/index.ts';
import { AgentData } from '../../support/agent-data.ts';
import { temporaryFolder } from '../../support/temporary.ts';

let agent: AgentData;

async function make({ withoutKey = false } = {}) {
  const { configuration } = agent;
  const text = fs.readFileSync(agent.configFile, 'utf8');
  return await makeBackup(agent.archive, {
    ...{ configuration, text, withoutKey, version: '0', clock: systemClock },
  });
}

const restore = async (force = true) =>
  await restoreBackup(agent.archive, {
    ...{ force, configFile: null, fallback: null, clock: systemClock },
  });

const refusal = async (force = true) => await restore(force).then(String, (error: SlipwayError) => error);

/** Changes what is in the archive. */
function changed(change: (folder: string, manifest: Manifest) => void): void {
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', agent.archive, '-C', folder]);
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(fs.readFileSync(file, 'utf8')) as Manifest;
  change(folder, manifest);
  fs.writeFileSync(file, JSON.stringify(manifest));
  execFileSync('tar', ['-czf', agent.archive, '-C', folder, 'manifest.json', 'slipway.db', 'files']);
}

beforeEach(() => {
  agent = new AgentData();
  agent.say('then');
});

test('a backup is for its owner alone, and says what it has; the key only where it is wanted', async () => {
  const made = await make();
  expect(fs.statSync(agent.archive).mode & 0o777).toBe(0o600);
  const roles = made.manifest.files.map(({ role }) => role);
  expect(roles).toEqual(['configuration', 'key', 'certificates', 'env', 'named']);
  expect(made.manifest.files.find(({ role }) => role === 'certificates')).toMatchObject({ mode: 0o400 });
  const without = await make({ withoutKey: true });
  expect(without.manifest.files.map(({ role }) => role)).not.toContain('key');
});

test('a link in the place of an .env is not followed', async () => {
  fs.rmSync(agent.env);
  fs.symlinkSync('/etc/shadow', agent.env);
  expect((await make()).manifest.files.map(({ role }) => role)).not.toContain('env');
});

test('links that root alone can have made are followed, and left where they lead to the same', async () => {
  const whole = (await make()).manifest.files.map(({ role, sha256 }) => [role, sha256]);
  const named = (await make()).manifest.files.find(({ role }) => role === 'named')?.path ?? '';
  for (const file of [agent.configFile, named]) {
    fs.renameSync(file, `${file}.real`);
    fs.symlinkSync(`${path.basename(file)}.real`, file);
  }
  expect((await make()).manifest.files.map(({ role, sha256 }) => [role, sha256])).toEqual(whole);
  const { changed: exchanged } = await restore();
  expect(exchanged.map((each) => each.path)).not.toContain(named);
  expect(fs.lstatSync(named).isSymbolicLink()).toBe(true);
});

test('a folder that looks like one of ours, and is somebody else’s, is left beside the archive', async () => {
  const theirs = path.join(path.dirname(agent.archive), '.tmp-unpacked.4194304.ab12');
  fs.mkdirSync(theirs);
  fs.chownSync(theirs, 65_534, 65_534);
  await make();
  await restore();
  expect(fs.existsSync(theirs)).toBe(true);
});

test('an archive that is missing or cut off is told in a few words', async () => {
  expect(await refusal()).toMatchObject({
    message: `${agent.archive} is not there`,
    hint: 'nothing was changed',
  });
  await make();
  fs.truncateSync(agent.archive, 300);
  expect(await refusal()).toMatchObject({
    message: expect.stringMatching(/was refused, for [^:]+$/),
    hint: 'nothing was changed',
  });
});

test('one byte that differs is noticed before anything is touched', async () => {
  await make();
  agent.say('now');
  changed((folder) => fs.appendFileSync(path.join(folder, 'files/3'), 'x'));
  expect(await refusal()).toMatchObject({
    code: 'backup_refused',
    message: expect.stringContaining('files/3'),
  });
  expect(agent.said()).toEqual(agent.all('now'));
});

test('a file for a place that is none of Slipway is refused, whatever it is called', async () => {
  await make();
  for (const [place, role] of [
    ['/etc/cron.d/evil', 'named'],
    ['/etc/cron.d/evil', 'env'],
    ['/etc/cron.d/evil', 'certificates'],
    ['DATA/certs/../../evil', 'certificates'],
    ['DATA/agent.lock', 'key'],
  ] as const) {
    const path = place.replace('DATA', agent.data);
    changed((_folder, { files }) => Object.assign(files[1] ?? {}, { path, role }));
    expect(await refusal()).toMatchObject({
      code: 'backup_refused',
      message: expect.stringContaining('none of'),
    });
  }
});

test.each(['not an archive', ''])('%j is no backup', async (text) => {
  fs.writeFileSync(agent.archive, text);
  expect(await refusal()).toMatchObject({ code: 'backup_refused' });
});

test('a journal that was written to since is replaced by --force alone', async () => {
  await make();
  expect(await restore(false)).toMatchObject({ changed: [expect.objectContaining({})] });
  agent.say('now');
  expect(await refusal(false)).toMatchObject({
    code: 'backup_refused',
    hint: expect.stringContaining('since'),
  });
  expect(agent.said()).toEqual(agent.all('now'));
  await restore();
  expect(agent.said()).toEqual(agent.all('then'));
});

test('a secret that stands in a file is not needed on the host before', async () => {
  await make();
  fs.rmSync(path.join(agent.folder, 'etc'), { recursive: true });
  await restore();
  expect(agent.said()).toEqual(agent.all('then'));
});

test('a file that is in the way of a backup is left', async () => {
  fs.mkdirSync(agent.archive);
  await expect(make()).rejects.toMatchObject({ code: 'backup_refused' });
  expect(fs.readdirSync(agent.data).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
});

test('where no agent has worked there is nothing to back up', async () => {
  fs.rmSync(path.join(agent.data, 'slipway.db'));
  await expect(make()).rejects.toMatchObject({
    code: 'backup_refused',
    message: expect.stringContaining('no journal in'),
  });
});
