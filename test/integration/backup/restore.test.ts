import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { LAUNCHER, slipway } from '../../fixtures/slipway.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const run = (workshop: Workshop, ...args: string[]) => slipway([...args, '--config', workshop.configFile]);

/** Runs a line of a shell, in which `slipway` is that of this checkout. */
async function typed(line: string): Promise<string> {
  const env = { ...process.env, PATH: `${path.dirname(LAUNCHER)}:${process.env.PATH}` };
  return (await promisify(execFile)('sh', ['-c', line], { env })).stdout;
}

/** What lies in the folders that a restore writes to, and the configuration. */
function filesOf({ folder, data, configFile }: Workshop): string[] {
  const names = [folder, data]
    .flatMap((each) => fs.readdirSync(each))
    .filter((name) => !/-(wal|shm)$/.test(name));
  return [...names, fs.readFileSync(configFile, 'utf8')];
}

async function pidsOf(workshop: Workshop): Promise<number[]> {
  return [(await workshop.ask(1)).pid, (await workshop.ask(2)).pid];
}

async function untilAdopted(workshop: Workshop): Promise<void> {
  await waitFor('both to be ready', async () => (await workshop.app()).state === 'running', SELDOM);
}

/** With a secret, and both instances on 1.0.0. */
async function runningWithSecret(): Promise<{ workshop: Workshop; file: string }> {
  const workshop = await Workshop.make({ replicas: 2 });
  await workshop.start();
  await (await workshop.client()).changeSecrets({ app: 'web', set: { TOKEN_OF_WEB: 'abcdefgh' } });
  workshop.publish('1.0.0');
  await workshop.untilDeployed('1.0.0');
  return { workshop, file: path.join(workshop.folder, 'backup.tar.gz') };
}

test('an older journal is put back where apps run: they go on, and history is that of then', async () => {
  const { workshop, file } = await runningWithSecret();
  const before = fs.readFileSync(workshop.configFile, 'utf8');

  const made = await run(workshop, 'backup', file, '--json');
  expect(made).toMatchObject({ status: 0 });
  expect(JSON.parse(made.stdout)).toMatchObject({ file, with_key: true });
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);

  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0');
  workshop.configure({ keep: 7 });
  const pids = await pidsOf(workshop);
  const present = filesOf(workshop);
  const dry = await run(workshop, 'restore', file, '--dry-run', '--json');
  expect(JSON.parse(dry.stdout)).toMatchObject({
    ...{ dry_run: true, needs_force: true, data_dir: workshop.data, left: [], without_release: [] },
    changed: [
      { path: workshop.configFile, aside: expect.stringContaining('.before-restore-') },
      { path: path.join(workshop.data, 'slipway.db'), aside: expect.any(String) },
    ],
  });
  const told = (await run(workshop, 'restore', file, '--dry-run')).stdout;
  expect(told).toContain(`${workshop.configFile}   (the present one is kept beside it)`);
  const again = `slipway restore ${file} --force --config ${workshop.configFile}`;
  expect(told).toMatch(/last written to .* ago, after[^]*Nothing was changed\.\nnext: (.*)\n$/);
  expect(told).toContain(`next: ${again}\n`);
  expect(filesOf(workshop)).toEqual(present);
  expect(await run(workshop, 'restore', file)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('another agent'),
  });
  await workshop.kill();

  const refused = await run(workshop, 'restore', file);
  expect(refused).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/last written to .* ago, after/),
  });
  expect(fs.readFileSync(workshop.configFile, 'utf8')).not.toBe(before);
  // What it says is to be typed is typed.
  expect(refused.stderr).toContain(`next: ${again}\n`);
  const restored = await typed(again);
  expect(restored).toContain(`next: slipway agent --config ${workshop.configFile}\n`);
  expect(fs.readFileSync(workshop.configFile, 'utf8')).toBe(before);

  await workshop.start();
  await untilAdopted(workshop);
  expect(await pidsOf(workshop)).toEqual(pids);
  expect((await workshop.app()).live?.version).toBe('1.1.0');
  const client = await workshop.client();
  expect((await client.deployments({ app: 'web' })).map(({ version }) => version)).toEqual(['1.0.0']);
  expect((await run(workshop, 'secret', 'web', 'list')).stdout).toContain('TOKEN_OF_WEB');

  // Damaged, it is no hindrance, and what is live is known all the same.
  await workshop.kill();
  for (const name of ['slipway.db', 'slipway.db-wal'])
    fs.writeFileSync(path.join(workshop.data, name), 'not a database, whatever it is called');
  expect(await run(workshop, 'restore', file)).toMatchObject({ status: 0 });
  await workshop.start();
  await untilAdopted(workshop);
  expect(await pidsOf(workshop)).toEqual(pids);
  expect((await workshop.app()).live?.version).toBe('1.1.0');
  // The next deployment gets a number that no directory has.
  workshop.publish('1.2.0');
  expect((await workshop.untilDeployed('1.2.0')).number).toBe(3);
});

test('put back on a bare host history is there, and what the source offers is deployed anew', async () => {
  const { workshop, file } = await runningWithSecret();
  expect(await run(workshop, 'backup', file)).toMatchObject({ status: 0 });
  await workshop.end();
  for (const gone of [workshop.data, workshop.logs, workshop.configFile])
    fs.rmSync(gone, { recursive: true });

  const restored = await run(workshop, 'restore', file);
  expect(restored).toMatchObject({ status: 0 });
  expect(restored.stdout).toContain('web: no release is here');
  await workshop.start();
  const client = await workshop.client();
  await waitFor('a second deployment', async () => {
    const deployments = await client.deployments({ app: 'web' });
    return deployments.length === 2 && deployments.every(({ state }) => state === 'succeeded');
  });
  expect((await run(workshop, 'secret', 'web', 'list')).stdout).toContain('TOKEN_OF_WEB');
  expect((await client.deployments({ app: 'web' })).map(({ number }) => number)).toEqual([2, 1]);
});
