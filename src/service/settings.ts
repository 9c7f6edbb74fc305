import type { InstanceSettings } from '../supervisor/index.ts';
import type { ServiceContext } from './context.ts';

/** `spare`: of the second slot of the unit. */
export function settingsOf(
  context: Pick<ServiceContext, 'configuration'>,
  unit: string,
  spare = false,
): InstanceSettings {
  const { stop, restart, limits, ready, port: first, rollOut } = context.configuration;
  const base = spare ? rollOut.sparePort : first;
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
