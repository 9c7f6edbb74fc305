export type AppState = 'idle' | 'deploying' | 'running' | 'degraded' | 'down' | 'stopped';

/** Computed from what the instances are, never stored (design, section 1). */
export function appState(options: {
  deploying: boolean;
  stopped: boolean;
  hasRelease: boolean;
  instances: readonly { state: string; stopped: boolean }[];
}): AppState {
  if (options.deploying) return 'deploying';
  if (!options.hasRelease) return options.stopped ? 'stopped' : 'idle';
  const expected = options.instances.filter((instance) => !instance.stopped);
  if (options.stopped || expected.length === 0) return 'stopped';
  const ready = expected.filter((instance) => instance.state === 'ready').length;
  if (ready === options.instances.length) return 'running';
  return ready > 0 ? 'degraded' : 'down';
}
