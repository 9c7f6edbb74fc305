import { Argument } from 'commander';
import { verbs } from '../commands/index.ts';
import type { FamilyEntry } from './group.ts';
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
        'Makes a slipway.yaml of what DeployEx is configured by: the JSON of its old installer, its YAML, its unit of systemd, or a file of DEPLOYEX_* variables. What nothing can be made of is told.',
      arguments: [new Argument('<file>', 'what DeployEx is configured by')],
      options: [
        option('--print', 'print it (the default)'),
        option('--output <file>', 'write it there, readable by you alone'),
        option('--user <name>', 'whom the apps run as (default: deployex where there is that user)'),
      ],
      examples: [
        'slipway import deployex deployex-config.json --print',
        'slipway import deployex /etc/systemd/system/deployex.service',
        'slipway import deployex deployex.yaml --output /etc/slipway/slipway.yaml',
      ],
      run: verbs.importDeployex,
    },
  ],
};
