import { Argument, type Command } from 'commander';
import { completion, endRunningAgent, verbs } from '../commands/index.ts';
import type { Shell } from '../completion/index.ts';
import { days, duration } from '../parse.ts';
import type { Session } from '../session.ts';
import type { RunAgent } from '../verb.ts';
import type { FamilyEntry, Group } from './group.ts';
import { option } from './parameters.ts';

export function setUpGroup(program: Command, runAgent: RunAgent): Group {
  return {
    title: 'Set up:',
    verbs: [
      {
        name: 'agent',
        summary: 'run the agent in the foreground',
        description:
          'Runs the agent in the foreground. When it ends, the apps go on, and the next agent takes them over; with --stop-apps, the agent that runs is ended together with its apps (where none runs, one is started whose end is theirs too).',
        options: [option('--stop-apps', 'end the agent and its apps')],
        examples: ['slipway agent', 'slipway agent --config ./slipway.yaml', 'slipway agent --stop-apps'],
        async run(session: Session, { stopApps = false }: { stopApps?: boolean }) {
          if (stopApps && (await endRunningAgent(session))) return;
          session.output.outlive(); // or a restart of journald would end the agent
          await runAgent({ configFile: session.configFile, stopApps });
        },
      },
      {
        name: 'init',
        summary: 'write a configuration for what a folder holds',
        description:
          'Writes a commented configuration for what a folder holds: mix.exs, rebar.config, composer.json, go.mod or package.json. A file that is there is never written over.',
        arguments: [new Argument('[folder]', 'the project (default: .)')],
        options: [
          option('--output <file>', 'where to write it (default: slipway.yaml)'),
          option('--name <name>', 'name of the app (default: as the project says)'),
        ],
        examples: ['slipway init', 'slipway init ./webshop --name shop --output shop.yaml'],
        run: verbs.init,
      },
      {
        name: 'doctor',
        summary: 'what is wrong with this host, and how to mend it',
        description:
          'Checks this host, and names the command that mends what is wrong. Ends with 1 if something fails.',
        run: verbs.doctor,
      },
      {
        name: 'update',
        summary: 'another version of Slipway in the place of this one',
        description:
          'Puts another version of Slipway in force, as root: it restarts the agent, and no app. First it is checked that the version starts here, takes the configuration and reads the journal. Where its agent does not answer in time, or ends, the former version is put back by itself. The former one stays on the host, to go back to with --to. Of the archive its SHA-256 is compared, and no signature: take the digest by another way than the archive.',
        options: [
          option('--to <version>', 'a version that is on this host already'),
          option('--archive <file>', 'a .tar.gz or .tar.xz of this host, or at https://...').conflicts('to'),
          option('--sha256 <digest>', 'what the archive must have; needed where it is from elsewhere'),
          option('--wait <duration>', 'for the answer of the new agent (default: 60s)', duration),
          option('--dry-run', 'show what would be done, and do nothing'),
        ],
        run: verbs.update,
      },
      {
        name: 'completion',
        summary: 'completion for your shell',
        description: 'Prints a script that completes verbs, options, apps, workers and the like.',
        arguments: [new Argument('[shell]').choices(['bash', 'zsh', 'fish'])],
        options: [
          option('--offer <kind>', 'print what can stand in a place, for the scripts').hideHelp(),
          option('--of <app>', 'of this app').hideHelp(),
        ],
        examples: [
          'slipway completion bash > /etc/bash_completion.d/slipway',
          'slipway completion zsh > "${fpath[1]}/_slipway"',
          'slipway completion fish > ~/.config/fish/completions/slipway.fish',
        ],
        run: (session: Session, shell: Shell | undefined, options: { offer?: string; of?: string }) =>
          completion(session, { program, shell, ...options }),
      },
    ],
  };
}

export const configFamily: FamilyEntry = {
  name: 'config',
  summary: 'check, show and apply the configuration',
  description: 'The configuration: /etc/slipway/slipway.yaml, or what --config names.',
  verbs: [
    {
      name: 'check',
      summary: 'list the errors of the file, with their lines',
      description: 'Reads the file and lists every error with its line. Changes nothing.',
      run: verbs.configCheck,
    },
    {
      name: 'schema',
      summary: 'print the JSON Schema of the file, for editors',
      run: verbs.configSchema,
    },
    {
      name: 'show',
      summary: 'print the configuration in force',
      description: 'Prints the configuration in force, with every default, secrets masked.',
      run: verbs.configShow,
    },
    {
      name: 'apply',
      summary: 'make the agent read its file again',
      description: 'Makes the agent read its file again. Only what the changes concern is restarted.',
      options: [option('--dry-run', 'show what would be added, stopped and restarted, and change nothing')],
      examples: ['slipway config apply --dry-run', 'slipway config apply'],
      run: verbs.configApply,
    },
  ],
};

export const certsFamily: FamilyEntry = {
  name: 'certs',
  summary: 'certificates of the proxy, and of Erlang nodes: list, renew, make',
  description:
    'Certificates of the proxy (list, renew), and those for mutual TLS between Erlang nodes, in the folder "certs" of the data folder (make).',
  verbs: [
    {
      name: 'make',
      summary: 'make the CA, the certificates of nodes, and inet_tls.conf',
      description:
        'Makes what is missing of a CA, the certificates of nodes on this host, and the options file that makes Erlang nodes demand a certificate of each other. What is good is kept, so it can be called at any time; no agent need run.',
      options: [
        option('--host <name...>', 'names and addresses of this host besides those that it knows'),
        option('--user <name...>', "users, besides the agent's own, that apps run as"),
        option('--days <number>', 'how long a certificate that is made lasts (default: 825)', days),
        option('--renew', 'make the certificates of nodes again, with new keys; the CA stays'),
      ],
      examples: [
        'slipway certs make',
        'slipway certs make --host app1.example.com 10.0.0.5 --user deployer',
        'slipway certs make --renew',
      ],
      run: verbs.certsMake,
    },
    {
      name: 'list',
      summary: 'certificates of the proxy: until when, from whom',
      description:
        'Lists the certificates of the proxy, those of files and those that are ordered by ACME: their names, who has issued them, until when they are good, when they are renewed, and why one is not there.',
      examples: ['slipway certs list', 'slipway certs list --json'],
      run: verbs.certsList,
    },
    {
      name: 'renew',
      summary: 'order certificates of the proxy now',
      description:
        'Orders certificates of the proxy anew, before they are due, and waits until they are there. By themselves they are renewed after two thirds of their life; after a failure this is the way not to wait for the next attempt.',
      arguments: [new Argument('[name]', 'an app, or a name of one (default: all)')],
      run: verbs.certsRenew,
    },
  ],
};
