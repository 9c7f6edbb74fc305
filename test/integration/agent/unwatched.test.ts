import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, Workshop } from '../../support/workshop.ts';

test('an agent that has no inotify instance says so, deploys, and starts again what crashes', async () => {
  const workshop = await Workshop.make({ replicas: 1 });
  workshop.configure({ source: { type: 'bucket', url: workshop.bucket.folder, poll: '200ms' } });
  const log = fs.openSync(path.join(workshop.folder, 'agent.out'), 'a');
  // The limits of a user namespace are its own.
  const script = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$0" agent --config "$1"';
  workshop.agent = spawn(
    'unshare',
    ['--user', '--map-root-user', 'sh', '-c', script, LAUNCHER, workshop.configFile],
    { stdio: ['ignore', log, log], detached: true },
  );
  fs.closeSync(log);
  await waitFor('the agent to answer', async () => (await workshop.app()).instances.length === 1, SELDOM);
  workshop.publish('1.0.0');
  await workshop.untilDeployed('1.0.0');
  const { pid } = await workshop.ask(1);
  process.kill(pid, 'SIGKILL');
  await waitFor('a successor', async () => (await workshop.ask(1)).pid !== pid, SELDOM);
  const told = workshop.agentOutput().match(/folders cannot be watched \(EMFILE\)/g);
  expect(told).toHaveLength(1);
});
