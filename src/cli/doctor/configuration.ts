import { type AppConfiguration, type Configuration, loadConfiguration } from '../../config/index.ts';
import { messageOf, SlipwayError } from '../../kernel/index.ts';
import { findAccount, findGroup } from '../../supervisor/index.ts';
import { checkCertificates } from './certificates.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { judgeLimits, readGround } from './control-groups.ts';
import { checkFolder } from './folders.ts';

/** That the configuration is right, and that this host has what it names. */
export async function checkConfiguration(options: {
  configFile: string | null;
  env: NodeJS.ProcessEnv;
}): Promise<Check[]> {
  let configuration: Configuration;
  try {
    configuration = loadConfiguration({ file: options.configFile, env: options.env });
  } catch (error) {
    return [failure('configuration', error)];
  }
  const { file, apps, dataDirectory, logsDirectory } = configuration;
  const ground = readGround();
  const users = [...new Set(apps.flatMap((app) => app.user ?? []))];
  return [
    ok('configuration', file ?? 'the DEPLOYEX_* variables'),
    ...checkFolder('data', dataDirectory),
    ...checkFolder('logs', logsDirectory),
    ...(await Promise.all(users.map(checkUser))),
    ...(await Promise.all(apps.map(checkOwner))).flat(),
    ...(process.getuid?.() === 0 ? apps.flatMap(checkPrivilege) : []),
    ...apps.flatMap((app) => judgeLimits(app, ground)),
    ...(await checkCertificates(configuration)),
  ];
}

async function checkUser(user: string): Promise<Check> {
  try {
    await findAccount(user);
    return ok('user', user);
  } catch (error) {
    return failure('user', error);
  }
}

/** Whom the files of a site are given to; where the agent is not root, nobody. */
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

/** Who may write what root runs is root, and what root runs nothing holds. */
function checkPrivilege(app: AppConfiguration): Check[] {
  if (app.user !== null) return [];
  if (app.kind === 'service') {
    const message = `${app.id} runs as root: it may leave its control group, and end what it likes; give it a \`user\``;
    return [warn('user', message, null)];
  }
  if (app.owner === null) return [];
  const { user, group } = app.owner;
  return [
    warn(
      'user',
      `hooks, workers and cron of ${app.id} run as root, from files that ${user}:${group} may change: give it a \`user\``,
      null,
    ),
  ];
}

function failure(name: string, error: unknown): Check {
  if (error instanceof SlipwayError) return fail(name, error.message, error.next);
  return fail(name, messageOf(error), null);
}
