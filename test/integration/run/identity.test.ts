import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runHook } from '../../../src/site/hook.ts';
import { isAlive, processStat } from '../../../src/supervisor/index.ts';
import { bootId } from '../../../src/supervisor/proc.ts';
import { siteStep } from '../../fixtures/site-step.ts';
import { groupOf } from '../../support/run-groups.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, Workshop } from '../../support/workshop.ts';

const NOBODY = 65_534;
const SLEEP = ['sleep', '1000'];

/** A process of a user who has nothing to do with Slipway, and says what it likes of itself. */
async function stranger(
  argv: string[],
  { env = {}, cwd = '/' }: { env?: Record<string, string>; cwd?: string } = {},
) {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    ...{ env, cwd, uid: NOBODY, gid: NOBODY, stdio: 'ignore', detached: true },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const stat = processStat(child.pid ?? 0);
  if (!stat) throw new Error('it has ended');
  return stat;
}

async function running(replicas = 1, folder?: string): Promise<Workshop> {
  const workshop = await Workshop.running({ replicas, ...(folder === undefined ? {} : { folder }) });
  return workshop;
}

test('a process that says it is a run, a holder or a hook is believed nothing, and is left alone', async () => {
  const workshop = await running();
  const { pid } = await workshop.ask(1);
  await workshop.kill();
  const runs = path.join(workshop.data, 'run');
  const forged = path.join(runs, 'web.1.1.0.zzzzzz');
  const strangers = [
    await stranger(SLEEP, { env: { SLIPWAY_RUN: forged } }),
    await stranger(['sh', '-c', 'while :; do sleep 1; done', 'slipway-holder', forged]),
  ];
  await workshop.start();
  await workshop.untilState('running');
  expect((await workshop.app()).instances[0]).toMatchObject({ state: 'ready', pid, restarts: { crash: 0 } });
  expect((await workshop.ask(1)).pid).toBe(pid);
  await (await workshop.client()).stop({ app: 'web' });
  expect(processStat(pid)).toBeNull();
  for (const each of strangers) expect(isAlive(each)).toBe(true);
});

test('a hook is run though a process says that it is that hook', async () => {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  site.put('.slipway/before.deploy', 'echo ran');
  const marker = path.join(site.context.runs.directory, 'shop.hook-12-3.7.0.zzzzzz');
  const liar = await stranger(SLEEP, { env: { SLIPWAY_RUN: marker } });
  const ran = await runHook(site.step, {
    name: 'before.deploy',
    directory: site.directory,
    timeoutMs: 60_000,
  });
  expect(ran).toBe('ran');
  expect(site.lines).toContain('ran');
  expect(isAlive(liar)).toBe(true);
});

test('two agents with the same path, in namespaces of their own, leave each other alone', async () => {
  const folder = temporaryFolder();
  const ours = await running(1, path.join(folder, 'same'));
  // What the other one has at that path: a copy of all of it, records of runs included, as a cloned image has.
  const other = path.join(folder, 'other');
  fs.cpSync(ours.folder, other, { recursive: true, filter: (file) => !/sock$|\/hold$/.test(file) });
  const { pid } = await ours.ask(1);
  await ours.kill();
  const inside = await agentInside({ at: ours.folder, shows: other });
  // It finds no run of its own, and starts one; the port is taken in this network, so it waits.
  await waitFor('the other agent to have come up', () => inside.output().includes('is up after'), SELDOM);
  expect((await ours.ask(1)).pid).toBe(pid);
  await ours.start();
  await ours.untilState('running');
  expect((await ours.app()).instances[0]).toMatchObject({ state: 'ready', pid, restarts: { crash: 0 } });
  expect(inside.process.exitCode).toBeNull();
  await inside.end();
  expect((await ours.ask(1)).pid).toBe(pid);
});

/** An agent in pid and mount namespaces of its own, which sees another folder at the same path. */
async function agentInside({ at, shows }: { at: string; shows: string }): Promise<{
  process: ChildProcess;
  output(): string;
  end(): Promise<void>;
}> {
  const log = path.join(shows, 'agent.out');
  fs.writeFileSync(log, '');
  const fd = fs.openSync(log, 'a');
  const script = 'mount --bind "$1" "$2"; exec "$3" agent --config "$2/slipway.yaml"';
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-ec',
      script,
      'sh',
      shows,
      at,
      LAUNCHER,
    ],
    { stdio: ['ignore', fd, fd] },
  );
  fs.closeSync(fd);
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    const group = groupOf(path.join(shows, 'data'));
    group?.kill();
    await group?.untilEmpty();
    group?.remove();
  };
  onTestFinished(end);
  return { process: child, output: () => fs.readFileSync(log, 'utf8'), end };
}

test('a run of a version before, which has no control group, is taken over without a restart', async () => {
  const workshop = await running();
  const { pid } = await workshop.ask(1);
  await workshop.kill();
  // As that version left it: one line, the holder in no group, and nothing known of the holder.
  const runs = path.join(workshop.data, 'run');
  const [file = ''] = fs.readdirSync(runs).filter((name) => name.endsWith('.start'));
  const [, , main = ''] = fs.readFileSync(path.join(runs, file), 'utf8').split('\n');
  fs.writeFileSync(path.join(runs, file), `${bootId} ${main}\n`);
  const group = groupOf(workshop.data);
  const everybody = [...(group?.pids() ?? [])];
  for (const each of everybody)
    execFileSync('sh', ['-c', `echo ${each} >$0`, path.join(topOf(group?.directory), 'cgroup.procs')]);
  group?.remove();
  expect(group?.exists()).toBe(false);
  await workshop.start();
  await workshop.untilState('running');
  expect((await workshop.app()).instances[0]).toMatchObject({ state: 'ready', pid, restarts: { crash: 0 } });
  expect(workshop.processes().map((each) => each.pid)).toContain(pid);
  process.kill(pid, 'SIGKILL');
  await waitFor('its successor', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.state === 'ready' && instance.pid !== pid;
  });
  expect((await workshop.app()).instances[0]?.last_exit).toMatchObject({ signal: 'SIGKILL' });
});

/** The root of the hierarchy that a group is in. */
function topOf(directory = ''): string {
  return path.join(directory, '../..');
}
