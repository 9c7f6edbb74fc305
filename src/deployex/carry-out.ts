import fs from 'node:fs';
import path from 'node:path';
import { type Configuration, type ServiceConfiguration } from '../config/index.ts';
import { HASH_UNKNOWN, Journal, lockDataDirectory, type Tables } from '../journal/index.ts';
import { type Clock, writeFileDurable } from '../kernel/index.ts';
import { copyTree, serviceLayout } from '../release/index.ts';
import { findAccount, recordForeignRun } from '../supervisor/index.ts';
import type { AppPlan, PastDeployment } from './plan.ts';
import type { RunningInstance } from './running.ts';

/** Whoever deployed then. */
const ACTOR = 'deployex';

export interface CarryOutOptions {
  /** What the slipway.yaml says that is about to be written. */
  configuration: Configuration;
  text: string;
  file: string;
  plans: readonly AppPlan[];
  clock: Clock;
  /** Those that go on; they are recorded before DeployEx ends. */
  running: readonly RunningInstance[];
  /** Ends DeployEx. */
  endDeployex: () => Promise<void>;
  /** Called between what a crash could come between. */
  onStep?: (step: string) => void;
}

/**
 * Takes over what is planned. Each step may be begun again, and what an earlier import has done is found: killed anywhere,
 * it is called again. The configuration comes last: until it is there, an agent runs nothing of this.
 * @throws SlipwayError `agent_running`, `disk_full`, `permission`
 */
export async function carryOut(options: CarryOutOptions): Promise<void> {
  const { configuration, text, file, plans, running, clock, onStep = () => undefined } = options;
  const { dataDirectory } = configuration;
  const lock = lockDataDirectory(dataDirectory);
  try {
    for (const plan of plans) await copyRelease(plan, configuration, onStep);
    const journal = Journal.open(dataDirectory, clock);
    try {
      for (const plan of plans) {
        const app = appOf(configuration, plan);
        onStep(`journal of ${plan.name}`);
        journal.write(`${app.id}: taken over from DeployEx`, (tables) =>
          record(tables, { app, plan, configuration, clock }),
        );
        onStep(`journalled ${plan.name}`);
      }
    } finally {
      journal.close();
    }
    for (const { app, instance, ...process } of running) {
      const { id } = configuration.apps.find(({ name }) => name === app) ?? { id: app };
      const name = { app: id, unit: String(instance), release: FIRST, generation: 0 };
      recordForeignRun(dataDirectory, { name, process });
    }
    onStep('recorded');
    await options.endDeployex();
    onStep('configuration');
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    writeFileDurable(file, text);
    onStep('configured');
  } finally {
    lock.release();
  }
}

function appOf(configuration: Configuration, plan: AppPlan): ServiceConfiguration {
  return configuration.apps.find(({ name }) => name === plan.name) as ServiceConfiguration;
}

const FIRST = 1;

async function copyRelease(
  plan: AppPlan,
  configuration: Configuration,
  onStep: (step: string) => void,
): Promise<void> {
  if (!plan.live) return;
  const app = appOf(configuration, plan);
  const { releaseDirectory } = serviceLayout(configuration.dataDirectory, app.id);
  const into = releaseDirectory(FIRST, plan.live.record.version);
  onStep(`copy of ${plan.name}`);
  // Others may write to what lies there: it is read with the rights of whom it belongs to.
  await copyTree({
    from: plan.live.directory,
    to: into,
    as: app.user === null ? null : await findAccount(app.user),
  });
}

function record(
  tables: Tables,
  {
    app,
    plan,
    configuration,
    clock,
  }: { app: ServiceConfiguration; plan: AppPlan; configuration: Configuration; clock: Clock },
): void {
  const key = { name: app.name, environment: app.environment };
  // An import that was killed, or the app's own life since.
  if (tables.app(key)) return;
  const now = clock.now();
  tables.addApp(key);
  const { live } = plan;
  if (live) {
    const { version, hash, at } = live.record;
    tables.addRelease({
      ...{ ...key, number: FIRST, version, hash, commitId: null, state: 'live', provenAt: now },
      directory: serviceLayout(configuration.dataDirectory, app.id).releaseDirectory(FIRST, version),
      ...{ createdAt: at || now, sizeBytes: null, removedAt: null },
    });
    tables.updateApp(key, {
      ...{ live: FIRST, liveSince: at || now, nextNumber: FIRST + 1 },
      ...{ actedVersion: version, actedHash: hash ?? HASH_UNKNOWN },
    });
    for (let instance = 1; instance <= app.replicas; instance++)
      tables.addInstance(key, String(instance), FIRST);
  }
  for (const deployment of plan.deployments) tables.addDeployment(rowOf(deployment, { ...key, live }));
  for (const { version, at } of plan.ghosts)
    tables.addGhost({ ...key, version, hash: null, reason: 'DeployEx took it back', at: at || now });
  if (plan.pinned !== null) tables.updateApp(key, { pinned: plan.pinned });
}

function rowOf(
  past: PastDeployment,
  { live, ...key }: { name: string; environment: string; live: AppPlan['live'] },
): Parameters<Tables['addDeployment']>[0] {
  const { version, hash, preCommands, kind, state, startedAt, endedAt } = past;
  const isLive = live?.record.version === version && live.record.at === endedAt;
  return {
    ...{ ...key, kind, state, version, hash, commitId: null, release: isLive ? FIRST : null },
    offer: {
      ...{ version, hash, sha256: null, commit: null, ref: null, preCommands },
      ...{ archive: null, upload: null },
    },
    ...{ triggerBy: 'import', actor: ACTOR, liveBefore: null, backTo: null, hot: kind === 'hot' },
    ...{ goingBack: null, errorCode: null, reason: 'by DeployEx' },
    ...{ queuedAt: startedAt, startedAt, endedAt },
  };
}
