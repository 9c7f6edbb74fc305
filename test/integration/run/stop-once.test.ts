import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { NO_LIMITS, type Run, type RunExit, Runs, type StopSettings } from '../../../src/supervisor/index.ts';
import { endRunsOf } from '../../support/run-groups.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Notes each signal that it gets, and takes longer than a second for its drain. */
const DRAIN = `
const fs = require('node:fs');
const note = (line) => fs.appendFileSync('notes', line + '\\n');
process.on('SIGTERM', () => {
  note('signal');
  setTimeout(() => { note('drained'); process.exit(0); }, 1500);
});
fs.writeFileSync('up', '');
setInterval(() => {}, 1000);
`;

async function started(
  argv: (folder: string) => string[],
): Promise<{ runs: Runs; run: Run; folder: string }> {
  const folder = temporaryFolder();
  // For whoever the program becomes.
  fs.chmodSync(folder, 0o777);
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  onTestFinished(() => endRunsOf(data));
  fs.writeFileSync(path.join(folder, 'drain.cjs'), DRAIN);
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ scripts: { start: 'node drain.cjs' } }),
  );
  const runs = new Runs(path.join(data, 'run'));
  onTestFinished(() => runs.close());
  await runs.contain();
  expect(runs.containment.weakness).toBeNull();
  const fd = fs.openSync(path.join(folder, 'output'), 'a');
  const PATH = `${path.dirname(process.execPath)}:${process.env.PATH}`;
  const run = await runs.launch(
    { app: 'web', unit: '1', release: 1, generation: 0 },
    {
      ...{
        argv: argv(folder),
        cwd: folder,
        env: { PATH, HOME: folder, npm_config_update_notifier: 'false' },
      },
      ...{ account: null, limits: NO_LIMITS, stdoutFd: fd, stderrFd: fd },
    },
  );
  fs.closeSync(fd);
  await waitFor('it to be up', () => fs.existsSync(path.join(folder, 'up')));
  return { runs, run, folder };
}

const STOP: StopSettings = { signal: 'SIGTERM', graceMs: 60_000, to: null };

test.for<[string, (folder: string) => string[]]>([
  ['the program itself', () => ['node', 'drain.cjs']],
  ['npm start', () => ['npm', 'start']],
  ['tini', () => ['tini', '--', 'node', 'drain.cjs']],
  ['sudo', () => ['sudo', '-E', 'env', 'node', 'drain.cjs']],
  ['su', () => ['su', '-s', '/bin/sh', 'nobody', '-c', 'exec node drain.cjs']],
  ['sh, which becomes it', () => ['sh', '-c', 'exec node drain.cjs']],
  ['sh', () => ['sh', '-c', 'node drain.cjs; true']],
  ['bash', () => ['bash', '-c', 'node drain.cjs; true']],
  ['a shell that ignores the signal itself', () => ['sh', '-c', 'node drain.cjs & trap "" TERM; wait']],
  [
    'a shell with a trap that it comes to when its program has ended',
    () => ['bash', '-c', 'trap "true" TERM; node drain.cjs; true'],
  ],
  ['a program in a session of its own', () => ['sh', '-c', 'setsid node drain.cjs & wait']],
])('%s: a program behind it gets the signal once, and drains to its end', async ([, argv]) => {
  const { runs, run, folder } = await started(argv);
  await runs.end(run, { stop: STOP });
  expect(fs.readFileSync(path.join(folder, 'notes'), 'utf8')).toBe('signal\ndrained\n');
  expect(runs.processes(run).list()).toEqual([]);
});

test('with `to: main` only the main process gets it while it lives; with `to: all` everybody', async () => {
  // A shell that forwards by itself, and whose program drains for longer than a second.
  const forwards = 'node drain.cjs & child=$!; trap "kill $child; wait $child" TERM; wait $child';
  const main = await started(() => ['bash', '-c', forwards]);
  await main.runs.end(main.run, { stop: { ...STOP, to: 'main' } });
  expect(fs.readFileSync(path.join(main.folder, 'notes'), 'utf8')).toBe('signal\ndrained\n');

  const all = await started(() => ['sh', '-c', 'trap "" TERM; (trap - TERM; exec node drain.cjs) & wait']);
  const at = performance.now();
  await all.runs.end(all.run, { stop: { ...STOP, to: 'all' } });
  expect(fs.readFileSync(path.join(all.folder, 'notes'), 'utf8')).toBe('signal\ndrained\n');
  expect(performance.now() - at).toBeGreaterThan(1500);
});

test('what does not end within the grace is killed, however fast it forks', async () => {
  const { runs, run } = await started(() => [
    'bash',
    '-c',
    'trap "" TERM; : >up; for i in 1 2 3 4; do (while :; do (exec setsid sleep 0.01) & done) & done; wait',
  ]);
  const exited = new Promise<RunExit>((resolve) => runs.exits.watch(run, resolve));
  await runs.end(run, { stop: { ...STOP, graceMs: 300 }, exited });
  expect(await exited).toMatchObject({ signal: 'SIGKILL' });
  expect(runs.processes(run).list()).toEqual([]);
});

test('who is asked to end twice gets the signal once, and the grace goes on', async () => {
  const { runs, run, folder } = await started(() => ['node', 'drain.cjs']);
  const notes = () => fs.readFileSync(path.join(folder, 'notes'), 'utf8');
  const stop = { stop: STOP };
  const first = runs.end(run, stop);
  await waitFor('the signal', () => fs.existsSync(path.join(folder, 'notes')));
  const next = new Runs(runs.directory);
  onTestFinished(() => next.close());
  await next.contain();
  const [found] = await next.found();
  await Promise.all([first, runs.end(run, stop), next.end(found?.run as Run, stop)]);
  expect(notes()).toBe('signal\ndrained\n');

  const hangs = await started(() => ['sh', '-c', 'trap "" TERM; : >up; while :; do sleep 0.1; done']);
  // An agent that ended in the midst of the grace, a minute ago.
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const at = Number(process.hrtime.bigint() / 1_000_000n) - 60_000;
  fs.writeFileSync(path.join(hangs.runs.directory, `${hangs.run.id}.signalled`), `${boot} ${at}\n`);
  await hangs.runs.end(hangs.run, stop);
  expect(hangs.runs.processes(hangs.run).list()).toEqual([]);
});
