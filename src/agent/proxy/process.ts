import type { Clock } from '../../kernel/index.ts';
import { findProgram, type ProxyDescription, type ProxyFolder, programArgv } from '../../proxy/index.ts';
import { Instance, NO_LIMITS, type Runs } from '../../supervisor/index.ts';

/** What its runs are recorded under: no app has such an id. */
export const PROXY_RUNS = 'proxy@';

/** HAProxy, kept running as an instance of an app is. `described`: what it has to do now. */
export function proxyInstance(options: {
  runs: Runs;
  clock: Clock;
  folder: ProxyFolder;
  logs: { stdout: string; stderr: string };
  described: () => ProxyDescription | null;
}): Instance {
  const { runs, clock, folder, logs, described } = options;
  return new Instance({
    ...{ app: PROXY_RUNS, unit: '1', runs, clock, logs },
    settings: () => ({
      stop: { signal: 'SIGUSR1', graceMs: longestDrainMs(described()), to: 'main' },
      limits: NO_LIMITS,
      restart: { delayMs: 0, maxDelayMs: 30_000, resetAfterMs: 10_000, maxRetries: null },
      ready: { kind: 'alive', forMs: 200 },
      readyTimeoutMs: 60_000,
      port: (described()?.http ?? described()?.https)?.port ?? null,
    }),
    prepare: async () => ({
      argv: programArgv(await findProgram()),
      cwd: folder.directory,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      account: null,
    }),
  });
}

function longestDrainMs(description: ProxyDescription | null): number {
  return Math.max(1000, ...(description?.apps ?? []).map(({ drainMs }) => drainMs));
}
