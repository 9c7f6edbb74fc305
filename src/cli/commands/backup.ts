import fs from 'node:fs';
import path from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { makeBackup, type Role, restoreBackup, restoreCommand } from '../../backup/index.ts';
import { type Configuration, outlineConfiguration, placeOfConfiguration } from '../../config/index.ts';
import { commandLine, formatSize, SlipwayError, systemClock } from '../../kernel/index.ts';
import { count, printData } from '../output/index.ts';
import type { Session } from '../session.ts';

/** Made here, of the data folder of this host, whether an agent runs or not. */
export async function backup(
  session: Session,
  file: string,
  { withoutKey = false }: { withoutKey?: boolean },
): Promise<void> {
  await refuseElsewhere(session);
  const { configFile, env, output } = session;
  const configuration = outlineConfiguration({ file: configFile, env });
  const text = configuration.file === null ? null : fs.readFileSync(configuration.file, 'utf8');
  const { version } = manifest;
  const made = await makeBackup(path.resolve(file), {
    ...{ configuration, text, withoutKey, version, clock: systemClock },
  });
  const { journal, files } = made.manifest;
  const report = {
    file: made.file,
    size_bytes: made.sizeBytes,
    made_at: made.manifest.madeAt,
    with_key: files.some(({ role }) => role === 'key'),
    journal_bytes: journal.sizeBytes,
    files: files.map(({ path, role, sizeBytes }) => ({ path, role, size_bytes: sizeBytes })),
  };
  printData(output, report, () => {
    const lines = [
      `${made.file}: ${formatSize(made.sizeBytes)}`,
      `  journal       ${formatSize(journal.sizeBytes)}: history, users, tokens, secrets (sealed)`,
      ...files.map(({ role, path }) => `  ${WORDS[role].padEnd(13)} ${path}`),
      KEY_WORDS[report.with_key ? 'in it' : withoutKey ? 'left out' : 'none'],
    ];
    return lines.join('\n');
  });
}

const KEY_WORDS = {
  'in it': 'Whoever has it has the secrets: the key is in it. Keep it as you keep passwords.',
  'left out':
    'The key of the secrets is not in it: without it they are lost. What else is in it is for nobody else either.',
  none: 'There is no key yet, for no secret was set. What is in it is for nobody else all the same.',
};

const WORDS: Record<Role, string> = {
  configuration: 'configuration',
  key: 'key',
  certificates: 'certificate',
  env: '.env',
  named: 'named in it',
};

/** Puts it back here, while no agent runs. */
export async function restore(
  session: Session,
  file: string,
  { force = false, dryRun = false }: { force?: boolean; dryRun?: boolean },
): Promise<void> {
  await refuseElsewhere(session);
  const { configFile, output } = session;
  const archive = path.resolve(file);
  const restored = await restoreBackup(archive, {
    ...{ force, dryRun, configFile, fallback: configurationHere(session), clock: systemClock },
  });
  const { manifest, dataDirectory, changed, left, withoutRelease, newer } = restored;
  const report = {
    made_at: manifest.madeAt,
    host: manifest.host,
    data_dir: dataDirectory,
    changed,
    left,
    without_release: withoutRelease,
    ...(dryRun ? { dry_run: true, needs_force: newer !== null } : {}),
  };
  const of = `from the backup of ${manifest.madeAt} (${manifest.host})`;
  printData(output, report, () =>
    [
      dryRun ? `would be restored ${of}` : `restored ${of}`,
      `  data folder   ${dataDirectory}`,
      ...changed.map((each) => `  ${each.path}${asideText(each.aside, dryRun)}`),
      ...left.map(({ path, why }) => `! ${path} ${dryRun ? 'would be' : 'was'} left as it is: ${why}`),
      ...(withoutRelease.length === 0
        ? []
        : [
            `! ${withoutRelease.join(', ')}: no release is here; what the source offers is deployed anew by the agent, or by slipway deploy`,
          ]),
      ...(dryRun
        ? [
            ...(newer === null ? [] : [`! ${newer}; --force puts the backup in its place`]),
            'Nothing was changed.',
            `next: ${restoreCommand(archive, { configFile, force: newer !== null })}`,
          ]
        : [
            'Users and tokens are those of then: look through slipway user list, slipway token list.',
            `next: ${startCommand(restored.configFile)}`,
          ]),
    ].join('\n'),
  );
  if (left.length > 0 && !dryRun) output.err.write(`${count(left.length, 'file')} left as they were\n`);
}

function asideText(aside: string | null, dryRun: boolean): string {
  if (aside !== null) return dryRun ? '   (the present one is kept beside it)' : `   (before: ${aside})`;
  return dryRun ? '   (new)' : '';
}

/** Of the agent whose configuration that is. */
function startCommand(configFile: string | null): string {
  const usual = placeOfConfiguration({ file: null, env: {} });
  if (configFile !== null && configFile !== usual)
    return commandLine(['slipway', 'agent', '--config', configFile]);
  return fs.existsSync('/run/systemd/system') ? 'systemctl start slipway' : 'slipway agent';
}

function configurationHere({ configFile, env }: Session): Configuration | null {
  try {
    return outlineConfiguration({ file: configFile, env });
  } catch {
    return null; // that of the backup takes its place
  }
}

async function refuseElsewhere(session: Session): Promise<void> {
  // Where there is no configuration yet, it is the backup that has it.
  const address = await session.address().catch(() => null);
  if (address === null || 'socketPath' in address) return;
  throw new SlipwayError('usage', {
    message: 'a backup is made and put back on the host itself, and not by --url',
    hint: 'it has the key of the secrets: it does not go over the network',
  });
}
