import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { DeploymentWithSteps } from '../../../src/api/index.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

/** Says what it is once it will end as it is told to, and ends so. */
const WORKER = `
trap 'echo "stopped $$" >>"$LOG"; exit 0' INT
echo "$PWD $GREETING $TOKEN $$" >>"$LOG"
while :; do sleep 0.05; done
`;

async function withWorkers(site: Record<string, unknown> = {}) {
  const workshop = await SiteWorkshop.make({ site: {} });
  const log = path.join(workshop.workshop.folder, 'worker.log');
  workshop.workshop.configure({
    env: { LOG: log, GREETING: 'hello' },
    workers: [
      { name: 'queue', command: 'bash worker.sh', replicas: 2, stop: { signal: 'SIGINT', grace: '60s' } },
    ],
    ...site,
  });
  const lines = () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n') : []);
  /** The agent takes a worker that has lived for a second for one that has come up, whatever it has done by then. */
  const until = async (what: string, condition: (lines: string[]) => boolean) =>
    void (await waitFor(what, () => condition(lines())));
  return { site: workshop, lines, until };
}

const instancesOf = async (site: SiteWorkshop) => (await site.workshop.app()).instances;

test('workers run in the live release, are started anew by each deployment, and are supervised', async () => {
  const { site, lines, until } = await withWorkers();
  const first = site.repository.push({ 'worker.sh': WORKER });
  await site.workshop.start();
  await site.deploy();
  const before = await instancesOf(site);
  expect(before.map(({ instance, state, version }) => [instance, state, version])).toEqual([
    ['shop/queue.1', 'ready', first],
    ['shop/queue.2', 'ready', first],
  ]);
  const release = fs.realpathSync(site.file('current'));
  await until('both to have begun', ({ length }) => length === 2);
  expect(lines().every((line) => line.startsWith(`${release} hello`))).toBe(true);

  const [killed] = before;
  process.kill(killed?.pid ?? 0, 'SIGKILL');
  const again = await waitFor(
    'the worker to be started again',
    async () => {
      const [now] = await instancesOf(site);
      return now?.state === 'ready' && now.pid !== killed?.pid && now;
    },
    SELDOM,
  );
  await until('it to have begun', (all) => all.some((line) => line.endsWith(` ${again.pid}`)));
  expect(again).toMatchObject({ restarts: { crash: 1 }, last_exit: { signal: 'SIGKILL' } });

  const second = site.repository.push({ 'worker.sh': `${WORKER}\n# changed` });
  expect(await site.deploy()).toMatchObject({ state: 'succeeded' });
  expect((await instancesOf(site)).map(({ version, state }) => [version, state])).toEqual([
    [second, 'ready'],
    [second, 'ready'],
  ]);
  expect(lines().filter((line) => line.startsWith('stopped'))).toHaveLength(2);
  const now = fs.realpathSync(site.file('current'));
  await until(
    'both to have begun in the new one',
    (all) => all.filter((line) => line.startsWith(now)).length === 2,
  );
});

