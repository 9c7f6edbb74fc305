import fs from 'node:fs';
import path from 'node:path';
import { formatSize, isVersion, NAME_PATTERN, SlipwayError, systemClock } from '../../kernel/index.ts';
import {
  type Candidate,
  findBuilt,
  openArchive,
  openScratch,
  type Published,
  packFolder,
  publish as publishTo,
  readSigningKey,
} from '../../publish/index.ts';
import { openWritableStore, type WritableStore } from '../../source/index.ts';
import { ArchiveLine } from '../archive-line.ts';
import { untilInterrupted } from '../interrupt.ts';
import { count, type Output, printData, symbolsOf } from '../output/index.ts';
import type { Session } from '../session.ts';
import { signingPassword } from '../signing-password.ts';

export interface Options {
  app?: string;
  version?: string;
  to?: string;
  environment?: string;
  endpoint?: string;
  region?: string;
  pathStyle?: boolean;
  profile?: string;
  signingKey?: string;
  preCommand?: string[];
  keep?: number;
  mix?: boolean;
  rebar3?: boolean;
  dryRun?: boolean;
  force?: boolean;
}

/** Puts a release into a bucket. No agent need run here. */
export async function publish(session: Session, given: string | undefined, options: Options): Promise<void> {
  const { environment = 'production', to, dryRun = false } = options;
  const release = whatToPublish(given, options);
  if (to === undefined) throw usage('where to publish is missing: --to s3://bucket, gs://bucket or a folder');
  if (!NAME_PATTERN.test(environment)) throw usage(`"${environment}" is no name of an environment`);
  const { endpoint, region, pathStyle, profile, signingKey: keyFile } = options;
  const store = storeAt({ url: addressOf(to), endpoint, region, pathStyle, profile });
  const signingKey =
    keyFile === undefined ? null : await readSigningKey(keyFile, () => signingPassword(session));
  const interrupt = untilInterrupted(null);
  const { signal } = interrupt;
  await using scratch = await openScratch();
  const line = new ArchiveLine(session, release);
  try {
    const candidate = await prepare(session, { ...release, scratch: scratch.folder, signal });
    line.of(candidate);
    const published = await publishTo({
      ...{ store, ...release, environment, candidate, signingKey, dryRun, signal },
      ...{ preCommands: options.preCommand ?? [], keep: options.keep ?? null, force: options.force ?? false },
      ...{ clock: systemClock, progress: line },
    });
    tell(session.output, published, { ...release, environment, address: store.address });
  } catch (error) {
    throw signal.aborted && error === signal.reason ? interrupted(signal.reason, release) : error;
  } finally {
    line.stop();
    interrupt.dispose();
  }
}

interface Release {
  app: string;
  version: string;
  path: string;
}

/** What was given, or what a build tool has just made. */
function whatToPublish(given: string | undefined, options: Options): Release {
  const { mix, rebar3 } = options;
  if (mix && rebar3) throw usage('--mix and --rebar3 are two projects: give one of them');
  const tool = mix ? 'mix' : rebar3 ? 'rebar3' : null;
  const built = tool && findBuilt(tool, { project: given ?? '.', app: options.app ?? null });
  const { app = built?.app, version = built?.version } = options;
  const file = built?.path ?? given;
  if (file === undefined) throw usage('a folder or an archive to publish is missing, or --mix, or --rebar3');
  if (app === undefined) throw usage('the app is missing: --app NAME');
  if (version === undefined) throw usage('the version is missing: --version 1.2.3');
  if (!NAME_PATTERN.test(app))
    throw usage(`"${app}" is no name of an app: a-z, 0-9, _ and -, the first a letter`);
  if (!isVersion(version))
    throw usage(`"${version}" is no version: a letter or digit, then those and . _ + ~ -`);
  return { app, version, path: file };
}

async function prepare(
  session: Session,
  { app, version, path: given, scratch, signal }: Release & { scratch: string; signal: AbortSignal },
): Promise<Candidate> {
  const { err } = session.output;
  const say = (text: string) => err.write(`${err.colors.green(symbolsOf(session.env).done)} ${text}\n`);
  const note = (text: string) => err.write(`${err.colors.yellow(symbolsOf(session.env).warning)} ${text}\n`);
  const stat = fs.statSync(given, { throwIfNoEntry: false });
  if (!stat) throw usage(`${given} is not there`);
  if (!stat.isDirectory()) {
    const candidate = await openArchive(given, { app, version, scratch, signal });
    candidate.notes.forEach(note);
    return candidate;
  }
  const packed = await packFolder(given, { into: scratch, timeS: sourceDate(session.env), signal });
  const candidate = await openArchive(packed.file, { app, version, scratch, signal, folder: given });
  const size = `${formatSize(packed.sizeBytes)}, ${formatSize(candidate.sizeBytes)} packed`;
  say(`packed ${given}: ${count(packed.files, 'file')}, ${size}`);
  [...packed.notes, ...candidate.notes].forEach(note);
  return candidate;
}

/** https://reproducible-builds.org/specs/source-date-epoch */
function sourceDate({ SOURCE_DATE_EPOCH: text }: NodeJS.ProcessEnv): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw usage(`SOURCE_DATE_EPOCH is "${text}", and no time in seconds`);
}

/** What is wrong with an address is a matter of the command line here, not of a configuration. */
function storeAt(options: Parameters<typeof openWritableStore>[0]): WritableStore {
  try {
    return openWritableStore(options);
  } catch (error) {
    throw error instanceof SlipwayError && error.code === 'config_invalid' ? usage(error.message) : error;
  }
}

/** A folder may be given as people type it. */
function addressOf(to: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(to) ? to : path.resolve(to);
}

function tell(
  output: Output,
  { outcome, version, hash, archive, sizeBytes, removed }: Published,
  { app, environment, address }: Release & { environment: string; address: string },
): void {
  const value = { app, environment, version, hash, archive, size_bytes: sizeBytes, outcome, removed };
  printData(output, value, () => {
    const what = `${app} ${version} (${environment})`;
    const first = {
      published: `published ${what} to ${address}`,
      unchanged: `${what} is published already, with the same bytes: nothing was changed`,
      planned: `would publish ${what} to ${address}`,
    }[outcome];
    const verb = outcome === 'planned' ? 'would remove' : 'removed';
    return [first, `  ${archive}`, `  ${hash}`, ...removed.map((key) => `  ${verb} ${key}`)].join('\n');
  });
}

function interrupted(reason: SlipwayError, { app, version }: Release): SlipwayError {
  return new SlipwayError(reason.code, {
    message: `${app} ${version} is not published: it was interrupted`,
    hint: 'nothing was written; agents see what they saw before. Run it again',
  });
}

function usage(message: string): SlipwayError {
  return new SlipwayError('usage', {
    message,
    hint: 'nothing was published',
    next: 'slipway publish --help',
  });
}
