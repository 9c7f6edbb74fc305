import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Agent } from '../../../src/agent/index.ts';
import { makeBackup, restoreBackup } from '../../../src/backup/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { startCli } from '../../fixtures/slipway.ts';
import { AgentData } from '../../support/agent-data.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/restore-and-die.ts');
const OPTIONS = { force: true, configFile: null, fallback: null, clock: systemClock };

/** An agent's data that says `now`, with a backup in which it says `then`. */
async function withBackup(): Promise<AgentData> {
  const agent = new AgentData();
  agent.say('then');
  const { configuration } = agent;
  const text = fs.readFileSync(agent.configFile, 'utf8');
  await makeBackup(agent.archive, {
    ...{ configuration, text, withoutKey: false, version: '0', clock: systemClock },
  });
  agent.say('now');
  return agent;
}

const INVALID = 'apps: [}\n';

/** What a restore may leave, and nobody else needs. */
function leftOvers({ folder }: AgentData): string[] {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /^(\.tmp-|restore\.json$|\..*\.restore$)/.test(path.basename(name)));
}

/** Starts an agent on what is there; why it does not start, or null. */
async function whyNot({ configFile }: AgentData): Promise<string | null> {
  try {
    const agent = await Agent.start({ configFile, env: {}, version: '0' });
    await agent.leave();
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each([
  { was: 'in order', change: () => undefined, why: null },
  { was: 'wrong', change: (file: string) => fs.writeFileSync(file, INVALID), why: 'config_invalid' },
  {
    was: 'gone',
    change: (file: string) => fs.rmSync(path.dirname(file), { recursive: true }),
    why: 'config_missing',
  },
])(
  'a restore that ends anywhere is ended by an agent; its configuration was $was',
  async ({ change, why }) => {
    const agent = await withBackup();
    change(agent.configFile);
    const text = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null);
    const former = [text(agent.configFile), text(agent.env)];
    const snapshots = path.join(temporaryFolder(), 'at');
    const steps: string[] = [];
    // The disk as whoever is killed there would leave it.
    await restoreBackup(agent.archive, {
      ...OPTIONS,
      onStep: (step) => fs.cpSync(agent.folder, `${snapshots}-${steps.push(step)}`, KEEPING),
    });
    expect(agent.said()).toEqual(agent.all('then'));
    expect(leftOvers(agent)).toEqual([]);

    expect(steps).toEqual(
      expect.arrayContaining(['begun', 'staged', 'intended', 'aside slipway.db', 'unlinked']),
    );
    // Once the configuration is in its place, what was there before makes no difference.
    const end = why === null ? steps.length : steps.indexOf('exchanged slipway.yaml');
    for (const [index, step] of steps.slice(0, end).entries()) {
      fs.rmSync(agent.folder, { recursive: true });
      fs.cpSync(`${snapshots}-${index + 1}`, agent.folder, KEEPING);
      const isIntended = steps.indexOf('intended') <= index;
      expect(await whyNot(agent), step).toBe(isIntended ? null : why);
      if (isIntended) expect(agent.said(), step).toEqual(agent.all('then'));
      else expect([text(agent.configFile), text(agent.env)], step).toEqual(former);
      // What it unpacks to look at it lies beside the archive until the next one.
      const isBegun = steps.indexOf('begun') <= index;
      expect(
        isBegun ? leftOvers(agent) : leftOvers(agent).filter((name) => !name.startsWith('.tmp-unpacked')),
        step,
      ).toEqual([]);
    }
  },
);

const KEEPING = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };

async function killAt(agent: AgentData, step: string): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, agent.archive, step], { stdio: 'inherit' });
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
}

test('kill -9 between two renames of the configuration: the agent that systemd starts has it', async () => {
  const agent = await withBackup();
  await killAt(agent, 'aside slipway.yaml');
  expect(fs.existsSync(agent.configFile)).toBe(false);
  const { child, seen, ended } = startCli(['agent', '--config', agent.configFile]);
  await waitFor(
    'the agent to be up',
    () => child.exitCode === null && fs.existsSync(path.join(agent.data, 'slipway.sock')),
    SELDOM,
  ).catch((error) => Promise.reject(new Error(`${seen.stderr} ${error}`)));
  child.kill('SIGTERM');
  await ended;
  expect(agent.said()).toEqual(agent.all('then'));
});

test('kill -9 in the midst of the exchange: the next restore ends it, and goes on', async () => {
  const agent = await withBackup();
  await killAt(agent, 'aside slipway.db');
  expect(fs.existsSync(path.join(agent.data, 'slipway.db'))).toBe(false);

  const refused = await restoreBackup(agent.archive, { ...OPTIONS, force: false }).catch((error) => error);
  expect(refused).not.toBeInstanceOf(Error);
  expect(agent.said()).toEqual(agent.all('then'));
  expect(leftOvers(agent)).toEqual([]);
  const names = fs.readdirSync(agent.data);
  expect(names.some((name) => name.startsWith('slipway.db.before-restore-'))).toBe(true);
});

test('kill -9 before all is staged: the next restore takes what was left away', async () => {
  const agent = await withBackup();
  await killAt(agent, 'staged configuration');
  expect(leftOvers(agent)).not.toEqual([]);
  await restoreBackup(agent.archive, OPTIONS);
  expect(leftOvers(agent)).toEqual([]);
  expect(agent.said()).toEqual(agent.all('then'));
});
