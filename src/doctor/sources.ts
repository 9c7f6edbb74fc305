import fs from 'node:fs';
import path from 'node:path';
import type { AppConfiguration, Configuration } from '../config/index.ts';
import { messageOf, openOwnedDirectory, partReason, SlipwayError, withDeadline } from '../kernel/index.ts';
import { CURRENT_JSON_MAX_BYTES, currentKey, openStore } from '../source/index.ts';
import { findUid } from '../supervisor/index.ts';
import { type Check, fail, ok, warn } from './check.ts';
import type { RunningAgent, RunningSource } from './running-agent.ts';

const NAME = 'source';
/** A server that does not answer for so long is told as one that does not. */
const LOOK_MS = 10_000;

/**
 * That what each app's releases come from is reachable and readable. An agent that runs has looked with its own credentials,
 * and is believed; else each bucket on a server is asked for its `current.json`, all of them side by side.
 */
export async function checkSources(
  { apps, references }: Configuration,
  { ask, lookMs = LOOK_MS }: { ask: () => Promise<RunningAgent>; lookMs?: number },
): Promise<Check[]> {
  const agent = await ask().catch(() => null);
  const checks = await Promise.all(
    apps.map(async (app) => {
      const ofFolder = await checkFolder(app);
      if (ofFolder !== null) return ofFolder;
      const told = agent?.sources?.find((source) => source.app === app.id);
      if (told) return judge(told);
      const isSecret = references.some((each) => each.app === app.id && each.path.includes('source'));
      return isSecret ? null : await lookAt(app, lookMs);
    }),
  );
  const found = checks.filter((check) => check !== null);
  const bad = found.filter((check) => check !== 'good');
  const good = found.length - bad.length;
  return good === 0 ? bad : [...bad, ok(NAME, `${good} of ${apps.length} can be read`)];
}

/** What a source has on this host. One that is not there yet is no error. */
async function checkFolder({ id, source, user }: AppConfiguration): Promise<Check | null> {
  if (source.type === 'upload' || !path.isAbsolute(source.url) || !fs.existsSync(source.url)) return null;
  const names = [user, source.owner].filter((name) => typeof name === 'string');
  const uids = (await Promise.all(names.map(findUid))).filter((uid) => uid !== null);
  try {
    fs.closeSync(openOwnedDirectory(source.url, uids).fd);
    return null;
  } catch (error) {
    return failed(id, error);
  }
}

function judge({ app, state, reason }: RunningSource): Check | 'good' | null {
  const { message, mend } = partReason(reason ?? '');
  if (state === 'error') return fail(NAME, `${app}: ${message}`, mend);
  return state === 'ok' ? 'good' : null;
}

async function lookAt(app: AppConfiguration, lookMs: number): Promise<Check | 'good' | null> {
  const { id, name, environment, source } = app;
  if (source.type !== 'bucket' || path.isAbsolute(source.url)) return null;
  try {
    const store = openStore({ ...source, signed: app.signing !== null });
    const key = currentKey(name, environment);
    const found = await withDeadline({ ms: lookMs }, (signal) =>
      store.get(key, { maxBytes: CURRENT_JSON_MAX_BYTES, signal }),
    );
    if (found !== 'late') return 'good';
    const message = `${id}: ${store.address} does not answer in ${lookMs / 1000} s`;
    return fail(NAME, message, store.showCommand(key));
  } catch (error) {
    // The agent's own environment may have what this one has not.
    if (error instanceof SlipwayError && error.code === 'bucket_credentials')
      return warn(NAME, `${id}: ${error.message}, as far as can be told while no agent runs`, error.next);
    return failed(id, error);
  }
}

function failed(id: string, error: unknown): Check {
  if (error instanceof SlipwayError) return fail(NAME, `${id}: ${error.message}`, error.next);
  return fail(NAME, `${id}: ${messageOf(error)}`, null);
}
