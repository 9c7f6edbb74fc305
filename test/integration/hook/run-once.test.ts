import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { forgetRunOnce, runOnce, sweepRunOnce } from '../../../src/deployment/run-once.ts';
import { type Clock, registerSecret, systemClock } from '../../../src/kernel/index.ts';
import { runHook } from '../../../src/site/hook.ts';
import { archiveOffer } from '../../../src/source/index.ts';
import { findAccount, NO_LIMITS } from '../../../src/supervisor/index.ts';
import { processStat } from '../../../src/supervisor/proc.ts';
import { processesOfSite, type SiteStep, siteStep } from '../../fixtures/site-step.ts';
import { DAY_MS } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const HOOK = 'before.deploy';
const LIMIT_MS = 600_000;
const MEGABYTE = 1024 * 1024;

async function run(site: SiteStep, script: string, timeoutMs = LIMIT_MS): Promise<string> {
  site.put(`.slipway/${HOOK}`, script);
  return await runHook(site.step, { name: HOOK, directory: site.directory, timeoutMs });
}

/** The site with a limit of time that is over when the test says so, and a wall clock that is set back all the time. */
function withLimit(site: SiteStep): { limited: SiteStep; expire: () => void } {
  let looks = 0;
  let expire = () => expect.fail('no limit is set');
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() - DAY_MS * looks++,
    after(ms, fn) {
      if (ms < LIMIT_MS / 2) return systemClock.after(ms, fn);
      expire = fn as typeof expire;
      return () => undefined;
    },
  };
  const context = { ...site.context, clock };
  return { limited: { ...site, context, step: { ...site.step, context } }, expire: () => expire() };
}

test('a hook runs in its release with bash, without its bit, with variables and closed input', async () => {
  const site = siteStep({ secrets: { TOKEN_OF_HOOK: 'from the secrets' } });
  site.put('.env', 'FROM_DOTENV=1\n');
  const ran = await run(
    site,
    `pwd; [[ -n $BASH ]] && echo bash; echo "$TARGET_HOOK $RELEASE_NUMBER $DEPLOY_BRANCH"; echo "\${#TOKEN_OF_HOOK}"
echo "dotenv:$FROM_DOTENV"; echo to stderr >&2; read -r line || echo "no input"; env | grep ^SLIPWAY_SOCKET; true`,
  );
  expect(ran).toBe('ran');
  expect(site.lines).toEqual([
    '.slipway/before.deploy',
    fs.realpathSync(site.directory),
    'bash',
    'before.deploy deployment_7.ab12cd3 main',
    '16',
    'dotenv:',
    'to stderr',
    'no input',
  ]);
});

test('a release without the hook runs none, and one that fails is told with its exit', async () => {
  const site = siteStep();
  expect(await runHook(site.step, { name: HOOK, directory: site.directory, timeoutMs: 1000 })).toBe('none');
  await expect(run(site, 'echo before it; exit 3')).rejects.toMatchObject({
    code: 'hook_failed',
    message: 'hook before.deploy ended with exit status 3',
    next: 'slipway show 12',
  });
  expect(site.lines).toContain('before it');
  const other = siteStep();
  await expect(run(other, 'kill -KILL $$')).rejects.toThrow('hook before.deploy ended with SIGKILL');
});

test('output is told while the hook runs, in order, and what has no newline at its end too', async () => {
  const site = siteStep();
  const go = path.join(site.directory, 'go');
  const running = run(site, `echo first; until [ -e '${go}' ]; do sleep 0.05; done; printf 'second\\nlast'`);
  await waitFor('the first line', () => site.lines.includes('first'));
  expect(site.lines).not.toContain('second');
  fs.writeFileSync(go, '');
  await running;
  expect(site.lines.slice(1)).toEqual(['first', 'second', 'last']);
});

test('a hook of another user runs as that user, with its groups, and may write to /dev/stderr', async () => {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  fs.chmodSync(folder, 0o755);
  const account = await findAccount('nobody');
  site.context.account = () => Promise.resolve(account);
  await run(site, 'id -u; id -G; echo "$HOME $USER"; echo through the device >> /dev/stderr');
  const ask = (flag: string) => execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim();
  expect(site.lines.slice(1)).toEqual([
    ask('-u'),
    ask('-G'),
    `${account?.home} nobody`,
    'through the device',
  ]);
});

