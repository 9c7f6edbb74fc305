import { Argument } from 'commander';
import { verbs } from '../commands/index.ts';
import { oneOf } from '../parse.ts';
import type { Group } from './group.ts';
import { app, detach, option } from './parameters.ts';

const site = () => app('id of a site, or its name');
const action = (verb: string, words: string[]) =>
  new Argument(`[${words.join('|')}]`, `what to do (default: ${words[0]})`)
    .choices(words)
    .argParser(oneOf(verb, words))
    .default(words[0]);

export const sitesGroup: Group = {
  title: 'Secrets and sites:',
  verbs: [
    {
      name: 'env',
      summary: 'the .env of a site: list, set, unset',
      description:
        'Lists and changes the .env of a site. A change is placed into the live release by a deployment, which is followed to its end.',
      arguments: [
        site(),
        action('env', ['list', 'set', 'unset']),
        new Argument('[variables...]', 'NAME=VALUE, or NAME: its value is asked for, or read from stdin'),
      ],
      options: [
        option('--reveal', 'list: show the values of names that look secret, too'),
        option('--file <file>', 'set: every variable of a file in the form of .env'),
        detach(),
      ],
      examples: [
        'slipway env shop',
        'slipway env shop set APP_DEBUG=false APP_URL=https://shop.example',
        'slipway env shop set DB_PASSWORD < password.txt',
        'slipway env shop set --file .env.production',
        'slipway env shop unset APP_DEBUG',
      ],
      follows: true,
      run: verbs.env,
    },
    {
      name: 'secret',
      summary: 'secrets of an app: list, set, unset',
      description:
        'Lists the names of the secrets that the processes of an app get as variables, and changes them: instances of a service, hooks and workers of a site, cron commands. Who has the old value is restarted, one after the other. They are kept encrypted. A value is never taken from the command line: it is asked for, or read from standard input.',
      arguments: [
        app('id of an app, or its name'),
        action('secret', ['list', 'set', 'unset']),
        new Argument('[secrets...]', 'names of secrets'),
      ],
      examples: [
        'slipway secret shop',
        'slipway secret shop set NPM_TOKEN',
        'slipway secret shop set NPM_TOKEN < token.txt',
        'slipway secret shop unset NPM_TOKEN',
        'slipway secret myphoenixapp set DATABASE_URL',
      ],
      run: verbs.secret,
    },
    {
      name: 'maintenance',
      summary: 'the 503 page of an app: on, off',
      description:
        'Turns the maintenance page on or off. Instances, workers and cron entries go on. Of an app with domains the proxy answers with it; of a site without, the web server has to look for the page: maintenance.html in the root.',
      arguments: [
        app('id of an app, or its name'),
        new Argument('<on|off>', 'what it is to be')
          .choices(['on', 'off'])
          .argParser(oneOf('maintenance', ['on', 'off'])),
      ],
      examples: ['slipway maintenance shop on', 'slipway maintenance shop off'],
      run: verbs.maintenance,
    },
    {
      name: 'cron',
      summary: 'cron entries of an app: list, run',
      description: 'Lists the cron entries of an app with their next and last runs, or runs one of them now.',
      arguments: [
        app('id of an app, or its name'),
        action('cron', ['list', 'run']),
        new Argument('[entry]', 'name of the entry to run'),
      ],
      examples: ['slipway cron shop', 'slipway cron shop run report', 'slipway cron myphoenixapp'],
      run: verbs.cron,
    },
  ],
};
