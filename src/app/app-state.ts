export type AppState = 'idle' | 'deploying' | 'running' | 'degraded' | 'down' | 'stopped';

/** The state of an app is computed from those of its instances, and never stored. A service of 0 replicas is stopped. */
export function appState(options: {
  deploying: boolean;
  stopped: boolean;
  hasRelease: boolean;
  instances: readonly { state: string; stopped: boolean }[];
  /** Whether `current` of a site leads to a release. Null of a service. */
  isWhole: boolean | null;
}): AppState {
  if (options.deploying) return 'deploying';
  if (options.isWhole === null && options.instances.length === 0) return 'stopped';
  if (!options.hasRelease) return options.stopped ? 'stopped' : 'idle';
  if (options.stopped) return 'stopped';
  if (options.isWhole === false) return 'down';
  if (options.isWhole && options.instances.length === 0) return 'running';
  const expected = options.instances.filter((instance) => !instance.stopped);
  if (expected.length === 0) return options.isWhole ? 'degraded' : 'stopped';
  const ready = expected.filter((instance) => instance.state === 'ready').length;
  if (ready === options.instances.length) return 'running';
  return ready > 0 || options.isWhole ? 'degraded' : 'down';
}
