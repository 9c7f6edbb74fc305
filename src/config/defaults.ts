import { isProduction } from './configuration.ts';

/** What is used elsewhere than in the schema too where a key is left out. */
export const DEFAULTS = {
  environment: 'production',
  data: '/var/lib/slipway',
  logs: '/var/log/slipway',
  listen: '127.0.0.1:5001',
  groupSocket: '/run/slipway/slipway.sock',
  replicas: 3,
  readyTimeout: '60s',
  healthEvery: '10s',
  healthTimeout: '2s',
  restartDelay: '0s',
  restartMaxDelay: '5m',
  /** So far above `port` the other slots are. */
  spareAbovePort: 100,
  shared: ['node_modules', 'vendor'],
} as const;

/** How a service is rolled out that does not say so. `isBehind`: it has names that the proxy sends to it. */
export function defaultStrategy({ isBehind }: { isBehind: boolean }): 'overlap' | 'replace' {
  return isBehind ? 'overlap' : 'replace';
}

/** Root of a site that names none. */
export function defaultRoot(environment: string): string {
  return isProduction(environment) ? '/webroot' : `/webroot/${environment}`;
}

/** Name of a cron entry that has none; the first is at 0. */
export function defaultCronName(index: number): string {
  return `job-${index + 1}`;
}
