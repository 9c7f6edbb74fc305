import net from 'node:net';
import { runTool, sleep, withDeadline } from '../kernel/index.ts';

const STARTED_WITHIN_MS = 10_000;
const LOOK_MS = 50;

/**
 * Waits for an agent that systemd has just started: `systemctl start` returns before it answers. Resolves at once where one
 * answers or none is started, and in the end whatever became of it.
 */
export async function untilStarted(socketPath: string): Promise<void> {
  if (await answers(socketPath)) return;
  await withDeadline({ ms: STARTED_WITHIN_MS }, async (signal) => {
    while (!signal.aborted && (await isStarted())) {
      await sleep(LOOK_MS, { signal });
      if (await answers(socketPath)) return;
    }
  });
}

/** True also where it is not to be opened: waiting would not help. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    const end = (does: boolean) => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', () => end(true));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED'),
    );
  });
}

async function isStarted(): Promise<boolean> {
  return await runTool(['systemctl', 'is-active', '--quiet', 'slipway']).then(
    () => true,
    () => false,
  );
}
