import { Argument } from 'commander';
import { verbs } from '../commands/index.ts';
import { target } from '../parse.ts';
import type { Group } from './group.ts';
import { app, instance, option } from './parameters.ts';

export const instancesGroup: Group = {
  title: 'Instances and workers:',
  verbs: [
    {
      name: 'restart',
      summary: 'restart an app, one instance after the other',
      description:
        'Restarts an app, one instance after the other, or one instance or worker. Returns when all are ready.',
      arguments: [instance()],
      examples: ['slipway restart shop', 'slipway restart api/2', 'slipway restart shop/queue'],
      run: verbs.restart,
    },
    {
      name: 'stop',
      summary: 'stop an app or an instance, until it is started',
      arguments: [instance()],
      run: verbs.stop,
    },
    {
      name: 'start',
      summary: 'start what was stopped',
      arguments: [instance()],
      run: verbs.start,
    },
    {
      name: 'run',
      summary: 'run a command in the live release',
      description:
        "Runs a one-off command in the live release of an app, with its environment and as its user, and ends with the command's status. Input, output and errors go through byte by byte. On a terminal the command has one; without a command a shell is opened there. What stands after -- is the command: words, which no shell reads.",
      arguments: [
        app(),
        new Argument(
          '[command...]',
          'the program and its arguments, after --; on a terminal default: a shell',
        ),
      ],
      examples: [
        'slipway run shop -- php artisan migrate --force',
        "slipway run myphoenixapp -- bin/myphoenixapp eval 'IO.puts(System.version())'",
        'slipway run shop -- tar -cz . > shop.tar.gz',
        'slipway run shop',
      ],
      run: verbs.run,
    },
    {
      name: 'shell',
      summary: "the app's own console, or a shell where it runs",
      description:
        'Opens the remote console of an Elixir or Erlang release (IEx, erl), connected to the instance; for other programs and for workers, a shell in the live release with their environment and as their user. Leaving it leaves the app alone. What comes through a pipe is sent line by line, and the shell left after it.',
      arguments: [
        new Argument('[app[/i]]', 'an app, an instance (shop/2), or a worker (shop/queue.1)').argParser(
          target,
        ),
      ],
      options: [option('--agent', "a shell on the host, as the agent's user")],
      examples: [
        'slipway shell myphoenixapp/1',
        'slipway shell shop/queue.1',
        "echo 'node()' | slipway shell myphoenixapp/1",
        'slipway shell --agent',
      ],
      run: verbs.shell,
    },
  ],
};