test('workers outlive the agent, and can be stopped and started by a person', async () => {
  const { site } = await withWorkers();
  site.repository.push({ 'worker.sh': WORKER });
  await site.workshop.start();
  await site.deploy();
  const before = (await instancesOf(site)).map(({ pid }) => pid);
  await site.workshop.kill();
  await site.workshop.start();
  expect((await instancesOf(site)).map(({ pid }) => pid)).toEqual(before);
  const client = await site.workshop.client();
  await client.stop({ app: 'shop', instance: 'queue' });
  expect((await instancesOf(site)).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  await client.start({ app: 'shop', instance: 'queue.2' });
  expect((await instancesOf(site)).map(({ state }) => state)).toEqual(['stopped', 'ready']);
});

test('workers that do not come up fail their step, and the deployment has succeeded', async () => {
  const { site } = await withWorkers({
    workers: [{ name: 'queue', command: 'bash worker.sh', replicas: 1 }],
  });
  site.repository.push({ 'worker.sh': 'echo "no database" >&2; exit 3' });
  await site.workshop.start();
  let step: DeploymentWithSteps['steps'][number] | undefined;
  // Deployed again where it took a second until it ended, for then it had come up.
  do {
    const deployment = await site.deploy();
    expect(deployment.state).toBe('succeeded');
    step = deployment.steps.find(({ name }) => name === 'workers');
  } while (step?.state !== 'failed');
  expect(step).toMatchObject({
    reason: expect.stringMatching(/^shop\/queue\.1 is \w+: .*no database/),
  });
  await site.workshop.untilState('degraded');
});

test('a changed .env is placed in root and live release, with hooks around it, workers anew', async () => {
  const { site, lines, until } = await withWorkers();
  site.repository.push({
    'worker.sh': WORKER,
    '.env': 'FROM_REPOSITORY=1\n',
    '.slipway/config/before-change': 'echo "before: $(cat .env)"',
    '.slipway/config/after-change': 'echo "after: $(cat .env)"',
  });
  await site.workshop.start();
  await site.deploy();
  expect(site.served('.env')).toBe('FROM_REPOSITORY=1\n');
  await until('both to have begun', ({ length }) => length === 2);
  const started = lines().length;

  const client = await site.workshop.client();
  const { deployment } = await client.changeEnv({ app: 'shop', set: { APP_NAME: 'shop one' } });
  const change = await site.ended(deployment ?? 0);
  expect(change).toMatchObject({ state: 'succeeded', kind: 'env' });
  const output = change.steps.flatMap((step) => step.output).join('\n');
  expect(output).toContain('before: FROM_REPOSITORY=1');
  expect(output).toMatch(/after: APP_NAME=.shop one./);
  expect(site.served('.env')).toBe(fs.readFileSync(site.file('.env'), 'utf8'));
  expect(fs.statSync(site.file('.env')).mode & 0o777).toBe(0o640);
  expect(
    lines()
      .slice(started)
      .filter((line) => line.startsWith('stopped')),
  ).toHaveLength(2);
  expect(await client.env({ app: 'shop' })).toEqual([{ name: 'APP_NAME', value: 'shop one' }]);

  site.repository.push({ 'worker.sh': WORKER, '.slipway/config/before-change': 'exit 1' });
  await site.deploy();
  expect(site.served('.env')).toContain('APP_NAME');
  const refused = await client.changeEnv({ app: 'shop', set: { APP_NAME: 'two' } });
  expect(await site.ended(refused.deployment ?? 0)).toMatchObject({ state: 'failed' });
  expect(site.served('.env')).toContain('shop one');
  expect(fs.readFileSync(site.file('.env'), 'utf8')).toContain('shop one');
  expect((await site.workshop.app()).live?.number).toBe(2);
});

test('what is secret in the .env is masked in what a hook prints, for the next agent too', async () => {
  const { site } = await withWorkers({ workers: [] });
  const go = path.join(site.workshop.folder, 'go');
  site.repository.push({
    '.slipway/before.deploy': `until [ -e '${go}' ]; do sleep 0.05; done; grep -h PASSWORD .env | cut -c13-`,
  });
  await site.workshop.start();
  const client = await site.workshop.client();
  await client.changeEnv({ app: 'shop', set: { DB_PASSWORD: 'correct-horse-battery' } });
  const { deployment } = await client.deploy({ app: 'shop' });
  await waitFor('the hook to run', async () =>
    (await client.deployment({ id: deployment })).steps.some(
      ({ name, state }) => name === 'hook: before.deploy' && state === 'running',
    ),
  );
  await site.workshop.kill();
  await site.workshop.start();
  fs.writeFileSync(go, '');
  const ended = await site.ended(deployment);
  const hook = ended.steps.find(({ name }) => name === 'hook: before.deploy');
  expect(hook?.output.at(-1)).toBe('[redacted]');
});

test('secrets reach hooks and workers, and are masked everywhere else', async () => {
  const { site, lines, until } = await withWorkers();
  site.repository.push({ 'worker.sh': WORKER, '.slipway/before.deploy': 'echo "token is $TOKEN"' });
  await site.workshop.start();
  const client = await site.workshop.client();
  await client.changeSecrets({ app: 'shop', set: { TOKEN: 'correct-horse-battery' } });
  const deployment = await site.deploy();
  const hook = deployment.steps.find(({ name }) => name === 'hook: before.deploy');
  expect(hook?.output.join('\n')).toContain('token is [redacted]');
  await until('a worker to have begun', ({ length }) => length > 0);
  expect(lines()[0]).toContain('correct-horse-battery');
  expect(await client.secrets({ app: 'shop' })).toEqual([{ name: 'TOKEN', set_at: expect.any(String) }]);
  for (const file of fs.readdirSync(site.workshop.data).filter((name) => name.startsWith('slipway.db')))
    expect(fs.readFileSync(path.join(site.workshop.data, file)).includes('correct-horse')).toBe(false);

  await client.changeSecrets({ app: 'shop', set: { TOKEN: 'another-horse-battery' } });
  await until(
    'both workers to have the new one',
    (all) => all.filter((line) => line.includes('another-horse')).length === 2,
  );
});

test('a changed command restarts its workers, and one that does not come up hinders none', async () => {
  const { site, until } = await withWorkers();
  const other = { name: 'other', command: 'bash worker.sh', replicas: 1 };
  const queue = { name: 'queue', command: 'bash worker.sh queue', replicas: 1 };
  site.workshop.configure({ workers: [queue, other] });
  site.repository.push({ 'worker.sh': WORKER, 'broken.sh': 'exit 3' });
  await site.workshop.start();
  await site.deploy();
  const client = await site.workshop.client();
  const pidOf = async (unit: string) =>
    (await instancesOf(site)).find(({ instance }) => instance === `shop/${unit}`)?.pid;
  const before = await pidOf('other.1');
  site.workshop.configure({ workers: [{ ...queue, command: 'bash broken.sh' }, other] });
  await client.applyConfiguration();
  await waitFor(
    'the broken one to be kept trying',
    async () =>
      (await instancesOf(site)).some(
        ({ instance, restarts }) => instance === 'shop/queue.1' && restarts.crash > 0,
      ),
    SELDOM,
  );
  expect(await pidOf('other.1')).toBe(before);
  await client.changeSecrets({ app: 'shop', set: { TOKEN: 'correct-horse-battery' } });
  await until('the other one to have the secret', (all) =>
    all.some((line) => line.includes('correct-horse')),
  );
  // Asked again where it took a second until it ended, for then it had come up.
  const failure = await waitFor('a restart that fails', () =>
    client.restart({ app: 'shop', instance: 'queue' }).then(
      () => null,
      (error: unknown) => error,
    ),
  );
  expect(failure).toMatchObject({ code: 'not_ready' });
});

test('a worker whose name begins as a cron entry does is a worker for the next agent too', async () => {
  const { site } = await withWorkers({
    workers: [{ name: 'cron-mail', command: 'bash worker.sh', replicas: 1 }],
  });
  site.repository.push({ 'worker.sh': WORKER });
  await site.workshop.start();
  await site.deploy();
  await site.workshop.kill();
  await site.workshop.start();
  const [adopted] = await instancesOf(site);
  process.kill(adopted?.pid ?? 0, 'SIGKILL');
  await waitFor(
    'it to be started again',
    async () => {
      const [now] = await instancesOf(site);
      return now?.state === 'ready' && now.pid !== adopted?.pid;
    },
    SELDOM,
  );
});

test('a cron entry runs in the live release, one at a time, and has a history', async () => {
  const { site, lines } = await withWorkers({
    workers: [],
    cron: [{ name: 'tick', schedule: '* * * * * *', command: 'bash tick.sh' }],
  });
  site.repository.push({ 'tick.sh': 'echo "tick $PWD" >>"$LOG"; exit 4' });
  await site.workshop.start();
  await site.deploy();
  await waitFor('two runs', () => lines().length >= 2);
  expect(lines()[0]).toBe(`tick ${fs.realpathSync(site.file('current'))}`);
  const client = await site.workshop.client();
  const entry = await waitFor('the history', async () => {
    const [found] = await client.cron({ app: 'shop' });
    return (found?.runs.filter(({ ended_at }) => ended_at !== null).length ?? 0) >= 2 && found;
  });
  expect(entry).toMatchObject({ name: 'tick', schedule: '* * * * * *', next_at: expect.any(String) });
  expect(entry.runs.at(-1)).toMatchObject({ status: 4, reason: expect.stringContaining('exit status 4') });
});

test('a name that is not there is answered with those that are: of a log, cron or secret', async () => {
  const { site } = await withWorkers({
    cron: [{ name: 'nightly', schedule: '0 0 1 1 *', command: 'bash tick.sh' }],
  });
  site.repository.push({ 'worker.sh': WORKER, 'tick.sh': 'true' });
  await site.workshop.start();
  await site.deploy();
  const client = await site.workshop.client();
  const read = async (instance: string) => {
    for await (const line of await client.logs({ app: 'shop', instance })) void line;
  };
  await read('cron-nightly');
  await expect(read('nope')).rejects.toMatchObject({
    code: 'instance_unknown',
    message: expect.stringMatching(/shop has no nope; it has queue\.1, .*cron-nightly$/),
  });
  await expect(client.runCron({ app: 'shop', entry: 'nope' })).rejects.toMatchObject({
    next: 'slipway cron shop',
  });

  expect(await client.changeSecrets({ app: 'shop', unset: ['NOPE'] })).toEqual({
    message: 'there was no secret NOPE; nothing was changed',
  });
  const { message } = await client.changeSecrets({ app: 'shop', set: { TOKEN: 'a value' }, unset: ['NOPE'] });
  expect(message).toMatch(/^TOKEN changed; .*; there was no secret NOPE$/);
});
