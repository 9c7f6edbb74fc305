import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AgentEnds } from '../../../src/deployment/agent-ends.ts';
import { type Clock, systemClock } from '../../../src/kernel/index.ts';
import { runHook } from '../../../src/site/hook.ts';
import { processStat } from '../../../src/supervisor/proc.ts';
import { processesOfSite, type SiteStep, siteStep } from '../../fixtures/site-step.ts';
import { DAY_MS } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const NAME = 'before.deploy';
const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/run-once-and-die.ts');
const FOUND = '... found again: it was begun before the agent ended';

/** A hook that waits for the file `go`, and an agent that runs it and has told its first line. */
async function begunHook(): Promise<{ site: SiteStep; go: string; agent: ChildProcess }> {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  const go = path.join(folder, 'go');
  site.put(
    `.slipway/${NAME}`,
    `echo once >> '${folder}/runs'; echo first; until [ -e '${go}' ]; do sleep 0.02; done; echo second; exit 4`,
  );
  const agent = spawn(process.execPath, [PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void agent.kill('SIGKILL'));
  let output = '';
  agent.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  await waitFor('the hook to have begun', () => output.includes('first\n'));
  return { site, go, agent };
}

async function kill(agent: ChildProcess): Promise<void> {
  const exited = once(agent, 'exit');
  agent.kill('SIGKILL');
  await exited;
}

function runAgain({ step, directory }: SiteStep): Promise<string> {
  return runHook(step, { name: NAME, directory, timeoutMs: 60_000 });
}

test('a hook outlives a killed agent; the next one tells its output whole and how it ended', async () => {
  const { site, go, agent } = await begunHook();
  await kill(agent);
  const again = runAgain(site);
  await waitFor('it to be found', () => site.lines.includes('first'));
  fs.writeFileSync(go, '');
  await expect(again).rejects.toThrow('hook before.deploy ended with exit status 4');
  expect(site.lines).toEqual(['.slipway/before.deploy', FOUND, 'first', 'second']);
  expect(fs.readFileSync(path.join(path.dirname(go), 'runs'), 'utf8')).toBe('once\n');
});

test('one that ended while no agent ran is not run again', async () => {
  const { site, go, agent } = await begunHook();
  await kill(agent);
  fs.writeFileSync(go, '');
  await waitFor('it to end', () => processesOfSite(path.dirname(go)).length === 0);
  await expect(runAgain(site)).rejects.toThrow('exit status 4');
  expect(site.lines).toEqual(['.slipway/before.deploy', FOUND, 'first', 'second']);
  expect(fs.readFileSync(path.join(path.dirname(go), 'runs'), 'utf8')).toBe('once\n');
});

test('an agent that ends in good order leaves it running', async () => {
  const site = siteStep();
  site.put(`.slipway/${NAME}`, 'echo $$; exec sleep 1000');
  const running = runAgain(site);
  const pid = await waitFor('it to run', () => Number(site.lines[1]));
  await waitFor('the shell to have become sleep', () => processStat(pid)?.command === 'sleep');
  site.cancel.abort(new AgentEnds());
  await expect(running).rejects.toThrow('the agent ends');
  expect(processStat(pid)?.command).toBe('sleep');
});

test('its limit counts from when it was begun', async () => {
  const { site, agent } = await begunHook();
  await kill(agent);
  const { step, directory } = site;
  const asked: number[] = [];
  // The wall clock was set, which says nothing of how long it has run.
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() - DAY_MS,
    after: (ms, fn) => {
      asked.push(ms);
      return systemClock.after(ms > 3_000_000 ? 0 : ms, fn);
    },
  };
  const late = { ...step.context, clock };
  await expect(
    runHook({ ...step, context: late }, { name: NAME, directory, timeoutMs: 3_600_000 }),
  ).rejects.toThrow('took longer than 1h 00m');
  const limitMs = Math.max(...asked);
  expect(limitMs).toBeLessThan(3_600_000 - 20);
  expect(limitMs).toBeGreaterThan(3_600_000 - 60_000);
});
