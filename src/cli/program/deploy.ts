import { verbs } from '../commands/index.ts';
import { wholeNumber } from '../parse.ts';
import type { Group } from './group.ts';
import { app, deployment, detach, option, versionArgument } from './parameters.ts';

export const deployGroup: Group = {
  title: 'Deploy:',
  verbs: [
    {
      name: 'deploy',
      summary: 'deploy what the source offers, or a version',
      description:
        'Deploys what the source offers, or a version, a ref of the repository or an archive of yours, and follows the steps to the end. Anything other than what is on offer is pinned: automatic deployment waits until you unpin it.',
      arguments: [app()],
      options: [
        option('--version <version>', 'this version in place of the one on offer; with --archive, its name'),
        option('--ref <ref>', 'a branch, tag or commit of the repository').conflicts(['version', 'archive']),
        option(
          '--archive <file>',
          'a .zip or .tar.gz of yours, which is sent to the agent; -: from standard input',
        ).conflicts(['ref', 'dryRun']),
        option('--dry-run', 'show what would be done, and do nothing'),
        detach(),
        option('--force', 'deploy the version even if it is ghosted'),
        option('--full', 'start instances anew, even where they could be upgraded while they run'),
      ],
      examples: [
        'slipway deploy shop',
        'slipway deploy api --version 1.4.2 --dry-run',
        'slipway deploy shop --ref feature/basket',
        'slipway deploy shop --archive site.zip',
        'tar -cz . | slipway deploy shop --archive -',
      ],
      follows: true,
      run: verbs.deploy,
    },
    {
      name: 'rollback',
      summary: 'back to the last proven release',
      description:
        'Goes back to the last proven release before the live one, or to a release by its number, and pins it. Releases and deployments are numbered apart: "slipway releases" and "slipway deployments" have the numbers of releases.',
      arguments: [app()],
      options: [
        option('--to <number>', 'the release to go back to, see: slipway releases <app>', wholeNumber),
        detach(),
      ],
      examples: ['slipway rollback shop', 'slipway rollback shop --to 2'],
      follows: true,
      run: verbs.rollback,
    },
    {
      name: 'cancel',
      summary: 'stop a deployment; what was live stays live',
      description:
        'Stops a deployment by its id, which is not the number of its release: see "slipway deployments". What was live stays live.',
      arguments: [deployment()],
      run: verbs.cancel,
    },
    {
      name: 'promote',
      summary: 'let a canary go on',
      description:
        'Has the release of a deployment rolled out whose canary runs, by the id of the deployment. One with `promote: by_hand` waits for that.',
      arguments: [deployment()],
      run: verbs.promote,
    },
    {
      name: 'pin',
      summary: 'stay on a version',
      description: 'Keeps automatic deployment from leaving a version.',
      arguments: [app(), versionArgument()],
      run: verbs.pin,
    },
    {
      name: 'unpin',
      summary: 'let automatic deployment act again',
      arguments: [app()],
      run: verbs.unpin,
    },
    {
      name: 'ghost',
      summary: 'keep automatic deployment from a version',
      arguments: [app(), versionArgument()],
      run: verbs.ghost,
    },
    {
      name: 'unghost',
      summary: 'let a version be deployed again',
      arguments: [app(), versionArgument()],
      run: verbs.unghost,
    },
  ],
};
