import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { processStat } from '../../../src/supervisor/proc.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** Makes the records be those of another boot of the kernel. */
function reboot({ data }: Workshop): void {
  const folder = path.join(data, 'run');
  for (const name of fs.readdirSync(folder).filter((each) => each.endsWith('.start'))) {
    const record = fs.readFileSync(path.join(folder, name), 'utf8');
    fs.writeFileSync(path.join(folder, name), record.replace(/^\S+/, 'another-boot'));
  }
}

const lastRun = async (workshop: Workshop) => {
  const [instance] = (await workshop.app()).instances;
  if (!instance) throw new Error('there is no instance');
  return instance;
};

test('of what an earlier agent has started and begun, no more is told than what was', async () => {
  const workshop = await Workshop.make({ replicas: 1, app: { stop: { grace: '60s' } } });
  // The run before has a last word, the one that is adopted has none.
  const agentLog = path.join(workshop.logs, 'slipway/slipway-agent-stdout.log');
  const log = workshop.logFile(1, 'stderr');
  fs.mkdirSync(path.dirname(log), { recursive: true });
  fs.writeFileSync(log, 'Error: of an earlier run\n');
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  await workshop.kill();
  await workshop.start();
  await workshop.untilState('running');
  const adopted = await lastRun(workshop);
  await workshop.ask(1, '/exit?status=7').catch(() => undefined);
  const crashed = await waitFor('its successor', async () => {
    const instance = await lastRun(workshop);
    return instance.state === 'ready' && instance.pid !== adopted.pid && instance;
  });
  expect(crashed).toMatchObject({ restarts: { crash: 1 }, last_exit: { reason: 'exit status 7' } });

  // The agent dies in the midst of a stop, and nobody sees its end.
  process.kill(crashed.pid ?? 0, 'SIGSTOP');
  const stop = (await workshop.client()).stop({ app: 'web' }).catch(() => undefined);
  // SIGTERM is pending (proc_pid_status).
  const pending = /^ShdPnd:\t0*4000$/m;
  await waitFor('the signal', () => pending.test(fs.readFileSync(`/proc/${crashed.pid}/status`, 'utf8')));
  await workshop.kill();
  await stop;
  process.kill(crashed.pid ?? 0, 'SIGCONT');
  await waitFor('its end', () => processStat(crashed.pid ?? 0) === null);
  await workshop.start();
  const stopped = await workshop.untilState('stopped');
  expect(stopped.instances[0]).toMatchObject({
    restarts: { crash: 1 },
    last_exit: { reason: expect.stringMatching(/^stopped/) },
  });

  // The host goes down with all that runs.
  await (await workshop.client()).start({ app: 'web' });
  const { pid } = await lastRun(workshop);
  await workshop.kill();
  process.kill(pid ?? 0, 'SIGKILL');
  await waitFor('its end', () => processStat(pid ?? 0) === null);
  reboot(workshop);
  const logged = fs.statSync(agentLog).size;
  await workshop.start();
  await workshop.untilState('running');
  expect(await lastRun(workshop)).toMatchObject({
    restarts: { crash: 1 },
    last_exit: { reason: 'SIGKILL; the host, or its container, was restarted since' },
  });
  const said = fs.readFileSync(agentLog, 'utf8').slice(logged);
  expect(said).not.toContain('adopted');
  expect(said).not.toContain('unexpectedly');
});
