import type { InstanceSettings } from '../supervisor/index.ts';
import type { ServiceContext } from './context.ts';

export function settingsOf(context: ServiceContext, unit: string): InstanceSettings {
  const { stop, restart, limits, ready, port: base } = context.configuration;
  const port = base === null ? null : base + Number(unit) - 1;
  return {
    stop,
    restart,
    limits,
    port,
    readyTimeoutMs: ready.timeoutMs,
    ready:
      ready.kind === 'alive' || port === null
        ? { kind: 'alive', forMs: ready.kind === 'alive' ? ready.forMs : 0 }
        : ready.kind === 'http'
          ? { kind: 'http', path: ready.path, port }
          : { kind: 'tcp', port },
  };
}
