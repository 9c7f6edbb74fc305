import { errnoOf, SlipwayError, sleep } from '../kernel/index.ts';
import { isAlive, processStat } from '../supervisor/index.ts';
import type { RunningInstance } from './running.ts';

const GONE_WITHIN_MS = 10_000;
const LOOK_MS = 10;

/**
 * Ends DeployEx and leaves what it runs. Asked to end, or killed, it takes its apps along: its VM stops them, and the program that
 * it starts them through (erlexec's exec-port) does so as soon as the VM is gone. So the VM is halted first, then that program
 * ends without being asked, which nothing of the apps hangs on (their output goes straight to files), then the VM.
 * @throws SlipwayError `import_refused` where it is not gone then, or an app ended with it
 */
export async function endLeavingApps(mainPid: number, instances: readonly RunningInstance[]): Promise<void> {
  const main = processStat(mainPid);
  if (!main) return;
  send(mainPid, 'SIGSTOP');
  await untilTrue(() => processStat(mainPid)?.state === 'T');
  for (const starter of new Set(instances.map(({ starter }) => starter))) {
    send(starter, 'SIGKILL');
    await untilTrue(() => processStat(starter) === null);
  }
  send(mainPid, 'SIGKILL');
  await untilTrue(() => !isAlive(main));
  const ended = instances.filter((instance) => !isAlive(instance));
  if (ended.length === 0) return;
  throw new SlipwayError('import_refused', {
    message: `${ended.map(({ app, instance }) => `${app}/${instance}`).join(', ')} ended with DeployEx`,
    hint: 'the agent starts them anew',
    next: 'slipway agent',
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

async function untilTrue(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += LOOK_MS) {
    if (waitedMs > GONE_WITHIN_MS)
      throw new SlipwayError('import_refused', {
        message: 'a process of DeployEx does not end',
        next: 'systemctl status deployex',
      });
    await sleep(LOOK_MS);
  }
}
