import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { finishRestore, makeBackup, restoreBackup } from '../../../src/backup/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { AgentData } from '../../support/agent-data.ts';
import { temporaryFolder } from '../../support/temporary.ts';

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

test('a restore that ends anywhere leaves the former state, or the next start ends it', async () => {
  const agent = await withBackup();
  const snapshots = path.join(temporaryFolder(), 'at');
  const steps: string[] = [];
  // The disk as whoever is killed there would leave it.
  await restoreBackup(agent.archive, {
    ...OPTIONS,
    onStep: (step) => fs.cpSync(agent.folder, `${snapshots}-${steps.push(step)}`, KEEPING),
  });
  expect(agent.said()).toEqual(agent.all('then'));

  const seen: string[] = [];
  for (const [index, step] of steps.entries()) {
    fs.rmSync(agent.folder, { recursive: true });
    fs.cpSync(`${snapshots}-${index + 1}`, agent.folder, KEEPING);
    const isIntended = steps.indexOf('intended') <= index;
    expect(finishRestore(agent.data), step).toBe(isIntended);
    const word = isIntended ? 'then' : 'now';
    expect(agent.said(), step).toEqual(agent.all(word));
    if (seen.at(-1) !== word) seen.push(word);
  }
  expect(seen).toEqual(['now', 'then']);
});

const KEEPING = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };

test('kill -9 in the midst of the exchange: the next restore ends it, and goes on', async () => {
  const agent = await withBackup();
  const child = spawn(process.execPath, [PROGRAM, agent.archive, 'aside slipway.db'], { stdio: 'inherit' });
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  expect(fs.existsSync(path.join(agent.data, 'slipway.db'))).toBe(false);

  const refused = await restoreBackup(agent.archive, { ...OPTIONS, force: false }).catch((error) => error);
  expect(refused).not.toBeInstanceOf(Error);
  expect(agent.said()).toEqual(agent.all('then'));
  const names = fs.readdirSync(agent.data);
  expect(names.filter((name) => name.startsWith('.tmp-'))).toEqual([]);
  expect(names.some((name) => name.startsWith('slipway.db.before-restore-'))).toBe(true);
});
