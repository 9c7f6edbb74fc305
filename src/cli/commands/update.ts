import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../../kernel/index.ts';
import {
  type AskAgent,
  checkVersion,
  download,
  Installation,
  lockUpdates,
  type Prospect,
  readRecord,
  resume,
  type UpdateContext,
  type Updated,
  unpackArchive,
  update as updateTo,
} from '../../update/index.ts';
import { untilInterrupted } from '../interrupt.ts';
import { count, printData, symbolsOf } from '../output/index.ts';
import { TransferLine } from '../progress/index.ts';
import type { Session } from '../session.ts';

const DEFAULT_WAIT_MS = 60_000;

export interface UpdateOptions {
  to?: string;
  /** A file, or an address. */
  archive?: string;
  sha256?: string;
  wait?: number;
  dryRun?: boolean;
}

/** Done here, and not by the agent: it is the agent that is exchanged. */
export async function update(session: Session, options: UpdateOptions): Promise<void> {
  const { dryRun = false, wait = DEFAULT_WAIT_MS } = options;
  const installation = Installation.ofThisProgram();
  refuseUnprivileged();
  if (!('socketPath' in (await session.address())))
    throw usage('an update is made on the host itself, without --url');
  using _ = await lockUpdates(installation);
  const { output, env, configFile } = session;
  const done = output.err.colors.green(symbolsOf(env).done);
  const context: UpdateContext = {
    installation,
    dataDirectory: await session.dataDirectory(),
    ask: asking(session),
    withinMs: wait,
    tell: (line) => output.err.write(`${done} ${line}\n`),
  };
  const record = readRecord(installation);
  if (record !== null && !dryRun) await uninterrupted(() => resume(context, record));

  const versions = installation.versions();
  const to = await bring(session, installation, options);
  await using stack = new AsyncDisposableStack();
  // What was unpacked to be looked at alone.
  if (dryRun && !versions.includes(to)) stack.defer(() => installation.remove(to));
  const prospect = await checkVersion(installation, { to, dataDirectory: context.dataDirectory, configFile });
  const running = await context.ask();
  if (prospect.from === to && (running === null || running.version === to))
    return print(
      session,
      { from: to, to, restarted: false, instances: [] },
      `Slipway ${to} is in force already; nothing was changed.`,
    );
  context.tell(`${to} starts here, takes the configuration and reads the journal`);
  if (dryRun) return printProspect(session, prospect, running?.instances.length ?? 0);
  const updated = await uninterrupted(() => updateTo(context, prospect));
  print(session, updated, wordsOf(updated));
}

/** The version that is meant, on this host when this resolves. */
async function bring(session: Session, installation: Installation, options: UpdateOptions): Promise<string> {
  const { to, archive, sha256 } = options;
  if (to !== undefined) return to;
  if (archive === undefined) throw usage('which version? --to or --archive');
  const digest = sha256?.toLowerCase() ?? null;
  if (digest !== null && !/^[0-9a-f]{64}$/.test(digest))
    throw usage(`"${sha256}" is no SHA-256: it has 64 hexadecimal digits`);
  if (!/^https?:\/\//.test(archive))
    return await unpackArchive(installation, { file: archive, sha256: digest });
  if (digest === null) throw usage('an archive from elsewhere needs --sha256: it is compared');
  const file = await fetched(session, installation, archive);
  try {
    return await unpackArchive(installation, { file, sha256: digest });
  } finally {
    fs.rmSync(file, { force: true });
  }
}

async function fetched(session: Session, installation: Installation, url: string): Promise<string> {
  const to = path.join(installation.base, '.download');
  const interrupt = untilInterrupted(null);
  let line: TransferLine | null = null;
  try {
    await download({
      url,
      to,
      signal: interrupt.signal,
      onProgress(bytes, ofBytes) {
        if (ofBytes === null) return;
        line ??= new TransferLine({
          channel: session.output.err,
          symbols: symbolsOf(session.env),
          name: path.basename(new URL(url).pathname),
          sizeBytes: ofBytes,
          words: { doing: 'fetching', done: 'fetched' },
        });
        line.update(bytes);
      },
    });
    (line as TransferLine | null)?.done();
    return to;
  } catch (error) {
    (line as TransferLine | null)?.stop();
    throw error;
  } finally {
    interrupt.dispose();
  }
}

function asking(session: Session): AskAgent {
  return async () => {
    try {
      const { agent, apps } = await (await session.client()).status({});
      return {
        version: agent.version,
        pid: agent.pid,
        instances: apps.flatMap(({ instances }) => instances),
      };
    } catch (error) {
      if (error instanceof SlipwayError && error.code === 'agent_unreachable') return null;
      throw error;
    }
  };
}

/** Half an update is none: what has begun is ended, or taken back. */
async function uninterrupted<T>(work: () => Promise<T>): Promise<T> {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const ignore = () => {};
  for (const name of names) process.on(name, ignore);
  try {
    return await work();
  } finally {
    for (const name of names) process.off(name, ignore);
  }
}

function refuseUnprivileged(): void {
  if (process.getuid?.() === 0) return;
  throw new SlipwayError('permission', {
    message: 'only root may exchange the version of Slipway',
    hint: 'nothing was changed',
    next: 'sudo slipway update ...',
  });
}

function print({ output }: Session, updated: Updated, words: string): void {
  printData(output, updated, () => words);
}

function printProspect({ output }: Session, prospect: Prospect, instances: number): void {
  const { from, to, migrates } = prospect;
  printData(output, { ...prospect, dry_run: true }, () =>
    [
      `${from} to ${to}: the agent would be restarted, and none of ${count(instances, 'instance')}.`,
      ...(migrates
        ? ['The journal gets another form; a copy of it is kept, and put back should the update fail.']
        : []),
      'Nothing was changed.',
    ].join('\n'),
  );
}

function wordsOf({ from, to, restarted, instances }: Updated): string {
  if (!restarted)
    return `Slipway ${to} is in force from the next start of the agent on; none runs under systemd now.`;
  const same = instances.filter((each) => each.state === 'same');
  const others = instances.filter((each) => each.state === 'started again');
  return [
    `Slipway ${to} is in force, after ${from}.`,
    ...(same.length > 0 ? [`${count(same.length, 'instance')} ran on, with the same pids.`] : []),
    ...others.map(
      (each) =>
        `${each.instance} ended by itself meanwhile, and was started again (pid ${each.after ?? '-'}).`,
    ),
  ].join('\n');
}

function usage(message: string): SlipwayError {
  return new SlipwayError('usage', { message, next: 'slipway update --help' });
}