test('a secret that a hook prints is masked, and its file is for the agent alone', async () => {
  // As the store of secrets does with each value that it hands out.
  registerSecret('sk_live_abcdef');
  const site = siteStep({ secrets: { STRIPE: 'sk_live_abcdef' } });
  await run(site, 'echo "key: $STRIPE"; env | grep STRIPE >&2; exit 0');
  expect(site.lines.slice(1)).toEqual(['key: [redacted]', 'STRIPE=[redacted]']);
  const file = outputFile(site);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  await forgetRunOnce(site.context, 12);
  expect(fs.existsSync(file)).toBe(false);
  expect(await site.context.runs.found()).toEqual([]);
});

test('a gigabyte of output is freed while it comes, and its beginning and its end are told', {
  timeout: 600_000,
}, async () => {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  const file = outputFile(site);
  const running = run(
    site,
    `seq 1000
for stage in 1 2 3 4; do
  yes ${'x'.repeat(1023)} | head -c 256M
  until [ -e ${folder}/go-$stage ]; do sleep 0.02; done
done
echo; seq 1001 2000`,
  );
  for (let stage = 1; stage <= 4; stage++) {
    const written = stage * 256 * MEGABYTE;
    const isFreed = () => {
      const { size, blocks } = fs.statSync(file);
      return size >= written && blocks * 512 < 16 * MEGABYTE;
    };
    await waitFor('what was read to be freed', isFreed, { deadlineMs: 150_000 });
    fs.writeFileSync(path.join(folder, `go-${stage}`), '');
  }
  await running;
  const numbers = (from: number) => Array.from({ length: 1000 }, (_, index) => String(from + index));
  expect(site.lines.slice(1, 1001)).toEqual(numbers(1));
  expect(site.lines.slice(-1000)).toEqual(numbers(1001));
  expect(site.lines.some((line) => /^\.\.\. \(.*B are left out\)$/.test(line))).toBe(true);
  expect(site.lines.filter((line) => !/^(\d*|x{1023}|\.\.\. .*|\.slipway.*)$/.test(line))).toEqual([]);
});

test('an endless line is told once, cut', async () => {
  const site = siteStep();
  await run(site, `head -c 100M /dev/zero | tr '\\0' y; echo; echo after it`);
  expect(site.lines.filter((line) => line.includes('y'.repeat(10)))).toEqual([
    `${'y'.repeat(4096)} ... (the line goes on)`,
  ]);
  expect(site.lines.at(-1)).toBe('after it');
});

test('a hook that never ends is ended at its limit, with all that it started', async () => {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  const { limited, expire } = withLimit(site);
  const running = run(limited, '(setsid sleep 1000 &); echo begun; sleep 1000');
  await waitFor('the hook to run', () => site.lines.includes('begun'));
  expire();
  await expect(running).rejects.toMatchObject({
    code: 'hook_failed',
    message: 'hook before.deploy took longer than 10m 00s and was ended',
  });
  expect(processesOfSite(folder)).toEqual([]);
});

test('one that ignores SIGTERM and forks on is killed once the grace is over', async () => {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  const { limited, expire } = withLimit(site);
  const script = `trap '' TERM; for i in 1 2 3; do (while :; do sleep 0.02; done) & done; echo up; wait`;
  const running = runOnce(limited.step, {
    unit: 'hook-12-3',
    what: 'hook before.deploy',
    argv: ['/bin/bash', '-c', script],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
    timeoutMs: LIMIT_MS,
    stop: { signal: 'SIGTERM', graceMs: 300, to: null },
    code: 'hook_failed',
  });
  await waitFor('it to run', () => site.lines.includes('up'));
  expire();
  await expect(running).rejects.toThrow('took longer than 10m 00s and was ended');
  expect(processesOfSite(folder)).toEqual([]);
});

