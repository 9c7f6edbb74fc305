import { type Configuration, loadConfiguration } from '../../config/index.ts';
import { messageOf, SlipwayError } from '../../kernel/index.ts';
import { findAccount } from '../../supervisor/index.ts';
import { type Check, fail, ok } from './check.ts';
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
  const users = [...new Set(apps.flatMap((app) => app.user ?? []))];
  return [
    ok('configuration', file ?? 'the DEPLOYEX_* variables'),
    ...checkFolder('data', dataDirectory),
    ...checkFolder('logs', logsDirectory),
    ...(await Promise.all(users.map(checkUser))),
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

function failure(name: string, error: unknown): Check {
  if (error instanceof SlipwayError) return fail(name, error.message, error.next);
  return fail(name, messageOf(error), null);
}
