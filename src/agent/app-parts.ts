import fs from 'node:fs';
import path from 'node:path';
import type { App } from '../app/index.ts';
import type { AppConfiguration, Configuration } from '../config/index.ts';
import type { AppContext, News } from '../deployment/index.ts';
import type { Journal } from '../journal/index.ts';
import { type Clock, madeOnce } from '../kernel/index.ts';
import { serviceLayout, siteLayout } from '../release/index.ts';
import { Service } from '../service/index.ts';
import { Site } from '../site/index.ts';
import { bucket, git, type Source, upload } from '../source/index.ts';
import { type Account, findAccount, findUid, type Runs } from '../supervisor/index.ts';
import type { ToldEvent } from './events/index.ts';
import type { Front, TrafficWatch } from './proxy/index.ts';
import { signingOf } from './signing.ts';

/** What all apps of the agent stand on. */
export interface Ground {
  journal: Journal;
  runs: Runs;
  clock: Clock;
  agentEnvironment: NodeJS.ProcessEnv;
  onHotStep: ((step: string) => void) | undefined;
  log: (event: ToldEvent) => void;
  /** For the event stream alone. */
  tell: (event: ToldEvent) => void;
  inForce: Configuration;
  /** Sends requests to those that are ready. */
  front: Pick<Front, 'destinations'>;
  /** Tells of the requests that come through. */
  traffic: Pick<TrafficWatch, 'listen'>;
  /** The app as it is now. */
  find: (id: string) => App | null;
}

/** The app that a configuration describes: nothing of it has begun yet. */
export function makeApp(configuration: AppConfiguration, ground: Ground): App {
  const { dataDirectory } = ground.inForce;
  const context = contextOf(configuration, ground);
  if (configuration.kind === 'service')
    return new Service({
      ...context,
      configuration,
      layout: serviceLayout(dataDirectory, configuration.id),
      onHotStep: ground.onHotStep,
    });
  return new Site({ ...context, configuration, layout: siteLayout(configuration.root) });
}

function contextOf(
  configuration: AppConfiguration,
  ground: Ground,
): Omit<AppContext, 'layout' | 'configuration' | 'secrets'> {
  const { journal, runs, clock, log, tell } = ground;
  const { dataDirectory, logsDirectory } = ground.inForce;
  const { id, name, environment } = configuration;
  return {
    key: { name, environment },
    id,
    journal,
    runs,
    clock,
    dataDirectory,
    logsDirectory,
    agentEnvironment: handedOn(ground),
    account: accountOf(configuration),
    source: sourceOf(configuration, ground),
    share: (share) => ground.front.destinations.share(id, share),
    requests: (take) => ground.traffic.listen(id, take),
    withdraw: (unit, of) => ground.front.destinations.withdraw(id, unit, of),
    log: (news) => log(eventOf(id, news)),
    tell: (news) => tell(eventOf(id, news)),
  };
}

function eventOf(app: string, { type, message, unit, deployment }: News): ToldEvent {
  return { app, type, message, instance: unit === undefined ? undefined : `${app}/${unit}`, deployment };
}

/** The agent's environment, less what is a secret for some app in it. */
export function handedOn({ agentEnvironment, inForce }: Ground): NodeJS.ProcessEnv {
  const { secrets, references } = inForce;
  if (secrets?.type !== 'env') return agentEnvironment;
  const names = references.map(({ secret }) => secrets.prefix + (secret.split('#', 1)[0] ?? ''));
  return Object.fromEntries(Object.entries(agentEnvironment).filter(([name]) => !names.includes(name)));
}

/** Where its releases come from. */
export function sourceOf(configuration: AppConfiguration, ground: Ground): Source {
  const { id, name, environment, source } = configuration;
  const { clock, journal, runs, inForce, find } = ground;
  const signing = signingOf(configuration, journal);
  const owners = () => ownersOf(find(id)?.context.configuration ?? configuration);
  switch (source.type) {
    case 'bucket':
      return bucket({ ...source, name, environment, owners, signing, clock });
    case 'git':
      return git({
        ...source,
        cacheDirectory: mirrorsIn(inForce),
        contain: (mirror) => runs.tools(mirror),
        owners,
        clock,
      });
    case 'upload':
      return upload(clock);
  }
}

/**
 * Where mirrors of repositories are kept, beside what each app has downloaded, which has the app's id as its name: no id has a
 * dot in it. They were in `git` before, which is one.
 */
export function mirrorsIn({ dataDirectory, apps }: Pick<Configuration, 'dataDirectory' | 'apps'>): string {
  const cache = path.join(dataDirectory, 'cache');
  const [former, mirrors] = [path.join(cache, 'git'), path.join(cache, 'mirrors.git')];
  const isOfApp = apps.some(({ id }) => id === 'git');
  if (!isOfApp && fs.existsSync(former) && !fs.existsSync(mirrors)) fs.renameSync(former, mirrors);
  return mirrors;
}

/** Looked up once, when it is needed; again where that failed. */
export function accountOf(app: AppConfiguration): () => Promise<Account | null> {
  const { user } = app;
  return madeOnce(async () => (user === null ? null : await findAccount(user)));
}

/** Users whom what a source has on this host may belong to, beside root and the agent's own. */
async function ownersOf({ user, source }: AppConfiguration): Promise<number[]> {
  const names = [user, source.type === 'upload' ? null : source.owner];
  const uids = await Promise.all(names.filter((name) => typeof name === 'string').map(uidOf));
  return uids.filter((uid) => uid !== null);
}

/** Asked for at every look. */
const uids = new Map<string, number>();

async function uidOf(user: string): Promise<number | null> {
  const uid = uids.get(user) ?? (await findUid(user));
  if (uid !== null) uids.set(user, uid);
  return uid;
}
