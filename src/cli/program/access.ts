import { Argument, type Option } from 'commander';
import { verbs } from '../commands/index.ts';
import { duration, names, wholeNumber } from '../parse.ts';
import type { FamilyEntry, Group } from './group.ts';
import { option } from './parameters.ts';

const ROLES = ['viewer', 'deployer', 'admin'];

const role = (about: string): Option => option('--role <role>', about).choices(ROLES);
const apps = (about: string) => option('--apps <apps>', about, names);
const user = () => new Argument('<user>', 'name of a user');

export const accessGroup: Group = {
  title: 'Users:',
  verbs: [
    {
      name: 'audit',
      summary: 'who did what',
      description:
        'Lists what was done, newest first: by whom, from where, and with which outcome; what was refused, too.',
      options: [
        option('--app <app>', 'only what is about this app'),
        option('--actor <name>', 'only what this user, token or user of the host did'),
        option('-n, --lines <number>', 'how many (default: 100)', wholeNumber),
      ],
      examples: [
        'slipway audit',
        'slipway audit --app shop -n 20',
        'slipway audit --actor ada --json | jq .[].action',
      ],
      run: verbs.audit,
    },
  ],
};

export const userFamily: FamilyEntry = {
  name: 'user',
  summary: 'who may log in: invite, list, set, remove',
  description:
    'Users log in to the pages. A viewer sees, a deployer deploys and opens consoles, an admin does everything.',
  verbs: [
    {
      name: 'invite',
      summary: 'print a link that makes a user, or lets one in again',
      description:
        'Prints a link by which one person chooses name and password, once and within an hour. With --user of somebody who is there already, it gives a new password and ends the sessions.',
      options: [
        option('--user <name>', 'for this user alone'),
        role('what the user may do (default: admin for the first one, then viewer)'),
        apps('only these apps, such as shop,api (default: all)'),
      ],
      examples: [
        'slipway user invite',
        'slipway user invite --role deployer --apps shop,api',
        'slipway user invite --user ada',
      ],
      run: verbs.userInvite,
    },
    { name: 'list', summary: 'who may log in, and what each may do', run: verbs.userList },
    {
      name: 'set',
      summary: 'change what a user may do',
      arguments: [user()],
      options: [
        role('what the user may do'),
        apps('only these apps, such as shop,api'),
        option('--all-apps', 'all apps').conflicts('apps'),
      ],
      examples: [
        'slipway user set ada --role admin --all-apps',
        'slipway user set ada --role deployer --apps shop',
      ],
      run: verbs.userSet,
    },
    {
      name: 'log-out',
      summary: 'end all sessions of a user',
      arguments: [user()],
      run: verbs.userLogOut,
    },
    {
      name: 'remove',
      summary: 'remove a user, and end the sessions',
      arguments: [user()],
      run: verbs.userRemove,
    },
  ],
};

export const tokenFamily: FamilyEntry = {
  name: 'token',
  summary: 'what programs come in with: create, list, revoke',
  description: 'API tokens, which programs send as "Authorization: Bearer".',
  verbs: [
    {
      name: 'create',
      summary: 'print a new token, this once',
      options: [
        option('--name <name>', 'whose it is').makeOptionMandatory(),
        role('what it may do').makeOptionMandatory(),
        apps('only these apps, such as shop,api (default: all)'),
        option('--expires <duration>', 'for so long, such as 90d (default: until it is revoked)', duration),
      ],
      examples: ['slipway token create --name ci --role deployer --apps shop --expires 90d > token.txt'],
      run: verbs.tokenCreate,
    },
    { name: 'list', summary: 'tokens, and when each was used last', run: verbs.tokenList },
    {
      name: 'revoke',
      summary: 'let nobody in with a token any more',
      arguments: [new Argument('<id>', 'id of a token').argParser(wholeNumber)],
      run: verbs.tokenRevoke,
    },
  ],
};
