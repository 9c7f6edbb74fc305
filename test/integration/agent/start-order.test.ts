import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Instance } from '../../../src/api/index.ts';
import { Bucket } from '../../support/bucket.ts';
import { freePorts } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** However slow this machine is, what comes first is waited for. */
const PATIENT = { tcp: true, timeout: '10m' };

/** `web` is started after `db`, which comes up once it is let, and `last` after `web`. */
async function ordered() {
  const folder = temporaryFolder();
  const gate = path.join(folder, 'db-may-come-up');
  fs.writeFileSync(gate, '');
  const program = async (name: string) => {
    const bucket = new Bucket(path.join(folder, `bucket-${name}`), name);
    bucket.putProgram('1.0.0');
    bucket.offer({ version: '1.0.0' });
    return {
      ...{ name, kind: 'service', runtime: 'command', replicas: 1, port: await freePorts(1) },
      ...{ source: { type: 'bucket', url: bucket.folder }, prove_after: '0s', ready: PATIENT },
    };
  };
  const last = { ...(await program('last')), start: `${process.execPath} server.js`, after: ['web'] };
  const db = {
    ...(await program('db')),
    start: { sh: [`until [ -e '${gate}' ]; do sleep 0.05; done`, `exec ${process.execPath} server.js`] },
  };
  const workshop = await Workshop.make({
    folder,
    replicas: 2,
    others: [db, last],
    app: { after: ['db'], ready: PATIENT },
  });
  const instances = async (app: string): Promise<Instance[]> => {
    const { apps } = await (await workshop.client()).status({ app });
    return apps[0]?.instances ?? [];
  };
  const log = () =>
    fs.readFileSync(path.join(workshop.logs, 'slipway/slipway-agent-stdout.log'), 'utf8').split('\n');
  return {
    ...{ workshop, gate, db, last, instances, log },
    until: (app: string, state: Instance['state']) =>
      waitFor(
        `${app} to be ${state}`,
        async () => {
          const all = await instances(app);
          if (all.every((each) => each.state === state)) return all;
          throw new Error(JSON.stringify(all));
        },
        SELDOM,
      ),
    said: (line: string) => waitFor(line, () => log().findLast((each) => each.includes(line)), SELDOM),
    endAll: async () => {
      await (await workshop.client()).endAgent({});
      await waitFor('the agent to end', () => workshop.agent?.exitCode !== null);
    },
  };
}

test('with the agent an app is started once those before it are ready, and ended before them', async () => {
  const { workshop, gate, instances, log, until, said, endAll } = await ordered();
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  await until('db', 'ready');
  await until('last', 'ready');

  await endAll();
  const ends = log().filter((line) =>
    /(last\/1 is stopped|web\/1 is stopp(ing|ed)|db\/1 is stopping):/.test(line),
  );
  expect(ends.map((line) => /(last|web|db)\//.exec(line)?.[1])).toEqual(['last', 'web', 'web', 'db']);

  fs.rmSync(gate);
  await workshop.start();
  for (const each of await until('web', 'starting'))
    expect(each).toMatchObject({ reason: 'waits for db (after)', pid: null });
  expect(await instances('last')).toMatchObject([{ state: 'starting', reason: 'waits for web (after)' }]);
  // A roll-out waits, too.
  workshop.publish('1.1.0');
  await waitFor(
    'the roll-out to begin',
    async () => {
      const steps = (await workshop.lastDeployment())?.steps ?? [];
      return steps.some(({ name, state }) => name === 'roll-out' && state === 'running');
    },
    SELDOM,
  );
  expect((await instances('web')).map(({ pid }) => pid)).toEqual([null, null]);
  fs.writeFileSync(gate, '');
  await workshop.untilDeployed('1.1.0');
  const running = await until('web', 'ready');
  await until('last', 'ready');
  await said('web is started now: db is ready');
  await said('last is started now: web is ready');

  // What runs is adopted, and what ended is started again at once, whatever becomes of what comes before it.
  const [db] = await instances('db');
  await workshop.kill();
  fs.rmSync(gate);
  for (const pid of [db?.pid, running[1]?.pid]) process.kill(pid ?? 0, 'SIGKILL');
  await workshop.start();
  const again = await until('web', 'ready');
  expect(again.map(({ pid }, index) => pid === running[index]?.pid)).toEqual([true, false]);
  await until('db', 'starting');
  expect(log().filter((line) => line.includes('web waits for db'))).toHaveLength(1);
});

test('an app goes on where what comes before it does not come up for a reason of its own', async () => {
  const { workshop, gate, db, last, until, said, endAll } = await ordered();
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  await until('db', 'ready');
  const again = async (change: Record<string, unknown>) => {
    await endAll();
    workshop.others = [{ ...db, ...change }, last];
    workshop.configure({});
    await workshop.start();
  };

  // A person who starts it has decided.
  fs.rmSync(gate);
  await again({});
  await until('web', 'starting');
  expect(await (await workshop.client()).start({ app: 'web' })).toEqual({
    message: 'web is started and ready',
  });
  await until('db', 'starting');

  await again({ ready: { tcp: true, timeout: '1s' } });
  await said('web is started now: db is not ready within 1.0s (db/1 is ');
  await until('web', 'ready');

  await again({ replicas: 0 });
  await said('web is started now: db has 0 replicas');
  await until('web', 'ready');

  await (await workshop.client()).stop({ app: 'db' });
  await again({});
  await said('web is started now: db was stopped');
  await until('web', 'ready');
});
