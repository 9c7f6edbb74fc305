import type { Colors } from '../output/index.ts';

export interface ImportReport {
  from: string;
  configuration: string;
  left_out: { key: string; why: string }[];
  apps: {
    app: string;
    live: string | null;
    why: string | null;
    deployments: number;
    ghosted: string[];
    pinned: string | null;
  }[];
  unreadable: string[];
  running: { instance: string; pid: number }[];
  restart: string | null;
  done: boolean;
}

/** What becomes, or has become, of a DeployEx. */
export function importView(report: ImportReport, { colors }: { colors: Colors }): string {
  const { apps, running, restart, done } = report;
  const warn = colors.yellow('!');
  const lines = [
    `${report.from} ${done ? 'became' : 'becomes'} ${report.configuration}`,
    ...report.left_out.map(({ key, why }) => `${warn} nothing of ${key}: ${why}`),
    ...apps.flatMap((app) => appLines(app, warn)),
    ...report.unreadable.map((file) => `${warn} ${file} cannot be read, and is left out`),
    ...running.map(
      ({ instance, pid }) => `  ${instance} (pid ${pid}) ${done ? 'goes' : 'will go'} on as it is`,
    ),
    ...(restart === null
      ? []
      : [
          `${warn} what runs ${done ? 'was stopped, and is' : 'will be stopped, and'} started anew by Slipway: ${restart}`,
        ]),
    '',
    ...(done
      ? [
          'DeployEx is down, and everything of it is where it was. The way back: docs/moving-from-deployex.md',
          `next: ${colors.bold('slipway config check && systemctl start slipway && slipway status')}`,
        ]
      : ['Nothing was changed: the same without --dry-run does it.']),
  ];
  return lines.join('\n');
}

function appLines(
  { app, live, why, deployments, ghosted, pinned }: ImportReport['apps'][number],
  warn: string,
) {
  return [
    live === null
      ? `${warn} ${app}: ${why}; what its source offers is deployed`
      : `  ${app}: ${live} is live, and becomes release 1`,
    `    ${deployments} deployments of its history${ghosted.length > 0 ? `; ghosted: ${ghosted.join(', ')}` : ''}${pinned === null ? '' : `; pinned to ${pinned}`}`,
  ];
}