test('a hook around a changed .env has 15 seconds, whatever others have', async () => {
  const site = siteStep();
  site.put('.slipway/config/before-change', 'sleep 1000');
  // As if they had passed.
  const after: Clock['after'] = (ms, fn) => systemClock.after(ms > 14_000 ? 0 : ms, fn);
  const context = { ...site.context, clock: { ...systemClock, after } };
  await expect(
    runHook(
      { ...site.step, context },
      { name: 'config/before-change', directory: site.directory, timeoutMs: LIMIT_MS },
    ),
  ).rejects.toThrow('hook config/before-change took longer than 15.0s and was ended');
});

test('a daemon that a hook leaves behind is ended, and that is told', async () => {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  await run(
    site,
    `setsid sleep 1000 & sleep 1000 &
for pid in $(jobs -p); do until [ "$(cat /proc/$pid/comm)" = sleep ]; do sleep 0.02; done; done; echo done`,
  );
  expect(site.lines.slice(1)).toEqual(['done', '... ended 2 processes that it left behind: sleep']);
  expect(processesOfSite(folder)).toEqual([]);
});

test('what a hook still prints through a pipe when it has ended is told', async () => {
  const site = siteStep();
  // It has a second to end by itself; here, so long that it can.
  const clock: Clock = { ...systemClock, after: (ms, fn) => systemClock.after(50 * ms, fn) };
  const context = { ...site.context, clock };
  const step = { ...site.step, context };
  await run({ ...site, context, step }, 'exec > >(sleep 0.1; cat) 2>&1; echo through cat');
  expect(site.lines.slice(1)).toEqual(['through cat']);
});

test('a hook that closes its output, or deletes the directory it runs in, still ends as it ends', async () => {
  const site = siteStep();
  await run(site, 'echo open; exec >&- 2>&-; echo into nothing; exit 0');
  expect(site.lines.slice(1)).toEqual(['open']);
  const other = siteStep();
  await expect(run(other, 'rm -rf "$DEPLOYMENT_DIRECTORY"; echo gone; exit 5')).rejects.toThrow(
    'exit status 5',
  );
  expect(other.lines).toContain('gone');
});

test('a cancelled hook is ended with all that it started', async () => {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  const running = run(site, '(setsid sleep 1000 &); echo begun; sleep 1000');
  await waitFor('the hook to run', () => site.lines.includes('begun'));
  site.cancel.abort(new Error('cancelled by a person'));
  await expect(running).rejects.toThrow('cancelled by a person');
  expect(processesOfSite(folder)).toEqual([]);
});

test('a command that nobody waits for is ended when an agent starts, one that goes on is not', async () => {
  const folder = temporaryFolder();
  const site = siteStep({ folder });
  const { context } = site;
  const launch = (unit: string) =>
    context.runs.launch(
      { app: 'shop', unit, release: 7, generation: 0 },
      {
        argv: ['sleep', '1000'],
        cwd: folder,
        env: { PATH: process.env.PATH ?? '' },
        account: null,
        limits: NO_LIMITS,
        stdoutFd: 1,
        stderrFd: 2,
      },
    );
  const running = context.journal.write('one runs', (tables) => {
    tables.addApp(context.key);
    return tables.addDeployment({
      ...context.key,
      kind: 'site',
      state: 'running',
      release: null,
      version: '1',
      hash: null,
      commitId: null,
      offer: archiveOffer('1'),
      triggerBy: 'person',
      actor: 'test',
      liveBefore: null,
      backTo: null,
      hot: null,
      goingBack: null,
      errorCode: null,
      reason: null,
      queuedAt: 1,
      startedAt: 1,
      endedAt: null,
    });
  });
  const old = await launch(`hook-${running - 1}-2`);
  const present = await launch(`hook-${running}-2`);
  const cron = await launch('cron-nightly');
  // Recorded is the shell that becomes the command: it bears no marker yet.
  await waitFor('the command', () => processStat(old.pid)?.command === 'sleep');
  await sweepRunOnce(context);
  const left = (await context.runs.found()).map(({ run: { id } }) => id).toSorted();
  expect(left).toEqual([present.id, cron.id].toSorted());
  expect(processesOfSite(folder).map(({ pid }) => pid)).not.toContain(old.pid);
});

const outputFile = ({ context }: SiteStep) => path.join(context.dataDirectory, 'output/shop.hook-12-3');
