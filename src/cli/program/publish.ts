import { Argument } from 'commander';
import { verbs } from '../commands/index.ts';
import { wholeNumber } from '../parse.ts';
import type { FamilyEntry, Group } from './group.ts';
import { option } from './parameters.ts';

export const publishGroup: Group = {
  title: 'Publish:',
  verbs: [
    {
      name: 'publish',
      summary: 'put a release into a bucket, for agents to deploy',
      description:
        'Puts a release into a bucket: the archive first, then current.json, which offers it to agents. A folder is packed, always to the same bytes; an archive is checked as agents check it. What was begun and cut off goes on where it was. The same bytes again change nothing, and other bytes under the same version are refused. No agent need run here.',
      arguments: [
        new Argument('[path]', 'folder or archive; with --mix and --rebar3 the project (default: .)'),
      ],
      options: [
        option('--app <name>', 'name of the app'),
        option('--version <version>', 'version of the release'),
        option('--to <bucket>', 'where to: s3://bucket[/prefix], gs://bucket[/prefix], or a folder'),
        option('--environment <name>', 'environment that it is offered to (default: production)'),
        option(
          '--pre-command <command>',
          'run by agents before the release starts; may be given again',
          several,
        ),
        option('--mix', 'publish what `mix release` has built: app and version are read from it'),
        option('--rebar3', 'publish what `rebar3 tar` has built: app and version are read from it'),
        option('--signing-key <file>', 'sign it with this key: slipway keys make, or minisign -G'),
        option(
          '--keep <number>',
          'remove older archives than so many, but for those that are offered',
          wholeNumber,
        ),
        option('--endpoint <url>', 'server that is not of Amazon or Google: MinIO, Ceph, R2, Garage'),
        option('--region <name>', 'region of the bucket (default: as the environment or the profile says)'),
        option(
          '--path-style',
          "have the bucket's name in the path, where the server's name must not have it",
        ),
        option('--profile <name>', 'profile of ~/.aws/config'),
        option('--dry-run', 'tell what would be done'),
        option(
          '--force',
          'publish other bytes under a version that is there, or unsigned where others are signed',
        ),
      ],
      examples: [
        'slipway publish ./dist --app api --version 1.2.3 --to s3://api-releases',
        'slipway publish --mix --to s3://myapp-prod-distribution --environment prod',
        'slipway publish --mix --to /srv/releases --pre-command "eval App.migrate"',
        'slipway publish a.tar.gz --app shop --version 1.0 --to gs://shop --keep 10',
      ],
      run: verbs.publish,
    },
  ],
};

export const keysFamily: FamilyEntry = {
  name: 'keys',
  summary: 'keys to sign releases with',
  description: 'Keys to sign releases with, in the format of minisign.',
  verbs: [
    {
      name: 'make',
      summary: 'make a key pair, and print the line for the configuration',
      description:
        'Makes a secret key for `slipway publish --signing-key`, and beside it FILE.pub, whose key the configuration of the hosts names in `signing`. A password is asked for; SLIPWAY_SIGNING_PASSWORD_FILE may name a file that holds it.',
      arguments: [new Argument('<file>', 'where to write the secret key')],
      options: [option('--no-password', 'let whoever has the file sign')],
      examples: ['slipway keys make release.key', 'slipway keys make ci.key --no-password'],
      run: verbs.keysMake,
    },
  ],
};

function several(value: string, former: unknown = []): string[] {
  return [...(former as string[]), value];
}
