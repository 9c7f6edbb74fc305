import { Argument } from 'commander';
import { verbs } from '../commands/index.ts';
import { moment } from '../moment.ts';
import { duration, lineCount, target } from '../parse.ts';
import type { Group } from './group.ts';
import { app, deployment, instance, option } from './parameters.ts';

export const lookGroup: Group = {
  title: 'Look:',
  verbs: [
    {
      name: 'status',
      summary: 'apps, live versions, instances',
      description: 'Shows the apps, what version of each is live, and how its instances and workers are.',
      arguments: [new Argument('[app[/i]]', 'only this app, or this instance of it').argParser(target)],
      options: [
        option('-w, --watch', 'keep showing it as it changes'),
        option(
          '--vm',
          'of an instance: memory, limits, applications and largest processes of its Erlang VM',
        ).conflicts('watch'),
      ],
      examples: [
        'slipway status',
        'slipway status shop --watch',
        'slipway status myphoenixapp/1 --vm',
        'slipway status --json | jq .apps[].state',
      ],
      run: verbs.status,
    },
    {
      name: 'logs',
      summary: 'what an app or the agent wrote',
      description:
        'Prints the last lines that an app, one of its instances or workers, or the agent wrote. To a terminal, control characters other than colours are written out.',
      arguments: [
        new Argument('[app[/i]]', 'an app, an instance, a worker or a cron entry').argParser(target),
      ],
      options: [
        option('--agent', "the agent's own log"),
        option('--access', 'requests that came through the proxy').conflicts([
          ...['agent', 'stderr', 'at', 'before', 'times', 'raw'],
        ]),
        option('--status <statuses>', 'with --access, only answers such as 5xx, 404 or 404,5xx'),
        option(
          '--slower <duration>',
          'with --access, only what took so long until the answer began',
          duration,
        ),
        option('-f, --follow', 'go on with what is written from now on'),
        option(
          '-n, --lines <number>',
          'lines from the end, or "all" (default: 100; all with --since, --grep, --status or --slower)',
          lineCount,
        ),
        option('--stderr', 'only standard error'),
        option('--since <duration>', 'only what is younger, such as 10m or 2h', duration),
        option(
          '--at <time>',
          'the lines around a moment: 03:12, "2h ago", 2026-03-01T03:12Z',
          moment,
        ).conflicts(['follow', 'since']),
        option(
          '--before <cursor>',
          'older lines: before the page that --json told this "before" of',
        ).conflicts(['follow', 'at']),
        option('--times', 'when each line was written (~: then at the latest)'),
        option('--raw', "an app's lines byte by byte, also to a terminal"),
        option('--grep <expression>', 'only lines that match a regular expression (syntax of RE2)'),
        option('-v, --invert', 'with --grep, only lines that do not match'),
      ],
      examples: [
        'slipway logs shop -f',
        'slipway logs api/2 --stderr --since 10m',
        'slipway logs shop/queue -n 20',
        'slipway logs shop --at 03:12',
        'slipway logs --agent --grep error',
      ],
      run: verbs.logs,
    },
    {
      name: 'releases',
      summary: 'releases on the disk',
      description: 'Lists the releases of an app that are on the disk, newest first.',
      arguments: [app()],
      run: verbs.releases,
    },
    {
      name: 'deployments',
      summary: 'what was deployed, when, and how it ended',
      description:
        'Lists the deployments of an app, newest first, each with its id and the number of the release that it was of.',
      arguments: [app()],
      run: verbs.deployments,
    },
    {
      name: 'timeline',
      summary: 'what ran, ended, was deployed and changed by whom',
      description:
        'Tells what happened to an app: which release each instance ran, what ended and why, deployments, changes of the configuration, and who did what. Around a moment it also says what was up and what was down at that moment.',
      arguments: [instance()],
      options: [
        option('--at <time>', 'a moment: 03:12, "yesterday 03:12", "2h ago", 2026-03-01T03:12Z', moment),
        option(
          '--since <duration>',
          'how far back (default: 24h; with --at 15m, and as much after it)',
          duration,
        ),
        option('--before <cursor>', 'older entries: before the one that --json told this "cursor" of'),
      ],
      examples: ['slipway timeline shop --at 03:12', 'slipway timeline api/2 --since 2h'],
      run: verbs.timeline,
    },
    {
      name: 'show',
      summary: 'a deployment with its steps and output',
      description:
        'Shows a deployment with its steps, their times and their output. It goes by its id, which is not the number of its release: see "slipway deployments".',
      arguments: [deployment()],
      options: [option('-f, --follow', 'follow it to its end')],
      examples: ['slipway show 3', 'slipway show 3 -f'],
      follows: true,
      run: verbs.show,
    },
  ],
};
