import { Argument } from 'commander';
import { verbs } from '../commands/index.ts';
import type { FamilyEntry, Group } from './group.ts';
import { option } from './parameters.ts';

export const importFamily: FamilyEntry = {
  name: 'import',
  summary: 'take over what another tool ran on this host',
  description: 'Takes over what another tool ran on this host.',
  verbs: [
    {
      name: 'deployex',
      summary: 'take over what DeployEx ran',
      description:
        'Takes over what DeployEx runs on this host, while no agent runs: its configuration becomes a slipway.yaml, its history, ghosted and pinned versions those of Slipway, what is live a release. Where it can be done safely its apps go on without a restart; else they are started anew. DeployEx is stopped, and everything of it stays where it is. With --print or --output the configuration alone is made. What nothing can be made of is told.',
      arguments: [
        new Argument(
          '[file]',
          'what DeployEx is configured by: JSON of its old installer, its YAML, its unit, or a file of DEPLOYEX_* variables (default: what its unit names)',
        ),
      ],
      options: [
        option('--dry-run', 'show what would become of it'),
        option('--print', 'print the configuration, and do nothing else'),
        option(
          '--output <file>',
          'write the configuration there, readable by you alone, and do nothing else',
        ),
        option('--user <name>', 'whom the apps run as (default: deployex where there is that user)'),
      ],
      examples: [
        'slipway import deployex --dry-run',
        'slipway import deployex',
        'slipway import deployex deployex-config.json --print',
        'slipway import deployex deployex.yaml --output imported.yaml',
      ],
      run: verbs.importDeployex,
    },
  ],
};

export const backupGroup: Group = {
  title: "The agent's own data:",
  verbs: [
    {
      name: 'backup',
      summary: 'write the journal, configuration and keys into a file',
      description:
        "Writes what is the agent's own into one file, readable by you alone: journal, configuration, key, certificates, the .env of sites. An agent may run meanwhile. Releases, logs and what apps have stored are not in it.",
      arguments: [new Argument('<file>', 'where to (.tar.gz)')],
      options: [option('--without-key', 'leave out the key of the secrets')],
      examples: [
        'slipway backup /srv/backups/slipway.tar.gz',
        'slipway backup b.tar.gz --without-key --json',
      ],
      run: verbs.backup,
    },
    {
      name: 'restore',
      summary: 'put a backup back',
      description:
        'Puts a backup back, while no agent runs: the configuration to where it was, or to what --config names, and all else to where that says. It is checked whole before anything is touched, and what was there is kept beside it. Apps that run go on, and the next agent takes them over.',
      arguments: [new Argument('<file>', 'what slipway backup has written')],
      options: [
        option('--dry-run', 'say what would be put where, and change nothing; an agent may run meanwhile'),
        option('--force', 'also in place of a journal that was written to since'),
      ],
      examples: [
        'slipway restore --dry-run /srv/backups/slipway.tar.gz',
        'slipway restore /srv/backups/slipway.tar.gz',
      ],
      run: verbs.restore,
    },
  ],
};
