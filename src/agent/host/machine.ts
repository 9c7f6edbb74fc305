import path from 'node:path';
import type { Backend } from '../../api/index.ts';
import type { Apps } from '../apps.ts';
import { Machine, type Place } from '../machine/index.ts';
import { presentApp } from '../present.ts';
import { presentSecrets } from '../present-secrets.ts';
import { presentDamage } from '../warnings.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'host' | 'doctor'>;

export function machineOperations(options: HostOptions): Operations {
  const { apps, clock, terminals, version, configFile, env, journal, secrets, forwards, warnings } = options;
  const machine = new Machine(clock);
  // Whoever asks while it examines gets what it finds: each examination starts a dozen programs.
  let examining: ReturnType<Backend['doctor']> | null = null;
  const examineHost = async () => {
    const { examine } = await import('../../doctor/index.ts');
    const askAgent = async () => {
      const all = apps.all().map((app) => presentApp(app, apps));
      return {
        version,
        pid: process.pid,
        sites: all,
        sources: all.map(({ app, source }) => ({ app, ...source })),
        instances: all.flatMap(({ instances }) => instances),
        forwards: forwards(),
        journal: presentDamage(journal),
        secrets: presentSecrets(secrets),
        warnings: warnings(),
        certificates: apps.front.certificates(),
      };
    };
    const { dataDirectory } = apps.inForce;
    return await examine({ configFile, env, askAgent, socketPath: path.join(dataDirectory, 'slipway.sock') });
  };
  return {
    host: async () => await machine.look({ places: placesOf(apps), openConsoles: terminals.count }),
    async doctor() {
      examining ??= examineHost().finally(() => {
        examining = null;
      });
      return await examining;
    },
  };
}

function placesOf(apps: Apps): Place[] {
  const { dataDirectory, logsDirectory } = apps.inForce;
  return [
    { path: dataDirectory, for: 'data' },
    { path: logsDirectory, for: 'logs' },
    ...apps.inForce.apps.flatMap((app) => (app.kind === 'site' ? [{ path: app.root, for: app.id }] : [])),
  ];
}
