import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { App, CronEntry, Deployment, Happening, Plan, Release, Secret } from '../../api/pages/index.ts';
import type { Client, Feed } from '../client/index.ts';
import type { DeployChoice } from './app-actions.ts';
import { createResource, type Resource } from './resource.ts';
import type { StatusModel } from './status.ts';

const DEPLOYMENTS_SHOWN = 15;
const DEPLOYMENTS_MORE = 50;

/** One app, with its history and what is on the disk. */
export interface AppModel {
  app: ReadonlySignal<App | null>;
  deployments: Resource<Deployment[]>;
  /** Whether there may be older ones, which are asked for by `showOlder`. */
  hasOlder: ReadonlySignal<boolean>;
  showOlder(): Promise<void>;
  releases: Resource<Release[]>;
  /** Those that a rollback may lead to, newest first. */
  waysBack: ReadonlySignal<readonly Release[]>;
  /** Of a site: names alone, no value comes here. */
  variables: Resource<string[]>;
  secrets: Resource<Secret[]>;
  cron: Resource<CronEntry[]>;
  /** What a deployment would do; asked for when it is started. */
  planDeploy(choice: Pick<DeployChoice, 'version' | 'ref' | 'full'>): Resource<Plan>;
  planRollback(to: number): Resource<Plan>;
  start(): () => void;
  /** What only some may see, or have. */
  startSecrets(): () => void;
  startSite(): () => void;
  startCron(): () => void;
}

export function createApp(
  { client, feed, status }: { client: Client; feed: Feed; status: Pick<StatusModel, 'status'> },
  id: string,
): AppModel {
  const concerns = ({ app }: Happening) => app === id || app === null;
  const resource = <T>(load: (signal: AbortSignal) => Promise<T>) => createResource({ load, feed, concerns });
  const app = computed(() => status.status.value?.apps.find((each) => each.app === id) ?? null);
  const shown = signal(DEPLOYMENTS_SHOWN);
  const deployments = resource((signal) => client.deployments({ app: id, limit: shown.peek() }, { signal }));
  const releases = resource(async (signal) =>
    (await client.releases({ app: id }, { signal })).toSorted((a, b) => b.number - a.number),
  );
  const variables = resource((signal) => client.envNames({ app: id }, { signal }));
  const secrets = resource((signal) => client.secrets({ app: id }, { signal }));
  const cron = resource((signal) => client.cron({ app: id }, { signal }));
  const startAll = (resources: readonly Resource<unknown>[]) => {
    const ends = resources.map((each) => each.start());
    return () => {
      for (const end of ends) end();
    };
  };
  return {
    app,
    deployments,
    hasOlder: computed(() => (deployments.value.value?.length ?? 0) >= shown.value),
    async showOlder() {
      shown.value += DEPLOYMENTS_MORE;
      await deployments.refresh();
    },
    releases,
    variables,
    secrets,
    cron,
    waysBack: computed(() => {
      const live = app.value?.live?.number ?? null;
      const others = (releases.value.value ?? []).filter(({ proven, number }) => proven && number !== live);
      // The one before the live one first, as the command line takes it.
      const before = others.filter(({ number }) => live === null || number < live);
      return [...before, ...others.filter((each) => !before.includes(each))];
    }),
    planDeploy: ({ version, ref, full }) =>
      createResource({
        // A ghosted version is planned like any other: that it takes force is said beside it.
        load: (signal) =>
          client.planDeploy(
            {
              ...{ app: id, full, force: true },
              ...(version !== null && { version }),
              ...(ref !== null && { ref }),
            },
            { signal },
          ),
      }),
    planRollback: (to) =>
      createResource({ load: (signal) => client.planRollback({ app: id, to }, { signal }) }),
    start: () => startAll([deployments, releases]),
    startSecrets: () => startAll([secrets]),
    startSite: () => startAll([variables]),
    startCron: () => startAll([cron]),
  };
}
