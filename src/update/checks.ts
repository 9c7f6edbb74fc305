import { journalVersion } from '../journal/index.ts';
import { messageOf, runTool, SlipwayError } from '../kernel/index.ts';
import type { Installation } from './installation.ts';

/** What is known before anything is done. */
export interface Prospect {
  from: string;
  to: string;
  /** Whether the new version changes the form of the journal. */
  migrates: boolean;
}

/**
 * Whether a version can take over here: it is for this host, starts, takes the configuration, and can read the journal.
 * @throws SlipwayError `update_refused`, `config_invalid`; nothing was changed
 */
export async function checkVersion(
  installation: Installation,
  options: { to: string; dataDirectory: string; configFile: string | null },
): Promise<Prospect> {
  const { to, dataDirectory, configFile } = options;
  const versions = installation.versions();
  if (!versions.includes(to))
    throw new SlipwayError('update_refused', {
      message: `${to} is not on this host`,
      hint: `there are ${versions.toSorted().join(', ')}; another is brought by its archive`,
      next: `slipway update --archive slipway-${to}-linux-${process.arch}.tar.gz`,
    });
  const { target, journal } = installation.manifestOf(to);
  if (target !== `linux-${process.arch}`)
    throw new SlipwayError('update_refused', {
      message: `${to} is for ${target}, and this host is linux-${process.arch}`,
      hint: 'nothing was changed',
    });
  const present = journalVersion(dataDirectory);
  if (present !== null && present > journal)
    throw new SlipwayError('update_refused', {
      message: `the journal in ${dataDirectory} has form ${present}, and Slipway ${to} knows none after ${journal}`,
      hint: 'a newer version has brought it there, and what it recorded since would be lost; nothing was changed',
      next: fitting(installation, present),
    });
  await checkStart(installation, { to, configFile });
  return { from: installation.current() ?? to, to, migrates: present !== null && present < journal };
}

/** The same questions that a person would ask it. */
async function checkStart(
  installation: Installation,
  { to, configFile }: { to: string; configFile: string | null },
): Promise<void> {
  const program = installation.programOf(to);
  const ask = async (code: 'update_refused' | 'config_invalid', what: string, args: string[]) => {
    try {
      return await runTool([program, ...args]);
    } catch (error) {
      throw new SlipwayError(code, {
        message: `Slipway ${to} ${what}: ${messageOf(error)}`,
        hint: 'nothing was changed',
      });
    }
  };
  await ask('update_refused', 'does not start on this host', ['--version']);
  const named = configFile === null ? [] : ['--config', configFile];
  await ask('config_invalid', 'does not take the configuration', ['config', 'check', ...named]);
}

function fitting(installation: Installation, journal: number): string {
  const found = installation
    .versions()
    .filter((version) => version !== installation.current())
    .find((version) => installation.manifestOf(version).journal >= journal);
  return found === undefined ? 'slipway status' : `slipway update --to ${found}`;
}
