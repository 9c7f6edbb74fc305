import { type AppConfiguration, type Configuration, outlineConfiguration } from '../config/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import { findAccount, findGroup, makeUser } from '../supervisor/index.ts';
import { checkCertificates } from './certificates.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { judgeLimits, readGround } from './control-groups.ts';
import { checkFolder } from './folders.ts';
import { checkForwards } from './forward.ts';
import { checkGroupSocket } from './group-socket.ts';
import { checkJournal } from './journal.ts';
import type { RunningAgent } from './running-agent.ts';
import { checkSources } from './sources.ts';

/** Whom the guides let apps run as. */
const DEPLOYER = 'deployer';

/** That the configuration is right, and that this host has what it names. */
export async function checkConfiguration(options: {
  configFile: string | null;
  env: NodeJS.ProcessEnv;
  askAgent: () => Promise<RunningAgent>;
}): Promise<Check[]> {
  let configuration: Configuration;
  try {
    configuration = outlineConfiguration({ file: options.configFile, env: options.env });
  } catch (error) {
    return [failure('configuration', error)];
  }
  const { apps, dataDirectory, logsDirectory } = configuration;
  const ground = readGround();
  const users = [...new Set(apps.flatMap((app) => app.user ?? []))];
  return [
    checkExposed(configuration),
    ...checkFolder('data', dataDirectory, { data: dataDirectory }),
    ...checkFolder('logs', logsDirectory, { data: dataDirectory }),
    ...checkJournal(configuration),
    ...(await Promise.all(users.map(checkUser))),
    ...(await Promise.all(apps.map(checkOwner))).flat(),
    ...(await checkSources(configuration, { ask: options.askAgent })),
    ...(process.getuid?.() === 0 ? apps.flatMap(checkPrivilege) : []),
    ...apps.flatMap((app) => judgeLimits(app, ground)),
    ...(await checkGroupSocket(configuration, options.askAgent)),
    ...(await checkForwards(configuration, { ask: options.askAgent })),
    ...(await checkCertificates(configuration)),
  ];
}

function checkExposed({ file, isExposed }: Configuration): Check {
  if (file === null) return ok('configuration', 'the DEPLOYEX_* variables');
  if (!isExposed) return ok('configuration', file);
  return warn('configuration', `${file} holds secrets, and everybody may read it`, `chmod o-r ${file}`);
}

async function checkUser(user: string): Promise<Check> {
  try {
    await findAccount(user);
    return ok('user', user);
  } catch (error) {
    return failure('user', error);
  }
}

/** Checks whom the files of a site are given to; an agent that is not root gives them to nobody. */
async function checkOwner(app: AppConfiguration): Promise<Check[]> {
  if (app.kind !== 'site' || app.owner === null) return [];
  const { user, group } = app.owner;
  try {
    if (process.getuid?.() === 0) await findAccount(user);
    await findGroup(group);
    return [ok('owner', `${user}:${group} of ${app.id}`)];
  } catch (error) {
    const { message, mend } = failure('owner', error);
    return [fail('owner', `${app.id} is to belong to ${user}:${group} (\`owner\`), and ${message}`, mend)];
  }
}

/**
 * Who may write what root runs is root, and what root runs nothing holds. An agent that is root runs apps as root where
 * `user` is not written.
 */
function checkPrivilege(app: AppConfiguration): Check[] {
  if (app.user !== null) return [];
  if (app.kind === 'service') {
    const message = `${app.id} runs as root: it may leave its control group, and end what it likes, and whoever may open its console or deploy an upload is root here, so over TCP both need the role admin; give it a \`user\``;
    return [warn('user', message, giveUser(app))];
  }
  if (app.owner === null) return [];
  const { user, group } = app.owner;
  return [
    warn(
      'user',
      `hooks, workers and cron of ${app.id} run as root, from files that ${user}:${group} may change, and a shell, a secret or an upload of it needs the role admin over TCP: give it a \`user\``,
      giveUser(app),
    ),
  ];
}

/** Those that are there are not made anew: `useradd` says so, and that is no harm. */
function giveUser({ id }: AppConfiguration): string {
  return `${makeUser(DEPLOYER)}   (where there is none; then write \`user: ${DEPLOYER}\` below ${id}, and: slipway config apply)`;
}

function failure(name: string, error: unknown): Check {
  if (error instanceof SlipwayError) return fail(name, error.message, error.next);
  return fail(name, messageOf(error), null);
}
